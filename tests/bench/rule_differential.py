#!/usr/bin/env python3
"""Random recurrence rules, expanded by Kamili, libical and python-dateutil, in UTC.
Usage: rule_differential.py RULE_STARTS COUNT [SEED]   Prints what the three do not agree on, and how often each
stood alone; fails when Kamili did where the two others agree."""
import random
import signal
import subprocess
import sys
from datetime import datetime, timedelta

from dateutil.rrule import rrulestr

SHOWN = ("kamili", "nobody agrees")
STARTS, DAYS = 30, 12 * 365
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def some(dice, values, most):
    return sorted(dice.sample(values, dice.randint(1, most)))


def weekdays(dice, ordinals):
    chosen = dice.sample(WEEKDAYS, dice.randint(1, 3))
    if ordinals:
        return [f"{dice.choice(ordinals)}{day}" for day in chosen]
    return chosen


def make(dice):
    """A rule that obeys the RFC; `BYDAY` is all with numbers or all without, since dateutil joins them by "and"."""
    freq = dice.choice(["YEARLY", "YEARLY", "MONTHLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"])
    parts = {"FREQ": freq, "INTERVAL": dice.choice([1, 1, 1, 2, 3, 5])}
    maybe = lambda chance: dice.random() < chance  # noqa: E731
    if maybe(0.35):
        parts["BYMONTH"] = some(dice, list(range(1, 13)), 4)
    if freq in ("YEARLY", "MONTHLY", "DAILY") and maybe(0.35):
        parts["BYMONTHDAY"] = some(dice, [*range(1, 32), *range(-31, 0)], 4)
    if freq == "YEARLY" and maybe(0.15) and "BYMONTHDAY" not in parts:
        parts["BYYEARDAY"] = some(dice, [*range(1, 367), *range(-366, 0)], 5)
    if freq == "YEARLY" and maybe(0.2) and not {"BYMONTHDAY", "BYYEARDAY", "BYMONTH"} & set(parts):
        parts["BYWEEKNO"] = some(dice, [*range(1, 54), *range(-53, 0)], 4)
        parts["BYDAY"] = weekdays(dice, None)
    elif maybe(0.5):
        free = not {"BYMONTHDAY", "BYYEARDAY"} & set(parts)
        ordinals = {"MONTHLY": [1, 2, 3, 4, 5, -1, -2], "YEARLY": [1, 2, 5, 20, 52, -1, -10]}.get(freq)
        if freq == "YEARLY" and "BYMONTH" in parts:
            ordinals = [1, 2, 3, 4, 5, -1, -2]
        parts["BYDAY"] = weekdays(dice, ordinals if ordinals and free and maybe(0.6) else None)
    if maybe(0.12) and freq != "HOURLY":
        parts["BYHOUR"] = some(dice, list(range(24)), 3)
    if maybe(0.08):
        parts["BYMINUTE"] = some(dice, list(range(60)), 2)
    if maybe(0.25) and any(name.startswith("BY") for name in parts):
        parts["BYSETPOS"] = some(dice, [1, 2, 3, -1, -2], 2)
    if maybe(0.4):
        parts["WKST"] = dice.choice(WEEKDAYS)
    if maybe(0.2):
        parts["COUNT"] = dice.randint(1, 40)
    elif maybe(0.2):
        parts["UNTIL"] = (datetime(2020, 1, 1) + timedelta(days=dice.randint(0, 4000))).strftime("%Y%m%dT%H%M%SZ")
    return ";".join(f"{name}={','.join(map(str, value)) if isinstance(value, list) else value}"
                    for name, value in parts.items())


def dateutil(start, rule):
    begin = datetime.strptime(start, "%Y%m%dT%H%M%S")
    end, out = begin + timedelta(days=DAYS), []
    text = rule.replace("Z;", ";")
    if text.endswith("Z") and "UNTIL" in text:
        text = text[:-1]
    for one in rrulestr(text, dtstart=begin):
        if one >= end or len(out) == STARTS:
            break
        out.append(one.strftime("%Y%m%dT%H%M%S"))
    return ",".join(out)


class Reader:
    """rule_starts, begun again when a rule kept an engine busy for too long."""

    def __init__(self, program):
        self.program = program
        self.begin()

    def begin(self):
        self.process = subprocess.Popen([self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def starts(self, start, rule):
        self.process.stdin.write(f"{start} {rule}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip(), self.process.stdout.readline().strip()

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def give_up(_signal, _frame):
    raise TimeoutError


def main():
    signal.signal(signal.SIGALRM, give_up)
    count, dice = int(sys.argv[2]), random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    reader = Reader(sys.argv[1])
    agree = costly = slow = 0
    alone = {"kamili": 0, "libical": 0, "dateutil": 0, "nobody agrees": 0}
    for _ in range(count):
        start = (datetime(2020, 1, 1) + timedelta(days=dice.randint(0, 1500), hours=dice.randint(0, 23))
                 ).strftime("%Y%m%dT%H%M%S")
        rule = make(dice)
        signal.alarm(2)
        try:
            ours, libical = reader.starts(start, rule)
            theirs = dateutil(start, rule) if ours != "?" else "?"
        except TimeoutError:
            slow += 1
            reader.end()
            reader.begin()
            continue
        finally:
            signal.alarm(0)
        if ours == "?":
            costly += 1
            continue
        if ours == libical == theirs:
            agree += 1
            continue
        who = ("kamili" if libical == theirs else "libical" if ours == theirs else
               "dateutil" if ours == libical else "nobody agrees")
        alone[who] += 1
        if who in SHOWN:
            print(f"{who}: {start} {rule}\n  kamili   {ours[:150]}\n  libical  {libical[:150]}\n  dateutil {theirs[:150]}")
    reader.end()
    print(f"{count} rules: {agree} the same from all three, {costly} too costly for Kamili, {slow} for another within 2 s; "
          f"alone: {alone}")
    return 1 if alone["kamili"] else 0


if __name__ == "__main__":
    sys.exit(main())
