"""The Debian package of what was built: installed, used, upgraded under a running daemon, purged."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from kamili_machine import Unit
from machine import SOURCE, wait_for
from template_service import TemplateService

TOOLS = ("dpkg-buildpackage", "dh", "lintian")
LEFT_OUT = shutil.ignore_patterns("build", ".git", ".cache")
# Of a development build: not hardened, other bytes between its strings, and all of the JSON library with its
# misspelt message. The package's own build counts.
DEVELOPMENT_ONLY = re.compile(r"hardening-no-|^running with root|^N:|mismatched-override spelling-error|dimentional")


class Packager:
    """Makes packages from the source tree and the programs of a build folder."""

    def __init__(self, build):
        self.build = build
        self.dir = Path(tempfile.mkdtemp(prefix="kamili-package-", dir="/var/tmp"))

    def make(self):
        """The package and the file that lists it."""
        tree = self.dir / "kamili"
        shutil.copytree(SOURCE, tree, ignore=LEFT_OUT, symlinks=True)
        done = subprocess.run(["dpkg-buildpackage", "-b", "-us", "-uc", "-d"], cwd=tree, capture_output=True,
                              text=True, env={**os.environ, "KAMILI_BUILT": self.build, "DEB_BUILD_OPTIONS": "noautodbgsym"})
        if done.returncode:
            raise AssertionError(done.stdout[-2000:] + done.stderr[-2000:])
        return next(self.dir.glob("kamili_*.deb")), next(self.dir.glob("*.changes"))

    def later(self, package):
        """The same package under a later version."""
        tree = self.dir / "later"
        subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
        control = tree / "DEBIAN/control"
        control.write_text(re.sub(r"^Version: .*", r"\g<0>+later", control.read_text(), flags=re.M))
        subprocess.run(["dpkg-deb", "--build", "-Zgzip", "-z1", tree, self.dir / "later.deb"], check=True,
                       stdout=subprocess.DEVNULL)
        return self.dir / "later.deb"

    def end(self):
        shutil.rmtree(self.dir)


class DebianPackage(unittest.TestCase):
    system = None  # a booted Machine without Kamili
    build = None

    @classmethod
    def setUpClass(cls):
        absent = [tool for tool in TOOLS if not shutil.which(tool)]
        if absent:
            raise unittest.SkipTest(f"not installed: {', '.join(absent)}")
        cls.packager = Packager(cls.build)
        cls.addClassCleanup(cls.packager.end)
        cls.first, cls.changes = cls.packager.make()
        cls.second = cls.packager.later(cls.first)

    def dpkg(self, action, what):
        """Nobody is asked anything: there is nobody to answer."""
        return self.system.run("dpkg", action, what, environment=["DEBIAN_FRONTEND=noninteractive"])

    def install(self, package):
        shutil.copy(package, self.system.root / "root")
        self.dpkg("--install", f"/root/{package.name}")

    def test_lintian_has_nothing_to_say(self):
        said = subprocess.run(["lintian", "-I", "--pedantic", "--allow-root", self.changes], capture_output=True,
                              text=True)
        self.assertEqual([line for line in said.stdout.splitlines() if not DEVELOPMENT_ONLY.search(line)], [])

    def test_its_own_tests_pass(self):
        """What autopkgtest runs, without it: debian/tests with the package installed."""
        self.install(self.first)
        for name in ("smoke", "service"):
            shutil.copy(SOURCE / "debian/tests" / name, self.system.root / "root")
            with self.subTest(name):
                self.system.run("sh", "-c", f"cd /root && ./{name}", timeout=120)
        self.dpkg("--purge", "kamili")

    def test_install_use_upgrade_purge(self):
        system = self.system
        self.install(self.first)
        service = Unit(system, "kamilid@alice.service")
        self.assertFalse(service.active(), "nothing is started unasked")
        self.assertEqual(service.ask("is-enabled", "kamilid@alice.service", check=False).stdout.strip(), "disabled")
        self.assertNotIn("kamilid", system.run("sh", "-c", "ls -R /etc/systemd/user").stdout)

        TemplateService.encrypt_key(system)
        service.ask("enable", "--now", "kamilid@alice.service")
        before = service.pid()
        self.assertFalse(system.status()["daemon"]["store_locked"])
        self.install(self.second)
        wait_for(service.active)
        self.assertFalse(system.status()["daemon"]["store_locked"])
        self.assertEqual(service.pid(), before, "an upgrade ends no passes")
        service.call("restart")
        self.assertFalse(system.status()["daemon"]["store_locked"])

        service.ask("disable", "--now", "kamilid@alice.service", "kamilid@alice.socket")
        self.dpkg("--purge", "kamili")
        left = system.run("sh", "-c", "find / -xdev -iname '*kamili*' -not -path '/root/*' -not -path '/var/log/*' "
                          "-not -path '/proc/*' -not -path '/sys/*'").stdout
        self.assertEqual(left, "")
