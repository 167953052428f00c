"""The template service: the system's manager runs one daemon per user, in the fullest sandbox."""
import time
import unittest

from kamili_machine import CONFIGURATION, Unit
from machine import wait_for
from provider import Provider, check_main_job

CREDENTIAL = "/etc/credstore.encrypted/kamili.key.alice"
STATE = "/var/lib/kamili/alice"
SOCKET = "/run/kamili/alice/kamilid.sock"


class TemplateService(unittest.TestCase):
    system = None  # a booted KamiliMachine, set by systemd_test.py

    @classmethod
    def setUpClass(cls):
        cls.service = Unit(cls.system, "kamilid@alice.service")
        cls.socket = Unit(cls.system, "kamilid@alice.socket")
        cls.system.file("/etc/kamili/alice/kamili.toml", CONFIGURATION)
        cls.encrypt_key(cls.system)
        cls.service.ask("enable", "--now", "kamilid@alice.service")

    @classmethod
    def tearDownClass(cls):
        cls.service.ask("disable", "--now", "kamilid@alice.service", "kamilid@alice.socket")

    @staticmethod
    def encrypt_key(system, name="kamili.key", where=CREDENTIAL, key="head -c 32 /dev/urandom"):
        """As docs/install.md says: a fresh key (what the command `key` prints) that only this machine can decrypt."""
        system.run("mkdir", "-p", "-m", "700", "/etc/credstore.encrypted")
        system.run("sh", "-c", f"{key} | systemd-creds encrypt --with-key=host --name={name} - {where}")

    def setUp(self):
        self.service.ask("reset-failed", self.service.name, self.socket.name, check=False)
        self.service.call("start")

    def test_kamilictl_finds_it_by_itself_and_the_key_is_a_credential(self):
        self.assertFalse(self.system.status()["daemon"]["store_locked"])
        self.assertIn("the store's key is a credential", self.system.ctl("doctor").stdout)
        state = "/var/lib/kamili/alice"
        self.assertEqual(self.system.run("stat", "-c", "%a %U", state, f"{state}/store.db").stdout,
                         "700 alice\n600 alice\n")
        self.assertEqual(self.system.run("test", "-e", f"{state}/store.key", check=False).returncode, 1)

    def test_the_owner_and_root_are_served_and_nobody_else(self):
        self.system.ctl("--socket", SOCKET, "status", user=None)
        self.assertEqual(self.system.ctl("--socket", SOCKET, "status", user="bob", check=False).returncode, 6)
        # Even with the file open to all, the daemon looks at who is there.
        self.system.run("chmod", "666", SOCKET)
        self.addCleanup(self.system.run, "chmod", "600", SOCKET)
        self.assertEqual(self.system.ctl("--socket", SOCKET, "status", user="bob", check=False).returncode, 6)
        self.system.ctl("--socket", SOCKET, "status", user="alice")

    def test_the_sandbox_scores_at_most_12_tenths(self):
        # Offline there is no instance: its name is put in by hand.
        unit = (self.system.root / "usr/lib/systemd/system/kamilid@.service").read_text().replace("%i", "alice")
        self.system.file("/root/kamilid-scored.service", unit)
        score = ["systemd-analyze", "security", "--offline=true", "--no-pager", "/root/kamilid-scored.service"]
        self.system.run(*score, "--threshold=12")
        self.assertEqual(self.system.run(*score, "--threshold=5", check=False).returncode, 1)

    def test_no_key_of_a_unit_is_misspelt(self):
        folder = "/usr/lib/systemd/system"
        for name in ("kamilid@alice.service", "kamilid@alice.socket"):
            self.system.run("systemd-analyze", "--man=no", "--recursive-errors=no", "verify", f"{folder}/{name}")
        self.system.run("mkdir", "-p", "/run/user/0")
        for name in ("kamilid.service", "kamilid.socket"):
            self.system.run("systemd-analyze", "--user", "--man=no", "--recursive-errors=no", "verify",
                            f"/usr/lib/systemd/user/{name}", environment=["XDG_RUNTIME_DIR=/run/user/0"])

    def test_the_sandbox_holds(self):
        pid = self.service.pid()
        inside = self.system.run("cat", f"/proc/{pid}/status").stdout
        for line in ("NoNewPrivs:\t1", "Seccomp:\t2", "CapBnd:\t0000000000000000"):
            self.assertIn(line, inside)
        for path in ("/", "/etc/kamili/alice", "/home", "/run"):
            self.assertIn("ro", self.service.mount_options(path), path)
        self.assertIn("rw", self.service.mount_options("/var/lib/kamili/alice"))
        self.assertIn("noexec", self.service.mount_options("/usr/bin/sh"))
        home = self.system.run("ls", f"/proc/{pid}/root/home").stdout
        self.assertEqual(home, "")

    def test_kill_9_is_survived_while_a_client_waits(self):
        before = self.service.pid()
        self.service.kill("KILL")
        self.assertFalse(self.system.status()["daemon"]["store_locked"])
        wait_for(self.service.active)
        self.assertNotEqual(self.service.pid(), before)

    def test_a_stuck_daemon_is_restarted_by_the_watchdog(self):
        self.service.drop_in("[Service]\nWatchdogSec=2s\n")
        self.addCleanup(self.service.drop_in, "")
        self.service.call("restart")
        before, restarts = self.service.pid(), self.service.restarts()
        self.service.kill("STOP")
        self.service.came_back(before, restarts)

    def test_a_stuck_writer_is_restarted_by_the_watchdog(self):
        """The loop goes on and answers; only the thread that writes the store does not."""
        self.service.drop_in("[Service]\nWatchdogSec=6s\n")
        self.addCleanup(self.service.drop_in, "")
        self.service.call("restart")
        before, restarts = self.service.pid(), self.service.restarts()
        self.service.freeze("store-writer")
        self.assertFalse(self.system.status()["daemon"]["store_locked"])
        self.assertEqual(self.service.pid(), before)
        self.service.came_back(before, restarts)
        self.assertFalse(self.system.status()["daemon"]["store_locked"])

    def test_a_second_daemon_is_refused(self):
        second = self.system.run("kamilid", "--state-dir", STATE, "--socket", "/run/user/1000/second.sock",
                                 "--config", "/etc/kamili/alice/kamili.toml", user="alice", check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another kamilid", second.stderr)

    def test_it_stops_within_five_seconds(self):
        self.assertLess(self.service.seconds("stop"), 5)
        self.assertEqual(self.service.get("Result"), "success")

    def test_a_wrong_configuration_is_not_tried_again(self):
        self.service.call("stop")
        self.system.file("/etc/kamili/alice/kamili.toml", "[sync]\nintervall = 3\n")
        self.addCleanup(self.system.file, "/etc/kamili/alice/kamili.toml", CONFIGURATION)
        self.service.call("start", check=False)
        self.assertEqual(self.service.get("ExecMainStatus"), "78")
        time.sleep(4)
        self.assertEqual((self.service.get("ActiveState"), self.service.restarts()), ("failed", 0))
        told = self.system.ctl("status", check=False)
        self.assertEqual(told.returncode, 78, told.stderr)

    def test_it_delays_sleep_at_logind(self):
        wait_for(self.service.holds_sleep, what="the delay")

    def test_the_main_job_is_done_in_the_sandbox(self):
        provider = Provider(self.system)
        self.addCleanup(provider.end)
        self.addCleanup(self.system.file, "/etc/kamili/alice/kamili.toml", CONFIGURATION)
        provider.configure("/etc/kamili/alice")
        self.service.call("restart")
        check_main_job(self, provider)

    def test_addresses_that_the_manager_denies_hold_nobody_up(self):
        """Under IPAddressDeny= a connection neither opens nor fails: the daemon must not wait with it."""
        self.cut_off("IPAddressDeny=any")

    def test_no_network_at_all_holds_nobody_up(self):
        self.cut_off("PrivateNetwork=yes")

    def cut_off(self, line):
        """The service loses its network by `line`, and after it was taken back the account works again."""
        provider = Provider(self.system)
        self.addCleanup(provider.end)
        self.addCleanup(self.system.file, "/etc/kamili/alice/kamili.toml", CONFIGURATION)
        provider.configure("/etc/kamili/alice")
        self.service.call("restart")
        account = provider.sign_in("google", "alice")
        self.addCleanup(self.system.ctl, "account", "remove", account["id"], "--yes")
        self.service.drop_in(f"[Service]\n{line}\n")
        self.addCleanup(self.service.call, "restart")
        self.addCleanup(self.service.drop_in, "")
        self.service.call("restart")
        self.system.ctl("sync", "--no-wait")
        began = time.monotonic()
        self.assertFalse(self.system.status()["daemon"]["store_locked"])
        self.system.ctl("agenda")
        self.assertLess(time.monotonic() - began, 3)
        self.assertNotEqual(self.system.status()["accounts"][0]["state"], "ok")
        self.assertLess(self.service.seconds("stop"), 5)
        self.service.drop_in("")
        self.service.call("start")
        self.system.ctl("sync", timeout=200)
        self.assertEqual(self.system.status()["accounts"][0]["state"], "ok")

    def with_state_on(self, *mount):
        """Starts the service with another file system in the place of its state folder."""
        self.service.call("stop")
        self.system.run(*mount, STATE)
        self.addCleanup(self.service.call, "restart")
        self.addCleanup(self.system.run, "umount", STATE)
        self.addCleanup(self.service.ask, "stop", self.service.name, check=False)

    def test_a_disk_without_room_for_a_store_leaves_the_daemon_up(self):
        self.with_state_on("mount", "-t", "tmpfs", "-o", "size=64k,uid=1000,gid=1000,mode=700", "tmpfs")
        self.service.call("start")
        self.assertTrue(self.system.status()["daemon"]["store_locked"])
        self.assertIn("kind=store_full", self.system.journal("--unit=kamilid@alice", "--lines=5"))

    def test_a_disk_that_fills_up_is_told_and_what_is_there_is_served(self):
        provider = Provider(self.system)
        self.addCleanup(provider.end)
        self.addCleanup(self.system.file, "/etc/kamili/alice/kamili.toml", CONFIGURATION)
        provider.configure("/etc/kamili/alice")
        self.with_state_on("mount", "-t", "tmpfs", "-o", "size=24m,uid=1000,gid=1000,mode=700", "tmpfs")
        self.service.call("start")
        provider.sign_in("google", "alice")
        self.system.ctl("sync", timeout=200)
        self.system.run("dd", "if=/dev/zero", f"of={STATE}/filler", "bs=4k", check=False)
        with self.assertRaisesRegex(AssertionError, "store_full"):
            provider.sign_in("microsoft", "alice")
        self.assertTrue(self.service.active())
        self.assertEqual(len(self.system.status()["accounts"]), 1)
        self.assertIn("Today", self.system.ctl("agenda", "--days", "60").stdout)
        self.system.run("rm", f"{STATE}/filler")
        self.assertEqual(provider.sign_in("microsoft", "alice")["state"], "ok")
        self.system.ctl("sync", timeout=200)

    def test_a_read_only_state_folder_is_named_to_the_client(self):
        self.with_state_on("mount", "--bind", "-o", "ro", STATE)
        told = self.system.ctl("status", check=False)
        self.assertEqual(told.returncode, 1)
        self.assertIn("Read-only file system", told.stderr)

    def credential_case(self, break_it):
        self.service.call("stop")
        self.system.run("mv", CREDENTIAL, "/root/kept")
        self.addCleanup(self.system.run, "mv", "/root/kept", CREDENTIAL)
        break_it()
        self.service.call("start", check=False)

    def assert_no_credential(self):
        self.assertEqual(self.service.get("ExecMainStatus"), "243")
        time.sleep(4)
        self.assertEqual((self.service.get("ActiveState"), self.service.restarts()), ("failed", 0))
        self.assertEqual(self.system.run("test", "-e", "/var/lib/kamili/alice/store.key", check=False).returncode, 1)

    def test_a_missing_credential_makes_no_new_key(self):
        self.credential_case(lambda: None)
        self.assert_no_credential()

    def test_a_credential_of_another_name_is_refused(self):
        self.credential_case(lambda: self.encrypt_key(self.system, name="other"))
        self.assert_no_credential()

    def test_a_changed_credential_is_refused(self):
        def change():
            text = (self.system.root / "root/kept").read_text()
            middle = len(text) // 2
            changed = text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1:]
            self.system.file(CREDENTIAL, changed, mode=0o600)
        self.credential_case(change)
        self.assert_no_credential()

    def test_another_key_leaves_the_daemon_up_and_the_store_shut(self):
        self.credential_case(lambda: self.encrypt_key(self.system))
        daemon = self.system.status()["daemon"]
        self.assertTrue(daemon["store_locked"])
        self.assertEqual(daemon["state"], "key_wrong")
        self.assertTrue(self.service.active())
        self.addCleanup(self.service.call, "restart")
