#!/usr/bin/env python3
"""Sign-ins that are interrupted, repeated or answered twice leave no half account; and those with a device code.
Usage: sign_in_test.py KAMILID KAMILICTL KAMILI_SIM"""
import json
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig, wait_for  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])


class SignIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=40)
        cls.rig.start()
        cls.rig.ask("/control/settings", {"device_interval_s": 1})

    @classmethod
    def tearDownClass(cls):
        cls.rig.end()

    def setUp(self):
        for account in ("google", "microsoft"):
            self.rig.ask("/control/consent", {"account": account, "reset": True})
        self.rig.ask("/control/faults", method="DELETE")
        self.rig.ask("/control/log", method="DELETE")
        for account in self.accounts():
            self.rig.ctl("account", "remove", account["id"], "--yes")

    def accounts(self):
        return self.rig.json("account", "list")["accounts"]

    def expect_none(self):
        self.assertEqual(self.accounts(), [])
        status = self.rig.json("status")
        self.assertEqual((status["accounts"], status["store"]["calendars"]), ([], 0))

    def expect_it_works(self, provider="google"):
        """What was tried before stands in nobody's way."""
        self.rig.ask("/control/faults", method="DELETE")
        account, _ = self.rig.sign_in(provider)
        self.assertEqual([one["id"] for one in self.accounts()], [account["id"]])
        self.rig.ctl("sync", account["id"])

    def hold_the_token_endpoint(self, provider="google", milliseconds=1500):
        self.rig.ask("/control/faults", {"match": "/token", "times": 1, "after": 0,
                                         "fault": {"delay_ms": milliseconds}})

    def asked_for_tokens(self):
        return [one for one in self.rig.ask("/control/log")["requests"] if one["target"].endswith("/token")]

    def begin(self, provider="google"):
        """A sign-in over the socket and the redirect's parameters, as the browser brings them."""
        host = "127.0.0.1" if provider == "google" else "localhost"
        begun = self.rig.varlink("BeginSignIn", {"provider": provider, "redirect_uri": f"http://{host}:9/"})
        begun = begun["parameters"]

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None
        opener = urllib.request.build_opener(Stay, urllib.request.HTTPSHandler(context=self.rig.tls))
        try:
            opener.open(begun["url"], timeout=30)
        except urllib.error.HTTPError as error:
            with error:
                query = urllib.parse.urlsplit(error.headers["Location"]).query
        return begun["sign_in_id"], dict(urllib.parse.parse_qsl(query))

    def visit(self, url):
        """The browser, on its own time: it may end at a door that is closed."""
        def go():
            try:
                self.rig.browse(url)
            except OSError:
                pass
        browser = threading.Thread(target=go)
        browser.start()
        self.addCleanup(browser.join)


class Interrupted(SignIn):
    def test_a_client_that_is_killed_while_it_waits(self):
        adding, url = self.rig.begin_sign_in("google")
        adding.kill()
        adding.communicate(timeout=20)
        with self.assertRaises(OSError):
            self.rig.browse(url)
        self.expect_none()
        self.expect_it_works()

    def test_a_client_that_is_killed_in_the_exchange(self):
        for provider in ("google", "microsoft"):
            with self.subTest(provider=provider):
                self.setUp()
                self.hold_the_token_endpoint()
                adding, url = self.rig.begin_sign_in(provider)
                self.visit(url)
                wait_for(self.asked_for_tokens)
                adding.kill()
                adding.communicate(timeout=20)
                time.sleep(2)
                self.expect_none()
                self.expect_it_works(provider)

    def test_a_daemon_that_is_killed_in_the_exchange(self):
        self.hold_the_token_endpoint()
        adding, url = self.rig.begin_sign_in("google")
        self.visit(url)
        wait_for(self.asked_for_tokens)
        self.rig.stop(signal.SIGKILL)
        _, errors = adding.communicate(timeout=20)
        self.assertNotEqual(adding.returncode, 0)
        self.assertTrue(json.loads(errors)["error"]["message"])
        self.rig.start()
        self.expect_none()
        self.expect_it_works()

    def test_a_daemon_that_is_killed_at_any_moment_has_the_account_whole_or_not_at_all(self):
        for wait_ms in (0, 3, 6, 10, 15, 25, 40, 80):
            with self.subTest(wait_ms=wait_ms):
                self.setUp()
                sign_in, parameters = self.begin()
                call = threading.Thread(target=lambda: self.try_varlink(sign_in, parameters))
                call.start()
                time.sleep(wait_ms / 1000)
                self.rig.stop(signal.SIGKILL)
                call.join()
                self.rig.start()
                for account in self.accounts():
                    self.rig.ctl("sync", account["id"])
                    self.assertEqual(account["address"], "ada@example.org")
                self.assertLessEqual(len(self.accounts()), 1)

    def try_varlink(self, sign_in, parameters):
        try:
            self.rig.varlink("CompleteSignIn", {"sign_in_id": sign_in, "parameters": parameters})
        except (OSError, AssertionError):
            pass

    def test_a_sign_in_that_is_cancelled(self):
        adding, _ = self.rig.begin_sign_in("google")
        adding.send_signal(signal.SIGINT)
        _, errors = adding.communicate(timeout=20)
        self.assertEqual(json.loads(errors)["error"]["kind"], "cancelled")
        sign_in, parameters = self.begin()
        self.rig.varlink("CancelSignIn", {"sign_in_id": sign_in})
        late = self.rig.varlink("CompleteSignIn", {"sign_in_id": sign_in, "parameters": parameters})
        self.assertTrue(late["error"].endswith(".NotFound"), late)
        self.assertEqual(self.asked_for_tokens(), [])
        self.expect_none()
        self.expect_it_works()


class Repeated(SignIn):
    def test_the_same_account_twice_is_one_that_keeps_its_id_and_its_label(self):
        first, _ = self.rig.sign_in("google", "--label", "mine")
        self.rig.ctl("sync")
        calendars = self.rig.json("calendar", "list")["calendars"]
        again, _ = self.rig.sign_in("google")
        self.assertEqual((again["id"], again["label"]), (first["id"], "mine"))
        self.assertEqual([one["id"] for one in self.accounts()], [first["id"]])
        self.assertEqual([one["id"] for one in self.rig.json("calendar", "list")["calendars"]],
                         [one["id"] for one in calendars])
        self.rig.ctl("sync")

    def test_a_redirect_that_comes_twice(self):
        sign_in, parameters = self.begin()
        self.hold_the_token_endpoint(milliseconds=300)
        answers = []
        calls = [threading.Thread(target=lambda: answers.append(self.rig.varlink(
            "CompleteSignIn", {"sign_in_id": sign_in, "parameters": parameters}))) for _ in range(2)]
        for call in calls:
            call.start()
        for call in calls:
            call.join()
        answers.append(self.rig.varlink("CompleteSignIn", {"sign_in_id": sign_in, "parameters": parameters}))
        kinds = sorted(answer.get("error", "").split(".")[-1] for answer in answers)
        self.assertEqual(kinds, ["", "AlreadyRunning", "NotFound"])
        self.assertEqual(len(self.asked_for_tokens()), 1)
        self.assertEqual(len(self.accounts()), 1)

    def test_a_browser_that_loads_the_last_page_again(self):
        adding, url = self.rig.begin_sign_in("microsoft")
        self.assertIn("is connected", self.rig.browse(url))
        adding.communicate(timeout=20)
        self.assertEqual(adding.returncode, 0)
        with self.assertRaises(OSError):
            self.rig.browse(url)
        self.assertEqual(len(self.accounts()), 1)

    def test_two_sign_ins_of_one_person_at_once(self):
        one, other = self.begin("microsoft"), self.begin("microsoft")
        answers = [self.rig.varlink("CompleteSignIn", {"sign_in_id": sign_in, "parameters": parameters})
                   for sign_in, parameters in (one, other)]
        self.assertEqual(len({answer["parameters"]["account"]["id"] for answer in answers}), 1)
        self.assertEqual(len(self.accounts()), 1)

    def test_a_code_of_one_sign_in_does_not_end_another(self):
        (one, _), (_, parameters) = self.begin(), self.begin()
        crossed = self.rig.varlink("CompleteSignIn", {"sign_in_id": one, "parameters": parameters})
        self.assertTrue(crossed["error"].endswith(".StateMismatch"), crossed)
        self.expect_none()


class DeviceCode(SignIn):
    def setUp(self):
        super().setUp()
        self.rig.ask("/control/consent", {"account": "microsoft", "mode": "page"})

    def start(self, *words, provider="microsoft", verb="add"):
        adding = subprocess.Popen([KAMILICTL, "--socket", self.rig.socket, "--json", "account", verb, provider,
                                   "--device-code", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  stdin=subprocess.DEVNULL, text=True)
        self.addCleanup(lambda: adding.poll() is None and adding.kill())
        return adding, json.loads(adding.stdout.readline())

    def code(self):
        return self.rig.ask("/control/device")["codes"][-1]

    def wait_for_polls(self, number):
        wait_for(lambda: self.code()["polls"] >= number)

    def finish(self, adding):
        out, errors = adding.communicate(timeout=30)
        self.assertEqual(adding.returncode, 0, errors)
        self.assertEqual(errors, "")
        return json.loads(out)["account"]

    def error(self, adding):
        out, errors = adding.communicate(timeout=30)
        self.assertEqual((adding.returncode, out), (1, ""))
        return json.loads(errors)["error"]

    def test_a_code_that_is_entered_on_the_page_signs_in(self):
        adding, line = self.start("--label", "code", "--kind", "work")
        self.assertEqual(set(line), {"event", "verification_uri", "user_code", "expires_in_s"})
        self.assertEqual((line["event"], line["expires_in_s"]), ("device_code", 900))
        self.wait_for_polls(2)
        page = line["verification_uri"] + "?user_code=" + line["user_code"]
        self.assertIn("<button", self.rig.browse(page))
        self.assertIn("You have answered", self.rig.browse(page + "&sim_answer=allow"))
        account = self.finish(adding)
        self.assertEqual((account["address"], account["label"], account["state"]), ("ada@example.com", "code", "ok"))
        self.assertEqual(self.code()["too_fast"], 0)
        self.assertIn("did not work", self.rig.browse(page + "&sim_answer=allow"))
        self.rig.ctl("sync", account["id"])
        wanted, found = self.rig.occurrences(account, 10, 10)
        self.assertEqual(wanted, found)
        for secret in (line["user_code"], "DAQABIQEAAASIM", "ada@example.com"):
            self.assertNotIn(secret, self.rig.log.read_text())

    def test_who_is_told_to_slow_down_does(self):
        self.rig.ask("/control/consent", {"account": "microsoft", "mode": "allow"})
        self.rig.ask("/control/settings", {"device_slow_down": 1})
        began = time.monotonic()
        adding, _ = self.start()
        self.finish(adding)
        self.assertGreater(time.monotonic() - began, 7)
        self.assertEqual(self.code()["too_fast"], 0)

    def test_an_organisation_that_blocks_codes_is_named_and_the_browser_still_works(self):
        adding, _ = self.start()
        self.rig.ask("/control/device", {"answer": "block"})
        error = self.error(adding)
        self.assertEqual(error["kind"], "admin_approval_required")
        self.assertIn("does not allow this sign-in with a device code", error["message"])
        self.assertIn("AADSTS53003", error["message"])
        self.assertIn("--no-browser", error["hint"])
        self.expect_none()
        self.rig.ask("/control/consent", {"account": "microsoft", "mode": "blocked"})
        self.expect_it_works("microsoft")

    def test_a_code_that_is_declined_or_expires(self):
        adding, _ = self.start()
        self.rig.ask("/control/device", {"answer": "deny"})
        self.assertEqual(self.error(adding)["kind"], "access_denied")
        self.rig.ask("/control/settings", {"device_life_s": 3})
        self.addCleanup(self.rig.ask, "/control/settings", {"device_life_s": 900})
        adding, line = self.start()
        self.assertEqual(line["expires_in_s"], 3)
        self.assertEqual(self.error(adding)["kind"], "timed_out")
        adding, _ = self.start("--timeout", "1")
        self.assertIn("within 1 seconds", self.error(adding)["message"])
        self.expect_none()

    def test_google_has_none(self):
        done = self.rig.ctl("account", "add", "google", "--device-code", check=False)
        self.assertEqual(done.returncode, 2)
        error = json.loads(done.stderr)["error"]
        self.assertEqual(error["kind"], "not_supported")
        self.assertIn("--no-browser", error["hint"])
        refused = self.rig.varlink("BeginSignIn", {"provider": "google", "device_code": True})
        self.assertTrue(refused["error"].endswith(".NotSupported"), refused)

    def test_a_client_that_is_killed_or_cancelled_takes_its_sign_in_along(self):
        for how in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
            with self.subTest(how=how):
                adding, line = self.start()
                self.wait_for_polls(1)
                adding.send_signal(how)
                _, errors = adding.communicate(timeout=20)
                if how != signal.SIGKILL:
                    self.assertEqual(json.loads(errors)["error"]["kind"], "cancelled")
                self.rig.ask("/control/device", {"user_code": line["user_code"], "answer": "allow"})
                polls = self.code()["polls"]
                time.sleep(2.5)
                self.assertEqual(self.code()["polls"], polls)
                self.expect_none()

    def test_a_daemon_that_is_killed_while_a_code_waits(self):
        adding, _ = self.start()
        self.wait_for_polls(1)
        self.rig.stop(signal.SIGKILL)
        self.assertTrue(json.loads(adding.communicate(timeout=20)[1])["error"]["message"])
        self.rig.ask("/control/device", {"answer": "allow"})
        self.rig.start()
        time.sleep(2)
        self.expect_none()
        self.rig.ask("/control/consent", {"account": "microsoft", "mode": "allow"})
        adding, _ = self.start()
        self.finish(adding)

    def test_one_client_waits_for_a_code_and_the_way_is_not_mixed(self):
        begun = self.rig.varlink("BeginSignIn", {"provider": "microsoft", "device_code": True})["parameters"]
        self.assertEqual((begun["state"], begun["url"]), ("", begun["verification_uri"]))
        crossed = self.rig.varlink("CompleteSignIn", {"sign_in_id": begun["sign_in_id"],
                                                      "parameters": {"state": "", "code": "c"}})
        self.assertTrue(crossed["error"].endswith(".InvalidArgument"), crossed)
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(
            self.rig.varlink("AwaitSignIn", {"sign_in_id": begun["sign_in_id"]})))
        waiting.start()
        self.wait_for_polls(1)
        second = self.rig.varlink("AwaitSignIn", {"sign_in_id": begun["sign_in_id"]})
        self.assertTrue(second["error"].endswith(".AlreadyRunning"), second)
        self.rig.ask("/control/device", {"answer": "allow"})
        waiting.join()
        self.assertEqual(answers[0]["parameters"]["account"]["address"], "ada@example.com")
        late = self.rig.varlink("AwaitSignIn", {"sign_in_id": begun["sign_in_id"]})
        self.assertTrue(late["error"].endswith(".NotFound"), late)
        self.assertEqual(len(self.accounts()), 1)

    def test_an_account_is_signed_in_again_with_a_code_by_the_same_person_only(self):
        self.rig.ask("/control/consent", {"account": "microsoft", "mode": "allow"})
        account, _ = self.rig.sign_in("microsoft")
        self.rig.ask("/control/consent", {"account": "microsoft", "mode": "page"})
        adding, _ = self.start(provider=account["id"], verb="reauth")
        refused = self.rig.varlink("BeginSignIn", {"provider": "microsoft", "device_code": True,
                                                   "account_id": "a99"})
        self.assertTrue(refused["error"].endswith(".NotFound"), refused)
        self.rig.ask("/control/device", {"answer": "allow"})
        self.assertEqual(self.finish(adding)["id"], account["id"])
        self.assertEqual(len(self.accounts()), 1)


del SignIn  # its cases are those of its heirs

if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
