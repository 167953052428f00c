#!/usr/bin/env python3
"""Where the daemon listens: a socket passed in as a service manager does it, and paths that are taken.
Usage: socket_test.py KAMILID KAMILICTL KAMILI_SIM"""
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])
# Descriptor 3 is the socket, as in sd_listen_fds(3); exec keeps the process id.
ACTIVATED = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'


class Socket(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)
        self.path = str(self.dir / "socket")
        self.config = self.dir / "kamili.toml"

    def listen(self):
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(listening.close)
        listening.bind(self.path)
        listening.listen(16)
        return listening

    def activate(self, listening, *words):
        """The daemon, with the socket passed in and no word about where it would make one itself."""
        number = listening.fileno()
        return subprocess.Popen(["sh", "-c", f"exec 3<&{number}; {ACTIVATED}", "sh", KAMILID, *words],
                                pass_fds=(number,), stderr=subprocess.PIPE, text=True,
                                env={"PATH": os.environ["PATH"], "ASAN_OPTIONS": "detect_leaks=0"})

    def start_asking(self, listening, *words):
        """A client that has connected and waits for its answer."""
        asking = subprocess.Popen([KAMILICTL, "--socket", self.path, "--json", *words], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
        self.assertTrue(select.select([listening], [], [], 20)[0], "the client did not come")
        return asking

    def test_a_client_that_waits_is_told_what_is_wrong_with_the_configuration(self):
        self.config.write_text("[sync]\nintervall = 3\n")
        listening = self.listen()
        asking = self.start_asking(listening, "status")
        daemon = self.activate(listening, "--config", self.config, "--state-dir", str(self.dir / "state"))
        self.assertEqual(daemon.wait(timeout=20), 78)
        daemon.stderr.close()
        _, told = asking.communicate(timeout=20)
        self.assertEqual(asking.returncode, 78)
        self.assertEqual(json.loads(told)["error"]["kind"], "bad_configuration")
        self.assertIn("kamili.toml:2: sync.intervall", told)

    def test_the_first_client_sees_every_account(self):
        rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=40)
        self.addCleanup(rig.end)
        rig.start()
        rig.sign_in("google")
        rig.stop()
        listening = self.listen()
        for _ in range(5):
            asking = self.start_asking(listening, "account", "list")
            daemon = self.activate(listening, "--config", rig.about["config_file"], "--state-dir", str(rig.state))
            out, errors = asking.communicate(timeout=20)
            daemon.terminate()
            daemon.communicate(timeout=20)
            self.assertEqual(asking.returncode, 0, errors)
            self.assertEqual(len(json.loads(out)["accounts"]), 1)
        self.assertTrue(Path(self.path).is_socket(), "a socket that was passed in is not the daemon's to remove")

    def end_of(self, *words):
        return subprocess.run([KAMILID, "--config", self.config, "--state-dir", str(self.dir / "state"), *words],
                              capture_output=True, text=True, timeout=20)

    def test_a_path_that_another_file_has_is_a_wrong_configuration(self):
        Path(self.path).write_text("mine")
        ended = self.end_of("--socket", self.path)
        self.assertEqual(ended.returncode, 78)
        self.assertIn("not a socket", ended.stderr)
        self.assertEqual(Path(self.path).read_text(), "mine")

    def test_a_socket_that_somebody_serves_is_left_alone(self):
        self.listen()
        ended = self.end_of("--socket", self.path)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("another daemon serves this socket", ended.stderr)

    def test_no_word_about_the_socket_is_a_wrong_configuration(self):
        ended = subprocess.run([KAMILID, "--config", self.config, "--state-dir", str(self.dir / "state")],
                               capture_output=True, text=True, timeout=20, env={"ASAN_OPTIONS": "detect_leaks=0"})
        self.assertEqual(ended.returncode, 78)
        self.assertIn("--socket", ended.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
