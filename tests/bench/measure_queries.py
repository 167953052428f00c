#!/usr/bin/env python3
"""Measures queries over the socket on a large world of kamili-sim, each beside the same bytes' floor:
an empty call. Usage: measure_queries.py KAMILID KAMILICTL KAMILI_SIM [EVENTS]"""
import json
import os
import sqlite3
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from asking import first_part, quantiles  # noqa: E402
from measure import Client, INTERFACE, cpu_seconds, memory, timed  # noqa: E402
from rig import Rig  # noqa: E402

PROGRAMS = [os.path.abspath(p) for p in sys.argv[1:4]]
EVENTS = int(sys.argv[4]) if len(sys.argv) > 4 else 200_000


def day(offset):
    return time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + offset * 86400))


def report(client, name, method, parameters, list_name, floor, count=400):
    answer = json.loads(client.call(INTERFACE + method, parameters))
    if "error" in answer:
        print(f"{name}: {answer['error']} {answer['parameters']}")
        return
    rows = len(answer["parameters"][list_name])
    p50, p99 = quantiles(timed(count, lambda: client.call(INTERFACE + method, parameters)))
    each = f", {p50 * 1e3 / rows:.2f} us a row" if rows else ""
    print(f"{name}: {rows} rows, p50 {p50:.3f} ms, p99 {p99:.3f} ms{each}, "
          f"{p50 / floor:.0f} times an empty call")


def report_stream(client, name, parameters):
    both = [first_part(client, parameters) for _ in range(200)]
    p50, p99 = quantiles([first for first, _ in both])
    whole, _ = quantiles([last for _, last in both])
    print(f"{name} under more: first rows p50 {p50:.3f} ms, p99 {p99:.3f} ms, all p50 {whole:.3f} ms")


def report_plain(client, calendars, zone):
    """The rows of a week from a table of plain SQLite, through Python's module: 60 days of rows, in memory."""
    plain = sqlite3.connect(":memory:")
    plain.execute("CREATE TABLE o (calendar, start, event, a, b, c, d, e, f, g, h, i, j, "
                  "PRIMARY KEY (calendar, start, event)) WITHOUT ROWID")
    for offset in range(-4, 56):
        answer = json.loads(client.call(INTERFACE + "ListOccurrences", {
            "from": day(offset), "to": day(offset + 1), **zone}))["parameters"]["occurrences"]
        plain.executemany("INSERT OR IGNORE INTO o VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", [
            (r["calendar_id"], r["start"], r["event_id"], r["uid"], r["end"], r["title"], r["time_zone"],
             r["status"], r["location"], r["response"], r["visibility"], r["busy"], r["recurrence_id"])
            for r in answer])

    def week():
        rows = 0
        for calendar in calendars:
            rows += len(plain.execute("SELECT * FROM o WHERE calendar=? AND start>=? AND start<?",
                                      (calendar["id"], day(0)[:10], day(7)[:10])).fetchall())
        return rows

    rows = week()
    p50, p99 = quantiles(timed(200, week))
    print(f"a week of all from plain SQLite in process: {rows} rows, p50 {p50:.3f} ms, p99 {p99:.3f} ms, "
          f"{p50 * 1e3 / max(rows, 1):.2f} us a row")


def busiest_days(client, calendar, wanted):
    """A range of whole days with about so many rows in one calendar."""
    for days in range(1, 120):
        parameters = {"from": day(0), "to": day(days), "calendars": [calendar]}
        answer = json.loads(client.call(INTERFACE + "ListOccurrences", parameters))
        if "error" in answer or len(answer["parameters"]["occurrences"]) >= wanted:
            return parameters
    return parameters


def main():
    rig = Rig(*PROGRAMS, events=EVENTS, log_level="warn")
    try:
        rig.start()
        began = time.perf_counter()
        cpu = cpu_seconds(rig.daemon.pid)
        rig.sign_in("google")
        client = Client(rig.socket)
        while True:
            calendars = json.loads(client.call(INTERFACE + "ListCalendars", {}))["parameters"]["calendars"]
            if calendars and all(c["last_complete_sync"] or not c["enabled"] for c in calendars):
                break
            time.sleep(0.5)
        took, cpu = time.perf_counter() - began, cpu_seconds(rig.daemon.pid) - cpu
        events = sum(c["events"] for c in calendars)
        print(f"first sync: {events} events in {took:.1f} s, {cpu / events * 1e6:.0f} us CPU an event; "
              f"store {os.path.getsize(rig.state / 'store.db') / 2**20:.0f} MiB, "
              f"peak memory {memory(rig.daemon.pid, 'VmHWM'):.0f} MiB")
        floor50, floor99 = quantiles(timed(500, lambda: client.call("org.varlink.service.GetInfo", {})))
        print(f"an empty call: p50 {floor50:.3f} ms, p99 {floor99:.3f} ms")
        largest = max(calendars, key=lambda c: c["events"])["id"]
        smallest = min((c for c in calendars if c["events"]), key=lambda c: c["events"])["id"]
        zone = {"time_zone": "Europe/Berlin"}
        for name, calendar in (("the largest", largest), ("the smallest", smallest)):
            report(client, f"a week of {name} calendar", "ListOccurrences",
                   {"from": day(0), "to": day(7), "calendars": [calendar], **zone}, "occurrences", floor50)
        report(client, "about 60 rows of one calendar", "ListOccurrences",
               {**busiest_days(client, smallest, 60), **zone}, "occurrences", floor50, 2000)
        report(client, "a day of all", "ListOccurrences", {"from": day(1), "to": day(2), **zone},
               "occurrences", floor50)
        report(client, "a week of all", "ListOccurrences", {"from": day(0), "to": day(7), **zone},
               "occurrences", floor50)
        report_stream(client, "a week of all", {"from": day(0), "to": day(7), **zone})
        report_plain(client, calendars, zone)
        report(client, "a week outside of the horizon", "ListOccurrences",
               {"from": day(2000), "to": day(2007), **zone}, "occurrences", floor50, 5)
        report(client, "status", "GetStatus", {}, "accounts", floor50)
        report(client, "free/busy of a month", "FreeBusy", {"from": day(0), "to": day(30), **zone}, "busy", floor50)
        answer = json.loads(client.call(INTERFACE + "ListOccurrences", {"from": day(0), "to": day(2)}))
        words = {}
        for row in answer["parameters"]["occurrences"]:
            for word in row["title"].split():
                words[word] = words.get(word, 0) + 1
        common = max(words, key=words.get)
        rare = min(words, key=words.get)
        for name, word in (("common", common), ("rare", rare)):
            report(client, f"search of the {name} word {word}", "SearchEvents", {"text": word}, "occurrences",
                   floor50)
        print(f"memory: {memory(rig.daemon.pid, 'VmRSS'):.0f} MiB")
        time.sleep(5)
        print(f"memory a few seconds later: {memory(rig.daemon.pid, 'VmRSS'):.0f} MiB")
        rig.stop()
        began = time.perf_counter()
        rig.start()
        print(f"start to the first answer of kamilictl: {(time.perf_counter() - began) * 1e3:.0f} ms")
        Client(rig.socket).call(INTERFACE + "FreeBusy", {"from": day(0), "to": day(30)})
        print(f"memory after the start and a question: {memory(rig.daemon.pid, 'VmRSS'):.0f} MiB")
    finally:
        rig.end()


if __name__ == "__main__":
    main()
