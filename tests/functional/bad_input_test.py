#!/usr/bin/env python3
"""Bad input at the start and at a sign-in, through the real programs: configuration, key file, state folder,
second daemon, socket path, redirect, refusal, silence, unknown client, answers that are no tokens.
Usage: bad_input_test.py KAMILID KAMILICTL KAMILI_SIM"""
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])
NOBODY = 65534


class Start(unittest.TestCase):
    """A daemon that is not meant to start, beside one that must not notice."""

    @classmethod
    def setUpClass(cls):
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=100)
        cls.addClassCleanup(cls.rig.end)
        cls.rig.start()
        cls.rig.sign_in("google")
        cls.rig.ctl("sync")
        cls.before = cls.rig.rows()

    def setUp(self):
        self.folder = self.rig.dir / self._testMethodName
        self.folder.mkdir()

    def tearDown(self):
        status = self.rig.json("status")
        self.assertEqual((status["daemon"]["state"], status["daemon"]["reason"]), ("ok", ""))
        self.assertEqual(self.rig.rows(), self.before)

    def run_daemon(self, *words, state=None, listen=None, config=None):
        """A daemon that ends by itself within 20 s."""
        return subprocess.run(
            [KAMILID, "--config", str(config or self.rig.config), "--state-dir",
             str(state or self.folder / "state"), "--socket", str(listen or self.folder / "s"), *words],
            capture_output=True, text=True, timeout=20)

    def refused(self, code, *words, **options):
        done = self.run_daemon(**options)
        self.assertEqual(done.returncode, code, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertRegex(done.stderr, r"(?m)^kamilid: .*\n  .+")
        return done.stderr

    def test_a_wrong_configuration_names_file_line_and_key(self):
        config = self.folder / "bad.toml"
        for text, words in (("[sync]\ninterval = \"5m\"\nintervall = 3\n", ":3: sync.intervall: unknown key"),
                            ("[sink]\ninterval = \"5m\"\n", ":1: sink: unknown section"),
                            ("[sync]\ninterval = 5\n", ":2: sync.interval: must be text"),
                            ("[sync]\ninterval = \"5 minutes\"\n", ":2: sync.interval: must be a number and"),
                            ("[sync]\ninterval = \"0s\"\n", ":2: sync.interval: must be between"),
                            ("[socket]\nconnections = \"many\"\n", ":2: socket.connections: must be a whole"),
                            ("[google]\napi_url = \"http://example.org\"\n", ":2: google.api_url: must begin"),
                            ("[sync]\ninterval = \"5m\n", ":2: not valid TOML"),
                            ("\x00\xff", ":1: not valid TOML")):
            with self.subTest(text=text):
                config.write_text(text)
                self.refused(78, str(config) + words, "docs/configuration.md", config=config)
                checked = self.run_daemon("--check-config", config=config)
                self.assertEqual((checked.returncode, checked.stdout), (78, ""))
        self.assertFalse((self.folder / "state").exists())

    def test_a_configuration_is_checked_without_any_other_place(self):
        good, bad = self.rig.config, self.folder / "bad.toml"
        bad.write_text("[sync]\nintervall = 3\n")
        for config, code in ((good, 0), (bad, 78)):
            done = subprocess.run([KAMILID, "--config", str(config), "--check-config"], env={}, timeout=20,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(str(config), done.stdout + done.stderr)

    def test_a_configuration_that_cannot_be_read(self):
        self.refused(78, f"{self.folder}: is a folder", config=self.folder)
        secret = self.folder / "c.toml"
        secret.write_text("[google]\nclient_secret_file = \"missing\"\n")
        self.refused(78, "c.toml:2: google.client_secret_file: ", "missing: cannot be read", config=secret)
        if os.geteuid() != 0:
            secret.chmod(0)
            self.refused(78, "c.toml: cannot be read", config=secret)

    def test_a_wrong_configuration_on_reload_leaves_the_old_one(self):
        self.rig.config.write_text("[sync]\ninterval = true\n")
        self.rig.daemon.send_signal(signal.SIGHUP)
        self.rig.wait_for_log("the old one stays")
        self.rig.config.write_text(self.rig.good_config)
        self.rig.daemon.send_signal(signal.SIGHUP)
        self.rig.wait_for_log("configuration reloaded")
        self.rig.ctl("sync")

    def test_a_state_folder_of_another_user_is_refused(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a folder away")
        state = self.folder / "state"
        state.mkdir(0o700)
        os.chown(state, NOBODY, NOBODY)
        self.refused(1, f"the state folder {state} belongs to user {NOBODY}, not to 0", state=state)
        self.assertEqual(list(state.iterdir()), [])

    def test_a_file_in_the_state_folders_place_is_refused(self):
        state = self.folder / "state"
        state.write_text("mine")
        self.refused(1, f"the state folder {state} is not a folder", state=state)
        self.assertEqual(state.read_text(), "mine")

    def test_an_open_state_folder_is_closed(self):
        state = self.folder / "state"
        state.mkdir(0o755)
        state.chmod(0o777)
        daemon = subprocess.Popen([KAMILID, "--config", str(self.rig.config), "--state-dir", str(state),
                                   "--socket", str(self.folder / "s")], stderr=subprocess.DEVNULL)
        try:
            self.rig.wait_for(lambda: (self.folder / "s").exists())
            self.assertEqual(stat.S_IMODE(state.stat().st_mode), 0o700)
            for file in state.iterdir():
                self.assertEqual(stat.S_IMODE(file.stat().st_mode) & 0o077, 0, file)
        finally:
            daemon.terminate()
            self.assertEqual(daemon.wait(20), 0)

    def test_it_stops_cleanly_at_any_moment_of_its_start(self):
        for pause in (0, 0, 0, 0, 0, 0.002, 0.005, 0.01, 0.02, 0.05):
            listen = self.folder / "s"
            daemon = subprocess.Popen([KAMILID, "--config", str(self.rig.config), "--state-dir",
                                       str(self.folder / "state"), "--socket", str(listen)],
                                      stderr=subprocess.PIPE, text=True)
            while not listen.exists():
                pass
            time.sleep(pause)
            daemon.terminate()
            _, errors = daemon.communicate(timeout=20)
            self.assertEqual(daemon.returncode, 0, errors)

    def test_a_second_daemon_is_refused(self):
        self.refused(1, f"another kamilid works on the state folder {self.rig.state}", state=self.rig.state)

    def test_a_living_socket_is_left_alone(self):
        self.refused(1, "another", listen=self.rig.socket)
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(self.folder / "other"))
            other.listen()
            self.refused(1, listen=self.folder / "other")
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(self.folder / "other"))

    def test_a_file_at_the_sockets_path_is_not_deleted(self):
        path = self.folder / "notes"
        path.write_text("mine")
        self.refused(78, "the socket's path is taken by", listen=path)
        self.assertEqual(path.read_text(), "mine")

    def test_a_dead_socket_is_replaced(self):
        self.rig.stop(signal.SIGKILL)
        self.assertTrue(Path(self.rig.socket).is_socket())
        self.rig.start()


class Key(unittest.TestCase):
    def setUp(self):
        self.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=60)
        self.addCleanup(self.rig.end)
        self.rig.start()
        self.rig.sign_in("google")
        self.rig.ctl("sync")
        self.before = self.rig.rows()
        self.rig.stop()
        self.key = self.rig.state / "store.key"
        self.good = self.key.read_bytes()

    def bring_back(self):
        if self.key.is_symlink() or self.key.exists():
            self.key.rmdir() if self.key.is_dir() and not self.key.is_symlink() else self.key.unlink()
        self.key.write_bytes(self.good)
        self.key.chmod(0o600)
        os.chown(self.key, os.geteuid(), -1)

    def spoil(self, how):
        if how == "others":
            self.key.chmod(0o604)
        elif how == "group":
            self.key.chmod(0o640)
        elif how == "owner":
            os.chown(self.key, NOBODY, -1)
        elif how == "link":
            self.key.rename(self.rig.dir / "elsewhere")
            self.key.symlink_to(self.rig.dir / "elsewhere")
        elif how == "folder":
            self.key.unlink()
            self.key.mkdir()
        elif how == "gone":
            self.key.unlink()
        elif how == "empty":
            self.key.write_bytes(b"")
        elif how == "garbage":
            self.key.write_bytes(b"\x00\xff" * 40)
        elif how == "another":
            self.key.write_bytes(b"0123456789abcdef" * 4 + b"\n")

    def test_a_key_file_that_may_not_be_used_locks_the_store_and_harms_nothing(self):
        cases = {"others": "can be read by others", "group": "can be read by others",
                 "owner": "belongs to another user", "link": "cannot be opened", "folder": "not a regular file",
                 "gone": "no key file", "empty": "does not hold a key", "garbage": "does not hold a key",
                 "another": "key"}
        for how, words in cases.items():
            if how == "owner" and os.geteuid() != 0:
                continue
            with self.subTest(how=how):
                self.spoil(how)
                self.rig.start()
                daemon = self.rig.json("status")["daemon"]
                agenda = self.rig.ctl("agenda", check=False)
                self.assertEqual(self.rig.stop()[0], 0)
                self.bring_back()
                self.assertTrue(daemon["store_locked"])
                self.assertNotEqual(daemon["state"], "ok")
                self.assertIn(words, daemon["reason"])
                self.assertEqual(agenda.returncode, 7, agenda.stderr)
                self.assertIn(daemon["reason"], agenda.stderr)
        self.rig.start()
        self.assertEqual(self.rig.rows(), self.before)


class SignIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=100)
        cls.addClassCleanup(cls.rig.end)
        cls.rig.start()
        cls.rig.sign_in("google", "--login-hint", "ada@example.org")
        cls.rig.sign_in("microsoft", "--login-hint", "ada@example.com")
        cls.rig.ctl("sync")
        cls.before = cls.rig.rows()

    def tearDown(self):
        self.rig.ask("/control/faults", method="DELETE")
        for account in ("google", "microsoft"):
            self.rig.ask("/control/consent", {"account": account, "reset": True})
        self.assertEqual([a["state"] for a in self.rig.json("status")["accounts"]], ["ok", "ok"])
        self.assertEqual(self.rig.rows(), self.before)

    def failed(self, provider, kind, words, *options, visit=True):
        code, error, page = self.rig.fail_to_sign_in(
            provider, "--login-hint", f"bob@example.{'org' if provider == 'google' else 'com'}", *options,
            visit=visit)
        self.assertEqual((code, error["kind"]), (1, kind), error)
        self.assertIn(words, error["message"])
        self.assertEqual(len(self.rig.json("account", "list")["accounts"]), 2)
        return error, page

    def exchanges(self):
        log = self.rig.ask("/control/log")["requests"]
        return len([r for r in log if r["target"].startswith("/google/token")])

    def test_a_redirect_with_a_wrong_state_does_not_count(self):
        for provider in ("google", "microsoft"):
            with self.subTest(provider=provider):
                self.rig.ask("/control/consent", {"account": provider, "mode": "wrong_state"})
                _, page = self.failed(provider, "timed_out", "nobody signed in", "--timeout", "3")
                self.assertIn("another sign-in", page)

    def test_the_daemon_itself_checks_the_state(self):
        before = self.exchanges()
        begun = self.rig.varlink("BeginSignIn", {"provider": "google",
                                                 "redirect_uri": "http://127.0.0.1:9/"})["parameters"]
        for state in ("", "wrong", begun["state"] + "x", begun["state"][:-1]):
            answer = self.rig.varlink("CompleteSignIn", {"sign_in_id": begun["sign_in_id"],
                                                         "parameters": {"state": state, "code": "4/x"}})
            self.assertEqual(answer.get("error"), "com.kamililabsllc.Kamili.StateMismatch")
        self.assertEqual(self.exchanges(), before)

    def test_a_refusal_by_the_user_is_told(self):
        for provider in ("google", "microsoft"):
            with self.subTest(provider=provider):
                self.rig.ask("/control/consent", {"account": provider, "mode": "deny"})
                error, page = self.failed(provider, "access_denied", "the sign-in was declined")
                self.assertIn("the sign-in was declined", page)

    def test_an_administrator_in_between_is_told(self):
        self.rig.ask("/control/consent", {"account": "microsoft", "mode": "admin_approval"})
        self.failed("microsoft", "admin_approval_required", "organisation")

    def test_a_browser_that_never_returns_ends_in_words(self):
        began = time.monotonic()
        error, _ = self.failed("google", "timed_out", "nobody signed in within 2 seconds", "--timeout", "2",
                               visit=False)
        self.assertLess(time.monotonic() - began, 15)
        self.assertTrue(error["hint"])

    def test_answers_that_are_no_tokens(self):
        cases = (("<html>log in</html>", "text/html", "web page"), ("", "application/json", "nothing"),
                 ("{}", "application/json", ""), ("[1]", "application/json", ""),
                 ('{"access_token":', "application/json", ""), ('{"access_token":7}', "application/json", ""),
                 ('{"access_token":"x","token_type":"mac","expires_in":3600}', "application/json", ""),
                 ('{"access_token":"x","token_type":"Bearer","expires_in":3600}', "application/json", "rights"),
                 ('{"access_token":"x\\r\\ny","token_type":"Bearer"}', "application/json", ""))
        for provider in ("google", "microsoft"):
            for body, kind, words in cases:
                with self.subTest(provider=provider, body=body):
                    self.rig.ask("/control/faults", {"match": "/token", "method": "POST", "times": 1, "fault": {
                        "status": 200, "body": body, "content_type": kind}})
                    self.failed(provider, "bad_reply", words)

    def test_an_unknown_client_is_told_when_the_code_is_exchanged(self):
        for provider, name, status in (("google", "invalid_client", 401), ("google", "unauthorized_client", 400),
                                       ("microsoft", "invalid_client", 401),
                                       ("microsoft", "unauthorized_client", 400)):
            with self.subTest(provider=provider, name=name):
                self.rig.ask("/control/faults", {"match": "/token", "method": "POST", "times": 1, "fault": {
                    "status": status, "body": {"error": name, "error_description": "AADSTS700016: not there"}}})
                error, _ = self.failed(provider, "rejected", name)
                self.assertIn("client_id", error["hint"])


class UnknownClient(unittest.TestCase):
    """Wrong client ids and secrets in the configuration, as the simulator refuses them."""

    def test_a_wrong_client_fails_the_sign_in_and_leaves_what_is_there(self):
        rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=60)
        self.addCleanup(rig.end)
        rig.start()
        rig.sign_in("google")
        rig.ctl("sync")
        before = rig.rows()
        rig.restart_with(re.sub(r'client_secret = ".*"', 'client_secret = "wrong"', rig.good_config))
        code, error, page = rig.fail_to_sign_in("google", "--login-hint", "bob@example.org")
        self.assertEqual((code, error["kind"]), (1, "rejected"))
        self.assertIn("invalid_client", error["message"])
        # The refresh meets the same refusal: an error in words, not a lost sign-in.
        rig.ask("/control/expire", {"account": "google", "what": "access_tokens"})
        self.assertNotEqual(rig.ctl("sync", check=False).returncode, 0)
        account = rig.account("google")
        self.assertEqual(account["state"], "error")
        self.assertIn("invalid_client", account["reason"])
        self.assertEqual(rig.rows(), before)
        # The provider's own page says it, and nobody comes back.
        rig.restart_with(re.sub(r'client_id = ".*"', 'client_id = "wrong"', rig.good_config))
        for provider in ("google", "microsoft"):
            code, error, page = rig.fail_to_sign_in(provider, "--timeout", "2")
            self.assertEqual((code, error["kind"]), (1, "timed_out"), error)
            self.assertNotEqual(page, "")
        rig.restart_with(rig.good_config)
        rig.ctl("sync")
        self.assertEqual(rig.account("google")["state"], "ok")
        self.assertEqual(rig.rows(), before)

    def test_no_client_at_all_is_told_with_its_remedy(self):
        rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=10)
        self.addCleanup(rig.end)
        rig.config.write_text("")
        rig.start()
        done = rig.ctl("account", "add", "google", "--no-browser", check=False)
        error = json.loads(done.stderr)["error"]
        self.assertEqual((done.returncode, error["kind"]), (78, "bad_configuration"))
        self.assertIn("docs/connect-google.md", error["hint"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=1)
