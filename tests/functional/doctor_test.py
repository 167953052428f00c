#!/usr/bin/env python3
"""`kamilictl doctor` with planted faults: each is found, with what to do about it; without faults it is content.
Usage: doctor_test.py KAMILID KAMILICTL KAMILI_SIM"""
import json
import os
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig, wait_for  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])


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
        self.assertEqual(len(self.findings("warning")), 1)

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
        self.assertIn("store", {one["check"] for one in self.findings("error")})

    def test_a_sign_in_that_was_taken_back(self):
        bob = self.sign_in_as("bob@example.org")
        self.rig.ask("/control/expire", {"account": "bob@example.org", "what": "grant"})
        self.rig.ctl("sync", bob, check=False)
        self.expect("error", "account", f"{bob}: needs_sign_in", f"kamilictl account reauth {bob}")

    def test_a_paused_account_is_mentioned(self):
        self.rig.ctl("account", "pause", self.account["id"])
        self.addCleanup(self.rig.ctl, "account", "resume", self.account["id"])
        self.assertIn("paused", " ".join(one["message"] for one in self.findings("warning")))

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
