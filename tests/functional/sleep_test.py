#!/usr/bin/env python3
"""The real daemon on a private bus with a pretended logind: sleep waits for a running write, and nothing goes
wrong where there is no bus, none that answers, or one that goes away. Ends with 77 where dbus-daemon is missing.
Usage: sleep_test.py KAMILID KAMILICTL KAMILI_SIM FAKE_LOGIND"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig, wait_for  # noqa: E402

PROGRAMS = [os.path.abspath(p) for p in sys.argv[1:4]]
FAKE_LOGIND = os.path.abspath(sys.argv[4])
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow send_type="signal"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="error"/>
<allow receive_type="signal"/></policy></busconfig>
"""


class Bus:
    """A dbus-daemon and, while it is wanted, a logind on it."""

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="kamili-bus-"))
        self.path = self.dir / "bus"
        (self.dir / "conf").write_text(BUS.format(path=self.path))
        self.daemon = self.logind = None
        self.environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.path}"}

    def start(self):
        self.daemon = subprocess.Popen(["dbus-daemon", f"--config-file={self.dir / 'conf'}", "--nofork", "--nopidfile"])
        wait_for(self.path.exists)

    def start_logind(self):
        self.logind = subprocess.Popen([FAKE_LOGIND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                       env=self.environment)
        self.lines = []
        # The pipe ends with the logind that writes to it, and the thread with the pipe.
        threading.Thread(target=lambda out, to: to.extend(iter(out.readline, "")), daemon=True,
                         args=(self.logind.stdout, self.lines)).start()
        self.heard("ready")

    def heard(self, words, times=1):
        """The latest line with these words, once there are so many."""
        wait_for(lambda: sum(words in line for line in self.lines) >= times, what=lambda: f"{words} in {self.lines}")
        return [line for line in self.lines if words in line][-1]

    def tell(self, word):
        self.logind.stdin.write(word + "\n")
        self.logind.stdin.flush()

    def end_logind(self):
        if self.logind:
            self.logind.stdin.close()
            self.logind.wait(timeout=20)
            self.logind = None

    def end(self):
        self.end_logind()
        if self.daemon:
            self.daemon.terminate()
            self.daemon.wait(timeout=20)
            self.daemon = None


class Sleep(unittest.TestCase):
    def setUp(self):
        self.bus = Bus()
        self.addCleanup(shutil.rmtree, self.bus.dir, True)
        self.addCleanup(self.bus.end)
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = self.bus.environment["DBUS_SYSTEM_BUS_ADDRESS"]
        self.addCleanup(os.environ.pop, "DBUS_SYSTEM_BUS_ADDRESS")
        self.rig = Rig(*PROGRAMS, events=40)
        self.addCleanup(self.rig.end)

    def start_with_logind(self):
        self.bus.start()
        self.bus.start_logind()
        self.rig.start()
        return self.bus.heard("inhibit sleep Kamili finishing a write delay").split()[0]

    def begin_sync(self):
        syncing = subprocess.Popen([PROGRAMS[1], "--socket", self.rig.socket, "--json", "sync"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(syncing.wait, 60)
        return syncing

    def goes_to_sleep(self):
        began = time.monotonic()
        before = sum("released" in line for line in self.bus.lines)
        self.bus.tell("sleep")
        self.bus.heard("released", before + 1)
        self.assertLess(time.monotonic() - began, 5, "what logind waits at most")

    def test_sleep_waits_and_no_pass_begins_before_the_resume(self):
        self.start_with_logind()
        self.rig.sign_in("google")
        self.rig.ctl("sync")
        self.goes_to_sleep()
        self.rig.wait_for_log("sleep is near")
        syncing = self.begin_sync()
        time.sleep(1)
        self.assertIsNone(syncing.poll(), "a pass began")
        self.bus.tell("wake")
        self.bus.heard("inhibit", 2)
        self.rig.wait_for_log("asking at once")
        self.assertEqual(syncing.wait(timeout=30), 0)
        self.goes_to_sleep()
        self.bus.tell("wake")
        self.bus.heard("inhibit", 3)
        self.rig.ctl("sync")

    def test_a_running_pass_holds_up_no_sleep_and_ends_afterwards(self):
        self.start_with_logind()
        google, _ = self.rig.sign_in("google")
        self.rig.ctl("sync")
        self.rig.ask("/control/mutate", {"account": "google", "count": 8, "seed": 7})
        self.rig.sim.send_signal(signal.SIGSTOP)
        try:
            syncing = self.begin_sync()
            time.sleep(0.3)
            self.goes_to_sleep()
        finally:
            self.rig.sim.send_signal(signal.SIGCONT)
        time.sleep(1)
        self.assertIsNone(syncing.poll(), "the passes after the first began")
        self.bus.tell("wake")
        self.assertEqual(syncing.wait(timeout=60), 0)
        truth, found = self.rig.occurrences(google, 20, 60)
        self.assertEqual(truth, found)

    def test_a_signal_of_somebody_else_is_not_believed(self):
        name = self.start_with_logind()
        subprocess.run([FAKE_LOGIND, "forge", name], env=self.bus.environment, check=True, timeout=20)
        time.sleep(0.5)
        self.rig.ctl("status")
        self.assertNotIn("sleep is near", self.rig.log.read_text())
        self.assertFalse(any("released" in line for line in self.bus.lines))

    def test_a_logind_that_comes_late_or_anew_is_asked(self):
        self.bus.start()
        self.rig.start()
        for _ in range(2):
            self.bus.start_logind()
            self.bus.heard("inhibit sleep")
            self.goes_to_sleep()
            self.bus.end_logind()  # before it said that sleep is over
            self.rig.wait_for_log("asking at once")

    def test_a_bus_that_goes_is_told_once_and_not_run_after(self):
        self.start_with_logind()
        self.goes_to_sleep()
        self.bus.end()
        self.rig.wait_for_log("asking at once")
        time.sleep(2)
        self.rig.ctl("status")
        self.assertEqual(self.rig.log.read_text().count("sleep will not wait"), 1)

    def test_no_bus(self):
        self.rig.start()
        self.rig.ctl("status")
        lines = self.rig.log.read_text().splitlines()
        self.assertEqual([line for line in lines if "WARN" in line.upper() or "ERROR" in line.upper()], [])
        self.assertEqual(sum("sleep" in line for line in lines), 1)

    def test_a_bus_that_never_answers_holds_up_nothing(self):
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(self.bus.path))
            silent.listen(1)
            began = time.monotonic()
            self.rig.start()
            code, seconds = self.rig.stop()
            self.assertLess(time.monotonic() - began, 8)
            self.assertEqual(code, 0)
            self.assertLess(seconds, 5)


if __name__ == "__main__":
    if not shutil.which("dbus-daemon"):
        print("skipped: no dbus-daemon")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=1)
