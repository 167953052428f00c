#!/usr/bin/env python3
"""What a person sees: kamilictl on a pseudo terminal, with the simulator's titles in many scripts. No line is wider than
the terminal, and colour is only where it may be. Usage: terminal_test.py KAMILID KAMILICTL KAMILI_SIM"""
import ctypes
import fcntl
import locale
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])

locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
LIBC = ctypes.CDLL(None)
LIBC.wcswidth.argtypes = [ctypes.c_wchar_p, ctypes.c_size_t]

ANSWERS = ["status", "agenda", "agenda --ids --days 20", "agenda --ascii", "month", "month --ascii", "week", "week --ascii", "next",
           "conflicts", "freebusy --from today --to +9d", "search review", "search par*", "account list", "account show a1",
           "account show a2", "calendar list", "key status", "key slot list", "doctor", "changes", "sync"]
HELP = ["", "agenda", "account add", "account remove", "search", "sync", "key slot add", "unlock", "backup restore", "event show"]
ERRORS = ["nonsense", "acount list", "account add", "account add yahoo", "agenda --dayz 3", "event show nothing", "agenda --from soon",
          "agenda --zone Mars/Phobos", "agenda --calendar nothing", "agenda --from 2026-01-02 --to 2026-01-01", "account reauth nobody",
          "backup create /a/folder/that/is/not/there/and/has/a/long/name/copy.backup", "key slot remove 0", "key"]


def shown(columns, words, **environment):
    """What the terminal receives."""
    process, terminal = pty.fork()
    if process == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        os.execve(KAMILICTL, [KAMILICTL, *words], {"TERM": "xterm-256color", "HOME": "/", "TZ": "Europe/Berlin", **environment})
    got = b""
    while True:
        try:
            piece = os.read(terminal, 1 << 16)
        except OSError:
            break
        if not piece:
            break
        got += piece
    os.close(terminal)
    os.waitpid(process, 0)
    return got.decode()


def width(line):
    bare = re.sub("\x1b\\[[0-9;]*[A-Za-z]", "", line)
    return LIBC.wcswidth(bare, len(bare))


class Terminal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=600)
        cls.rig.start()
        cls.rig.sign_in("google")
        cls.rig.sign_in("microsoft")
        cls.rig.ctl("sync")

    @classmethod
    def tearDownClass(cls):
        cls.rig.end()

    def words(self, command):
        return ["--socket", self.rig.socket, *command.split()]

    def assert_fits(self, command, columns):
        text = shown(columns, self.words(command))
        self.assertTrue(text, command)
        for line in re.split("[\r\n]+", text):
            self.assertGreaterEqual(width(line), 0, (command, line))
            # What is to be copied stays whole: an id, an address or a path on a line of its own.
            if command.startswith(("account show", "doctor")) and " " not in line.strip():
                continue
            self.assertLessEqual(width(line), columns, (command, line))

    def test_nothing_is_wider_than_the_terminal(self):
        commands = ANSWERS + [f"{name} --help" for name in HELP] + ERRORS
        events = {row["event_id"] for row in self.rig.json("agenda", "--days", "30")["occurrences"]}
        commands += [f"event show {event}" for event in sorted(events)[:15]]
        for columns in (60, 80, 120):
            for command in commands:
                self.assert_fits(command, columns)

    def test_answers_fit_a_phone(self):
        for command in ANSWERS:
            self.assert_fits(command, 40)

    def test_what_may_be_out_of_date_is_told_within_the_terminal(self):
        self.rig.ask("/control/faults", {"match": "/events", "times": 1000, "fault": {
            "status": 403, "body": '{"error":{"code":403,"errors":[{"reason":"forbidden"}]}}'}})
        self.addCleanup(lambda: (self.rig.ask("/control/faults", method="DELETE"), self.rig.ctl("sync")))
        self.rig.ctl("sync", check=False)
        self.assertIn("may be out of date", shown(60, self.words("agenda")))
        for command in ("agenda", "status", "calendar list", "doctor", "sync"):
            self.assert_fits(command, 60)

    def test_colour_is_for_terminals_that_want_it(self):
        for command in ("status", "agenda", "week", "month", "doctor", "calendar list"):
            self.assertIn("\x1b[", shown(80, self.words(command)), command)
            for text in (shown(80, self.words(command), NO_COLOR="1"), shown(80, self.words(command), TERM="dumb"),
                         shown(80, self.words(command + " --no-color")), shown(80, self.words(command + " --plain"))):
                self.assertNotIn("\x1b", text, command)
            piped = subprocess.run([KAMILICTL, *self.words(command)], capture_output=True, text=True, timeout=60)
            self.assertNotIn("\x1b", piped.stdout + piped.stderr, command)
            self.assertEqual(piped.returncode, 0, piped.stderr)

    def test_status_watch_draws_over_what_it_drew(self):
        process, terminal = pty.fork()
        if process == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
            os.execve(KAMILICTL, [KAMILICTL, *self.words("status --watch")], {"TERM": "xterm", "HOME": "/", "NO_COLOR": "1"})
        os.set_blocking(terminal, False)
        got = b""

        def read(words):
            nonlocal got
            try:
                got += os.read(terminal, 1 << 16)
            except BlockingIOError:
                pass
            return words in got
        self.rig.wait_for(lambda: read(b"kamilid"))
        self.rig.ctl("account", "pause", "a1")
        self.addCleanup(self.rig.ctl, "account", "resume", "a1")
        self.rig.wait_for(lambda: read(b"paused"))
        os.kill(process, 15)
        os.waitpid(process, 0)
        os.close(terminal)
        self.assertGreaterEqual(got.count(b"\x1b[H"), 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
