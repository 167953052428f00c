#!/usr/bin/env python3
"""Completion in the shells that are installed: commands, options, choices, accounts, calendars.
Usage: completion_test.py SOURCE_FOLDER KAMILICTL   bash must be there; zsh and fish are asked if they are."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from fake_daemon import FakeDaemon  # noqa: E402

SCRIPTS = Path(sys.argv[1]) / "completions"
KAMILICTL = os.path.abspath(sys.argv[2])

BASH = r"""
source "$1"; shift
COMP_WORDS=(kamilictl "$@"); COMP_CWORD=$#; COMP_TYPE=9
compopt() { echo "compopt $*"; }
_kamilictl
printf '%s\n' "${COMPREPLY[@]}"
"""
# Functions of zsh's completion system, reduced to printing what they are given.
ZSH = r"""
_describe() { local -a all; all=("${(@P)4}"); print -l -- "${(@)all%%:*}" }
_files() { print -- "compopt -o default" }
script=$1; shift
words=(kamilictl "$@"); CURRENT=$#words
source $script
"""
FISH = "source $argv[1]; complete -C (string join ' ' -- kamilictl $argv[2..])"


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.socket = os.path.join(cls.folder.name, "socket")
        cls.environment = {"PATH": f"{os.path.dirname(KAMILICTL)}:/usr/bin:/bin", "HOME": cls.folder.name,
                           "KAMILI_SOCKET": cls.socket, "LC_ALL": "C.UTF-8"}
        cls.daemon = FakeDaemon(cls.socket, {
            "ListAccounts": {"accounts": [{"id": "a1", "address": "ada@example.org", "provider": "google"},
                                          {"id": "a2", "address": "ada@example.com", "provider": "microsoft"}]},
            "ListCalendars": {"calendars": [{"id": "c1", "name": "Team: all"}, {"id": "c2", "name": "\x1b[2JHome"}]}})
        cls.daemon.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None, None, None)
        cls.folder.cleanup()

    def run_shell(self, command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, env=self.environment,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.stderr, "")
        return {line.split("\t")[0] for line in done.stdout.splitlines() if line}

    def bash(self, *words):
        return self.run_shell(["bash", "--norc", "-c", BASH, "bash", SCRIPTS / "kamilictl.bash", *words])

    def zsh(self, *words):
        return self.run_shell(["zsh", "-f", "-c", ZSH, "zsh", SCRIPTS / "_kamilictl", *words])

    def fish(self, *words):
        return self.run_shell(["fish", "--no-config", "-c", FISH, SCRIPTS / "kamilictl.fish", *words])

    def shells(self):
        self.assertTrue(shutil.which("bash"))
        return [getattr(self, name) for name in ("bash", "zsh", "fish") if shutil.which(name)]

    def expect(self, words, wanted):
        for shell in self.shells():
            with self.subTest(shell=shell.__name__, words=words):
                self.assertEqual(shell(*words), wanted)

    def test_commands(self):
        self.expect(["sta"], {"status"})
        self.expect(["calendar", ""], {"list", "enable", "disable"})

    def test_options_and_their_choices(self):
        self.expect(["status", "--wa"], {"--watch"})
        self.expect(["account", "add", ""], {"google", "microsoft"})
        self.expect(["account", "add", "google", "--access", "f"], {"freebusy"})

    def test_accounts(self):
        self.expect(["account", "show", ""], {"a1", "a2"})
        self.expect(["sync", "a1", ""], {"a1", "a2"})
        self.expect(["calendar", "list", "--account", "a"], {"a1", "a2"})

    def test_calendars(self):
        self.expect(["calendar", "disable", "c"], {"c1", "c2"})
        self.expect(["agenda", "--calendar", "c1", "--calendar", ""], {"c1", "c2"})

    def test_free_text_gets_no_proposals(self):
        self.expect(["search", "rev"], set())

    def test_without_a_daemon_there_is_silence(self):
        self.environment = {**self.environment, "KAMILI_SOCKET": "/nonexistent"}
        self.expect(["account", "show", ""], set())

    def test_file_names(self):
        self.assertEqual(self.bash("--socket", ""), {"compopt -o default"})

    def test_descriptions_cannot_move_the_cursor(self):
        lines = subprocess.run([KAMILICTL, "__complete", "calendar", "enable", ""], capture_output=True, text=True,
                               env=self.environment, check=True).stdout
        self.assertEqual(lines.splitlines()[0], "c1\tTeam: all")
        self.assertNotIn("\x1b", lines)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
