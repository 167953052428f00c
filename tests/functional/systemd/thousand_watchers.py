"""A thousand clients that follow the changes, under the limits and sandboxes of both units."""
import json
import re
import shutil
import subprocess
import time
import unittest
from pathlib import Path

from kamili_machine import CONFIGURATION, Unit
from machine import wait_for
from provider import Provider
from template_service import STATE, TemplateService

WATCHERS = 1000
CONNECTIONS = WATCHERS + 20
SCRIPT = "/usr/libexec/kamili/watchers.py"
REST_SECONDS, REST_MS = 3, 10


class ThousandWatchers(unittest.TestCase):
    """alice's daemon is the template's, bob's one the user service."""

    system = None  # a booted KamiliMachine, set by systemd_test.py

    @classmethod
    def setUpClass(cls):
        shutil.copy(Path(__file__).with_name("watchers.py"), cls.system.root / SCRIPT.lstrip("/"))

    def setUp(self):
        self.provider = Provider(self.system)
        self.addCleanup(self.provider.end)

    def test_template(self):
        self.no_store()
        self.addCleanup(self.no_store)
        TemplateService.encrypt_key(self.system)
        self.configure("/etc/kamili/alice")
        service = Unit(self.system, "kamilid@alice.service")
        self.addCleanup(service.ask, "stop", service.name, "kamilid@alice.socket")
        service.call("start")
        self.watch(service, "alice", "/run/kamili/alice/kamilid.sock")

    def test_user_service(self):
        self.configure("/home/bob/.config/kamili", user="bob")
        self.system.linger("enable", "bob")
        self.addCleanup(self.system.linger, "disable", "bob")
        service = Unit(self.system, "kamilid.service", "bob")
        wait_for(lambda: service.ask("is-active", "--quiet", "default.target", check=False).returncode == 0,
                 20, "the user manager")
        self.addCleanup(service.ask, "stop", service.name, "kamilid.socket")
        service.call("start")
        self.watch(service, "bob", f"/run/user/{self.system.uid('bob')}/kamili/kamilid.sock")

    def no_store(self):
        """None of another key."""
        self.system.run("rm", "-rf", STATE)

    def configure(self, folder, user=None):
        self.provider.configure(folder, user=user)
        file = self.system.root / folder.lstrip("/") / "kamili.toml"
        plain = lambda: self.system.file(f"{folder}/kamili.toml", CONFIGURATION, user=user)
        self.addCleanup(plain)
        file.write_text(f"{file.read_text()}\n[socket]\nconnections = {CONNECTIONS}\n")

    def watch(self, service, user, socket):
        account = self.provider.sign_in("google", user)
        self.addCleanup(self.system.ctl, "account", "remove", account["id"], "--yes", user=user)
        self.system.ctl("sync", user=user, timeout=200)
        before = service.pid()
        self.assertGreater(self.files_allowed(before), CONNECTIONS, "the unit begins with 1024")
        watching = subprocess.Popen(self.system.arguments("python3", SCRIPT, socket, str(WATCHERS), user=user),
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, watching)
        there = self.said(watching)
        self.assertEqual(there["there"], WATCHERS)
        self.assertLess(there["answer_s"], 0.5, "an ordinary question beside them")
        self.assertEqual(self.system.status(user)["daemon"]["state"], "ok")
        wait_for(lambda: self.is_at_rest(service), 60, f"{WATCHERS} that wait to cost nothing")
        self.provider.change("for all of them")
        self.system.ctl("sync", user=user, timeout=200)
        watching.stdin.write("go on\n")
        watching.stdin.flush()
        self.assertEqual(self.said(watching)["told"], WATCHERS)
        self.assertEqual((service.pid(), service.restarts()), (before, 0))
        print(f"{service.name}: an answer beside {WATCHERS} that follow takes {there['answer_s'] * 1000:.1f} ms")

    def files_allowed(self, pid):
        limits = self.system.run("cat", f"/proc/{pid}/limits").stdout
        return int(re.search(r"^Max open files +(\d+)", limits, re.M)[1])

    def is_at_rest(self, service):
        """Whether the unit needs no more than a third of a percent of a core for some seconds."""
        before = int(service.get("CPUUsageNSec"))
        time.sleep(REST_SECONDS)
        return int(service.get("CPUUsageNSec")) - before < REST_MS * 1e6

    def said(self, watching):
        line = watching.stdout.readline()
        if not line:
            raise AssertionError(watching.stderr.read()[-2000:])
        return json.loads(line)

    @staticmethod
    def end(watching):
        watching.kill()
        watching.communicate()
