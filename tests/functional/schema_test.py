#!/usr/bin/env python3
"""What `kamilictl --json` prints against docs/schema, with the real programs; and docs/schema against the interface.
Usage: schema_test.py SOURCE_FOLDER KAMILID KAMILICTL KAMILI_SIM"""
import copy
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

import jsonschema

SOURCE = Path(sys.argv[1])
KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[2:5])
sys.path[:0] = [str(SOURCE / "tests/support"), str(SOURCE / "docs/schema")]
import make_schema  # noqa: E402
from rig import Rig  # noqa: E402


def closed(schema):
    """The same schema, but a property that it does not name is a fault."""
    schema = copy.deepcopy(schema)

    def close(node):
        if isinstance(node, dict):
            if "properties" in node:
                node["additionalProperties"] = False
            for value in node.values():
                close(value)
        elif isinstance(node, list):
            for value in node:
                close(value)
    close(schema)
    return schema


def check(command, line):
    schema = json.loads((SOURCE / "docs/schema" / f"{command}.json").read_text())
    jsonschema.validate(json.loads(line), closed(schema), cls=jsonschema.Draft202012Validator)


class Schemas(unittest.TestCase):
    def test_the_files_are_those_of_the_interface(self):
        with tempfile.TemporaryDirectory() as folder:
            interface = make_schema.read_interface(
                (SOURCE / "docs/com.kamililabsllc.Kamili.varlink").read_text())
            for command in make_schema.COMMANDS:
                kept = (SOURCE / "docs/schema" / f"{command}.json").read_text()
                self.assertEqual(kept, make_schema.make(interface, command), f"{command}: run make_schema.py")

    def test_every_file_is_a_schema_and_asks_for_something(self):
        for path in (SOURCE / "docs/schema").glob("*.json"):
            schema = json.loads(path.read_text())
            jsonschema.Draft202012Validator.check_schema(schema)
            wrongs = [[], 7] if path.name == "done.json" else [{}, [], {"accounts": 1, "event": 1}]
            for wrong in wrongs:
                with self.assertRaises(jsonschema.ValidationError, msg=path.name):
                    jsonschema.validate(wrong, schema, cls=jsonschema.Draft202012Validator)


class Table(unittest.TestCase):
    def commands(self, *words):
        """The commands below `words` that have none below themselves, as --help lists them."""
        text = subprocess.run([KAMILICTL, *words, "--help"], check=True, capture_output=True, text=True).stdout
        listed = text.partition("\nSubcommands:\n")[2].partition("\n\n")[0]
        below = [line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "]
        return [one for name in below for one in self.commands(*words, name)] if below else [" ".join(words)]

    def test_every_command_has_a_schema(self):
        table = {name for name in make_schema.SCHEMA_OF if "--" not in name}
        self.assertEqual(set(self.commands()), table)


class Output(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tried = set()
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=60)
        cls.rig.start()
        cls.account, _ = cls.rig.sign_in("google")
        cls.rig.sign_in("microsoft")
        cls.rig.ctl("sync")

    @classmethod
    def tearDownClass(cls):
        cls.rig.end()
        missing = set(make_schema.SCHEMA_OF) - cls.tried
        if missing:
            raise AssertionError(f"not tried: {sorted(missing)}")

    def lines(self, *words, typed=""):
        return self.rig.ctl(*words, typed=typed).stdout.splitlines()

    def expect(self, command, *words, typed=""):
        self.note(command, *words)
        found = self.lines(*words, typed=typed)
        self.assertTrue(found, words)
        for line in found:
            check(command, line)
        return json.loads(found[-1])

    def note(self, command, *words):
        """The table says the same, and the command counts as tried."""
        for count in range(len(words), 0, -1):
            name = " ".join(words[:count])
            if name in make_schema.SCHEMA_OF:
                self.assertEqual(make_schema.SCHEMA_OF[name], command)
                return self.tried.add(name)
        self.assertEqual(words, ("--version",))

    def test_queries(self):
        shown = self.expect("agenda", "agenda", "--days", "60")["occurrences"]
        self.assertTrue(shown)
        self.expect("event-show", "event", "show", shown[0]["event_id"])
        self.expect("search", "search", shown[0]["title"].split()[0])
        self.assertTrue(self.expect("freebusy", "freebusy", "--from", "today", "--to", "+60d")["busy"])
        for view in ("month", "week", "next"):
            self.expect("agenda", view)
        self.expect("next-waybar", "next", "--waybar")
        self.assertTrue(self.expect("conflicts", "conflicts", "--days", "90")["conflicts"])

    def test_what_tells_of_a_calendar_that_may_miss_something(self):
        account = self.account["id"]
        self.expect("account-change", "account", "pause", account)
        self.assertTrue(self.expect("agenda", "agenda")["stale"])
        self.expect("account-change", "account", "resume", account)

    def test_keys(self):
        self.expect("key-status", "key", "status")
        phrase = "seven wet umbrellas\n"
        number = self.expect("key-slot-add", "key", "slot", "add", "passphrase", typed=phrase)["slot"]["number"]
        self.expect("key-slot-test", "key", "slot", "test", "passphrase", typed=phrase)
        self.assertEqual(len(self.expect("key-slot-list", "key", "slot", "list")["slots"]), 2)
        self.expect("done", "lock")
        self.expect("key-status", "key", "status")
        self.expect("done", "unlock")
        self.expect("done", "key", "slot", "remove", str(number))
        self.expect("key-slot-add", "key", "slot", "add", "recovery")
        self.expect("key-rotate", "key", "rotate")

    def test_backups(self):
        backup = str(self.rig.dir / "backup")
        self.expect("backup-create", "backup", "create", backup)
        self.expect("backup-verify", "backup", "verify", backup)
        self.expect("backup-restore", "backup", "restore", backup, "--state-dir", str(self.rig.dir / "other"))

    def test_state(self):
        self.assertEqual(len(self.expect("status", "status")["accounts"]), 2)
        self.expect("doctor", "doctor")
        self.expect("version", "--version")

    def test_accounts_and_calendars(self):
        self.expect("account-list", "account", "list")
        self.expect("account-show", "account", "show", self.account["id"])
        calendar = self.expect("calendar-list", "calendar", "list")["calendars"][0]["id"]
        self.expect("calendar-change", "calendar", "disable", calendar)
        self.expect("calendar-change", "calendar", "enable", calendar)

    def test_streams(self):
        self.expect("sync", "sync", "--full")
        self.expect("sync", "sync", "--no-wait")
        self.assertGreater(len(self.lines("changes", "--since", "0")), 20)
        self.expect("changes", "changes", "--since", "0")

    def test_sign_in_and_removal(self):
        self.sign_in("account", "add", "google", "--login-hint", "bob@example.org")
        added = next(one["id"] for one in self.rig.json("account", "list")["accounts"]
                     if one["address"] == "bob@example.org")
        self.sign_in("account", "reauth", added)
        self.expect("account-remove", "account", "remove", added, "--yes")

    def test_a_sign_in_with_a_device_code(self):
        self.rig.ask("/control/settings", {"device_interval_s": 1})
        account = self.rig.account("microsoft")["id"]
        self.assertEqual(self.expect("account-add", "account", "reauth", account, "--device-code")["account"]["id"], account)

    def sign_in(self, *words):
        self.note("account-add", *words)
        adding = subprocess.Popen([KAMILICTL, "--socket", self.rig.socket, "--json", *words, "--no-browser"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, text=True)
        first = adding.stdout.readline()
        check("account-add", first)
        urllib.request.urlopen(json.loads(first)["url"], context=self.rig.tls, timeout=30).read()
        rest, _ = adding.communicate(timeout=60)
        self.assertEqual(adding.returncode, 0)
        for line in rest.splitlines():
            check("account-add", line)

    def test_errors(self):
        failed = self.rig.ctl("event", "show", "nothing", check=False)
        self.assertEqual((failed.returncode, failed.stdout), (5, ""))
        check("error", failed.stderr)

    def test_an_unknown_field_is_found(self):
        with self.assertRaises(jsonschema.ValidationError):
            check("version", '{"version":"1","extra":1}')


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
