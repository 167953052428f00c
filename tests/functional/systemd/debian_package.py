"""The Debian package of what was built: installed, used, upgraded under a running daemon, purged."""
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from kamili_machine import Unit
from machine import SOURCE, wait_for
from template_service import TemplateService

# Lines in which lintian speaks of the way it runs.
ABOUT_ITSELF = re.compile(r"^running with root|^N:")


def later(package, folder):
    """The same package under a later version, in `folder`."""
    tree = folder / "later"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*", r"\g<0>+later", control.read_text(), flags=re.M))
    subprocess.run(["dpkg-deb", "--build", "-Zgzip", "-z1", tree, folder / "later.deb"], check=True,
                   stdout=subprocess.DEVNULL)
    return folder / "later.deb"


class DebianPackage(unittest.TestCase):
    system = None  # a booted Machine without Kamili
    build = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="kamili-package-", dir="/var/tmp")
        cls.addClassCleanup(folder.cleanup)
        cls.first = cls.build.package()[0]
        cls.second = later(cls.first, Path(folder.name))

    def dpkg(self, action, what):
        """Nobody is asked anything: there is nobody to answer."""
        return self.system.run("dpkg", action, what, environment=["DEBIAN_FRONTEND=noninteractive"])

    def install(self, package):
        shutil.copy(package, self.system.root / "root")
        self.dpkg("--install", f"/root/{package.name}")

    def test_lintian_has_nothing_to_say(self):
        said = self.build.lintian()
        self.assertEqual([line for line in said.splitlines() if not ABOUT_ITSELF.search(line)], [])

    def test_its_own_tests_pass(self):
        """What autopkgtest runs, without it: debian/tests with the package installed."""
        self.install(self.first)
        for name in ("smoke", "service"):
            shutil.copy(SOURCE / "debian/tests" / name, self.system.root / "root")
            with self.subTest(name):
                self.system.run("sh", "-c", f"cd /root && ./{name}", timeout=120)
        self.dpkg("--purge", "kamili")

    def test_upgrade_and_removal_under_a_running_user_service(self):
        system = self.system
        self.install(self.first)
        system.linger("enable", "bob")
        self.addCleanup(system.linger, "disable", "bob")
        service = Unit(system, "kamilid.service", "bob")
        wait_for(lambda: service.ask("is-active", "--quiet", "default.target", check=False).returncode == 0, 20, "the manager")
        service.ask("enable", "--now", "kamilid.service")
        before = service.pid()
        self.install(self.second)
        self.assertEqual((service.pid(), system.status("bob")["daemon"]["state"]), (before, "ok"))
        service.kill("KILL")
        self.assertEqual(system.status("bob")["daemon"]["state"], "ok", "the new one serves the store")
        self.dpkg("--purge", "kamili")
        self.assertTrue(service.active(), "a removal ends nobody's service")
        service.call("stop")
        self.assertEqual(service.get("Result"), "success")
        system.run("sh", "-c", "rm -r /home/bob/.local/state/kamili /home/bob/.config/systemd")

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
