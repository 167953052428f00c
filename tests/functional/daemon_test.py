#!/usr/bin/env python3
"""The real kamilid and kamilictl against kamili-sim: sign-in, sync, queries, restarts, bad input.
Usage: daemon_test.py KAMILID KAMILICTL KAMILI_SIM"""
import json
import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])


class TheDaemon(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM)
        cls.rig.start()
        cls.google, cls.page = cls.rig.sign_in("google")
        cls.microsoft, _ = cls.rig.sign_in("microsoft")
        cls.rig.ctl("sync")

    @classmethod
    def tearDownClass(cls):
        cls.rig.end()

    def test_sign_in_asks_for_least_right_and_shows_a_page(self):
        self.assertEqual(self.google["access"], "read")
        self.assertTrue(all(s.endswith("readonly") for s in self.google["scopes"]["granted"]))
        self.assertIn("<h1>", self.page)

    def test_the_agenda_is_the_worlds_at_google(self):
        wanted, found = self.rig.occurrences(self.google, 20, 60)
        self.assertGreater(len(wanted), 20)
        self.assertEqual(wanted, found)

    def test_the_agenda_is_the_worlds_at_microsoft(self):
        wanted, found = self.rig.occurrences(self.microsoft, 20, 60)
        self.assertGreater(len(wanted), 20)
        self.assertEqual(wanted, found)

    def test_a_change_is_seen_and_told_once(self):
        before = self.rig.json("status")["store"]["journal"]
        stamp = lambda t: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
        self.rig.ask("/control/events", {"account": "google", "calendar": "primary",
                                         "title": "Zebrafish canary", "start": stamp(time.time() + 600),
                                         "end": stamp(time.time() + 1200)})
        self.rig.ctl("sync")
        changes = [json.loads(line) for line in
                   self.rig.ctl("changes", "--since", str(before)).stdout.splitlines()]
        self.assertEqual([c["kind"] for c in changes], ["added"])
        found = self.rig.json("search", "zebrafish")["occurrences"]
        self.assertEqual([one["title"] for one in found], ["Zebrafish canary"])
        shown = self.rig.json("event", "show", found[0]["event_id"])
        self.assertEqual(shown["event"]["@type"], "Event")
        for path in list(self.rig.state.iterdir()) + [self.rig.log]:
            content = path.read_bytes()
            for word in (b"Zebrafish", b"example.org", b"SQLite format", b"Bearer"):
                self.assertNotIn(word, content, path)

    def test_one_meeting_through_two_accounts_is_one_and_a_title_alone_merges_nothing(self):
        stamp = lambda hours: time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() + hours * 3600))
        known = self.rig.json("calendar", "list")["calendars"]
        for account in (self.google, self.microsoft):
            calendar = next(one["remote_id"] for one in known if one["primary"] and one["account_id"] == account["id"])
            event = {"account": account["provider"], "calendar": calendar, "start": stamp(26), "end": stamp(27)}
            self.rig.ask("/control/events", {**event, "title": "Quagga council", "uid": "shared-by-both@example.org"})
            self.rig.ask("/control/events", {**event, "title": "Quagga alone"})
        self.rig.ctl("sync")
        span = ["--from", stamp(20), "--to", stamp(32)]
        rows = lambda *words: [one for one in self.rig.json("agenda", *span, *words)["occurrences"] if "Quagga" in one["title"]]
        self.assertEqual(sorted(one["title"] for one in rows()), ["Quagga alone", "Quagga alone", "Quagga council"])
        council = next(one for one in rows() if one["title"] == "Quagga council")
        accounts = {self.google["id"], self.microsoft["id"]}
        self.assertEqual({one["account_id"] for one in council["origins"]}, accounts)
        shown = self.rig.json("event", "show", council["event_id"])["origins"]
        self.assertEqual({one["account_id"] for one in shown}, accounts)
        calendars = [word for one in council["origins"] for word in ("--calendar", one["calendar_id"])]
        self.assertEqual(len(rows(*calendars)), 4)
        pairs = [sorted(one["title"] for one in pair["occurrences"])
                 for pair in self.rig.json("conflicts", *span)["conflicts"]]
        self.assertEqual([pair for pair in pairs if all("Quagga" in title for title in pair)].count(["Quagga alone", "Quagga council"]), 2)
        self.assertNotIn(["Quagga council", "Quagga council"], pairs)
        busy = [one for one in self.rig.json("freebusy", *span)["busy"] if one["start"] <= stamp(26) < one["end"]]
        self.assertEqual(len(busy), 1)

    def test_kill_9_loses_nothing(self):
        before = self.rig.json("status")["store"]
        self.rig.stop(signal.SIGKILL)
        self.rig.start()
        self.assertEqual(self.rig.json("status")["store"], before)
        self.rig.ctl("sync")

    def test_the_last_use_of_a_sign_in_is_known_after_a_restart(self):
        show = lambda: self.rig.json("account", "show", self.google["id"])["account"]
        self.assertEqual(self.google["revoke_page"], "https://myaccount.google.com/connections")
        self.rig.ctl("sync")
        used = show()["last_used"]
        self.assertGreater(used, self.google["created"])
        self.rig.ctl("account", "pause", self.google["id"])
        self.rig.stop(signal.SIGKILL)
        self.rig.start()
        passes = [c["last_complete_sync"] for c in self.rig.json("calendar", "list")["calendars"]
                  if c["account_id"] == self.google["id"]]
        self.assertEqual(show()["last_used"], max(passes))
        self.assertLessEqual(max(passes), used)
        self.rig.ctl("account", "resume", self.google["id"])

    def test_it_stops_within_five_seconds(self):
        code, seconds = self.rig.stop()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 5)
        self.rig.start()

    def test_a_second_daemon_is_refused(self):
        done = subprocess.run(self.rig.arguments(), capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 1)
        self.assertIn("another kamilid", done.stderr)

    def test_a_wrong_configuration_names_file_line_and_key(self):
        bad = self.rig.dir / "bad.toml"
        bad.write_text("[sync]\ninterval = \"5m\"\nintervall = 3\n")
        done = subprocess.run([KAMILID, "--config", str(bad), "--check-config", "--state-dir",
                               str(self.rig.dir / "none"), "--socket", str(self.rig.dir / "s")],
                              capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 78)
        self.assertIn("bad.toml:3: sync.intervall", done.stderr)

    def test_an_open_key_file_is_refused_and_status_still_answers(self):
        self.rig.stop()
        key = self.rig.state / "store.key"
        key.chmod(0o644)
        self.rig.start()
        status = self.rig.json("status")
        self.assertTrue(status["daemon"]["store_locked"])
        self.assertIn("can be read by others", status["daemon"]["reason"])
        self.assertNotEqual(self.rig.ctl("agenda", check=False).returncode, 0)
        self.rig.stop()
        key.chmod(0o600)
        self.rig.start()
        self.assertFalse(self.rig.json("status")["daemon"]["store_locked"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
