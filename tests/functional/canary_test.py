#!/usr/bin/env python3
"""Nothing private leaves the daemon by the side: canaries in titles, texts, people, names, replies, tokens,
codes and passphrases, everything done that is done in a day, at debug level; then they are looked for in the
log, the files, the arguments and the environment of the programs.
Usage: canary_test.py KAMILID KAMILICTL KAMILI_SIM"""
import json
import os
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])

PASSPHRASE = "canary in a coal mine"
# What other people and the user wrote.
TEXTS = ["Canarytitle", "Canarytext", "Canaryroom", "canaryguest", "canaryhost", "canarylabel", "Canaryreply",
         "Canarymoved", "Canaryword", "ada@example", "example.org", "example.net"]
# How the simulator begins tokens, codes of both kinds, and what goes with them.
SECRETS = ["ya29.a0sim", "EwB4sim", "1//0sim", "1%2F%2F0sim", "M.C5sim", "4/0sim", "4%2F0sim", "DAQABIQEAAASIM", "Bearer ",
           "GOCSPX-", PASSPHRASE, "SQLite format"]


# A refusal that trying again does not help.
FORBIDDEN = json.dumps({"error": {"code": 403, "message": "Canaryreply",
                                  "errors": [{"reason": "forbidden", "message": "Canaryreply"}]}})


def moment(hours):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + hours * 3600))


class Watcher(threading.Thread):
    """Reads arguments and environment of the programs as long as they run: what `ps` shows others."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen = {}
        self.over = False

    def run(self):
        while not self.over:
            for process in Path("/proc").iterdir():
                if not process.name.isdigit():
                    continue
                try:
                    words = (process / "cmdline").read_bytes()
                    if words.split(b"\0")[0].decode() in (KAMILID, KAMILICTL):
                        # The daemon is undumpable: its environment can be read by root alone.
                        self.seen[process.name] = words + (process / "environ").read_bytes()
                except (OSError, UnicodeDecodeError):
                    pass
            time.sleep(0.002)


class Canaries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=200, log_level="debug")
        cls.watcher = Watcher()
        cls.watcher.start()
        cls.secrets = list(SECRETS)
        cls.rig.start()
        cls.live()
        cls.watcher.over = True
        cls.watcher.join()

    @classmethod
    def tearDownClass(cls):
        cls.rig.end()

    @classmethod
    def sign_in(cls, provider, *words):
        adding, url = cls.rig.begin_sign_in(provider, *words)
        cls.secrets.append(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["state"][0])
        cls.rig.browse(url)
        out, errors = adding.communicate(timeout=60)
        assert adding.returncode == 0, errors
        return json.loads(out.splitlines()[-1])["account"]

    @classmethod
    def write_events(cls):
        people = ["canaryguest@canary.example", "canaryhost@canary.example"]
        cls.rig.ask("/control/write", {
            "account": "google", "method": "POST", "path": "/calendars/primary/events",
            "body": {"summary": "Canarytitle google", "description": "Canarytext <b>of a body</b>", "location": "Canaryroom",
                     "attendees": [{"email": one, "displayName": one.title()} for one in people],
                     "start": {"dateTime": moment(2) + "Z"}, "end": {"dateTime": moment(3) + "Z"}}})
        when = lambda hours: {"dateTime": moment(hours), "timeZone": "UTC"}
        cls.rig.ask("/control/write", {
            "account": "microsoft", "method": "POST", "path": "/me/events",
            "body": {"subject": "Canarytitle microsoft", "body": {"contentType": "text", "content": "Canarytext"},
                     "location": {"displayName": "Canaryroom"}, "start": when(2), "end": when(3),
                     "attendees": [{"emailAddress": {"address": one, "name": one}, "type": "required"} for one in people]}})
        cls.rig.ctl("sync")

    @classmethod
    def refused_sign_ins(cls):
        for mode in ("deny", "wrong_state"):
            cls.rig.ask("/control/consent", {"account": "google", "mode": mode})
            adding, url = cls.rig.begin_sign_in("google", "--timeout", "2")
            cls.rig.browse(url)
            adding.communicate(timeout=60)
            assert adding.returncode != 0
        cls.rig.ask("/control/consent", {"account": "google", "mode": "allow"})
        for body in ('{"error":"invalid_grant","error_description":"Canaryreply"}', "Canaryreply"):
            cls.rig.ask("/control/faults", {"match": "/token", "times": 1, "fault": {"status": 400, "body": body}})
            cls.rig.fail_to_sign_in("google")

    @classmethod
    def device_code(cls):
        cls.rig.ask("/control/consent", {"account": "microsoft", "mode": "allow"})
        adding = subprocess.Popen([KAMILICTL, "--socket", cls.rig.socket, "--json", "account", "add", "microsoft", "--device-code"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        cls.secrets.append(json.loads(adding.stdout.readline())["user_code"])
        _, errors = adding.communicate(timeout=60)
        assert adding.returncode == 0, errors

    @classmethod
    def queries(cls):
        """Good ones and wrong ones; answers how many canaries came back."""
        found = 0
        for word in ("Canarytitle", "Canarytext", "Canaryroom", "Canaryword"):
            rows = cls.rig.json("search", word)["occurrences"]
            found += len(rows)
            for row in rows:
                cls.rig.ctl("event", "show", row["event_id"], "--ics")
        found += len(cls.rig.json("search", "Canarytitle", "--person", "canaryguest")["occurrences"])
        for words in (["agenda"], ["freebusy", "--from", "today", "--to", "+2d"], ["conflicts"], ["changes"], ["doctor"], ["status"],
                      ["calendar", "list"], ["account", "list"], ["key", "status"]):
            cls.rig.ctl(*words)
        for words in (["event", "show", "Canaryword"], ["agenda", "--calendar", "Canaryword"], ["agenda", "--zone", "Canaryword"],
                      ["search", '"Canaryword'], ["account", "show", "Canaryword"], ["backup", "verify", "/Canaryword"]):
            cls.rig.ctl(*words, check=False)
        cls.rig.varlink("Canaryword", {"Canaryword": "Canaryword"})
        cls.rig.varlink("GetEvent", {"event_id": ["Canaryword"]})
        return found

    @classmethod
    def faults(cls):
        for fault in ({"status": 500, "body": "Canaryreply"}, {"status": 403, "body": FORBIDDEN}, {"status": 429, "retry_after": "1"},
                      {"status": 200, "body": "<h1>Canaryreply</h1>"}, "truncate", "reset",
                      {"status": 302, "headers": {"Location": "https://canary.example/Canaryreply?token=Canaryreply"}}):
            for match in ("/events", "/delta"):
                cls.rig.ask("/control/faults", {"match": match, "times": 3, "fault": fault})
            cls.rig.ctl("sync", "--no-wait")
            cls.rig.ask("/control/mutate", {"account": "google", "count": 20, "seed": 3})
            cls.rig.ctl("sync", check=False)
            cls.rig.ask("/control/faults", method="DELETE")
        cls.rig.ask("/control/faults", {"match": "/events", "times": 100, "fault": {
            "patch": {"each": {"start": {"dateTime": "Canaryreply"}, "subject": 7, "summary": "Canarymoved"}}}})
        cls.rig.ctl("sync", "--full", check=False)
        cls.rig.ask("/control/faults", method="DELETE")
        for what in ("access_tokens", "cursors"):
            for account in ("google", "microsoft"):
                cls.rig.ask("/control/expire", {"account": account, "what": what})
            cls.rig.ctl("sync", check=False)

    @classmethod
    def keys(cls):
        cls.rig.ctl("key", "slot", "add", "passphrase", typed=f"{PASSPHRASE}\n{PASSPHRASE}\n")
        code = cls.rig.json("key", "slot", "add", "recovery")["recovery_code"]
        cls.secrets += [code, code.replace("-", "")]
        cls.rig.ctl("lock")
        cls.rig.ctl("unlock", "--with", "passphrase", typed=f"not the {PASSPHRASE}\n", check=False)
        cls.rig.ctl("unlock", "--with", "passphrase", typed=PASSPHRASE + "\n")
        cls.rig.ctl("key", "rotate")
        cls.rig.ctl("backup", "create", str(cls.rig.state / "copy.backup"))
        cls.rig.ctl("lock")
        cls.rig.ctl("unlock", "--with", "recovery", typed=code + "\n")

    @classmethod
    def live(cls):
        google = cls.sign_in("google", "--label", "canarylabel")
        cls.sign_in("microsoft")
        cls.refused_sign_ins()
        cls.write_events()
        cls.found = cls.queries()
        cls.keys()
        cls.faults()
        cls.device_code()
        cls.rig.ask("/control/consent", {"account": "google", "reset": True})
        cls.rig.stop()
        cls.rig.start()
        cls.queries()
        for account in ("google", "microsoft"):
            cls.rig.ask("/control/expire", {"account": account, "what": "grant"})
        cls.rig.ctl("sync", check=False)
        cls.rig.ctl("account", "remove", google["id"], "--yes", "--revoke", check=False)
        cls.rig.ctl("sync", check=False)

    def assert_without(self, content, words, where):
        for word in words:
            self.assertNotIn(word.encode(), content, where)

    def files(self):
        return [path for folder in (self.rig.state, self.rig.dir / "run") for path in folder.rglob("*") if path.is_file()]

    def test_the_canaries_were_there_to_be_found(self):
        # Three words, twice each, and both by their guest.
        self.assertEqual(self.found, 8)
        self.assertGreater(len(self.secrets), len(SECRETS) + 4)
        log = self.rig.log.read_text()
        for line in ("signed in", "sign-in failed", "is not up to date", "could not be read whole", "was asked", "must be signed in again"):
            self.assertIn(line, log, "a line of the log")
        self.assertGreater(len(self.watcher.seen), 30)
        self.assertIn(b"--log-level", b"".join(self.watcher.seen.values()))
        with self.assertRaises(AssertionError):
            self.assert_without(b"the title is Canarytitle google", TEXTS, "here")

    def test_the_log_holds_no_canary(self):
        log = self.rig.log.read_bytes()
        self.assert_without(log, TEXTS + self.secrets, log.decode())

    def test_no_file_of_the_store_holds_a_canary(self):
        self.assertGreater(len(self.files()), 2)
        for path in self.files():
            self.assert_without(path.read_bytes(), TEXTS + self.secrets, path)
            self.assert_without(os.fsencode(path), TEXTS + self.secrets, path)

    def test_no_argument_and_no_environment_holds_a_secret(self):
        # What the user typed as an argument, such as a word to search, is the user's own choice.
        for seen in self.watcher.seen.values():
            self.assert_without(seen, self.secrets, seen)


class OneLineForEachChange(unittest.TestCase):
    def setUp(self):
        self.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=40, log_level="info")
        self.addCleanup(self.rig.end)
        self.rig.start()
        self.rig.sign_in("google")
        self.rig.ctl("sync")

    def lines(self, words):
        return [line for line in self.rig.log.read_text().splitlines() if words in line]

    def test_a_calendar_in_trouble_is_told_once_however_often_it_is_asked(self):
        self.assertTrue(all(" duration_ms=" in line for line in self.lines("was listed whole")))
        self.assertEqual(len(self.lines("was listed whole")), len(self.rig.json("calendar", "list")["calendars"]))
        primary = next(c for c in self.rig.json("calendar", "list")["calendars"] if c["primary"])
        before = len(self.rig.log.read_text().splitlines())
        self.rig.ask("/control/faults", {"match": urllib.parse.quote(primary["remote_id"]) + "/events", "times": 1000,
                                         "fault": {"status": 403, "body": FORBIDDEN}})
        for _ in range(5):
            self.rig.ctl("sync", check=False)
        told = self.lines("is not up to date")
        self.assertEqual(len(told), 1, told)
        for field in ("account=a1", "calendar=" + primary["id"], "state=error", "kind=", "duration_ms="):
            self.assertIn(field, told[0])
        self.rig.ask("/control/faults", method="DELETE")
        for _ in range(3):
            self.rig.ctl("sync")
        self.assertEqual(len(self.lines("is well again")), 1)
        self.assertEqual(len(self.rig.log.read_text().splitlines()), before + 2, self.rig.log.read_text())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
