#!/usr/bin/env python3
"""`event show --ics` and the JSCalendar of every event of the simulator's world, read back by programs that share nothing with Kamili: Python's
icalendar parses, dateutil expands the rules and reads the zones, and what comes out is the agenda. (libical does the same in
unit_formats.) Usage: ical_test.py KAMILID KAMILICTL KAMILI_SIM"""
import io
import os
import re
import sys
import unittest
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

try:
    import icalendar
    from dateutil import rrule, tz
except ImportError:
    # Debian's own Python has Debian's packages, whichever comes first in PATH.
    if sys.executable == "/usr/bin/python3" or not os.path.exists("/usr/bin/python3"):
        print("skipped: python3-icalendar and python3-dateutil are not there")
        sys.exit(77)
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])

FIRST, LAST = (datetime.now(timezone.utc).date() + timedelta(days=days) for days in (-80, 500))


def parse(value):
    """"20261129", "20261129T090000" or with Z."""
    text = value.rstrip("Z")
    return datetime.strptime(text, "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")


class Reading:
    """The occurrences of one calendar object, as an independent reader sees them."""

    def __init__(self, text):
        self.zones = tz.tzical(io.StringIO(text)) if "BEGIN:VTIMEZONE" in text else None
        self.calendar = icalendar.Calendar.from_ical(text)
        self.events = self.calendar.walk("VEVENT")

    def zone(self, name):
        return self.zones.get(name) if name else timezone.utc

    def lines(self, event, name):
        """(parameters, one value) of each value of each such property."""
        found = event.get(name, [])
        for one in found if isinstance(found, list) else [found]:
            for value in one.to_ical().decode().split(","):
                yield one.params, value

    def moment(self, wall, all_day, zone):
        if all_day:
            return wall.date()
        return tz.resolve_imaginary(wall.replace(tzinfo=zone)).astimezone(timezone.utc)

    def one(self, event, name):
        """(wall time, is it a day?, zone)"""
        (parameters, value), = self.lines(event, name)
        zone = timezone.utc if value.endswith("Z") else self.zone(parameters.get("TZID"))
        return parse(value), "T" not in value, zone

    def span(self, event):
        """Without DTEND a moment ends as it begins, and a day with the day (RFC 5545, 3.6.1)."""
        begin = self.moment(*self.one(event, "DTSTART"))
        if "DTEND" in event:
            return begin, self.moment(*self.one(event, "DTEND"))
        return begin, begin if isinstance(begin, datetime) else begin + timedelta(days=1)

    def walls(self, event, name, zone):
        """Values in the wall time of the series."""
        for parameters, value in self.lines(event, name):
            wall = parse(value)
            if "T" in value:
                own = timezone.utc if value.endswith("Z") else self.zone(parameters.get("TZID"))
                wall = wall.replace(tzinfo=own).astimezone(zone).replace(tzinfo=None)
            yield wall

    def rule(self, text, start, zone):
        until = re.search(r"UNTIL=(\w+)", text)
        if until and until[1].endswith("Z"):
            local = parse(until[1]).replace(tzinfo=timezone.utc).astimezone(zone)
            text = text.replace(until[0], f"UNTIL={local:%Y%m%dT%H%M%S}")
        count = re.search(r"COUNT=(\d+)", text)
        parsed = rrule.rrulestr(text, dtstart=start)
        if count and next(iter(parsed), None) != start:
            # The start counts, also when the rule does not yield it.
            parsed = parsed.replace(count=int(count[1]) - 1)
        return parsed

    def series(self, master, replaced):
        start, all_day, zone = self.one(master, "DTSTART")
        begin, finish = self.span(master)
        walls = rrule.rruleset()
        walls.rdate(start)
        rules = master.get("RRULE", [])
        for one in rules if isinstance(rules, list) else [rules]:
            walls.rrule(self.rule(one.to_ical().decode(), start, zone))
        for wall in self.walls(master, "RDATE", zone):
            walls.rdate(wall)
        for wall in self.walls(master, "EXDATE", zone):
            walls.exdate(wall)
        for wall in walls:
            if wall.date() > LAST:
                break
            at = self.moment(wall, all_day, zone)
            if at not in replaced:
                yield at, at + (finish - begin)

    def occurrences(self):
        found, replaced, masters = [], set(), []
        for event in self.events:
            if "RECURRENCE-ID" in event:
                replaced.add(self.moment(*self.one(event, "RECURRENCE-ID")))
            elif "RRULE" in event or "RDATE" in event:
                masters.append(event)
                continue
            found.append(self.span(event))
        for master in masters:
            found += self.series(master, replaced)
        return found


def inside(span):
    """Wholly in the days that are compared, away from their edges."""
    day = lambda moment: moment.date() if isinstance(moment, datetime) else moment
    return FIRST + timedelta(days=40) < day(span[0]) and day(span[1]) < LAST - timedelta(days=2)


class JsReading:
    """The occurrences of one JSCalendar event, as RFC 8984 says (4.3)."""

    def __init__(self, event):
        self.event = event

    @staticmethod
    def rule(rule, start):
        days = rrule.weekdays
        numbers = {"byMonthDay": "bymonthday", "byYearDay": "byyearday", "byWeekNo": "byweekno", "bySetPosition": "bysetpos",
                   "byHour": "byhour", "byMinute": "byminute", "bySecond": "bysecond", "byMonth": "bymonth"}
        names = ["mo", "tu", "we", "th", "fr", "sa", "su"]
        words = {ours: [int(one) for one in rule[theirs]] for theirs, ours in numbers.items() if theirs in rule}
        if "byDay" in rule:
            words["byweekday"] = [days[names.index(one["day"])](one.get("nthOfPeriod")) if "nthOfPeriod" in one
                                  else days[names.index(one["day"])] for one in rule["byDay"]]
        until = datetime.fromisoformat(rule["until"]) if "until" in rule else None
        made = rrule.rrule(getattr(rrule, rule["frequency"].upper()), dtstart=start, interval=rule.get("interval", 1),
                           wkst=days[names.index(rule.get("firstDayOfWeek", "mo"))], until=until, count=rule.get("count"), **words)
        if "count" in rule and next(iter(made), None) != start:
            made = made.replace(count=rule["count"] - 1)
        return made

    @staticmethod
    def span(event, wall):
        zone = event.get("timeZone")
        day, hours, minutes, seconds = re.fullmatch(r"P(?:(\d+W)|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)",
                                                    event.get("duration", "PT0S")).groups()[1:]
        length = timedelta(days=int(day or 0), hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0))
        if event.get("showWithoutTime") and zone is None:
            return wall.date(), (wall + length).date()
        at = tz.resolve_imaginary(wall.replace(tzinfo=tz.UTC if zone == "Etc/UTC" else tz.gettz(zone))).astimezone(timezone.utc)
        return at, at + length

    def occurrences(self):
        event = self.event
        start = datetime.fromisoformat(event["start"])
        walls = rrule.rruleset()
        walls.rdate(start)
        for rule in event.get("recurrenceRules", []):
            walls.rrule(self.rule(rule, start))
        for rule in event.get("excludedRecurrenceRules", []):
            walls.exrule(self.rule(rule, start))
        overrides = {datetime.fromisoformat(wall): patch for wall, patch in event.get("recurrenceOverrides", {}).items()}
        for wall in overrides:
            walls.exdate(wall)
        for wall in walls:
            if wall.date() > LAST:
                break
            yield self.span(event, wall)
        for wall, patch in overrides.items():
            if not patch.get("excluded"):
                patched = {name: value for name, value in {**event, **patch}.items() if value is not None}
                yield self.span(patched, datetime.fromisoformat(patch.get("start", wall.isoformat())))


class ReadBack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=500, seed=7)
        cls.rig.start()
        cls.rig.sign_in("google")
        cls.rig.sign_in("microsoft")
        cls.rig.ctl("sync")

    @classmethod
    def tearDownClass(cls):
        cls.rig.end()

    def agenda(self):
        """calendar and UID -> (spans, ids)"""
        calendars = [c["id"] for c in self.rig.json("calendar", "list")["calendars"]]
        answer = self.rig.json("agenda", "--from", str(FIRST), "--to", str(LAST), "--zone", "UTC",
                               *[word for one in calendars for word in ("--calendar", one)])

        def moment(text):
            return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc) if "T" in text \
                else date.fromisoformat(text)
        found = defaultdict(lambda: ([], set()))
        for row in answer["occurrences"]:
            spans, ids = found[row["calendar_id"], row["uid"]]
            spans.append((moment(row["start"]), moment(row["end"])))
            ids.add(row["event_id"])
        return found

    def test_an_independent_reader_finds_the_same_occurrences(self):
        compared = series = 0
        for (calendar, uid), (spans, ids) in self.agenda().items():
            if not uid:
                continue
            # An id is that of a series with its exceptions, of one exception, or of a single event.
            texts = [self.rig.json("event", "show", event, "--ics")["ics"] for event in ids]
            read = {span for text in texts for span in Reading(text).occurrences()}
            ours = set(filter(inside, spans))
            self.assertEqual(set(filter(inside, read)), ours, (calendar, ids, texts))
            compared += len(ours)
            series += any("RRULE" in text or "RDATE;" in text for text in texts)
        self.assertGreater(series, 50)
        self.assertGreater(compared, 1000)

    def test_the_rules_of_jscalendar_give_the_same_occurrences(self):
        compared = overridden = 0
        for (calendar, uid), (spans, ids) in self.agenda().items():
            if not uid:
                continue
            events = [self.rig.json("event", "show", event)["event"] for event in ids]
            if any((event.get("timeZone") or "").startswith("/") for event in events):
                continue
            read = {span for event in events for span in JsReading(event).occurrences()}
            ours = set(filter(inside, spans))
            self.assertEqual(set(filter(inside, read)), ours, (calendar, ids, events))
            compared += len(ours)
            overridden += sum(len(event.get("recurrenceOverrides", {})) for event in events)
        self.assertGreater(compared, 1000)
        self.assertGreater(overridden, 50)

    def test_a_lost_exclusion_is_noticed(self):
        text = """BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20261201T090000Z\r
DTEND:20261201T100000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:20261202T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""
        self.assertEqual(len(Reading(text).occurrences()), 2)
        self.assertEqual(len(Reading(re.sub("EXDATE.*\r\n", "", text)).occurrences()), 3)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
