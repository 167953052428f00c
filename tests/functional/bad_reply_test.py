#!/usr/bin/env python3
"""Bad answers of a provider, through the real programs: pages that are cut, wrongly typed or odd, token answers
that are no tokens, links and redirects to foreign hosts, TLS identities that do not verify. Each ends in a
state with words; nothing is lost; when the provider has recovered, all is as before.
Usage: bad_reply_test.py KAMILID KAMILICTL KAMILI_SIM"""
import contextlib
import json
import os
import re
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig  # noqa: E402
from tls_server import Authority, DAY, TlsServer  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])
EVENTS = {"google": "/events?", "microsoft": "/calendarView/delta"}
LISTS = {"google": "/users/me/calendarList", "microsoft": "/me/calendars?"}
JSON = "application/json"


def page(body, kind=JSON):
    return {"status": 200, "body": body, "content_type": kind}


class Replies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=150)
        cls.addClassCleanup(cls.rig.end)
        cls.authority = Authority(cls.rig.dir)
        cls.rig.trust_also(cls.authority.file)
        cls.rig.start()
        for provider in ("google", "microsoft"):
            cls.rig.sign_in(provider)
        cls.rig.ctl("sync")
        cls.before = cls.rig.rows()

    def fault(self, match, fault, times=1000, **more):
        self.rig.ask("/control/faults", dict({"match": match, "times": times, "fault": fault}, **more))

    def troubles(self, provider):
        """(state, reason) of the account and its calendars, as far as they are in trouble."""
        account = self.rig.account(provider)
        return [(one["state"], one["reason"]) for one in (account, *account["calendars"])
                if one["state"] not in ("ok", "syncing")]

    @contextlib.contextmanager
    def trouble(self, provider, states=("error",), words=""):
        """Waits until what was done before is told, then lets the caller look, and sees it mended."""
        told = lambda: any(state in states and words in reason and reason
                           for state, reason in self.troubles(provider))
        try:
            with self.rig.begin_sync(self.rig.account(provider)["id"]):
                self.rig.wait_for(told, what=lambda: f"{words!r} in {self.troubles(provider)}")
            self.assertEqual(self.rig.rows(), self.before)
            yield
        finally:
            self.mend()

    def mend(self):
        self.rig.ask("/control/faults", method="DELETE")
        if self.rig.config.read_text() != self.rig.good_config:
            self.rig.restart_with(self.rig.good_config)
        self.rig.ctl("sync")
        for provider in ("google", "microsoft"):
            self.assertEqual(self.troubles(provider), [])
        self.assertEqual(self.rig.rows(), self.before)

    def told(self, provider, match, fault, words, states=("error",)):
        with self.subTest(provider=provider, fault=fault):
            self.fault(match, fault)
            with self.trouble(provider, states, words):
                pass

    def test_pages_that_are_no_pages(self):
        for provider in ("google", "microsoft"):
            for body in ('{"items":[{"id":"x"', "", "null", "[]", "7", '{"items":{},"value":{}}',
                         '{"items":"x","value":"x"}', '{"items":[],"value":[]}',
                         '{"items":[],"value":[],"nextPageToken":7,"@odata.nextLink":{}}', "{" * 1000):
                self.told(provider, EVENTS[provider], page(body), "")
            self.told(provider, EVENTS[provider], page("<html>hotel</html>", "text/html"), "JSON")
            self.told(provider, LISTS[provider], page("<html>hotel</html>", "text/html"), "JSON")
            self.told(provider, LISTS[provider], page('{"items":7,"value":7}'), "no list")

    def test_answers_that_break_off(self):
        for provider in ("google", "microsoft"):
            self.told(provider, EVENTS[provider], "truncate", "not whole", ("error", "offline"))
            self.told(provider, EVENTS[provider], "reset", "", ("error", "offline"))

    def test_token_answers_that_are_no_tokens(self):
        for provider in ("google", "microsoft"):
            for body, kind, words in (("<html>hotel</html>", "text/html", "web page"), ("", JSON, "nothing"),
                                      ("{}", JSON, ""), ("[]", JSON, ""), ('{"access_token":', JSON, ""),
                                      ('{"access_token":{},"token_type":"Bearer"}', JSON, "")):
                with self.subTest(provider=provider, body=body):
                    self.rig.ask("/control/expire", {"account": provider, "what": "access_tokens"})
                    self.fault("/token", page(body, kind), method="POST")
                    with self.trouble(provider, ("error",), words or "token endpoint"):
                        pass

    def test_an_unknown_client_at_a_refresh_is_an_error_and_no_lost_sign_in(self):
        for provider in ("google", "microsoft"):
            for name, status in (("invalid_client", 401), ("unauthorized_client", 400)):
                with self.subTest(provider=provider, name=name):
                    self.rig.ask("/control/expire", {"account": provider, "what": "access_tokens"})
                    self.fault("/token", {"status": status, "body": {"error": name}}, method="POST")
                    with self.trouble(provider, ("error",), name):
                        pass

    def test_one_bad_event_is_counted_and_the_rest_is_stored(self):
        good = {"google": {"id": "goodgood", "iCalUID": "goodgood@x", "status": "confirmed", "summary": "Walrus",
                           "start": {"dateTime": self.soon(1)}, "end": {"dateTime": self.soon(2)}},
                "microsoft": {"id": "goodgood", "iCalUId": "goodgood@x", "type": "singleInstance",
                              "subject": "Walrus", "start": self.graph_time(1), "end": self.graph_time(2)}}
        bad = {"google": {"id": "badbad", "status": "confirmed", "summary": "Bad", "start": {"dateTime": "soon"}},
               "microsoft": {"id": "badbad", "type": "singleInstance", "subject": "Bad", "start": 7, "end": []}}
        for provider in ("google", "microsoft"):
            for odd in (bad[provider], {"summary": "no id"}, 7, None, [], "text"):
                with self.subTest(provider=provider, odd=odd):
                    self.one_page(provider, [odd, good[provider]])
                    report = self.sync(provider)
                    self.assertEqual([r["bad_events"] for r in report if r["bad_events"]], [1])
                    self.assertEqual(len(self.rig.json("search", "walrus")["occurrences"]), 1)
                    self.assertEqual(self.troubles(provider), [])
                    counts = [c["bad_events"] for c in self.rig.account(provider)["calendars"]]
                    self.assertEqual(sorted(counts)[-1], 1)
                    self.rig.wait_for_log("events could not be read whole")
                    self.rig.ctl("sync", "--full")
                    self.mend()

    def test_unknown_words_in_lists_of_words_do_no_harm(self):
        odd = {"google": {"id": "oddodd", "iCalUID": "oddodd@x", "status": "perhaps", "summary": "Narwhal",
                          "visibility": "sometimes", "transparency": "misty", "eventType": "seance",
                          "attendees": [{"email": "a@b", "responseStatus": "maybe not", "self": True}],
                          "start": {"dateTime": self.soon(1)}, "end": {"dateTime": self.soon(2)}},
               "microsoft": {"id": "oddodd", "iCalUId": "oddodd@x", "type": "seance", "subject": "Narwhal",
                             "showAs": "misty", "sensitivity": "sometimes", "importance": "very",
                             "responseStatus": {"response": "maybe not", "time": "never"},
                             "start": self.graph_time(1), "end": self.graph_time(2)}}
        for provider in ("google", "microsoft"):
            with self.subTest(provider=provider):
                self.one_page(provider, [odd[provider]])
                self.sync(provider)
                found = self.rig.json("search", "narwhal")["occurrences"]
                self.assertEqual([one["title"] for one in found], ["Narwhal"])
                self.assertEqual(found[0]["status"], "confirmed")
                self.assertTrue(found[0]["busy"])
                self.assertEqual(self.troubles(provider), [])
                self.rig.ctl("sync", "--full")
                self.mend()

    def soon(self, hours):
        return time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() + hours * 3600))

    def graph_time(self, hours):
        return {"dateTime": self.soon(hours)[:-1] + ".0000000", "timeZone": "UTC"}

    def one_page(self, provider, items):
        """The next page of one calendar holds these and ends the round with a mark that works once."""
        link = f"{self.rig.about['base_url']}/microsoft/graph/v1.0/me/calendars/x/calendarView/delta?$deltatoken=x"
        body = {"items": items, "value": items, "nextSyncToken": "x", "@odata.deltaLink": link}
        self.fault(EVENTS[provider], page(body), times=1)

    def sync(self, provider):
        return self.rig.json("sync", self.rig.account(provider)["id"])["calendars"]

    def test_a_link_to_a_foreign_host_is_not_followed(self):
        home = self.rig.about["base_url"]
        with TlsServer(self.authority.issue("good.pem", "127.0.0.1")) as other:
            for host in (other.url, home.replace("127.0.0.1", "localhost"), home.replace("https:", "http:"),
                         home + "@127.0.0.1:" + str(other.port), "https://graph.microsoft.com"):
                link = host + "/microsoft/graph/v1.0/me/calendars/x/calendarView/delta?foreign=1"
                for name in ("@odata.nextLink", "@odata.deltaLink"):
                    self.told("microsoft", EVENTS["microsoft"], page({"value": [], name: link}), "foreign")
                self.told("microsoft", LISTS["microsoft"],
                          page({"value": [], "@odata.nextLink": link}), "foreign")
            self.assertEqual((other.requests, other.connections), ([], 0))
        self.assertNotIn("foreign", json.dumps([r["target"] for r in
                                                self.rig.ask("/control/log")["requests"]]))

    def test_a_redirect_is_not_followed(self):
        with TlsServer(self.authority.issue("good.pem", "127.0.0.1")) as other:
            for status in (301, 302, 303, 307, 308):
                away = {"status": status, "headers": {"Location": other.url + "/foreign"}, "body": ""}
                for provider in ("google", "microsoft"):
                    self.told(provider, EVENTS[provider], away, "")
            away["status"] = 307
            for provider in ("google", "microsoft"):
                with self.subTest(provider=provider, what="token"):
                    self.rig.ask("/control/expire", {"account": provider, "what": "access_tokens"})
                    self.fault("/token", away, method="POST")
                    with self.trouble(provider):
                        pass
            self.assertEqual((other.requests, other.connections), ([], 0))

    def with_api_at(self, url):
        config = re.sub(r'api_url = ".*"', f'api_url = "{url}"', self.rig.good_config)
        return re.sub(r'graph_url = ".*"', f'graph_url = "{url}"', config)

    def test_a_tls_identity_that_does_not_verify_gets_no_request(self):
        issue = self.authority.issue
        for what, certificate in (("another name", issue("name.pem", "calendar.example.org")),
                                  ("expired", issue("old.pem", "127.0.0.1", left=-DAY)),
                                  ("self-signed", issue("self.pem", "127.0.0.1", self_signed=True))):
            with self.subTest(what=what), TlsServer(certificate) as server:
                self.rig.restart_with(self.with_api_at(server.url))
                for provider in ("google", "microsoft"):
                    self.rig.ctl("sync", self.rig.account(provider)["id"], check=False)
                    states = self.troubles(provider)
                    self.assertIn("error", [state for state, _ in states])
                    self.assertIn("TLS identity does not verify", states[0][1])
                    self.assertEqual(self.rig.rows(), self.before)
                self.assertGreater(server.connections, 0)
                self.assertEqual(server.requests, [])
                self.mend()

    def test_the_servers_of_these_tests_would_get_a_token_if_all_were_well(self):
        with TlsServer(self.authority.issue("good.pem", "127.0.0.1")) as server:
            self.rig.restart_with(self.with_api_at(server.url))
            self.rig.ctl("sync", "--no-wait")
            self.rig.wait_for(lambda: len(server.requests) >= 2)
            self.assertTrue(all("Authorization" in headers for _, _, headers in server.requests))
            self.mend()

    def test_a_sign_in_at_a_server_that_is_not_who_it_says(self):
        with TlsServer(self.authority.issue("self.pem", "127.0.0.1", self_signed=True)) as server:
            self.rig.restart_with(re.sub(r'token_url = ".*"', f'token_url = "{server.url}/token"',
                                         self.rig.good_config))
            code, error, _ = self.rig.fail_to_sign_in("google", "--login-hint", "bob@example.org")
            self.assertEqual((code, error["kind"]), (1, "untrusted"))
            self.assertEqual(server.requests, [])
            self.assertEqual(len(self.rig.json("account", "list")["accounts"]), 2)
            self.mend()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=1)
