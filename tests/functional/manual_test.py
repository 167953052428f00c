#!/usr/bin/env python3
"""The man pages against the programs: nothing undocumented, nothing documented that is not there.
Usage: manual_test.py SOURCE_FOLDER MANUAL_FOLDER KAMILID KAMILICTL"""
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE, MANUAL = Path(sys.argv[1]), Path(sys.argv[2])
KAMILID, KAMILICTL = sys.argv[3:5]


def plain(page):
    """The text of a page without escapes and font changes."""
    text = (MANUAL / page).read_text()
    return re.sub(r"\\f[BIR]|\\&", "", text).replace("\\-", "-").replace("\\e", "\\")


def complete(*words):
    lines = subprocess.run([KAMILICTL, "__complete", *words], capture_output=True, text=True,
                           env={"KAMILI_SOCKET": "/nonexistent"}, check=True).stdout.splitlines()
    return [line.split("\t")[0] for line in lines]


def commands(*path):
    """Every command that can be run, as a tuple of its words."""
    found = [word for word in complete(*path, "") if word.isalpha() and is_command(path, word)]
    if not found:
        return [path]
    return [leaf for word in found for leaf in commands(*path, word)]


def is_command(path, word):
    shown = subprocess.run([KAMILICTL, *path, word, "--help"], capture_output=True, text=True)
    usage = f"Usage: kamilictl {' '.join((*path, word))} "
    return shown.returncode == 0 and usage in shown.stdout + " "


def configuration_keys():
    """What the daemon's own code reads: "section.key"."""
    code = (SOURCE / "daemon/configuration.cc").read_text()
    keys, section = set(), {}
    for match in re.finditer(r'auto (\w+) = reader\.Section\("(\w+)"\)|(\w+)\.\w+\(\s*"(\w+)"', code):
        if match.group(2):
            section[match.group(1)] = match.group(2)
        elif match.group(3) in section:
            keys.add(f"{section[match.group(3)]}.{match.group(4)}")
    return keys


def documented_keys():
    keys, section = {}, None
    for line in plain("kamili.toml.5").splitlines():
        if line.startswith(".SH "):
            section = line[5:-1] if line.startswith(".SH [") else None
        elif section and (named := re.findall(r"^(?:\w+(?:, )?)+(?= =|$)", line)):
            if re.fullmatch(r"[a-z_]+(, [a-z_]+)*( = .*)?", line):
                value = line.partition(" = ")[2]
                keys.update({f"{section}.{key}": value for key in named[0].split(", ")})
    return keys


class Manual(unittest.TestCase):
    def test_every_page_is_well_formed(self):
        for page in ("kamilid.8", "kamilictl.1", "kamili.toml.5"):
            done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", MANUAL / page], capture_output=True, text=True)
            # A page without a date is reproducible.
            complaints = [line for line in done.stdout.splitlines() if "missing date" not in line]
            self.assertEqual(complaints, [])

    def test_every_option_of_the_daemon_is_there(self):
        shown = subprocess.run([KAMILID, "--help"], capture_output=True, text=True, check=True).stdout
        options = set(re.findall(r"^\s+(?:-\w,)?(--[a-z-]+)", shown, re.M))
        self.assertGreater(len(options), 5)
        section = plain("kamilid.8").partition(".SH OPTIONS")[2].partition(".SH")[0]
        self.assertEqual(options, set(re.findall(r"^(--[a-z-]+)", section, re.M)))

    def test_every_command_and_option_of_kamilictl_is_there(self):
        sections = plain("kamilictl.1").split("\n.SS ")
        common = set(re.findall(r"^(--[a-z-]+)", sections[0], re.M))
        found = commands()
        self.assertIn(("account", "add"), found)
        for path in found:
            with self.subTest(command=path):
                name = " ".join(("kamilictl", *path))
                own = [s for s in sections if re.match(re.escape(name) + r"( |\n|$)", s)]
                self.assertEqual(len(own), 1)
                options = set(complete(*path, "-"))
                self.assertEqual(options - common, set(re.findall(r"^(--[a-z-]+)", own[0], re.M)))

    def test_every_key_of_the_configuration_is_there(self):
        keys = configuration_keys()
        self.assertGreater(len(keys), 15)
        self.assertEqual(keys, set(documented_keys()))
        page = (SOURCE / "docs/configuration.md").read_text()
        for key in keys:
            self.assertRegex(page, rf"\b{key.partition('.')[2]}\b")

    def test_every_documented_key_and_default_is_taken(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "kamili.toml"
            (Path(folder) / "google-client-secret").write_text("secret\n")
            for key, value in documented_keys().items():
                section, _, name = key.partition(".")
                taken = value or '"https://example.org"'
                file.write_text(f"[{section}]\n{name} = {taken}\n")
                done = subprocess.run([KAMILID, "--config", file, "--state-dir", folder, "--socket", "s",
                                       "--check-config"], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, f"{key}: {done.stderr}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
