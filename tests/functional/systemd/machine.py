"""A Debian system with a real systemd, made from packages and booted in systemd-nspawn.

The root is made once (in build/roots, or where KAMILI_ROOTS says) and never changed: each boot works
on an overlay that is thrown away. The system has no network but loopback. Needs root, mmdebstrap and
systemd-nspawn; every mount lives in a mount namespace of this process, so that nothing stays behind.
"""
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
SYSTEM = ["systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "libnss-systemd",
          "libnss-myhostname", "iproute2", "procps", "python3", "ca-certificates", "tzdata", "gnome-keyring", "polkitd"]
# What systemd opens for a TPM, by the names that a release gives it.
TPM = {"bookworm": ["libtss2-esys-3.0.2-0", "libtss2-mu0", "libtss2-rc0", "libtss2-tcti-swtpm0"],
       "trixie": ["libtss2-esys-3.0.2-0t64", "libtss2-mu-4.0.1-0t64", "libtss2-rc0t64", "libtss2-tcti-swtpm0t64"]}
OWN_MOUNTS = ["unshare", "--mount", "--propagation", "private"]
LINK = re.compile(r"=> (/\S+) \(")


def missing():
    """Why no system can be booted here, or nothing."""
    if os.geteuid() != 0:
        return "only root can boot a system"
    absent = [tool for tool in ("mmdebstrap", "systemd-nspawn", "unshare", "nsenter")
              if not shutil.which(tool)]
    return f"not installed: {', '.join(absent)}" if absent else ""


def enter_namespace():
    """Starts this program again in a mount namespace of its own, once."""
    if os.environ.pop("KAMILI_OWN_MOUNTS", None):
        return
    os.environ["KAMILI_OWN_MOUNTS"] = "1"
    os.execvp(OWN_MOUNTS[0], [*OWN_MOUNTS, sys.executable, *sys.argv])


def wait_for(condition, seconds=20, what="it", every=0.05):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(every)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


def library_packages(programs):
    """The packages of the shared libraries that `programs` are linked with, on this machine."""
    linked = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=True).stdout
    files = {os.path.realpath(path) for path in LINK.findall(linked)}
    found = set()
    for path in files:
        for name in (path, path.removeprefix("/usr")):
            owner = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True)
            if owner.returncode == 0:
                found.add(owner.stdout.split(":")[0])
                break
    return sorted(found)


def sources(suite):
    """This machine's own package sources, for `suite`."""
    own = Path("/etc/os-release").read_text()
    codename = re.search(r"^VERSION_CODENAME=(\S+)", own, re.M).group(1)
    for path in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
        if path.exists() and path.read_text().strip():
            return path.read_text().replace(codename, suite)
    return ""


def system_packages(suite):
    """What every booted system has."""
    return [*SYSTEM, *TPM[suite]]


def run_at_most(command, seconds, text):
    """Like subprocess.run with check, and what the command has started ends with it."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            process.communicate(text, timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command[0])


def make_root(suite, packages, seconds=None):
    """The folder of a root with `packages`; made if there is none yet, in at most so many seconds."""
    wanted = sorted(set(packages))
    mark = hashlib.sha256(" ".join(wanted).encode()).hexdigest()[:12]
    roots = Path(os.environ.get("KAMILI_ROOTS", SOURCE / "build" / "roots"))
    roots.mkdir(parents=True, exist_ok=True)
    root = roots / f"{suite}-{mark}"
    with open(roots / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if root.exists():
            return root
        making = roots / f"{suite}-{mark}.part"
        shutil.rmtree(making, ignore_errors=True)
        command = ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", f"--include={','.join(wanted)}",
                   "--aptopt=APT::Install-Recommends \"false\"",
                   "--dpkgopt=path-exclude=/usr/share/locale/*", "--dpkgopt=path-exclude=/usr/share/doc/*",
                   suite, str(making)]
        listed = sources(suite)
        run_at_most(command + (["-"] if listed else []), seconds, listed)
        making.rename(root)
    return root


class Machine:
    """One booted system."""

    def __init__(self, root):
        self.dir = Path(tempfile.mkdtemp(prefix="kamili-machine-", dir="/var/tmp"))
        for name in ("upper", "work", "merged"):
            (self.dir / name).mkdir()
        self.root = self.dir / "merged"
        self.name = f"kamili-{os.getpid()}-{time.monotonic_ns()}"
        self.nspawn = None
        self.cgroup = None
        options = f"lowerdir={root},upperdir={self.dir / 'upper'},workdir={self.dir / 'work'}"
        try:
            subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(self.root)], check=True)
            self._mount_cgroups()
        except BaseException:
            self.end()
            raise

    def _mount_cgroups(self):
        """A pure cgroup2 tree and a branch of it for the system, whatever this machine has mounted."""
        subprocess.run(["umount", "-l", "/sys/fs/cgroup"], check=True)
        subprocess.run(["mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup"], check=True)
        Path("/run/systemd/nspawn").mkdir(parents=True, exist_ok=True)
        self.cgroup = Path("/sys/fs/cgroup") / self.name
        self.cgroup.mkdir()

    def boot(self, *options):
        """With further options of systemd-nspawn. Answers how long it took until multi-user.target was there, in seconds."""
        began = time.monotonic()
        enter = lambda: (self.cgroup / "cgroup.procs").write_text("0")
        with open(self.dir / "console", "w") as console:
            # The capabilities and the call are what IPAddressDeny= needs.
            self.nspawn = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--private-network",
                 "--capability=CAP_BPF,CAP_PERFMON", "--system-call-filter=bpf", "--console=pipe",
                 f"--machine={self.name}", f"--directory={self.root}", *options],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, preexec_fn=enter)
        try:
            wait_for(self._is_up, 60, "the system")
        except (AssertionError, subprocess.TimeoutExpired) as fault:
            raise AssertionError(f"{fault}; its console:\n{self._console()}") from fault
        return time.monotonic() - began

    def _is_up(self):
        return self._leader() and self.run("systemctl", "is-active", "--quiet", "multi-user.target", check=False).returncode == 0

    def _console(self):
        """The last that the system said."""
        return (self.dir / "console").read_text(errors="replace")[-2000:]

    def _leader(self):
        children = Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children")
        if self.nspawn.poll() is not None:
            raise AssertionError(f"systemd-nspawn ended with {self.nspawn.returncode}")
        pids = children.read_text().split()
        return pids[0] if pids else None

    def power_off(self):
        leader = self._leader()
        if leader:
            os.kill(int(leader), signal.SIGRTMIN + 4)
        try:
            self.nspawn.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.wait()
        self.nspawn = None

    def end(self):
        if self.nspawn and self.nspawn.poll() is None:
            self.power_off()
        subprocess.run(["umount", "-l", str(self.root)], check=False)
        for folder in sorted(self.cgroup.glob("**/"), reverse=True) if self.cgroup else ():
            with contextlib.suppress(OSError):
                folder.rmdir()
        shutil.rmtree(self.dir, ignore_errors=True)

    def arguments(self, *words, user=None, environment=()):
        """The command that runs `words` inside, as root or as a user with the environment of a login."""
        settings = ["PATH=/usr/bin:/usr/sbin:/bin:/sbin", "TERM=dumb", "LC_ALL=C.UTF-8", *environment]
        enter = ["nsenter", "--target", self._leader(), "--all", "env", "-C", "/", "-i"]
        if user is None:
            return [*enter, *settings, "HOME=/root", *words]
        number = self.uid(user)
        settings += [f"HOME=/home/{user}", f"USER={user}", f"XDG_RUNTIME_DIR=/run/user/{number}",
                     f"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{number}/bus"]
        return [*enter, "PATH=/usr/sbin:/usr/bin", "runuser", "-u", user, "--", "env", "-i", *settings, *words]

    def run(self, *words, user=None, check=True, stdin=None, environment=(), timeout=60):
        done = subprocess.run(self.arguments(*words, user=user, environment=environment), input=stdin,
                              stdin=subprocess.DEVNULL if stdin is None else None, capture_output=True,
                              text=True, timeout=timeout)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def uid(self, user):
        for line in (self.root / "etc/passwd").read_text().splitlines():
            fields = line.split(":")
            if fields[0] == user:
                return int(fields[2])
        raise AssertionError(f"no user {user}")

    def file(self, path, text, user=None, mode=0o644):
        """Writes a file; folders that are missing get the same owner."""
        where = self.root / path.lstrip("/")
        number = self.uid(user) if user else 0
        made = [folder for folder in reversed(where.parents) if not folder.exists()]
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text)
        where.chmod(mode)
        for one in [*made, where]:
            os.chown(one, number, number)
