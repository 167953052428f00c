#!/usr/bin/env python3
"""Measures queries over the socket on worlds of known density (dense_world.cc), each beside the same
question to plain SQLite in process. Usage: measure_dense.py KAMILID KAMILICTL KAMILI_SIM DENSE_WORLD EVENTS ..."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from asking import first_part, quantiles  # noqa: E402
from measure import Client, INTERFACE, cpu_seconds, memory, timed  # noqa: E402
from rig import Rig  # noqa: E402

PROGRAMS = [os.path.abspath(p) for p in sys.argv[1:4]]
DENSE_WORLD = os.path.abspath(sys.argv[4])
ZONE = {"time_zone": "UTC"}
# By rank in a text that follows Zipf's law; `rarely` is in five events.
WORDS = ["w1", "w2", "w5", "w10", "w50", "rarely"]


def day(offset):
    return time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + offset * 86400))


def days(first, count):
    return {"from": day(first), "to": day(first + count), **ZONE}


def plain(path):
    lines = subprocess.run([DENSE_WORLD, "plain", path, *WORDS], check=True, capture_output=True, text=True)
    out = {}
    for line in lines.stdout.splitlines():
        name, rows, p50, p99 = line.split("\t")
        out[name] = (int(rows), float(p50), float(p99))
    return out


def ask(client, floors, name, method, parameters, field, count):
    call = INTERFACE + method
    answer = json.loads(client.call(call, parameters))
    if "error" in answer:
        print(f"| {name} | {answer['error']} |")
        return
    rows = len(answer["parameters"][field])
    p50, p99 = quantiles(timed(count, lambda: client.call(call, parameters)))
    floor = floors.get(name)
    beside = f"{floor[1]:.3f} ({floor[0]} rows) | {p50 / floor[1]:.1f}" if floor else "- | -"
    each = f" ({p50 * 1e3 / rows:.1f} us a row)" if rows > 300 else ""
    print(f"| {name} | {rows} | {p50:.3f}{each} | {p99:.3f} | {beside} |")


def start(rig):
    """A client, and milliseconds from the daemon's start to its first answer with rows."""
    began = time.perf_counter()
    rig.daemon = subprocess.Popen(rig.arguments(), stderr=subprocess.DEVNULL)
    while True:
        try:
            client = Client(rig.socket)
            break
        except OSError:
            time.sleep(0.0005)
    client.call(INTERFACE + "ListOccurrences", days(1, 1))
    return client, (time.perf_counter() - began) * 1e3


def measure(events):
    rig = Rig(*PROGRAMS, events=10, log_level="warn")
    try:
        rig.start()
        rig.stop()
        beside = rig.dir / "plain.db"
        began = time.monotonic()
        subprocess.run([DENSE_WORLD, "fill", rig.state, str(events), beside], check=True)
        filled = time.monotonic() - began
        client, started = start(rig)
        floors = plain(beside)
        calendars = json.loads(client.call(INTERFACE + "ListCalendars", {}))["parameters"]["calendars"]
        one = {"calendars": [calendars[0]["id"]]}
        print(f"\n{events} events in {len(calendars)} calendars, store {(rig.state / 'store.db').stat().st_size / 2**20:.0f} "
              f"MiB, made in {filled:.0f} s; start to the first answer {started:.0f} ms")
        floor, _ = quantiles(timed(2000, lambda: client.call("org.varlink.service.GetInfo", {})))
        print(f"an empty call: {floor:.3f} ms\n")
        print("| query | rows | p50 ms | p99 ms | plain SQLite in process, p50 ms | ratio |\n| --- | --- | --- | --- | --- | --- |")
        ask(client, floors, "a week of one calendar", "ListOccurrences", {**days(1, 7), **one}, "occurrences", 2000)
        ask(client, floors, "a day of all", "ListOccurrences", days(1, 1), "occurrences", 1000)
        ask(client, floors, "a week of all", "ListOccurrences", days(1, 7), "occurrences", 300)
        parts = [first_part(client, days(1, 7)) for _ in range(300)]
        for name, at in (("first rows", 0), ("all rows", 1)):
            p50, p99 = quantiles([part[at] for part in parts])
            print(f"| the same under more: {name} | | {p50:.3f} | {p99:.3f} | - | - |")
        ask(client, floors, "free/busy of a month", "FreeBusy", days(1, 30), "busy", 500)
        for word in WORDS:
            ask(client, floors, f"search of {word}", "SearchEvents", {"text": word}, "occurrences", 500)
        ask(client, floors, "search of w5*", "SearchEvents", {"text": "w5*"}, "occurrences", 20)
        ask(client, floors, "search of w50, best first", "SearchEvents", {"text": "w50", "order": "best"}, "occurrences", 20)
        ask(client, floors, "a week four years ahead", "ListOccurrences", days(1400, 7), "occurrences", 20)
        ask(client, floors, "status", "GetStatus", {}, "accounts", 200)
        print(f"\nmemory {memory(rig.daemon.pid, 'VmRSS'):.0f} MiB, {cpu_seconds(rig.daemon.pid):.1f} s CPU")
        time.sleep(5)
        print(f"memory five seconds later {memory(rig.daemon.pid, 'VmRSS'):.0f} MiB")
    finally:
        rig.end()


for number in sys.argv[5:]:
    measure(int(number))
