#!/usr/bin/env python3
"""libkamili-client as a stranger uses it: installed, found by pkg-config, the two examples compiled as their first
lines say and run against the daemon. Usage: client_test.py BUILD_FOLDER KAMILID KAMILICTL KAMILI_SIM"""
import json
import os
import re
import select
import shlex
import subprocess
import sys
import tempfile
import time
import unittest
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig, wait_for  # noqa: E402

BUILD, KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:5])
# A program that loads a library with sanitizers has to have them, too.
SANITIZE = [f"-fsanitize={os.environ['KAMILI_SANITIZE']}"] if os.environ.get("KAMILI_SANITIZE") else []
EXPORTED = {"kamili_client_" + name for name in (
    "new", "free", "socket", "call", "stream", "error", "error_hint", "error_kind", "version")}


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=20)
        cls.addClassCleanup(cls.rig.end)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.dir = Path(folder.name)
        subprocess.run(["cmake", "--install", BUILD, "--prefix", "/opt/k", "--component", "client"], check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "DESTDIR": folder.name})
        pc = next(cls.dir.rglob("kamili-client.pc"))
        cls.library = next(cls.dir.rglob("libkamili-client.so.0"))
        cls.environment = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent), "KAMILI_SOCKET": cls.rig.socket,
                           "LD_LIBRARY_PATH": str(cls.library.parent), "TZ": "Europe/Berlin",
                           "ASAN_OPTIONS": "detect_leaks=0"}
        cls.rig.start()
        cls.account, _ = cls.rig.sign_in("google")
        cls.rig.ctl("sync")

    def compile(self, name):
        """As the line in the example says; the compiler's warnings are errors here."""
        source = next(self.dir.rglob(name))
        line = re.search(r"^\W*((?:cc|c\+\+) .*)$", source.read_text(), re.M).group(1)
        program = self.dir / shlex.split(line)[-1]
        asked = re.search(r"\$\(pkg-config (.*)\)", line).group(1).split()
        flags = subprocess.run(["pkg-config", *asked], check=True, capture_output=True, text=True,
                               env=self.environment).stdout.split()
        before, after = line.split("$(")[0].split(), line.split(")")[1].split()
        words = [*before[:1], "-Wall", "-Wextra", "-Werror", *SANITIZE,
                 *[source if word == name else word for word in before[1:]], *flags,
                 *[program if word == program.name else word for word in after]]
        subprocess.run(words, check=True, env=self.environment)
        return program

    def add_event(self, title, begin):
        stamp = lambda t: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
        self.rig.ask("/control/events", {"account": "google", "calendar": "primary", "title": title,
                                         "start": stamp(begin), "end": stamp(begin + 600)})
        self.rig.ctl("sync")

    def test_only_the_functions_of_the_header_are_seen_from_outside(self):
        said = subprocess.run(["nm", "-D", "--defined-only", self.library], check=True, capture_output=True, text=True)
        names = {line.split()[-1].split("@")[0] for line in said.stdout.splitlines() if " T " in line}
        self.assertEqual(names, EXPORTED)
        header = next(self.dir.rglob("kamili_client.h")).read_text()
        self.assertEqual(set(re.findall(r"\b(kamili_client_\w+)\(", header)), EXPORTED)

    def test_a_panel_shows_the_next_event(self):
        panel = self.compile("panel.cc")
        begin = int(time.time()) // 60 * 60 + 120
        self.add_event("\u00dcbung \u201cA\u201d", begin)
        done = subprocess.run([panel], capture_output=True, text=True, env=self.environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        line = json.loads(done.stdout)
        # Another event may begin in these two minutes; kamilictl knows.
        told = subprocess.run([KAMILICTL, "--json", "next"], capture_output=True, text=True, env=self.environment)
        wanted = json.loads(told.stdout)["occurrences"][0]
        local = datetime.fromisoformat(wanted["start"].replace("Z", "+00:00")).astimezone(ZoneInfo("Europe/Berlin"))
        self.assertEqual(line["text"], local.strftime("%H:%M") + " " + wanted["title"])
        self.assertEqual(line["class"], "soon")
        nobody = subprocess.run([panel], capture_output=True, text=True,
                                env={**self.environment, "KAMILI_SOCKET": "/nowhere/socket"})
        self.assertEqual(json.loads(nobody.stdout)["class"], "error")

    def test_a_program_in_c_follows_changes_over_a_restart(self):
        program = self.compile("follow_changes.c")
        self.assertLessEqual(len(next(self.dir.rglob("follow_changes.c")).read_text().splitlines()), 60)
        following = subprocess.Popen([program], stdout=subprocess.PIPE, text=True, env=self.environment)
        self.addCleanup(following.stdout.close)
        self.addCleanup(following.wait)
        self.addCleanup(following.kill)
        seen = [json.loads(following.stdout.readline())]
        self.assertEqual(seen[0]["changes"], [])

        def more():
            if select.select([following.stdout], [], [], 0)[0]:
                seen.append(json.loads(following.stdout.readline()))
            return [change["number"] for part in seen for change in part["changes"]]

        self.add_event("One", time.time() + 86400)
        wait_for(lambda: len(more()) >= 1, 30)
        self.rig.stop()
        self.rig.start()
        self.add_event("Two", time.time() + 90000)
        wait_for(lambda: len(more()) >= 2, 30)
        since = self.rig.varlink("ListChanges", {"since": seen[0]["last"]})["parameters"]["changes"]
        self.assertEqual(more(), [change["number"] for change in since])

    def test_a_daemon_that_refuses_ends_it_with_a_reason(self):
        program = self.compile("follow_changes.c")
        done = subprocess.run([program, "-5x"], capture_output=True, text=True, timeout=30,
                              env={**self.environment, "KAMILI_SOCKET": "/" + "x" * 200})
        self.assertEqual(done.returncode, 1)
        self.assertIn("socket's path", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
