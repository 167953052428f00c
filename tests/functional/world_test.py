#!/usr/bin/env python3
"""The real programs over TLS, seed by seed: a world of its own for each, random changes, faults of the
harmless kind, kill -9 of the daemon at random moments, a provider that stands still or is restarted. Then the faults
end, and the agenda of both accounts must be the provider's, occurrence by occurrence.
Usage: world_test.py KAMILID KAMILICTL KAMILI_SIM   (KAMILI_SEEDS=N: seeds 1 to N, 10 if not set;
KAMILI_SEED=K: that seed alone)"""
import os
import random
import signal
import sys
import time
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig, wait_for  # noqa: E402

PROGRAMS = [os.path.abspath(p) for p in sys.argv[1:4]]
ONE = os.environ.get("KAMILI_SEED")
SEEDS = [int(ONE)] if ONE else range(1, int(os.environ.get("KAMILI_SEEDS", "10")) + 1)
FAULTS = [{"status": 429, "retry_after": "0.3"}, {"status": 503}, {"status": 500}, "reset", "truncate",
          {"delay_ms": 300}, "expire_cursors"]


def only_in(ones, others):
    return list((Counter(ones) - Counter(others)).elements())


class World:
    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.rig = Rig(*PROGRAMS, events=60, log_level="warn", seed=seed)
        self.rig.start()
        self.accounts = [self.rig.sign_in(provider)[0] for provider in ("google", "microsoft")]

    def change(self):
        for account in self.accounts:
            self.rig.ask("/control/mutate", {"account": account["provider"], "count": 8,
                                             "seed": self.dice.randrange(1 << 31)})

    def disturb(self):
        for match in ("/calendars/", "/me/"):
            self.rig.ask("/control/faults", {"match": match, "after": self.dice.randrange(4),
                                             "times": self.dice.randint(1, 2),
                                             "fault": self.dice.choice(FAULTS)})
        for account in self.accounts:
            what = self.dice.choice(["access_tokens", "cursors", None])
            if what:
                self.rig.ask("/control/expire", {"account": account["provider"], "what": what})

    def sync_and_die(self):
        """The daemon is killed while it synchronises, a little earlier or later each time."""
        waiting = [self.rig.begin_sync(account["id"]) for account in self.accounts]
        time.sleep(self.dice.uniform(0, 0.25))
        self.rig.stop(signal.SIGKILL)
        for client in waiting:
            client.close()
        self.rig.start()

    def sync_and_stall(self):
        """The provider's process stands still for a moment, as a network does."""
        waiting = [self.rig.begin_sync(account["id"]) for account in self.accounts]
        self.rig.sim.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        self.rig.sim.send_signal(signal.SIGCONT)
        for client in waiting:
            client.close()

    def sync_and_restart_the_provider(self):
        """Connections are cut, and for a moment nobody listens."""
        waiting = [self.rig.begin_sync(account["id"]) for account in self.accounts]
        time.sleep(self.dice.uniform(0, 0.1))
        self.rig.sim.send_signal(signal.SIGHUP)
        time.sleep(0.1)  # so that the answer is of the one that came back
        wait_for(self.rig.sim_answers, what=lambda: "the provider")
        for client in waiting:
            client.close()

    def play(self):
        for _ in range(4):
            self.change()
            self.disturb()
            self.dice.choice([self.sync_and_die, self.sync_and_die, self.sync_and_stall,
                              self.sync_and_restart_the_provider])()
        self.rig.ask("/control/faults", method="DELETE")
        self.change()
        self.rig.ctl("sync")
        # The deletion guard: much that a listing lacked goes only when a second one lacks it, too.
        if any("second one confirms" in one["reason"] for one in self.stale()):
            self.rig.ctl("sync", "--full")

    def stale(self):
        return self.rig.json("agenda", "--days", "1")["stale"]


class TheWorldIsInTheStore(unittest.TestCase):
    def test_after_changes_faults_and_deaths(self):
        for seed in SEEDS:
            world = World(seed)
            try:
                world.play()
                for account in world.accounts:
                    truth, found = world.rig.occurrences(account, 75, 380)
                    with self.subTest(provider=account["provider"], again=f"KAMILI_SEED={seed}"):
                        self.assertGreater(len(truth), 20)
                        self.assertEqual(([], []), (only_in(truth, found), only_in(found, truth)),
                                         "missing, and shown though they are not there")
            finally:
                world.rig.end()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
