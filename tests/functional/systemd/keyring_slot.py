"""The key slot in the desktop's keyring, for a real user session: gnome-keyring as a unit of the user's manager, kamilid in its
sandbox. A keyring that is locked or gone is a state and no hang, whoever runs the daemon."""
import json
import time
import unittest

from kamili_machine import CONFIGURATION, Unit
from machine import wait_for
from template_service import CREDENTIAL, STATE, TemplateService

HOME_STATE = "/home/alice/.local/state/kamili"
SERVICE = "org.freedesktop.secrets"
PATH = "/org/freedesktop/secrets"
KEYRING_UNIT = """[Service]
ExecStart=/usr/bin/gnome-keyring-daemon --foreground --unlock --components=secrets
StandardInput=data
StandardInputText=a password
"""
NO_CREDENTIAL = "[Service]\nLoadCredentialEncrypted=\n"


class Keyring:
    """gnome-keyring in alice's session, with the same password each time."""

    def __init__(self, system):
        self.system = system
        self.unit = Unit(system, "case-keyring.service", "alice")
        system.file(f"/home/alice/.config/systemd/user/{self.unit.name}", KEYRING_UNIT, user="alice")
        self.unit.ask("daemon-reload")

    def there(self):
        return self.call("ReadAlias", "s", "default").returncode == 0

    def call(self, method, *words):
        """Never starts a keyring: what is there is asked."""
        return self.system.run("busctl", "--user", "--auto-start=no", "call", SERVICE, PATH,
                               "org.freedesktop.Secret.Service", method, *words, user="alice", check=False)

    def start(self):
        """Unlocked, as at a login."""
        self.unit.call("start")
        wait_for(lambda: "/collection/" in self.call("ReadAlias", "s", "default").stdout, what="the keyring")

    def stop(self):
        self.unit.ask("stop", self.unit.name, check=False)
        wait_for(lambda: not self.there(), what="the keyring's end")

    def lock(self):
        self.call("Lock", "ao", "1", f"{PATH}/aliases/default")


class KeyringSlot(unittest.TestCase):
    system = None  # a booted KamiliMachine, set by systemd_test.py

    @classmethod
    def setUpClass(cls):
        cls.system.file("/home/alice/.config/kamili/kamili.toml", CONFIGURATION, user="alice")
        cls.system.file("/etc/kamili/alice/kamili.toml", CONFIGURATION)
        cls.system.linger("enable", "alice")
        cls.service = Unit(cls.system, "kamilid.service", "alice")
        cls.socket = Unit(cls.system, "kamilid.socket", "alice")
        cls.template = Unit(cls.system, "kamilid@alice.service")
        wait_for(lambda: cls.service.ask("is-active", "--quiet", "default.target", check=False).returncode == 0,
                 20, "the user manager")
        cls.keyring = Keyring(cls.system)

    @classmethod
    def tearDownClass(cls):
        cls.system.linger("disable", "alice")

    def setUp(self):
        """A new store that the keyring and a recovery code open, and nothing else."""
        self.addCleanup(self.empty)
        self.addCleanup(self.keyring.stop)
        self.keyring.start()
        self.service.call("start")
        self.json("key", "slot", "add", "keyring")
        self.code = self.json("key", "slot", "add", "recovery")["recovery_code"]
        self.json("key", "slot", "remove", "0")
        self.system.run("rm", f"{HOME_STATE}/store.key")

    def empty(self):
        """Neither a daemon nor a store."""
        self.service.ask("stop", "kamilid.service", "kamilid.socket", check=False)
        self.service.ask("reset-failed", check=False)
        self.system.run("sh", "-c", f"rm -rf {HOME_STATE}/*")

    def json(self, *words, stdin=None):
        done = self.system.run("kamilictl", "--json", *words, user="alice", stdin=stdin)
        return json.loads(done.stdout.splitlines()[-1])

    def key(self):
        found = self.json("key", "status")
        return found["state"], found["opened_by"]

    def restart(self, service=None):
        """Readiness does not wait for a keyring."""
        self.assertLess((service or self.service).seconds("restart"), 4)
        began = time.monotonic()
        self.system.ctl("status")
        self.assertLess(time.monotonic() - began, 2)

    def expect(self, state, *words, remedy="unlock"):
        wait_for(lambda: words[-1] in self.json("key", "status")["reason"], what=words)
        for one in words:
            self.assertIn(one, self.json("key", "status")["reason"])
        self.assertEqual(self.key(), (state, ""))
        refused = self.system.ctl("agenda", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn(remedy, refused.stderr)

    def opens_by_recovery_code(self):
        self.json("unlock", "--with", "recovery", stdin=self.code + "\n")
        self.assertEqual(self.key(), ("ok", "person"))
        self.system.ctl("agenda")

    def test_it_opens_the_store_from_inside_the_sandbox(self):
        self.restart()
        wait_for(lambda: self.key() == ("ok", "keyring"), what="the keyring's slot")
        self.system.ctl("agenda")

    def test_a_locked_keyring_is_told_and_the_other_slot_opens(self):
        self.keyring.lock()
        self.restart()
        self.expect("key_locked", "the keyring is locked")
        self.opens_by_recovery_code()
        self.assertLess(self.service.seconds("stop"), 5)

    def test_a_keyring_that_is_gone_is_not_started_and_opens_the_store_when_it_comes(self):
        self.keyring.stop()
        self.restart()
        self.expect("key_locked", "there is no keyring on the session bus")
        self.assertFalse(self.keyring.there(), "kamilid started a keyring")
        self.keyring.start()
        wait_for(lambda: self.key() == ("ok", "keyring"), what="the keyring's slot")

    def test_a_session_without_a_bus_is_told(self):
        self.service.ask("stop", "dbus.socket", "dbus.service")
        self.addCleanup(self.service.ask, "start", "dbus.socket")
        self.restart()
        self.expect("key_locked", "there is no session bus")
        self.opens_by_recovery_code()

    def as_template(self):
        """The same store under the system's manager."""
        self.service.ask("stop", "kamilid.service", "kamilid.socket")
        self.system.run("sh", "-c", f"mkdir -p {STATE} && cp {HOME_STATE}/store.db* {STATE} && chown -R alice: {STATE} && "
                        f"chmod 700 {STATE}")
        self.addCleanup(self.system.run, "rm", "-rf", STATE, CREDENTIAL)
        self.addCleanup(self.template.ask, "stop", "kamilid@alice.service", "kamilid@alice.socket", check=False)

    def test_under_the_template_it_is_told_behind_a_wrong_credential(self):
        key = "/home/alice/a.key"
        self.system.file(key, "5" * 64 + "\n", user="alice", mode=0o600)
        self.addCleanup(self.system.run, "rm", key)
        self.json("key", "slot", "add", "credential", "--file", key)
        self.as_template()
        TemplateService.encrypt_key(self.system)
        self.restart(self.template)
        self.expect("key_wrong", "the key does not open this store", "there is no session bus",
                    remedy="bring back the key file or credential")
        self.assertNotEqual(self.system.ctl("key", "slot", "test", "keyring", check=False).returncode, 0)
        self.opens_by_recovery_code()
        self.assertLess(self.template.seconds("stop"), 5)

    def test_under_the_template_without_a_credential_the_recovery_code_opens(self):
        self.as_template()
        self.template.drop_in(NO_CREDENTIAL)
        self.addCleanup(self.template.drop_in, "")
        self.restart(self.template)
        self.expect("key_locked", "there is no session bus")
        self.opens_by_recovery_code()
        self.assertEqual(self.system.run("test", "-e", f"{STATE}/store.key", check=False).returncode, 1)
