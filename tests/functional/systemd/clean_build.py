"""The Debian package and kamili-sim, built from this tree in a clean system of another release of Debian.

What was built is kept in build/SUITE and taken again while nothing that goes into it has changed. No ccache, no network while
building; the compiler's warnings are errors, as everywhere."""
import fcntl
import hashlib
import re
import shutil
import subprocess
import tempfile

from machine import SOURCE, make_root

TOOLS = ["build-essential", "debhelper", "dpkg-dev", "lintian", "doctest-dev", "zlib1g-dev"]
# Neither is part of a program: these files may change without a new build.
NOT_BUILT = ("tests/functional/", "tests/unit/", "tests/scenarios/", "docs/decisions/", "docs/testing.md", "docs/first-hour.md",
             "CHANGELOG.md", "debian/tests/", "scripts/")
INSIDE = "/build"


def build_packages():
    """What debian/control asks for, and tools."""
    wanted = re.search(r"^Build-Depends: (.*?)^$", (SOURCE / "debian/control").read_text(), re.M | re.S).group(1)
    names = [re.sub(r"[\s:(].*", "", one.strip(), flags=re.S) for one in wanted.split(",")]
    return sorted({*TOOLS, *(name for name in names if name and name != "debhelper-compat")})


def tree_files():
    """Every file of the tree that git knows or would know."""
    listed = subprocess.run(["git", "-c", f"safe.directory={SOURCE}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=SOURCE, capture_output=True, text=True, check=True).stdout
    return sorted(name for name in listed.split("\0") if name and (SOURCE / name).is_file())


class CleanBuild:
    def __init__(self, suite):
        self.suite = suite
        self.dir = SOURCE / "build" / suite
        self.root = make_root(suite, build_packages())
        self.tree = self.dir / "kamili"
        with open(SOURCE / "build" / f"{suite}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one at a time: a build takes minutes
            if not self._is_current():
                self._build()
        self.programs = next(self.tree.glob("obj-*")) / "bin"

    def _mark(self):
        known = hashlib.sha256(str(self.root.name).encode())
        for name in tree_files():
            if not name.startswith(NOT_BUILT):
                known.update(name.encode() + b"\0" + (SOURCE / name).read_bytes())
        return known.hexdigest()

    def _is_current(self):
        mark = self.dir / "mark"
        return mark.exists() and mark.read_text() == self._mark()

    def _build(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        for name in tree_files():
            where = self.tree / name
            where.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(SOURCE / name, where)
        with open(self.dir / "log", "w") as log:
            done = self.inside("DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage -b -us -uc && "
                               "cd obj-* && cmake -DKAMILI_TESTS=ON . && ninja kamili-sim", stdout=log, stderr=log)
        if done.returncode:
            raise AssertionError((self.dir / "log").read_text()[-3000:])
        (self.dir / "mark").write_text(self._mark())

    def inside(self, command, **options):
        """Runs a shell command in the build folder, in a system that is thrown away."""
        with tempfile.TemporaryDirectory(prefix="kamili-build-", dir="/var/tmp") as folder:
            script = ('set -e; cd "$1"; mkdir upper work merged; '
                      'mount -t overlay overlay -o "lowerdir=$2,upperdir=upper,workdir=work" merged; '
                      f'mkdir merged{INSIDE}; mount --bind "$3" merged{INSIDE}; mount -t proc proc merged/proc; '
                      'mount --rbind /dev merged/dev; exec chroot merged env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root '
                      f'LC_ALL=C.UTF-8 sh -c "cd {INSIDE}/kamili && $4"')
            return subprocess.run(["nice", "unshare", "--mount", "--propagation", "private", "--pid", "--net", "--fork",
                                   "sh", "-c", script, "sh", folder, str(self.root), str(self.dir), command],
                                  stdin=subprocess.DEVNULL, text=True, check=False, **options)

    def packages(self):
        """What the package depends on; the simulator needs no more."""
        listed = subprocess.run(["dpkg-deb", "--field", self.package()[0], "Depends"], capture_output=True, text=True,
                                check=True).stdout
        return sorted({re.split(r"[ |(:]", one.strip())[0] for one in listed.split(",")})

    def install(self, root):
        """Unpacked, not configured: the package itself has cases of its own."""
        subprocess.run(["dpkg-deb", "--extract", self.package()[0], root], check=True)

    def package(self):
        """The package and the file that lists it."""
        return next(self.dir.glob("kamili_*.deb")), next(self.dir.glob("*.changes"))

    def lintian(self):
        """What that release's lintian says of the packages."""
        return self.inside("lintian -I --pedantic --allow-root --tag-display-limit 0 ../*.changes", capture_output=True).stdout

    def end(self):
        """The build stays."""
