#!/usr/bin/env python3
"""Key slots, lock and unlock of the real kamilid through kamilictl: the four states of a store that
is not open, and that no secret stays anywhere. Usage: keys_test.py KAMILID KAMILICTL KAMILI_SIM"""
import json
import os
import resource
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])
PASSPHRASE = "seven wet umbrellas"


class KeysOfTheStore(unittest.TestCase):
    def setUp(self):
        self.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=40)
        self.rig.start()

    def tearDown(self):
        self.rig.end()

    def fails(self, code, kind, *words, typed=""):
        done = self.rig.ctl(*words, check=False, typed=typed)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(json.loads(done.stderr)["error"]["kind"], kind)

    def state(self):
        return self.rig.json("status")["daemon"]["state"]

    def kinds(self):
        return [slot["kind"] for slot in self.rig.json("key", "slot", "list")["slots"]]

    def add_passphrase(self):
        return self.rig.json("key", "slot", "add", "passphrase", typed=PASSPHRASE + "\n")

    def test_slots_come_and_go_but_not_the_last(self):
        status = self.rig.json("key", "status")
        self.assertEqual((status["state"], status["opened_by"]), ("ok", "keyfile"))
        self.assertEqual(status["slots"][0]["created"][:10], time.strftime("%Y-%m-%d", time.gmtime()))
        self.fails(1, "conflict", "key", "slot", "remove", "0")
        self.fails(5, "not_found", "key", "slot", "remove", "3")
        added = self.add_passphrase()
        self.assertEqual(added["slot"]["number"], 1)
        code = self.rig.json("key", "slot", "add", "recovery", "--label", "drawer")["recovery_code"]
        self.assertEqual(self.kinds(), ["keyfile", "passphrase", "recovery"])
        tried = self.rig.json("key", "slot", "test", "recovery", typed=code.lower().replace("-", " ") + "\n")
        self.assertEqual((tried["slot"]["number"], tried["slot"]["label"]), (2, "drawer"))
        self.fails(2, "invalid_argument", "key", "slot", "test", "recovery", typed=code[:-1] + "\n")
        self.fails(1, "key_wrong", "key", "slot", "test", "passphrase", typed="seven wet umbrella\n")
        self.rig.ctl("key", "slot", "remove", "2")
        self.fails(1, "key_wrong", "key", "slot", "test", "recovery", typed=code + "\n")
        for path in list(self.rig.state.iterdir()) + [self.rig.log]:
            content = path.read_bytes()
            for word in (PASSPHRASE, code, code.replace("-", "")):
                self.assertNotIn(word.encode(), content, path)

    def test_a_locked_store_answers_status_alone_and_opens_again(self):
        self.rig.sign_in("google")
        self.rig.ctl("sync")
        self.add_passphrase()
        before = self.rig.json("status")["store"]
        watch = subprocess.Popen([KAMILICTL, "--socket", self.rig.socket, "--json", "changes", "--follow"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.rig.ctl("lock")
        watch.wait(timeout=20)
        self.assertEqual(self.state(), "key_locked")
        self.assertTrue(self.rig.json("status")["daemon"]["store_locked"])
        self.fails(7, "key_locked", "agenda")
        self.fails(7, "key_locked", "key", "slot", "add", "recovery")
        self.assertEqual(self.rig.json("key", "status")["opened_by"], "")
        self.assertEqual(self.kinds(), ["keyfile", "passphrase"])
        self.rig.ctl("lock")
        self.fails(1, "key_wrong", "unlock", "--with", "passphrase", typed="seven dry umbrellas\n")
        self.assertEqual(self.state(), "key_locked")
        self.rig.ctl("unlock", "--with", "passphrase", typed=PASSPHRASE + "\n")
        self.assertEqual(self.rig.json("key", "status")["opened_by"], "person")
        self.assertEqual(self.rig.json("status")["store"], before)
        self.rig.ctl("sync")
        self.rig.ctl("lock")
        self.rig.ctl("unlock")
        self.assertEqual(self.rig.json("key", "status")["opened_by"], "keyfile")
        self.rig.ctl("sync")

    def test_keys_lie_in_locked_memory_and_no_core_file_is_left(self):
        about = Path(f"/proc/{self.rig.daemon.pid}")
        allowed = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
        if allowed == resource.RLIM_INFINITY or allowed >= 1 << 20:
            locked = [line.split()[1] for line in (about / "status").read_text().splitlines()
                      if line.startswith("VmLck")]
            self.assertGreaterEqual(int(locked[0]), 128)
        limits = [line.split() for line in (about / "limits").read_text().splitlines()]
        self.assertIn(["Max", "core", "file", "size", "0", "0", "bytes"], limits)
        self.rig.stop(signal.SIGABRT)
        left = [path for folder in (Path.cwd(), self.rig.state, self.rig.dir) for path in folder.glob("*core*")]
        self.assertEqual(left, [])
        self.rig.start()

    def test_locking_in_the_middle_of_a_sync_harms_nothing(self):
        self.rig.sign_in("microsoft")
        for _ in range(5):
            sync = subprocess.Popen([KAMILICTL, "--socket", self.rig.socket, "--json", "sync", "--full"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.rig.ctl("lock")
            sync.wait(timeout=20)
            self.rig.ctl("unlock")
        self.rig.ctl("sync")
        self.assertFalse([f for f in self.rig.json("doctor")["findings"]
                          if f["check"] == "store" and f["level"] != "ok"])

    def test_a_backup_is_made_verified_and_restored(self):
        self.rig.sign_in("google")
        self.rig.ctl("sync")
        code = self.rig.json("key", "slot", "add", "recovery")["recovery_code"]
        before = self.rig.json("status")["store"]
        backup = str(self.rig.dir / "a backup")
        self.rig.ctl("backup", "create", backup)
        self.fails(1, "conflict", "backup", "create", backup)
        nowhere = str(self.rig.dir / "not there" / "backup")
        refused = json.loads(self.rig.ctl("backup", "create", nowhere, check=False).stderr)["error"]
        self.assertIn("not there/: No such file or directory", refused["message"])
        self.assertIn("name a folder", refused["hint"])
        parts = self.rig.stream("CreateBackup", {"path": backup + " again"})
        self.assertEqual(parts.pop(), {"path": backup + " again"})
        self.assertTrue(parts, "no progress was told")
        self.assertEqual(parts[-1]["pages"], parts[-1]["total"])
        found = self.rig.json("backup", "verify", backup)
        self.assertEqual({key: found[key] for key in before}, before)
        content = Path(backup).read_bytes()
        self.assertNotIn(b"example.org", content)
        self.fails(1, "conflict", "backup", "restore", backup, "--state-dir", str(self.rig.state))
        self.rig.stop()
        self.rig.state = self.rig.dir / "another state"
        self.rig.ctl("backup", "restore", backup, "--state-dir", str(self.rig.state))
        self.rig.start()
        self.assertEqual(self.state(), "key_missing")
        self.rig.ctl("unlock", "--with", "recovery", typed=code + "\n")
        self.assertEqual(self.rig.json("status")["store"], before)
        self.rig.ctl("sync")
        self.assertEqual(Path(backup).read_bytes(), content)

    def test_a_new_data_key_while_everything_goes_on(self):
        self.rig.sign_in("google")
        self.rig.ctl("sync")
        code = self.rig.json("key", "slot", "add", "recovery")["recovery_code"]
        before = self.rig.json("status")["store"]
        sync = subprocess.Popen([KAMILICTL, "--socket", self.rig.socket, "--json", "sync", "--full"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wrapped = (self.rig.state / "store.db").read_bytes()[76:136]
        parts = [json.loads(line) for line in self.rig.ctl("key", "rotate").stdout.splitlines()]
        self.assertEqual([part["event"] for part in parts[-1:]], ["done"])
        self.assertEqual(parts[-1]["pages"], parts[-1]["total"])
        self.assertGreater(parts[-1]["seconds"], 0)
        self.assertEqual(sync.wait(timeout=60), 0)
        self.assertEqual(self.rig.json("status")["store"], before)
        self.assertNotEqual((self.rig.state / "store.db").read_bytes()[76:136], wrapped)
        # The slots and the sealed tokens are as they were.
        self.rig.ctl("sync")
        self.rig.ctl("lock")
        self.rig.ctl("unlock", "--with", "recovery", typed=code + "\n")
        self.assertEqual(self.rig.json("status")["store"], before)

    def test_kill_9_in_a_rotation_leaves_the_old_key_or_the_new_one(self):
        self.rig.sign_in("google")
        self.rig.ctl("sync")
        before = self.rig.json("status")["store"]
        for number in range(12):
            rotating = subprocess.Popen([KAMILICTL, "--socket", self.rig.socket, "key", "rotate"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.004 * number)
            self.rig.stop(signal.SIGKILL)
            rotating.wait(timeout=20)
            self.rig.start()
            self.assertEqual((self.state(), self.rig.json("status")["store"]), ("ok", before))
            self.assertFalse(list(self.rig.state.glob("store.db.new*")))
        self.rig.ctl("sync")

    def test_without_a_slot_of_the_machine_it_starts_locked(self):
        self.add_passphrase()
        self.rig.ctl("key", "slot", "remove", "0")
        self.rig.stop()
        self.rig.start()
        self.assertEqual(self.state(), "key_locked")
        self.fails(1, "cancelled", "unlock")
        self.rig.ctl("unlock", typed=PASSPHRASE + "\n")
        self.assertEqual(self.state(), "ok")

    def test_missing_wrong_and_damaged_are_told_apart_and_a_slot_helps(self):
        code = self.rig.json("key", "slot", "add", "recovery")["recovery_code"]
        key = self.rig.state / "store.key"
        text = key.read_text()
        for change, state in ((lambda: key.unlink(), "key_missing"),
                              (lambda: key.write_text("0" * 64 + "\n"), "key_wrong")):
            self.rig.stop()
            change()
            key.exists() and key.chmod(0o600)
            self.rig.start()
            self.assertEqual(self.state(), state)
            self.fails(7, "key_locked", "agenda")
            self.rig.ctl("unlock", "--with", "recovery", typed=code + "\n")
            self.assertEqual(self.state(), "ok")
            key.write_text(text)
            key.chmod(0o600)
        self.rig.stop()
        store = self.rig.state / "store.db"
        content = bytearray(store.read_bytes())
        content[100] ^= 1
        content[4196] ^= 1
        store.write_bytes(content)
        self.rig.start()
        self.assertEqual(self.state(), "store_damaged")
        self.fails(1, "store_damaged", "unlock", "--with", "recovery", typed=code + "\n")
        self.assertEqual(store.read_bytes(), bytes(content))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
