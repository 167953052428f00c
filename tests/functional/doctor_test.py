#!/usr/bin/env python3
"""`kamilictl doctor` with planted faults: each is found, with what to do about it; without faults it is content.
Usage: doctor_test.py KAMILID KAMILICTL KAMILI_SIM"""
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig, wait_for  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)


class Doctor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=60)
        cls.config = Path(cls.rig.about["config_file"])
        cls.good = cls.config.read_text()
        cls.key, cls.store = cls.rig.state / "store.key", cls.rig.state / "store.db"
        cls.rig.start()
        cls.account, _ = cls.rig.sign_in("google")
        cls.rig.ctl("sync")

    @classmethod
    def tearDownClass(cls):
        cls.rig.end()

    def findings(self, *levels):
        found = self.rig.json("doctor")["findings"]
        return [one for one in found if one["level"] in levels]

    def expect(self, level, check, words, remedy):
        """Exactly one finding of that kind, with its remedy."""
        found = [one for one in self.findings(level) if one["check"] == check and words in one["message"]]
        self.assertEqual(len(found), 1, self.findings("warning", "error"))
        self.assertIn(remedy, found[0]["remedy"])

    def restarted(self, change, undo):
        """The daemon is started with a fault, and without it when the case is over."""
        self.rig.stop()
        change()

        def back():
            self.rig.stop()
            undo()
            self.rig.start()
        self.addCleanup(back)
        self.rig.start()

    def configured(self, text):
        self.restarted(lambda: self.config.write_text(text), lambda: self.config.write_text(self.good))

    def test_without_faults_only_the_key_beside_the_store_is_mentioned(self):
        self.assertEqual(self.findings("error"), [])
        self.expect("warning", "key", "does not help against a stolen disk", "systemd credential")
        self.assertEqual(len(self.findings("warning")), 1, self.findings("warning"))

    def test_no_client_id(self):
        lines = [line for line in self.good.splitlines() if not line.startswith("client_id")]
        self.configured("\n".join(lines))
        self.expect("warning", "configuration", "no client id", "docs/connect-google.md")

    def test_plain_http(self):
        self.configured(self.good.replace("[developer]", "") + "\n[developer]\nallow_loopback_http = true\n")
        self.expect("warning", "configuration", "plain http", "allow_loopback_http")

    def test_a_state_folder_that_others_may_look_into(self):
        self.rig.state.chmod(0o755)
        self.addCleanup(self.rig.state.chmod, 0o700)
        self.expect("error", "state folder", "others may look into it", f"chmod 700 {self.rig.state}")

    def test_a_key_file_that_others_may_read(self):
        self.restarted(lambda: self.key.chmod(0o644), lambda: self.key.chmod(0o600))
        self.expect("error", "store", "can be read by others", "chmod")

    def test_no_key_file(self):
        away = self.rig.dir / "key"
        self.restarted(lambda: self.key.rename(away), lambda: away.rename(self.key))
        self.expect("error", "store", "no key file", "backup")

    def test_the_key_of_another_store(self):
        good = self.key.read_text()
        self.restarted(lambda: self.key.write_text("0" * 64 + "\n"), lambda: self.key.write_text(good))
        found = self.findings("error")
        self.assertEqual([one["check"] for one in found], ["store"])
        self.assertTrue(found[0]["remedy"])

    def test_no_key_at_all_in_the_key_file(self):
        good = self.key.read_text()
        self.restarted(lambda: self.key.write_text("hello\n"), lambda: self.key.write_text(good))
        self.assertEqual([one["check"] for one in self.findings("error")], ["store"])

    def test_a_damaged_page(self):
        good = {}

        def damage():
            good["store"] = self.store.read_bytes()
            changed = bytearray(good["store"])
            changed[len(changed) // 2] ^= 1
            self.store.write_bytes(changed)
        self.restarted(damage, lambda: self.store.write_bytes(good["store"]))
        found = [one for one in self.findings("error") if one["check"] == "store"]
        self.assertEqual(len(found), 1)
        self.assertIn("backup restore", found[0]["remedy"])

    def test_a_sign_in_that_was_taken_back(self):
        bob = self.sign_in_as("bob@example.org")
        self.rig.ask("/control/expire", {"account": "bob@example.org", "what": "grant"})
        self.rig.ctl("sync", bob, check=False)
        self.expect("error", "account", f"{bob}: needs_sign_in", f"kamilictl account reauth {bob}")

    def test_rights_that_nobody_asked_for(self):
        self.rig.ask("/control/consent", {"account": "microsoft", "surplus": ["Calendars.ReadWrite"]})
        self.addCleanup(self.rig.ask, "/control/consent", {"account": "microsoft", "reset": True})
        account, _ = self.rig.sign_in("microsoft")
        self.addCleanup(self.rig.ctl, "account", "remove", account["id"], "--yes")
        self.assertEqual([s.split("/")[-1] for s in account["scopes"]["surplus"]], ["Calendars.ReadWrite"])
        self.assertEqual(self.rig.json("account", "show", account["id"])["account"]["scopes"], account["scopes"])
        self.expect("warning", "account", f"{account['id']}: more rights are granted than were asked for",
                    f"myapplications.microsoft.com, then kamilictl account reauth {account['id']}")

    def test_a_paused_account_is_mentioned(self):
        self.rig.ctl("account", "pause", self.account["id"])
        self.addCleanup(self.rig.ctl, "account", "resume", self.account["id"])
        self.expect("warning", "account", "paused", "kamilictl account resume " + self.account["id"])

    def test_google_without_a_client_secret(self):
        lines = [line for line in self.good.splitlines() if not line.startswith("client_secret")]
        self.configured("\n".join(lines))
        self.expect("warning", "configuration", "no client_secret", "client_secret_file")

    def test_an_account_whose_provider_has_no_client_id(self):
        self.configured(self.good.replace("[google]\nclient_id", "[google]\n# client_id"))
        self.expect("error", "account", f"{self.account['id']}: no client id", "google.client_id")

    def test_providers_asked_too_often(self):
        self.configured(self.good + "\n[sync]\ninterval = \"10s\"\n")
        self.expect("warning", "configuration", "asked every 10 s", "sync.interval")

    def changed_now(self, text):
        """The file is changed under the running daemon."""
        self.addCleanup(self.restarted_again)
        self.config.write_text(text)

    def restarted_again(self):
        self.rig.stop()
        self.config.write_text(self.good)
        self.rig.start()

    def test_a_configuration_that_has_become_wrong(self):
        self.changed_now(self.good + "\n[sync]\nintervall = 3\n")
        self.expect("error", "configuration", "sync.intervall", "--check-config")

    def test_a_configuration_that_was_changed_and_not_read(self):
        self.changed_now(self.good + "\n# something else\n")
        self.expect("warning", "configuration", "changed after it was read", "restart kamilid")

    def test_certificates_that_have_gone(self):
        authorities = Path(self.rig.about["ca_file"])
        away = authorities.with_suffix(".away")
        authorities.rename(away)
        self.addCleanup(away.rename, authorities)
        self.expect("error", "configuration", f"{authorities}: cannot be read", "correct it")

    def test_a_configuration_that_others_may_change(self):
        mode = self.config.stat().st_mode & 0o777
        self.config.chmod(0o666)
        self.addCleanup(self.config.chmod, mode)
        self.expect("error", "configuration", "others may change", f"chmod go-w {self.config}")

    def test_a_socket_that_others_may_open(self):
        socket = Path(self.rig.socket)
        socket.chmod(0o666)
        self.addCleanup(socket.chmod, 0o600)
        self.expect("error", "socket", "others may open it", f"chmod 600 {socket}")

    def test_a_socket_that_others_may_replace(self):
        folder = Path(self.rig.socket).parent
        folder.chmod(0o777)
        self.addCleanup(folder.chmod, 0o700)
        self.expect("error", "socket", "another socket in its place", f"chmod 700 {folder}")

    def test_a_store_that_others_may_read(self):
        self.store.chmod(0o644)
        self.addCleanup(self.store.chmod, 0o600)
        self.expect("error", "store", "others may read its file", f"chmod 600 {self.store}")

    def test_a_store_taken_away_under_the_daemon(self):
        away = self.rig.dir / "store"
        self.store.rename(away)
        self.addCleanup(away.rename, self.store)
        self.expect("error", "store", "taken away", "put")

    def test_a_key_file_that_became_readable(self):
        self.key.chmod(0o640)
        self.addCleanup(self.key.chmod, 0o600)
        self.expect("error", "key", "others may read the key file", "kamilictl key rotate")

    def test_a_key_file_taken_away_under_the_daemon(self):
        away = self.rig.dir / "key"
        self.key.rename(away)
        self.addCleanup(away.rename, self.key)
        self.expect("error", "key", "will not open again", "kamilictl key slot add recovery")

    def test_a_store_that_is_no_store(self):
        self.restarted(lambda: (self.set_aside(), self.store.write_bytes(b"hello" * 4096)), self.bring_back)
        found = self.findings("error")
        self.assertEqual([one["check"] for one in found], ["store"])
        self.assertTrue(found[0]["remedy"])

    def test_a_locked_store(self):
        self.rig.ctl("lock")
        self.addCleanup(self.rig.ctl, "unlock")
        self.expect("error", "store", "locked", "kamilictl unlock")

    def test_too_few_open_files(self):
        # At its start it would raise the limit itself, as far as the hard one lets it.
        resource.prlimit(self.rig.daemon.pid, resource.RLIMIT_NOFILE, (200, FILES[1]))
        self.addCleanup(resource.prlimit, self.rig.daemon.pid, resource.RLIMIT_NOFILE, FILES)
        self.expect("warning", "limits", "200 open files", "LimitNOFILE")

    def test_no_time_zone_files(self):
        self.with_surroundings(lambda: os.environ.update(TZDIR="/nowhere"), lambda: os.environ.pop("TZDIR"))
        self.expect("error", "time zones", "cannot be read", "tzdata")

    def with_surroundings(self, change, undo):
        """The daemon inherits what the test has, which is put right before kamilictl is asked."""
        self.addCleanup(self.restarted_again)
        self.rig.stop()
        change()
        try:
            self.rig.start()
        finally:
            undo()

    def set_aside(self):
        """A daemon that finds no store of its own may write there what it likes."""
        shutil.copytree(self.rig.state, self.rig.dir / "aside")

    def bring_back(self):
        shutil.rmtree(self.rig.state)
        (self.rig.dir / "aside").rename(self.rig.state)

    def test_no_account(self):
        self.restarted(lambda: (self.set_aside(), shutil.rmtree(self.rig.state)), self.bring_back)
        self.expect("warning", "account", "there is none", "kamilictl account add")

    def fault(self, match, fault, times=1000):
        self.rig.ask("/control/faults", {"match": match, "times": times, "fault": fault})

        def over():
            self.rig.ask("/control/faults", method="DELETE")
            self.restarted_again()  # what a provider asked for is forgotten
            self.rig.ctl("sync", "--full")
        self.addCleanup(over)

    def test_a_provider_that_is_not_there(self):
        self.configured(re.sub(r'api_url = "https://[^/]*/', 'api_url = "https://127.0.0.1:1/', self.good))
        self.rig.ctl("sync", "--no-wait", check=False)
        # One look: the next attempt begins at any moment, and then there is nothing to find.
        found = []
        wait_for(lambda: found.extend(one for one in self.findings("warning") if "offline" in one["message"])
                 or found, 30)
        self.assertIn("https_proxy", found[0]["remedy"])

    def test_a_provider_that_asks_to_wait(self):
        self.fault("/calendarList", {"status": 429, "retry_after": "600"})
        self.rig.ctl("sync", "--no-wait", check=False)
        wait_for(lambda: any("throttled" in one["message"] for one in self.findings("warning")), 30)
        found = [one for one in self.findings("warning") if "throttled" in one["message"]]
        self.assertIn("kamilictl status", found[0]["remedy"])

    def test_a_calendar_that_is_refused(self):
        self.fault("/events", {"status": 403, "body": '{"error":{"code":403,"message":"Forbidden","errors":'
                                                      '[{"reason":"forbidden"}]}}'})
        self.rig.ctl("sync", check=False)
        found = [one for one in self.findings("warning") if one["check"] == "calendar"]
        self.assertTrue(found, self.findings("warning", "error"))
        self.assertIn("kamilictl calendar disable", found[0]["remedy"])

    def test_events_that_cannot_be_read(self):
        self.fault("/events", {"patch": {"each": {"start": {"dateTime": "soon"}}}})
        self.rig.ctl("sync", "--full", check=False)
        found = [one for one in self.findings("warning") if "could not be read whole" in one["message"]]
        self.assertTrue(found, self.findings("warning", "error"))
        self.assertIn("kamilictl sync --full", found[0]["remedy"])

    def test_an_account_without_a_calendar_that_is_fetched(self):
        calendars = [one["id"] for one in self.rig.json("calendar", "list")["calendars"] if one["enabled"]]
        for calendar in calendars:
            self.rig.ctl("calendar", "disable", calendar)

        def back():
            for calendar in calendars:
                self.rig.ctl("calendar", "enable", calendar)
            self.rig.ctl("sync")
        self.addCleanup(back)
        self.expect("warning", "account", "all of its calendars are disabled", "kamilictl calendar enable")

    def sign_in_as(self, address):
        adding = subprocess.Popen([KAMILICTL, "--socket", self.rig.socket, "--json", "account", "add", "google",
                                   "--no-browser", "--login-hint", address], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, text=True)
        url = json.loads(adding.stdout.readline())["url"]
        urllib.request.urlopen(url, context=self.rig.tls, timeout=30).read()
        out, _ = adding.communicate(timeout=60)
        added = json.loads(out.splitlines()[-1])["account"]["id"]
        self.addCleanup(self.rig.ctl, "account", "remove", added, "--yes")
        wait_for(lambda: any(one["id"] == added for one in self.rig.json("account", "list")["accounts"]))
        return added


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
