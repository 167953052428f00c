#!/usr/bin/env python3
"""Zone files that change under a running daemon: wall times stay, the instants of what is to come follow, the
past stays, and the journal says so.
Usage: zones_test.py KAMILID KAMILICTL KAMILI_SIM"""
import json
import os
import shutil
import sys
import time
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig, wait_for  # noqa: E402

PROGRAMS = [os.path.abspath(p) for p in sys.argv[1:4]]
SYSTEM = Path("/usr/share/zoneinfo")
ZONE = "Europe/Berlin"
TODAY = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)


def at(days, hour):
    """So many days from today, at that hour of UTC."""
    return (TODAY + timedelta(days=days, hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


class ZoneFilesThatChange(unittest.TestCase):
    def setUp(self):
        self.rig = Rig(*PROGRAMS, events=40)
        self.addCleanup(self.rig.end)
        self.zones = self.rig.dir / "zoneinfo"
        shutil.copytree(SYSTEM, self.zones, ignore=shutil.ignore_patterns("posix", "right", "localtime"))
        # The daemon's alone: the simulator is running already.
        os.environ["TZDIR"] = str(self.zones)
        self.addCleanup(os.environ.pop, "TZDIR")
        self.rig.start()
        self.rig.sign_in("google")
        for title, days, zone, rule in (("coming quark", 30, ZONE, ""), ("past quark", -30, ZONE, ""),
                                        ("elsewhere quark", 30, "Asia/Tokyo", ""),
                                        ("weekly quark", -21, ZONE, "RRULE:FREQ=WEEKLY")):
            event = {"account": "google", "calendar": "primary", "title": title, "start": at(days, 9),
                     "end": at(days, 10), "time_zone": zone}
            self.rig.ask("/control/events", event | ({"recurrence": [rule]} if rule else {}))
        self.rig.ctl("sync")

    def replace(self, zone, by):
        """As a package manager does it."""
        beside = self.zones / (zone + ".dpkg-new")
        shutil.copy2(SYSTEM / by, beside)
        beside.rename(self.zones / zone)

    def agenda(self):
        found = self.rig.json("agenda", "--from", at(-40, 0), "--to", at(40, 0), "--zone", "UTC")
        self.assertTrue(found["complete"], found["stale"])
        ours = [one for one in found["occurrences"] if one["title"].endswith("quark")]
        return {(one["title"], one["start"][:10]): one for one in ours}

    def test_the_future_moves_the_past_stays_and_the_journal_says_so(self):
        before = self.agenda()
        number = self.rig.json("status")["store"]["journal"]
        own = lambda rows, title: [row for (name, _), row in sorted(rows.items()) if name == title]
        self.replace(ZONE, "Asia/Kolkata")
        wait_for(lambda: own(self.agenda(), "coming quark") != own(before, "coming quark"),
                 what=lambda: "the event to move")
        after = self.agenda()
        self.assertEqual(before.keys(), after.keys())
        for title in ("coming quark", "weekly quark"):
            for old, new in zip(own(before, title), own(after, title)):
                if utc(old["end"]) < datetime.now(timezone.utc):
                    continue
                self.assertEqual(old["start"][:19], new["start"][:19], "the wall time is the truth")
                self.assertEqual(new["start"][19:], "+05:30")
                self.assertNotEqual(utc(old["start"]), utc(new["start"]))
        for title in ("past quark", "elsewhere quark"):
            self.assertEqual(own(before, title), own(after, title))
        changes = [json.loads(line) for line in
                   self.rig.ctl("changes", "--since", str(number)).stdout.splitlines()]
        ours = {own(before, title)[0]["event_id"]: title
                for title in ("coming quark", "weekly quark", "past quark", "elsewhere quark")}
        told = [(ours[c["event_id"]], c["kind"]) for c in changes if c["event_id"] in ours]
        self.assertEqual(sorted(told), [("coming quark", "changed"), ("weekly quark", "changed")])
        shown = self.rig.json("event", "show", own(after, "coming quark")[0]["event_id"])["event"]
        self.assertEqual(shown["timeZone"], ZONE)
        self.assertEqual(shown["start"], own(before, "coming quark")[0]["start"][:19])
        # Free/busy and search are of the same rows.
        moved = own(after, "coming quark")[0]
        busy = self.rig.json("freebusy", "--from", at(29, 0), "--to", at(31, 23))["busy"]
        self.assertTrue(any(utc(one["start"]) <= utc(moved["start"]) and
                            utc(moved["end"]) <= utc(one["end"]) for one in busy), busy)
        # A restart under the same files has nothing to do; the same files again are no change.
        number = self.rig.json("status")["store"]["journal"]
        self.rig.stop()
        self.rig.start()
        self.replace(ZONE, "Asia/Kolkata")
        time.sleep(5)
        self.assertEqual(self.agenda(), after)
        self.assertEqual(self.rig.json("status")["store"]["journal"], number)
        # And back.
        self.replace(ZONE, ZONE)
        wait_for(lambda: self.agenda() == before, what=lambda: "the event to move back")

    def test_a_watcher_is_told_without_asking(self):
        watcher = self.rig.begin_stream("WatchChanges", {})
        self.replace(ZONE, "Asia/Kolkata")
        told = watcher.take(lambda part: part["changes"])
        self.assertEqual({c["kind"] for c in told["changes"]}, {"changed"})
        watcher.close()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
