#!/usr/bin/env python3
"""The real kamilictl against a fake daemon: exit codes, JSON shapes, errors, streams, sign-in.
Usage: ctl_test.py KAMILICTL [unittest arguments]"""
import http.client
import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from fake_daemon import FakeDaemon, Failure  # noqa: E402

PROGRAM = ""
ACCOUNT = {"id": "a1", "provider": "google", "address": "me@example.org", "label": "", "access": "read",
           "remote_id": "me@example.org", "scopes": {"requested": ["s"], "granted": ["s"], "surplus": []},
           "state": "ok", "reason": "", "created": "2026-01-01T00:00:00Z", "last_used": "2026-01-15T08:59:00Z",
           "revoke_page": "https://myaccount.google.com/connections"}
GENEROUS = dict(ACCOUNT, id="a2", provider="microsoft", address="you@example.com",
                revoke_page="https://myapplications.microsoft.com",
                scopes={"requested": ["Calendars.Read"], "granted": ["Calendars.Read", "Mail.Read\u202e"],
                        "surplus": ["Mail.Read\u202e"]})
CALENDAR = {"id": "c1", "account_id": "a1", "remote_id": "r", "name": "Private", "color": "#112233",
            "time_zone": "Europe/Berlin", "access_role": "owner", "primary": True, "hidden": False,
            "enabled": True, "state": "ok", "reason": "", "last_complete_sync": "2026-01-15T08:59:00Z",
            "last_attempt": None, "next_attempt": None, "events": 3, "held_events": 0}
STATUS = {"daemon": {"version": "0.1.0", "state": "ok", "reason": "", "started": "2026-01-15T08:00:00Z",
                     "store_locked": False},
          "accounts": [dict(ACCOUNT, calendars=[CALENDAR])],
          "store": {"events": 3, "calendars": 1, "journal": 5, "schema": 1}}
FRESH = {"as_of": "2026-01-15T09:00:00Z", "complete": True, "stale": []}


def occurrence(number):
    return {"event_id": f"e{number}", "account_id": "a1", "calendar_id": "c1", "uid": f"u{number}",
            "recurrence_id": None, "title": f"Event {number}", "start": "2026-01-15T10:00:00+01:00",
            "end": "2026-01-15T11:00:00+01:00", "all_day": False, "time_zone": "Europe/Berlin",
            "status": "confirmed", "busy": True, "location": "", "response": "accepted",
            "visibility": "", "recurring": False, "origins": []}


def base_answers(**more):
    answers = {"ListAccounts": {"accounts": [ACCOUNT]}, "ListCalendars": {"calendars": [CALENDAR]},
               "GetStatus": STATUS}
    answers.update(more)
    return answers


def fail(kind, message="it went wrong", hint=""):
    def answer(_):
        raise Failure(kind, message, hint)
    return answer


def environment(**more):
    env = {"PATH": "/usr/bin:/bin", "TZ": "Europe/Berlin", "HOME": "/nonexistent", "USER": "tester"}
    env.update(more)
    # Sanitizers and library paths of the build come with the environment of the test run.
    env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS") or k == "LD_LIBRARY_PATH"})
    return env


class CtlTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(prefix="kamili-ctl-")
        self.addCleanup(self._folder.cleanup)
        self.folder = self._folder.name
        self.socket = self.folder + "/s"

    def daemon(self, **answers):
        daemon = FakeDaemon(self.socket, base_answers(**answers))
        daemon.__enter__()
        self.addCleanup(daemon.__exit__)
        return daemon

    def run_ctl(self, *arguments, **options):
        env = environment(KAMILI_SOCKET=self.socket, **options.pop("env", {}))
        return subprocess.run([PROGRAM, *arguments], env=env, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, **options)

    def expect(self, code, *arguments, **options):
        done = self.run_ctl(*arguments, **options)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout!r} {done.stderr!r}")
        return done

    def expect_json(self, *arguments, code=0):
        done = self.expect(code, "--json", *arguments)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 1, done.stdout)
        self.assertEqual(done.stderr, "")
        return json.loads(lines[0])

    def expect_error(self, code, kind, *arguments):
        done = self.expect(code, *arguments, "--json")
        self.assertEqual(done.stdout, "")
        error = json.loads(done.stderr)
        self.assertEqual(set(error), {"error"})
        self.assertEqual(set(error["error"]), {"kind", "message", "hint"})
        self.assertEqual(error["error"]["kind"], kind)
        self.assertTrue(error["error"]["message"])
        return error["error"]


class Usage(CtlTest):
    def test_help_stands_on_every_level_with_an_example(self):
        for words in ([], ["status"], ["account"], ["account", "add"], ["account", "list"],
                      ["account", "show"], ["account", "remove"], ["account", "pause"],
                      ["account", "resume"], ["account", "reauth"], ["calendar"], ["calendar", "list"],
                      ["calendar", "enable"], ["calendar", "disable"], ["sync"], ["agenda"], ["search"],
                      ["event"], ["event", "show"], ["freebusy"], ["changes"], ["doctor"]):
            with self.subTest(words=words):
                done = self.expect(0, *words, "--help")
                self.assertIn("Example:\n  kamilictl " + " ".join(words), done.stdout)
                self.assertEqual(done.stderr, "")

    def test_the_version_is_a_line_and_an_object(self):
        self.assertRegex(self.expect(0, "--version").stdout, r"^kamilictl \d+\.\d+\.\d+\n$")
        self.assertEqual(list(self.expect_json("--version")), ["version"])

    def test_wrong_usage_is_exit_2_in_words_and_as_an_object(self):
        for words in ([], ["nonsense"], ["account"], ["account", "add"], ["account", "add", "yahoo"],
                      ["account", "show"], ["event", "show"], ["agenda", "--days", "x"],
                      ["agenda", "--days", "0"], ["agenda", "--from", "soonish"],
                      ["agenda", "--from", "2026-02-01", "--to", "2026-01-01"],
                      ["agenda", "--days", "3", "--to", "fri"], ["agenda", "--zone", "Mars/Base"],
                      ["freebusy", "--from", "today"], ["search"], ["changes", "--since", "-1"],
                      ["status", "--nonsense"], ["account", "add", "google", "--timeout", "0"],
                      ["account", "reauth", "a1", "--timeout", "601"], ["account", "add", "google", "--kind", "work"]):
            with self.subTest(words=words):
                self.expect_error(2, "invalid_argument", *words)
                self.assertTrue(self.expect(2, *words).stderr.startswith("kamilictl: "))

    def test_what_does_not_exist_yet_says_so(self):
        for words in (["export", "--format", "ics"],
                      ["erase", "all"], ["audit", "list"], ["account", "add", "google", "--device-code"],
                      ["account", "add", "google", "--access", "write"]):
            with self.subTest(words=words):
                self.expect_error(2, "not_supported", *words)

    def test_global_options_stand_anywhere(self):
        daemon = FakeDaemon(self.folder + "/other", base_answers())
        with daemon:
            for words in (["--socket", daemon.path, "--json", "account", "list"],
                          ["account", "--json", "--socket", daemon.path, "list"],
                          ["account", "list", "--json", "--socket", daemon.path]):
                done = self.expect(0, *words)
                self.assertEqual(json.loads(done.stdout), {"accounts": [ACCOUNT]})


class Connection(CtlTest):
    def test_no_daemon_is_exit_3(self):
        error = self.expect_error(3, "no_daemon", "status")
        self.assertTrue(self.expect(3, "status").stderr.startswith("kamilictl: "))
        self.assertTrue(error["message"])

    def test_a_daemon_that_closes_unread_is_exit_6(self):
        with FakeDaemon(self.socket, {}, refuse=True):
            self.expect_error(6, "permission_denied", "status")

    def test_the_runtime_folder_is_where_the_socket_is_looked_for(self):
        os.mkdir(self.folder + "/kamili")
        with FakeDaemon(self.folder + "/kamili/kamilid.sock", base_answers()):
            env = environment(XDG_RUNTIME_DIR=self.folder)
            done = subprocess.run([PROGRAM, "status", "--json"], env=env, capture_output=True, text=True,
                                  timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_errors_of_the_daemon_become_exit_codes(self):
        for kind, name, code in (("NotFound", "not_found", 5), ("KeyLocked", "key_locked", 7),
                                 ("PermissionDenied", "permission_denied", 6),
                                 ("BadConfiguration", "bad_configuration", 78),
                                 ("StoreDamaged", "store_damaged", 1), ("TooMany", "too_many", 1),
                                 ("InvalidArgument", "invalid_argument", 2)):
            with self.subTest(kind=kind), FakeDaemon(
                    self.socket, base_answers(GetEvent=fail(kind, "no such thing", "try harder"))):
                error = self.expect_error(code, name, "event", "show", "e1")
                self.assertEqual((error["message"], error["hint"]), ("no such thing", "try harder"))
                text = self.expect(code, "event", "show", "e1").stderr
                self.assertEqual(text, "kamilictl: no such thing\n  try harder\n")


class Queries(CtlTest):
    def test_json_answers_are_the_daemons_objects(self):
        event = dict(FRESH, event={"@type": "Event", "title": "x"}, origins=[])
        busy = dict(FRESH, busy=[{"start": "2026-01-15T09:00:00Z", "end": "2026-01-15T10:00:00Z"}])
        found = dict(FRESH, occurrences=[occurrence(1)])
        findings = {"findings": [{"check": "key", "level": "ok", "message": "fine", "remedy": ""}]}
        self.daemon(GetEvent=event, FreeBusy=busy, SearchEvents=found, Doctor=findings)
        self.assertEqual(self.expect_json("status"), STATUS)
        self.assertEqual(self.expect_json("account", "list"), {"accounts": [ACCOUNT]})
        self.assertEqual(self.expect_json("account", "show", "me@example.org"), {"account": ACCOUNT})
        self.assertEqual(self.expect_json("calendar", "list"), {"calendars": [CALENDAR]})
        self.assertEqual(self.expect_json("event", "show", "e1"), event)
        self.assertEqual(self.expect_json("freebusy", "--from", "today", "--to", "+1d"), busy)
        self.assertEqual(self.expect_json("search", "x"), found)
        self.assertEqual(self.expect_json("doctor"), findings)

    def test_an_account_shows_its_rights_their_use_and_what_nobody_asked_for(self):
        self.daemon(ListAccounts={"accounts": [ACCOUNT, GENEROUS]})
        done = self.expect(0, "account", "show", "a1")
        for row in ("rights asked   s", "rights given   s", "to revoke      https://myaccount.google.com/connections"):
            self.assertIn(row, done.stdout)
        self.assertRegex(done.stdout, r"last used +\S.* ago")
        self.assertNotIn("beyond", done.stdout)
        self.assertEqual(done.stderr, "")
        done = self.expect(0, "account", "show", "a2")
        self.assertRegex(done.stdout, r"beyond +Mail\.Read\n")
        self.assertIn("Microsoft grants more than was asked for: Mail.Read. ", done.stderr)
        self.assertIn("https://myapplications.microsoft.com, then kamilictl account reauth a2", done.stderr)
        self.assertEqual(self.expect_json("account", "show", "a2"), {"account": GENEROUS})

    def test_the_agenda_joins_the_parts_of_a_long_answer(self):
        stale = [{"calendar_id": "c1", "account_id": "a1", "state": "offline", "reason": "no route",
                  "last_complete_sync": None}]
        daemon = self.daemon(ListOccurrences=[
            dict(FRESH, occurrences=[occurrence(1), occurrence(2)]),
            dict(FRESH, complete=False, stale=stale, occurrences=[occurrence(3)])])
        answer = self.expect_json("agenda", "--from", "2026-01-15", "--to", "2026-01-16",
                                  "--calendar", "c1", "--calendar", "c2")
        self.assertEqual([o["event_id"] for o in answer["occurrences"]], ["e1", "e2", "e3"])
        self.assertEqual(answer["complete"], False)
        self.assertEqual(answer["stale"], stale)
        self.assertEqual(daemon.asked("ListOccurrences"), [
            {"from": "2026-01-14T23:00:00Z", "to": "2026-01-15T23:00:00Z", "time_zone": "Europe/Berlin",
             "calendars": ["c1", "c2"]}])

    def test_the_agenda_asks_for_today_and_seven_days_in_the_own_zone(self):
        daemon = self.daemon(ListOccurrences=[dict(FRESH, occurrences=[])])
        self.expect_json("agenda", "--zone", "UTC")
        asked = daemon.asked("ListOccurrences")[0]
        first, last = (time.strptime(asked[name], "%Y-%m-%dT00:00:00Z") for name in ("from", "to"))
        self.assertEqual(asked["time_zone"], "UTC")
        self.assertEqual((time.mktime(last) - time.mktime(first)) // 86400, 8)

    def test_text_shows_local_times_and_tells_what_may_be_missing(self):
        stale = [{"calendar_id": "c1", "account_id": "a1", "state": "offline", "reason": "no route",
                  "last_complete_sync": None}]
        self.daemon(ListOccurrences=[dict(FRESH, complete=False, stale=stale, occurrences=[occurrence(1)])])
        range_ = ["--from", "2026-01-15", "--days", "1"]
        done = self.expect(0, "agenda", *range_, "--zone", "America/New_York")
        self.assertIn("04:00-05:00  P  Event 1", done.stdout)
        self.assertEqual(done.stderr, "may be out of date: Private (offline: no route, never synced)\n")
        self.assertNotIn("\x1b", done.stdout)
        self.assertEqual(self.expect(0, "agenda", *range_, "--quiet").stderr, "")

    def test_changes_are_lines_and_a_truncated_journal_is_an_error(self):
        def changes(parameters):
            if parameters.get("since") == 1:
                raise Failure("JournalTruncated", "the journal begins at 10")
            change = {"kind": "added", "event_id": "e1", "calendar_id": "c1", "time": "2026-01-15T09:00:00Z"}
            return [{"changes": [dict(change, number=n) for n in part], "last": 4} for part in ([2, 3], [4])]
        daemon = self.daemon(ListChanges=changes)
        lines = self.expect(0, "changes", "--since", "0", "--json").stdout.splitlines()
        self.assertEqual([json.loads(line)["number"] for line in lines], [2, 3, 4])
        self.expect_error(1, "journal_truncated", "changes", "--since", "1")
        self.expect(0, "changes")
        self.assertEqual(daemon.asked("ListChanges"), [{"since": 0}, {"since": 1}, {}])

    def test_streams_are_flushed_line_by_line(self):
        change = {"number": 7, "kind": "removed", "event_id": "e1", "calendar_id": "c1",
                  "time": "2026-01-15T09:00:00Z"}
        self.daemon(WatchChanges=[{"changes": [], "last": 6}, {"changes": [change], "last": 7}, ...],
                    GetStatus=[STATUS, STATUS, ...])
        for words, expected in ((["changes", "--follow"], [change]), (["status", "--watch"], [STATUS, STATUS])):
            process = subprocess.Popen([PROGRAM, *words, "--json"], stdout=subprocess.PIPE, text=True,
                                       env=environment(KAMILI_SOCKET=self.socket))
            try:
                self.assertEqual([json.loads(process.stdout.readline()) for _ in expected], expected)
            finally:
                process.terminate()
                process.wait(20)
                process.stdout.close()

    def test_a_full_disk_is_an_error(self):
        self.daemon()
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PROGRAM, "status"], env=environment(KAMILI_SOCKET=self.socket), stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("could not be written", done.stderr)


class Actions(CtlTest):
    def test_verbs_name_their_object_by_id(self):
        daemon = self.daemon(PauseAccount={"account": ACCOUNT}, ResumeAccount={"account": ACCOUNT},
                             EnableCalendar={"calendar": CALENDAR}, DisableCalendar={"calendar": CALENDAR})
        self.assertEqual(self.expect_json("account", "pause", "a1"), {"account": ACCOUNT})
        self.assertEqual(self.expect(0, "account", "resume", "me@example.org").stdout,
                         "me@example.org is synced again.\n")
        self.assertEqual(self.expect_json("calendar", "enable", "c1"), {"calendar": CALENDAR})
        self.assertIn("erased", self.expect(0, "calendar", "disable", "c1").stdout)
        self.assertEqual(self.expect(0, "calendar", "disable", "c1", "--quiet").stdout, "")
        self.assertEqual(daemon.asked("ResumeAccount"), [{"account_id": "a1"}])
        self.expect_error(5, "not_found", "account", "pause", "a9")

    def test_remove_asks_only_on_a_terminal_and_revoke_needs_a_yes(self):
        daemon = self.daemon(RemoveAccount={"revoked": False, "note": ""})
        self.expect_json("account", "remove", "a1")
        error = self.expect_error(2, "invalid_argument", "account", "remove", "a1", "--revoke")
        self.assertIn("every machine", error["message"])
        done = self.expect(0, "account", "remove", "a1", "--revoke", "--yes")
        self.assertIn("every machine", done.stderr)
        self.assertEqual(daemon.asked("RemoveAccount"), [{"account_id": "a1", "revoke": False},
                                                         {"account_id": "a1", "revoke": True}])

    def test_remove_on_a_terminal_does_nothing_without_a_yes(self):
        for answer, code, removed in (("n\n", 1, 0), ("y\n", 0, 1), ("\x04", 1, 0)):
            with self.subTest(answer=answer), FakeDaemon(
                    self.socket, base_answers(RemoveAccount={"revoked": False, "note": ""})) as daemon:
                leader, follower = pty.openpty()
                process = subprocess.Popen([PROGRAM, "account", "remove", "a1"], stdin=follower,
                                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                           env=environment(KAMILI_SOCKET=self.socket))
                os.close(follower)
                daemon.wait_for("ListAccounts")
                os.write(leader, answer.encode())
                text, _ = process.communicate(timeout=20)
                os.close(leader)
                self.assertIn(b"Remove it? [y/N]", text)
                self.assertEqual((process.returncode, len(daemon.asked("RemoveAccount"))), (code, removed))

    def test_sync_prints_progress_lines_and_its_outcome_is_the_exit_code(self):
        progress = {"event": "progress", "calendar_id": "c1", "pages": 1, "events": 250, "outcome": None,
                    "calendars": None, "failed_accounts": None}
        report = {"id": "c1", "state": "ok", "reason": "", "added": 1, "changed": 0, "removed": 0, "pages": 1,
                  "duration_ms": 12}
        for outcome, code in (("ok", 0), ("failed", 1), ("needs_sign_in", 4), ("partial", 8)):
            done = {"event": "done", "calendar_id": None, "pages": None, "events": None, "outcome": outcome,
                    "calendars": [report], "failed_accounts": []}
            with self.subTest(outcome=outcome), FakeDaemon(
                    self.socket, base_answers(Sync=[progress, done])) as daemon:
                lines = [json.loads(line) for line in self.expect(
                    code, "sync", "me@example.org", "--full", "--json").stdout.splitlines()]
                self.assertEqual(lines, [
                    {"event": "progress", "calendar_id": "c1", "pages": 1, "events": 250},
                    {"event": "done", "outcome": outcome, "calendars": [report], "failed_accounts": []}])
                self.assertEqual(daemon.asked("Sync"), [{"accounts": ["a1"], "full": True}])
                text = self.expect(code, "sync")
                self.assertIn("Private  ok  1 added, 0 changed, 0 removed", text.stdout)
                self.assertEqual(text.stderr, "")

    def test_sync_can_hand_over_and_go(self):
        daemon = self.daemon(Sync=[...])
        begun = time.monotonic()
        self.assertEqual(self.expect_json("sync", "--no-wait"), {"event": "started"})
        self.assertLess(time.monotonic() - begun, 15)
        self.assertEqual(daemon.asked("Sync"), [{}])

    def test_sync_without_waiting_still_tells_what_is_refused(self):
        self.daemon(Sync=fail("KeyLocked"))
        self.expect_error(7, "key_locked", "sync", "--no-wait")


class SignIn(CtlTest):
    def answers(self, **more):
        self.state = "the right state"

        def begin(parameters):
            query = urllib.parse.urlencode({"redirect_uri": parameters["redirect_uri"], "state": self.state})
            return {"sign_in_id": "s1", "url": "https://accounts.example/auth?" + query, "state": self.state,
                    "expires_in_s": 600}
        answers = dict(BeginSignIn=begin, CompleteSignIn={"account": ACCOUNT}, CancelSignIn={})
        answers.update(more)
        return answers

    def start(self, *arguments, stdin=subprocess.DEVNULL):
        process = subprocess.Popen([PROGRAM, *arguments], stdin=stdin, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True,
                                   env=environment(KAMILI_SOCKET=self.socket))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def browse(self, redirect_uri, **parameters):
        """What a browser does at the end: (status, page)."""
        host = urllib.parse.urlsplit(redirect_uri).netloc
        connection = http.client.HTTPConnection(host, timeout=20)
        connection.request("GET", "/?" + urllib.parse.urlencode(parameters))
        reply = connection.getresponse()
        return reply.status, reply.read().decode()

    def test_a_redirect_signs_in_and_prints_two_lines(self):
        daemon = self.daemon(**self.answers())
        process = self.start("account", "add", "google", "--no-browser", "--label", "mine", "--access",
                             "freebusy", "--login-hint", "me@example.org", "--json")
        line = json.loads(process.stdout.readline())
        self.assertEqual(set(line), {"event", "url", "redirect_uri"})
        self.assertEqual(line["event"], "authorize")
        self.assertRegex(line["redirect_uri"], r"^http://127\.0\.0\.1:\d+/$")
        status, page = self.browse(line["redirect_uri"], state=self.state, code="4/secret")
        self.assertEqual(status, 200)
        self.assertIn("me@example.org is connected", page)
        self.assertNotIn("secret", page)
        self.assertEqual(json.loads(process.stdout.readline()), {"event": "account", "account": ACCOUNT})
        self.assertEqual(process.wait(20), 0)
        self.assertEqual(process.stderr.read(), "")
        begun = daemon.asked("BeginSignIn")[0]
        self.assertEqual(begun, {"provider": "google", "access": "freebusy", "label": "mine",
                                 "login_hint": "me@example.org", "redirect_uri": line["redirect_uri"]})
        self.assertEqual(daemon.asked("CompleteSignIn"), [
            {"sign_in_id": "s1", "parameters": {"state": self.state, "code": "4/secret"}}])

    def test_rights_that_nobody_asked_for_are_told_at_the_sign_in(self):
        self.daemon(**self.answers(CompleteSignIn={"account": GENEROUS}))
        process = self.start("account", "add", "microsoft", "--no-browser")
        for line in process.stderr:
            if line.strip().startswith("https://"):
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(line.strip()).query)
                break
        self.browse(query["redirect_uri"][0], state=self.state, code="c")
        out, err = process.communicate(timeout=20)
        self.assertIn("you@example.com is signed in", out)
        self.assertIn("grants more than was asked for: Mail.Read.", err)

    def test_a_wrong_state_does_not_end_the_sign_in(self):
        daemon = self.daemon(**self.answers())
        process = self.start("account", "add", "microsoft", "--kind", "work", "--no-browser", "--json")
        uri = json.loads(process.stdout.readline())["redirect_uri"]
        self.assertTrue(uri.startswith("http://localhost:"), uri)
        _, page = self.browse(uri, state="wrong", code="evil")
        self.assertIn("another sign-in", page)
        self.browse(uri, state=self.state, code="good")
        self.assertEqual(process.wait(20), 0)
        self.assertEqual([c["parameters"]["code"] for c in daemon.asked("CompleteSignIn")], ["good"])
        self.assertEqual(daemon.asked("BeginSignIn")[0]["kind"], "work")

    def test_a_refused_sign_in_keeps_the_first_line_and_tells_the_kind(self):
        for kind, name, code in (("InsufficientScope", "insufficient_scope", 1),
                                 ("NoRefreshToken", "no_refresh_token", 1), ("AccessDenied", "access_denied", 1),
                                 ("NeedsSignIn", "needs_sign_in", 4)):
            with self.subTest(kind=kind), FakeDaemon(
                    self.socket, base_answers(**self.answers(CompleteSignIn=fail(kind, "no rights <b>")))):
                process = self.start("account", "add", "google", "--no-browser", "--json")
                uri = json.loads(process.stdout.readline())["redirect_uri"]
                _, page = self.browse(uri, state=self.state, code="c")
                self.assertIn("no rights &lt;b&gt;", page)
                self.assertEqual(process.wait(20), code)
                self.assertEqual(process.stdout.read(), "")
                self.assertEqual(json.loads(process.stderr.read())["error"]["kind"], name)

    def test_a_pasted_address_counts_on_a_terminal_only(self):
        daemon = self.daemon(**self.answers())
        leader, follower = pty.openpty()
        process = self.start("account", "add", "google", "--no-browser", stdin=follower)
        os.close(follower)
        uri = daemon.wait_for("BeginSignIn")["redirect_uri"]
        query = urllib.parse.urlencode({"state": self.state, "code": "4/pasted"})
        os.write(leader, f"what?\n{uri}?{query}\n".encode())
        out, err = process.communicate(timeout=20)
        os.close(leader)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(out, "me@example.org is signed in (google, read, id a1).\n")
        self.assertIn("That is not the address", err)
        self.assertEqual(daemon.asked("CompleteSignIn")[0]["parameters"]["code"], "4/pasted")

    def test_ctrl_c_cancels(self):
        daemon = self.daemon(**self.answers())
        process = self.start("account", "add", "google", "--no-browser", "--json")
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 1)
        self.assertEqual(json.loads(process.stderr.read())["error"]["kind"], "cancelled")
        self.assertEqual(daemon.asked("CancelSignIn"), [{"sign_in_id": "s1"}])

    def device_answers(self, **more):
        begun = {"sign_in_id": "s1", "url": "https://login.microsoft.com/device", "state": "", "expires_in_s": 900,
                 "user_code": "FJK9WQ2TR", "verification_uri": "https://login.microsoft.com/device"}
        return dict(BeginSignIn=begun, AwaitSignIn={"account": ACCOUNT}, CancelSignIn={}, **more)

    def on_terminal(self, *arguments, columns=80, **env):
        """All that a terminal of that width shows."""
        leader, follower = pty.openpty()
        termios.tcsetwinsize(follower, (40, columns))
        process = subprocess.Popen([PROGRAM, *arguments], stdin=follower, stdout=follower, stderr=follower,
                                   env=environment(KAMILI_SOCKET=self.socket, TERM="xterm", **env))
        os.close(follower)
        shown = b""
        while True:
            try:
                piece = os.read(leader, 4096)
            except OSError:  # how a terminal says that nobody writes any more
                break
            shown += piece
        os.close(leader)
        self.assertEqual(process.wait(20), 0, shown)
        return shown.decode().replace("\r\n", "\n")

    def test_a_device_code_is_two_lines_of_json(self):
        daemon = self.daemon(**self.device_answers())
        done = self.expect(0, "--json", "account", "add", "microsoft", "--device-code", "--kind", "work", "--timeout", "60")
        self.assertEqual([json.loads(line) for line in done.stdout.splitlines()], [
            {"event": "device_code", "verification_uri": "https://login.microsoft.com/device",
             "user_code": "FJK9WQ2TR", "expires_in_s": 900}, {"event": "account", "account": ACCOUNT}])
        self.assertEqual(done.stderr, "")
        self.assertEqual(daemon.asked("BeginSignIn"), [{"provider": "microsoft", "kind": "work", "device_code": True}])
        self.assertEqual(daemon.asked("AwaitSignIn"), [{"sign_in_id": "s1", "timeout_s": 60}])

    def test_a_device_code_without_a_terminal_is_words_alone(self):
        self.daemon(**self.device_answers())
        done = self.expect(0, "account", "add", "microsoft", "--device-code", env={"COLUMNS": "120"})
        self.assertEqual(done.stdout, "me@example.org is signed in (google, read, id a1).\n")
        self.assertIn("\n  https://login.microsoft.com/device\n", done.stderr)
        self.assertIn("\n      FJK9WQ2TR\n", done.stderr)
        for drawn in ("\x1b", "▀", "█"):
            self.assertNotIn(drawn, done.stderr)

    def test_a_device_code_on_a_terminal_has_a_qr_code_that_fits(self):
        self.daemon(**self.device_answers())
        words = ["account", "add", "microsoft", "--device-code"]
        drawn = [line for line in self.on_terminal(*words, NO_COLOR="1").splitlines() if "▀" in line or "▄" in line]
        self.assertGreater(len(drawn), 10)
        self.assertEqual(len({len(line) for line in drawn}), 1)
        width = len(drawn[0])
        self.assertNotIn("\x1b", "".join(drawn))
        self.assertIn("\x1b[38;5;16;48;5;231m", self.on_terminal(*words))
        self.assertIn("▀", self.on_terminal(*words, columns=width))
        for shown in (self.on_terminal(*words, columns=width - 1), self.on_terminal(*words, "--plain"),
                      self.on_terminal(*words, "--ascii"), self.on_terminal(*words, "--quiet")):
            self.assertNotIn("▀", shown)
            self.assertIn("FJK9WQ2TR", shown)

    def test_a_device_code_that_is_refused_or_cancelled(self):
        for kind, name in (("AdminApprovalRequired", "admin_approval_required"), ("TimedOut", "timed_out")):
            with self.subTest(kind=kind), FakeDaemon(
                    self.socket, base_answers(**dict(self.device_answers(), AwaitSignIn=fail(kind, "no")))):
                done = self.expect(1, "--json", "account", "add", "microsoft", "--device-code")
                self.assertEqual(json.loads(done.stdout)["event"], "device_code")
                self.assertEqual(json.loads(done.stderr)["error"]["kind"], name)
        daemon = self.daemon(**dict(self.device_answers(), AwaitSignIn=[...]))
        process = self.start("account", "add", "microsoft", "--device-code", "--json")
        process.stdout.readline()
        daemon.wait_for("AwaitSignIn")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 1)
        self.assertEqual(json.loads(process.stderr.read())["error"]["kind"], "cancelled")

    def test_reauth_with_a_device_code_keeps_the_account_and_google_has_none(self):
        daemon = self.daemon(**self.device_answers(ListAccounts={"accounts": [ACCOUNT, GENEROUS]}))
        self.expect(0, "account", "reauth", "a2", "--device-code")
        self.assertEqual(daemon.asked("BeginSignIn"), [
            {"provider": "microsoft", "access": "read", "account_id": "a2", "login_hint": "you@example.com",
             "device_code": True}])
        self.assertIn("--no-browser", self.expect_error(2, "not_supported", "account", "reauth", "a1",
                                                        "--device-code")["hint"])

    def test_reauth_keeps_the_account_its_access_and_its_person(self):
        daemon = self.daemon(**self.answers(CompleteSignIn=fail("Rejected", "that is another person")))
        process = self.start("account", "reauth", "a1", "--no-browser", "--json")
        uri = json.loads(process.stdout.readline())["redirect_uri"]
        self.browse(uri, state=self.state, code="c")
        self.assertEqual(process.wait(20), 1)
        self.assertEqual(daemon.asked("BeginSignIn"), [
            {"provider": "google", "access": "read", "account_id": "a1", "login_hint": "me@example.org",
             "redirect_uri": uri}])

    def test_the_browser_is_opened_without_a_shell_and_only_on_a_desktop(self):
        daemon = self.daemon(**self.answers())
        opener = Path(self.folder, "xdg-open")
        opener.write_text(f"#!/bin/sh\necho noise\nprintf '%s' \"$*\" >{self.folder}/opened.part\n"
                          f"mv {self.folder}/opened.part {self.folder}/opened\n")
        opener.chmod(0o755)
        env = environment(KAMILI_SOCKET=self.socket, DISPLAY=":9", PATH=self.folder + ":/usr/bin:/bin")
        process = subprocess.Popen([PROGRAM, "account", "add", "google", "--json"], env=env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        line = json.loads(process.stdout.readline())
        for _ in range(200):
            if Path(self.folder, "opened").exists():
                break
            time.sleep(0.1)
        self.assertEqual(Path(self.folder, "opened").read_text(), line["url"])
        self.browse(line["redirect_uri"], state=self.state, code="c")
        self.assertEqual(json.loads(process.stdout.readline())["event"], "account")
        self.assertEqual(process.wait(20), 0)
        self.assertEqual(len(daemon.asked("CompleteSignIn")), 1)


if __name__ == "__main__":
    PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
