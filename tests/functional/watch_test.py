#!/usr/bin/env python3
"""The stream of changes through the real socket: each change once, in order and durable, across kills of the
daemon; a cursor that is too old; clients that do not read; a thousand that only wait.
Usage: watch_test.py KAMILID KAMILICTL KAMILI_SIM SHIFTED_CLOCK   (the last one a library for LD_PRELOAD)"""
import json
import os
import random
import re
import resource
import select
import signal
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig, wait_for  # noqa: E402

PROGRAMS = [os.path.abspath(p) for p in sys.argv[1:4]]
SHIFTED_CLOCK = os.path.abspath(sys.argv[4])
SANITIZED = bool(os.environ.get("KAMILI_SANITIZE"))
FACTOR = 4 if SANITIZED else 1
TRUNCATED = "com.kamililabsllc.Kamili.JournalTruncated"
IDLE_WATCHERS = 1000
FOLLOWERS = 300
# What the daemon may hold for a client that does not read: its limit of unsent bytes, and what one part is.
STOPPED_CLIENTS = 20
STOPPED_GROWTH_KIB = 32 * 1024 * FACTOR


class Watcher:
    """Follows the changes and goes on from its last number when the daemon dies."""

    def __init__(self, rig, since):
        self.rig, self.since, self.cursor = rig, since, since
        self.told = []
        self.stopped = False
        self.thread = threading.Thread(target=self.follow)
        self.thread.start()

    def follow(self):
        while not self.stopped:
            try:
                stream = self.rig.begin_stream("WatchChanges", {"since": self.cursor}, timeout=0.2)
            except OSError:
                time.sleep(0.01)
                continue
            try:
                self.read(stream)
            except ConnectionError:
                pass
            finally:
                stream.close()

    def read(self, stream):
        while not self.stopped:
            try:
                part = stream.next()
            except TimeoutError:
                continue
            if part is None:
                return
            assert "error" not in part, part
            self.told.extend(part["parameters"]["changes"])
            self.cursor = part["parameters"]["last"]

    def stop(self):
        self.stopped = True
        self.thread.join()


def journal(rig, since=0):
    return [change for part in rig.stream("ListChanges", {"since": since}) for change in part["changes"]]


def newest(rig):
    return rig.varlink("GetStatus", {})["parameters"]["store"]["journal"]


def memory_kib(rig):
    status = Path(f"/proc/{rig.daemon.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def activity(rig):
    """(ticks of CPU time, voluntary context switches) of all threads so far."""
    fields = Path(f"/proc/{rig.daemon.pid}/stat").read_text().rsplit(")", 1)[1].split()
    switches = 0
    for task in Path(f"/proc/{rig.daemon.pid}/task").iterdir():
        switches += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text())[1])
    return int(fields[11]) + int(fields[12]), switches


class AWatcher(unittest.TestCase):
    def make(self, events, config=""):
        self.rig = Rig(*PROGRAMS, events=events, log_level="info")
        self.addCleanup(self.rig.end)
        self.rig.config.write_text(self.rig.good_config + config)
        self.rig.start()
        return self.rig

    def change(self, count, seed):
        self.rig.ask("/control/mutate", {"account": "google", "count": count, "seed": seed})

    def add(self, title):
        stamp = lambda t: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
        self.rig.ask("/control/events", {"account": "google", "calendar": "primary", "title": title,
                                         "start": stamp(time.time() + 600), "end": stamp(time.time() + 1200)})

    def test_gets_each_change_once_in_order_and_durable_whatever_dies(self):
        dice = random.Random(7)
        rig = self.make(events=300)
        watchers = [Watcher(rig, 0)]
        self.addCleanup(lambda: [w.stop() for w in watchers])
        account, _ = rig.sign_in("google")
        for step in range(5):
            self.change(40, seed=step)
            syncing = rig.begin_sync(account["id"])
            time.sleep(dice.uniform(0, 0.3))
            rig.stop(signal.SIGKILL)
            syncing.close()
            told = [list(watcher.told) for watcher in watchers]
            rig.start()
            kept = {change["number"]: change for change in journal(rig)}
            for changes in told:
                for change in changes:
                    self.assertEqual(kept.get(change["number"]), change, "was told before it was durable")
            watchers += [Watcher(rig, dice.randint(0, newest(rig))) for _ in range(4)]
            self.change(40, seed=100 + step)
            rig.ctl("sync")
        whole = journal(rig)
        self.assertEqual([c["number"] for c in whole], list(range(1, len(whole) + 1)))
        self.assertGreater(len(whole), 300)
        wait_for(lambda: all(watcher.cursor == len(whole) for watcher in watchers), 20 * FACTOR,
                 lambda: f"everybody to be told: {[w.cursor for w in watchers]} of {len(whole)}")
        for watcher in watchers:
            watcher.stop()
            self.assertEqual(watcher.told, whole[watcher.since:])

    def test_with_a_number_that_the_journal_no_longer_has_is_told_so(self):
        rig = self.make(events=60, config='[journal]\nkeep = "1h"\n')
        rig.sign_in("google")
        rig.ctl("sync")
        old = newest(rig)
        self.add("one more")
        rig.ctl("sync")
        last = newest(rig)
        self.assertGreater(last, old)
        rig.stop()
        # Two hours later. The first trim comes soon after the start.
        os.environ.update({"LD_PRELOAD": SHIFTED_CLOCK, "KAMILI_TEST_CLOCK_SHIFT_S": "7200"})
        try:
            rig.start()
        finally:
            del os.environ["LD_PRELOAD"], os.environ["KAMILI_TEST_CLOCK_SHIFT_S"]
        wait_for(lambda: not journal(rig), 40)
        for since in (old, 1):
            for method in ("WatchChanges", "ListChanges"):
                stream = rig.begin_stream(method, {"since": since})
                answer = stream.next()
                stream.close()
                self.assertEqual(answer["error"], TRUNCATED)
        for words in (["--follow"], []):
            done = rig.ctl("changes", "--since", str(old), *words, check=False)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            error = json.loads(done.stderr)["error"]
            self.assertEqual(error["kind"], "journal_truncated")
            self.assertIn("kamilictl status --json", error["hint"])
        # What the hint says works: the newest number, then all that comes.
        self.assertEqual(newest(rig), last)
        stream = rig.begin_stream("WatchChanges", {"since": last})
        self.assertEqual(stream.next()["parameters"], {"changes": [], "last": last})
        self.add("and another one")
        rig.ctl("sync")
        told = stream.take(lambda part: part["changes"])["changes"]
        self.assertEqual([(c["number"], c["kind"]) for c in told], [(last + 1, "added")])
        stream.close()

    def test_that_stops_reading_costs_little_and_gets_everything_later(self):
        rig = self.make(events=12000)
        rig.sign_in("google")
        rig.ctl("sync")
        out = rig.dir / "changes.txt"
        with open(out, "w") as lines:
            following = subprocess.Popen([PROGRAMS[1], "--socket", rig.socket, "--json", "changes", "--follow",
                                          "--since", "1"], stdout=lines)
        self.addCleanup(following.kill)
        wait_for(lambda: out.stat().st_size > 0)
        following.send_signal(signal.SIGSTOP)
        before = memory_kib(rig)
        silent = [rig.begin_stream("WatchChanges", {"since": 1}) for _ in range(STOPPED_CLIENTS)]
        for round_ in range(3):
            self.change(3000, seed=round_)
            rig.ctl("sync")
        last = newest(rig)
        grown = memory_kib(rig) - before
        print(f"{STOPPED_CLIENTS + 1} clients that do not read, {last} changes: {grown} KiB more")
        self.assertLess(grown, STOPPED_GROWTH_KIB)
        following.send_signal(signal.SIGCONT)
        wait_for(lambda: out.read_text().count("\n") >= last - 1, 30 * FACTOR)
        numbers = [json.loads(line)["number"] for line in out.read_text().splitlines()]
        self.assertEqual(numbers, list(range(2, last + 1)))
        following.terminate()
        following.wait(timeout=20)
        for stream in silent:
            numbers = []
            while len(numbers) < last - 1:
                numbers += [c["number"] for c in stream.take(lambda _: True)["changes"]]
            self.assertEqual(numbers, list(range(2, last + 1)))
            stream.close()

    def first_sync_seconds(self, watchers):
        """CPU time of the daemon while an account comes for the first time."""
        rig = self.make(events=4000, config=f"[socket]\nconnections = {FOLLOWERS + 20}\n")
        following = [rig.begin_stream("WatchChanges", {"since": 0}, timeout=60) for _ in range(watchers)]
        before = activity(rig)[0]
        rig.sign_in("google")
        reading = [threading.Thread(target=self.read_all, args=(part,)) for part in
                   (following[:watchers // 2], following[watchers // 2:])]
        self.told = []
        self.wanted = 2000
        for one in reading:
            one.start()
        for one in reading:
            one.join()
        rig.ctl("sync")
        used = (activity(rig)[0] - before) / os.sysconf("SC_CLK_TCK")
        for numbers in self.told:
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual(len(self.told), watchers)
        return used

    def read_all(self, streams):
        for stream in streams:
            numbers = []
            while len(numbers) < self.wanted:
                numbers += [c["number"] for c in stream.take(lambda _: True)["changes"]]
            self.told.append(numbers)
            stream.close()

    def test_one_of_many_costs_a_first_sync_little(self):
        alone, followed = self.first_sync_seconds(0), self.first_sync_seconds(FOLLOWERS)
        print(f"a first sync: {alone:.2f} s CPU, with {FOLLOWERS} that follow it {followed:.2f} s")
        # A part is read and written once for all of them; it was seven times as much when each had its own.
        self.assertLess(followed, 3 * alone)

    def test_that_waits_costs_nothing_and_a_thousand_are_told_at_once(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < IDLE_WATCHERS + 200:
            self.skipTest("too few open files are allowed")
        # The daemon begins with little, and takes what its configuration needs.
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        rig = self.make(events=60, config=f"[socket]\nconnections = {IDLE_WATCHERS + 20}\n")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, IDLE_WATCHERS + 200), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        rig.sign_in("google")
        rig.ctl("sync")
        last = newest(rig)
        time.sleep(12)  # the first trim, the writer's pages
        before = memory_kib(rig)
        streams = [rig.begin_stream("WatchChanges", {"since": last}) for _ in range(IDLE_WATCHERS)]
        for stream in streams:
            self.assertEqual(stream.next()["parameters"]["last"], last)
        each = (memory_kib(rig) - before) / IDLE_WATCHERS
        time.sleep(1)
        ticks, switches = activity(rig)
        time.sleep(10)
        idle_ticks, idle_switches = (now - then for now, then in zip(activity(rig), (ticks, switches)))
        self.add("for all of them")
        ticks = activity(rig)[0]
        rig.ctl("sync")
        began = time.monotonic()
        waiting = {stream.socket: stream for stream in streams}
        while waiting:
            ready = self.ready(waiting)
            self.assertTrue(ready, f"{len(waiting)} were not told")
            for one in ready:
                told = waiting.pop(one).next()["parameters"]
                self.assertEqual((told["last"], len(told["changes"])), (last + 1, 1))
        took = time.monotonic() - began
        cpu = (activity(rig)[0] - ticks) / os.sysconf("SC_CLK_TCK")
        print(f"{IDLE_WATCHERS} watchers: {each:.1f} KiB each; idle for 10 s: {idle_ticks} ticks, "
              f"{idle_switches} wakeups; all told within {took * 1e3:.0f} ms of the sync's end, {cpu:.2f} s CPU")
        self.assertLessEqual(idle_ticks, 1)
        self.assertLess(idle_switches, 20)
        self.assertLess(took, 2 * FACTOR)
        self.assertLess(each, 64 * FACTOR)
        for stream in streams:
            stream.close()

    def ready(self, sockets):
        """Those that can be read; none after ten seconds. (More than select takes.)"""
        poller = select.poll()
        by_number = {one.fileno(): one for one in sockets}
        for number in by_number:
            poller.register(number, select.POLLIN)
        return [by_number[number] for number, _ in poller.poll(10_000)]


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
