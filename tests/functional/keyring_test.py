#!/usr/bin/env python3
"""The key slot in the desktop's keyring, with gnome-keyring on a session bus of its own: it opens the store, and a
keyring that is locked, not there, emptied, swapped or silent is a state and no hang.
Usage: keyring_test.py KAMILID KAMILICTL KAMILI_SIM   Ends with 77 where there is no gnome-keyring."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig, wait_for  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])
TOOLS = ("dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool")
PASSPHRASE = "seven wet umbrellas"
DEFAULT = "/org/freedesktop/secrets/aliases/default"


class Desktop:
    """A session bus that starts nothing by itself, and a keyring on it that comes and goes."""

    def __init__(self, folder):
        self.home = folder / "home"
        self.runtime = folder / "runtime"
        for path in (self.home, self.runtime):
            path.mkdir(mode=0o700)
        config = folder / "bus.conf"
        config.write_text('<busconfig><type>session</type><listen>unix:path=%s/bus</listen>'
                          '<policy context="default"><allow send_destination="*" eavesdrop="true"/>'
                          '<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>' % self.runtime)
        self.bus = subprocess.Popen(["dbus-daemon", "--nofork", "--config-file", str(config)])
        self.address = f"unix:path={self.runtime}/bus"
        wait_for((self.runtime / "bus").exists)
        self.keyring = None

    def environment(self):
        kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        return {**kept, "HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.runtime),
                "XDG_DATA_HOME": str(self.home / "data"), "DBUS_SESSION_BUS_ADDRESS": self.address}

    def start_keyring(self, password="a password"):
        self.keyring = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment())
        self.keyring.stdin.write(password.encode())
        self.keyring.stdin.close()
        wait_for(lambda: "collection" in self.call("/org/freedesktop/secrets", "Service.ReadAlias", "string:default"))

    def stop_keyring(self):
        if self.keyring:
            self.keyring.send_signal(signal.SIGCONT)
            self.keyring.terminate()
            self.keyring.wait(timeout=20)
            self.keyring = None

    def call(self, path, method, *words):
        done = subprocess.run(["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets", path,
                               "org.freedesktop.Secret." + method, *words], timeout=20,
                              capture_output=True, text=True, env=self.environment())
        return done.stdout

    def lock(self):
        self.call("/org/freedesktop/secrets", "Service.Lock", "array:objpath:" + DEFAULT)

    def items(self):
        """Object paths of the items of any Kamili store that can be read."""
        found = self.call("/org/freedesktop/secrets", "Service.SearchItems",
                          "dict:string:string:application,kamili")
        return [word for word in found.split('"') if word.startswith("/")]

    def swap(self, store, content):
        """Another item in the place of the one that kamilid made."""
        for item in self.items():
            self.call(item, "Item.Delete")
        subprocess.run(["secret-tool", "store", "--label=swapped", "application", "kamili", "store", store],
                       input=content, text=True, env=self.environment(), check=True, timeout=20)

    def end(self):
        self.stop_keyring()
        self.bus.terminate()
        self.bus.wait(timeout=20)


class KeyringSlot(unittest.TestCase):
    def setUp(self):
        self.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=20)
        self.addCleanup(self.rig.end)
        self.desktop = Desktop(self.rig.dir)
        self.addCleanup(self.desktop.end)
        self.before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(self.before)))
        os.environ.update(DBUS_SESSION_BUS_ADDRESS=self.desktop.address, XDG_RUNTIME_DIR=str(self.desktop.runtime))
        self.rig.start()

    def fails(self, code, kind, *words, typed=""):
        done = self.rig.ctl(*words, check=False, typed=typed)
        self.assertEqual(done.returncode, code, done.stderr)
        error = json.loads(done.stderr.splitlines()[-1])["error"]
        self.assertEqual(error["kind"], kind)
        return error["message"]

    def status(self):
        found = self.rig.json("key", "status")
        return found["state"], found["opened_by"]

    def expect(self, state, words):
        """The store gets into a state soon, with a reason."""
        wait_for(lambda: words in self.rig.json("key", "status")["reason"],
                 what=lambda: f"{words}: {self.rig.json('key', 'status')}")
        self.assertEqual(self.status(), (state, ""))
        self.assertIn(words, [one["message"] for one in self.rig.json("doctor")["findings"]
                              if one["check"] == "store"][0])

    def only_keyring_and_passphrase(self):
        self.desktop.start_keyring()
        self.rig.json("key", "slot", "add", "keyring", "--label", "desk")
        self.rig.json("key", "slot", "add", "passphrase", typed=PASSPHRASE + "\n")
        self.rig.ctl("key", "slot", "remove", "0")
        (self.rig.state / "store.key").unlink()

    def restart(self):
        self.rig.stop()
        began = time.monotonic()
        self.rig.start()
        self.assertLess(time.monotonic() - began, 4)

    def test_it_comes_and_goes_and_is_never_the_only_one(self):
        self.assertIn("keyring", self.fails(1, "system", "key", "slot", "add", "keyring"))
        self.assertEqual(len(self.rig.json("key", "slot", "list")["slots"]), 1)
        self.fails(5, "not_found", "key", "slot", "test", "keyring")
        self.desktop.start_keyring()
        added = self.rig.json("key", "slot", "add", "keyring", "--label", "desk")["slot"]
        self.assertEqual((added["kind"], added["label"], added["number"]), ("keyring", "desk", 1))
        self.assertEqual(self.rig.json("key", "slot", "test", "keyring")["slot"], added)
        self.assertEqual(len(self.desktop.items()), 1)
        self.fails(1, "conflict", "key", "slot", "add", "keyring")
        self.assertEqual(len(self.desktop.items()), 1)
        self.assertIn("keyring", self.fails(1, "conflict", "key", "slot", "remove", "0"))
        found = [one for one in self.rig.json("doctor")["findings"] if one["check"] == "keyring"]
        self.assertEqual([one["level"] for one in found], ["ok"])
        self.desktop.lock()
        self.assertIn("locked", self.fails(7, "key_locked", "key", "slot", "test", "keyring"))
        found = [one for one in self.rig.json("doctor")["findings"] if one["check"] == "keyring"]
        self.assertEqual([one["level"] for one in found], ["warning"])
        self.assertIn("locked", found[0]["message"])
        self.desktop.stop_keyring()
        self.desktop.start_keyring()
        self.rig.ctl("key", "slot", "remove", "1")
        wait_for(lambda: not self.desktop.items())

    def test_it_opens_the_store_at_the_start_and_after_a_lock(self):
        self.only_keyring_and_passphrase()
        self.restart()
        wait_for(lambda: self.status() == ("ok", "keyring"))
        self.rig.ctl("lock")
        time.sleep(3)
        self.assertEqual(self.status(), ("key_locked", ""))
        self.rig.ctl("unlock")
        self.assertEqual(self.status(), ("ok", "keyring"))
        self.rig.ctl("agenda")

    def test_a_keyring_that_comes_later_opens_the_store_then(self):
        self.only_keyring_and_passphrase()
        self.desktop.stop_keyring()
        self.restart()
        self.expect("key_locked", "there is no keyring on the session bus")
        self.fails(1, "key_wrong", "unlock", typed="seven dry umbrellas\n")
        self.desktop.start_keyring()
        wait_for(lambda: self.status() == ("ok", "keyring"))

    def test_locked_emptied_and_swapped_are_told_apart(self):
        self.only_keyring_and_passphrase()
        self.rig.stop()
        self.desktop.lock()
        self.rig.start()
        self.expect("key_locked", "the keyring is locked")
        self.rig.ctl("unlock", typed=PASSPHRASE + "\n")
        self.assertEqual(self.status(), ("ok", "person"))
        self.desktop.stop_keyring()
        self.desktop.start_keyring()
        store = (self.rig.state / "store.db").read_bytes()[12288 + 16:12288 + 32].hex()
        for content, words in (("0" * 64 + "\n", "the keyring's key does not open this store"),
                               ("no key", "the keyring's item holds no key")):
            self.desktop.swap(store, content)
            self.restart()
            self.expect("key_wrong", words)
        self.desktop.call(self.desktop.items()[0], "Item.Delete")
        self.restart()
        self.expect("key_missing", "the keyring has no key of this store")
        self.fails(1, "key_missing", "unlock")
        self.rig.ctl("unlock", "--with", "passphrase", typed=PASSPHRASE + "\n")
        self.assertEqual(self.status(), ("ok", "person"))

    def test_one_that_hangs_is_not_waited_for(self):
        self.only_keyring_and_passphrase()
        self.rig.stop()
        self.desktop.keyring.send_signal(signal.SIGSTOP)
        self.rig.start()
        began = time.monotonic()
        self.rig.ctl("status")
        self.assertLess(time.monotonic() - began, 1)
        self.rig.ctl("unlock", "--with", "passphrase", typed=PASSPHRASE + "\n")
        self.assertIn("does not answer", self.fails(1, "timed_out", "key", "slot", "test", "keyring"))
        testing = subprocess.Popen([KAMILICTL, "--socket", self.rig.socket, "key", "slot", "test", "keyring"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.3)
        code, seconds = self.rig.stop()
        testing.wait(timeout=20)
        self.assertEqual(code, 0)
        self.assertLess(seconds, 2)
        self.rig.start()
        self.expect("key_locked", "the keyring does not answer")

    def test_no_bus_and_a_bus_elsewhere_are_no_keyring(self):
        self.only_keyring_and_passphrase()
        for address in (f"unix:path={self.rig.dir}/nothing", "tcp:host=127.0.0.1,port=1",
                        "unixexec:path=/usr/bin/touch,argv1=" + str(self.rig.dir / "touched")):
            os.environ["DBUS_SESSION_BUS_ADDRESS"] = address
            self.restart()
            self.expect("key_locked", "there is no session bus")
        self.assertFalse((self.rig.dir / "touched").exists())


if __name__ == "__main__":
    if not all(map(shutil.which, TOOLS)):
        print("not tested: needs " + ", ".join(TOOLS))
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=1)
