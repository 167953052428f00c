"""The user service: a user with linger, nobody logged in, the unit as installed."""
import time
import unittest

from kamili_machine import CONFIGURATION, Unit
from machine import wait_for
from provider import Provider, check_main_job

CONFIG_FILE = "/home/alice/.config/kamili/kamili.toml"
STATE = "/home/alice/.local/state/kamili"


class UserService(unittest.TestCase):
    system = None  # a booted KamiliMachine, set by systemd_test.py

    @classmethod
    def setUpClass(cls):
        cls.system.file(CONFIG_FILE, CONFIGURATION, user="alice")
        cls.system.linger("enable", "alice")
        cls.service = Unit(cls.system, "kamilid.service", "alice")
        cls.socket = Unit(cls.system, "kamilid.socket", "alice")
        wait_for(lambda: cls.service.ask("is-active", "--quiet", "default.target", check=False).returncode == 0,
                 20, "the user manager")
        cls.service.ask("enable", "--now", "kamilid.service")

    @classmethod
    def tearDownClass(cls):
        cls.service.ask("disable", "--now", "kamilid.service", "kamilid.socket")
        cls.system.linger("disable", "alice")

    def setUp(self):
        self.service.ask("reset-failed", "kamilid.service", "kamilid.socket", check=False)
        self.service.call("start")

    def test_start_returns_when_it_answers(self):
        self.service.call("restart")
        self.assertEqual(self.service.get("Type"), "notify")
        self.assertEqual(self.service.get("SubState"), "running")
        self.assertFalse(self.system.status()["daemon"]["store_locked"])

    def test_kamilictl_finds_the_socket_by_itself(self):
        self.assertIn("kamilid", self.system.ctl("status").stdout)
        where = "/run/user/1000/kamili"
        self.assertEqual(self.system.run("stat", "-c", "%a %U", where, f"{where}/kamilid.sock").stdout,
                         "700 alice\n600 alice\n")

    def test_state_is_the_owners_alone(self):
        state = "/home/alice/.local/state/kamili"
        found = self.system.run("stat", "-c", "%a %U", state, f"{state}/store.db", f"{state}/store.key").stdout
        self.assertEqual(found, "700 alice\n600 alice\n600 alice\n")

    def test_a_stuck_daemon_is_restarted_by_the_watchdog(self):
        self.service.drop_in("[Service]\nWatchdogSec=4s\n")
        self.addCleanup(self.service.drop_in, "")
        self.service.call("restart")
        before, restarts = self.service.pid(), self.service.restarts()
        time.sleep(6)
        self.assertEqual(self.service.pid(), before, "a healthy daemon was restarted")
        self.service.kill("STOP")
        self.service.came_back(before, restarts)
        self.assertIn("Watchdog timeout", self.system.journal("_UID=1000", "--since=-1min"))
        self.system.ctl("status")

    def test_kill_9_is_survived_and_a_waiting_client_is_answered(self):
        self.service.call("restart")
        before = self.service.pid()
        self.service.kill("KILL")
        # The socket is the manager's: this client comes while no daemon runs, and waits.
        self.assertFalse(self.system.status()["daemon"]["store_locked"])
        wait_for(self.service.active)
        self.assertNotEqual(self.service.pid(), before)

    def test_kill_9_without_a_client_is_survived(self):
        self.service.call("restart")
        before, restarts = self.service.pid(), self.service.restarts()
        self.service.kill("KILL")
        self.service.came_back(before, restarts)

    def test_reload_takes_a_new_configuration_and_keeps_the_process(self):
        self.addCleanup(self.system.file, CONFIG_FILE, CONFIGURATION, user="alice")
        before = self.service.pid()
        self.system.file(CONFIG_FILE, CONFIGURATION.replace("5m", "7m"), user="alice")
        self.service.call("reload")
        wait_for(lambda: "configuration reloaded" in self.system.journal(f"_PID={before}"))
        self.system.file(CONFIG_FILE, "[sync]\nintervall = 3\n", user="alice")
        self.service.call("reload")
        wait_for(lambda: "the old one stays" in self.system.journal(f"_PID={before}"))
        self.assertEqual(self.service.pid(), before)
        self.assertTrue(self.service.active())

    def test_it_delays_sleep_at_logind(self):
        wait_for(self.service.holds_sleep, what="the delay")

    def test_it_stops_within_five_seconds(self):
        self.assertLess(self.service.seconds("stop"), 5)
        self.assertEqual(self.service.get("Result"), "success")
        self.assertEqual(self.service.get("ExecMainStatus"), "0")

    def test_a_wrong_configuration_is_not_tried_again_and_a_client_is_told(self):
        self.service.call("stop")
        self.system.file(CONFIG_FILE, "[sync]\nintervall = 3\n", user="alice")
        self.addCleanup(self.system.file, CONFIG_FILE, CONFIGURATION, user="alice")
        self.assertNotEqual(self.service.call("start", check=False).returncode, 0)
        self.assertEqual(self.service.get("ExecMainStatus"), "78")
        time.sleep(4)
        self.assertEqual(self.service.get("ActiveState"), "failed")
        self.assertEqual(self.service.restarts(), 0)
        # The socket starts it once for this client, which learns why nobody serves it.
        told = self.system.ctl("status", check=False)
        self.assertEqual(told.returncode, 78, told.stderr)
        self.assertIn("kamili.toml:2: sync.intervall", told.stderr)
        self.assertTrue(self.socket.active())

    def test_the_first_client_starts_it(self):
        self.service.call("stop")
        self.assertFalse(self.service.active())
        began = time.monotonic()
        self.system.status()
        self.assertLess(time.monotonic() - began, 5)
        self.assertTrue(self.service.active())

    def test_a_second_daemon_is_refused(self):
        second = self.system.run("kamilid", "--socket", "/run/user/1000/second.sock", user="alice", check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another kamilid", second.stderr)

    def test_a_state_folder_of_another_user_is_told(self):
        self.service.call("stop")
        self.system.run("chown", "bob", STATE)
        self.addCleanup(self.system.run, "chown", "alice", STATE)
        self.service.call("start", check=False)
        told = self.system.ctl("status", check=False)
        self.assertEqual(told.returncode, 6, told.stderr)
        self.assertIn(f"the state folder {STATE} belongs to", told.stderr)

    def test_another_user_is_kept_out(self):
        socket = "/run/user/1000/kamili/kamilid.sock"
        self.assertEqual(self.system.ctl("--socket", socket, "status", user="bob", check=False).returncode, 6)

    def test_the_sandbox_holds(self):
        pid = self.service.pid()
        inside = self.system.run("cat", f"/proc/{pid}/status").stdout
        for line in ("NoNewPrivs:\t1", "Seccomp:\t2", "CapBnd:\t0000000000000000"):
            self.assertIn(line, inside)
        for path in ("/", "/etc", "/home/alice", "/home/alice/.config/kamili", "/run/user/1000"):
            self.assertIn("ro", self.service.mount_options(path), path)
        state = self.service.mount_options("/home/alice/.local/state/kamili")
        self.assertIn("rw", state)
        for options in (state, self.service.mount_options("/usr/bin/sh"), self.service.mount_options("/tmp/x")):
            self.assertIn("noexec", options)
        self.assertNotIn("noexec", self.service.mount_options("/usr/bin/kamilid"))

    def test_the_main_job_is_done_in_the_sandbox(self):
        provider = Provider(self.system)
        self.addCleanup(provider.end)
        self.addCleanup(self.system.file, CONFIG_FILE, CONFIGURATION, user="alice")
        provider.configure("/home/alice/.config/kamili", user="alice")
        self.service.call("restart")
        check_main_job(self, provider)

    def test_it_is_there_after_boot_before_any_login(self):
        self.system.power_off()
        self.system.boot()
        wait_for(lambda: self.system.run("test", "-S", "/run/user/1000/bus", check=False).returncode == 0)
        wait_for(self.service.active, 20, "the service after boot")
        self.system.status()
