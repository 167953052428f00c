#!/usr/bin/env python3
"""Measures the real daemon against kamili-sim, each number beside a floor of the same run.
Usage: measure.py KAMILID KAMILICTL KAMILI_SIM"""
import json
import os
import socket
import statistics
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig  # noqa: E402

PROGRAMS = [os.path.abspath(p) for p in sys.argv[1:4]]
EVENTS = 10_000
INTERFACE = "com.kamililabsllc.Kamili."


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.rest = b""

    def call(self, method, parameters):
        self.socket.sendall(json.dumps({"method": method, "parameters": parameters}).encode() + b"\0")
        while b"\0" not in self.rest:
            self.rest += self.socket.recv(1 << 20)
        frame, self.rest = self.rest.split(b"\0", 1)
        return frame


def quantiles(seconds):
    ordered = sorted(seconds)
    return (f"p50 {ordered[len(ordered) // 2] * 1e3:.2f} ms, "
            f"p99 {ordered[int(len(ordered) * 0.99)] * 1e3:.2f} ms")


def timed(count, act):
    out = []
    for _ in range(count):
        began = time.perf_counter()
        act()
        out.append(time.perf_counter() - began)
    return out


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def wakeups(pid):
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def download(rig):
    """The same pages as the first sync at Google, fetched and parsed by this script: the floor."""
    token = rig.ask("/control/grant", {"account": "google", "scopes": [
        "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
        "https://www.googleapis.com/auth/calendar.events.readonly"]})["access_token"]

    def get(path):
        request = urllib.request.Request(rig.about["base_url"] + "/google/calendar/v3" + path,
                                         headers={"Authorization": "Bearer " + token})
        return json.loads(urllib.request.urlopen(request, context=rig.tls).read())

    count, began = 0, time.perf_counter()
    for calendar in get("/users/me/calendarList?showHidden=true")["items"]:
        page = ""
        while True:
            reply = get("/calendars/" + urllib.request.quote(calendar["id"], safe="")
                        + "/events?maxResults=2500" + page)
            count += len(reply["items"])
            if "nextPageToken" not in reply:
                break
            page = "&pageToken=" + urllib.request.quote(reply["nextPageToken"], safe="")
    return count, time.perf_counter() - began


def first_sync(rig, provider):
    # Without a pause of ours between sign-in and the first pass: it begins by itself.
    before, began = cpu_seconds(rig.daemon.pid), time.perf_counter()
    rig.sign_in(provider)
    rig.ctl("sync")
    took = time.perf_counter() - began
    cpu = cpu_seconds(rig.daemon.pid) - before
    account = [a for a in rig.json("status")["accounts"] if a["provider"] == provider][0]
    events = sum(c["events"] for c in account["calendars"])
    print(f"first sync, {provider}, sign-in and a second pass included: {events} events in {took:.2f} s, "
          f"{events / took:.0f} events/s, {cpu / events * 1e6:.0f} us CPU for an event")
    return events, took


def main():
    rig = Rig(*PROGRAMS, events=EVENTS * 2, log_level="warn")
    try:
        began = time.perf_counter()
        rig.start()
        print(f"a new daemon's start to the first answer of kamilictl: {time.perf_counter() - began:.3f} s")
        floor_events, floor = download(rig)
        events, took = first_sync(rig, "google")
        print(f"  floor: {floor_events} items downloaded and parsed by a script in {floor:.2f} s "
              f"({floor_events / floor:.0f}/s): ratio {(events / took) / (floor_events / floor):.2f}")
        first_sync(rig, "microsoft")
        print(f"peak memory: {memory(rig.daemon.pid, 'VmHWM'):.0f} MiB")
        rig.stop()
        began = time.perf_counter()
        rig.start()
        print(f"restart with that store to the first answer: {time.perf_counter() - began:.3f} s")
        client = Client(rig.socket)
        day = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime())
        week = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + 7 * 86400))
        agenda = {"from": day, "to": week, "time_zone": "Europe/Berlin"}
        rows = len(json.loads(client.call(INTERFACE + "ListOccurrences", agenda))
                   ["parameters"]["occurrences"])
        floors = timed(500, lambda: client.call("org.varlink.service.GetInfo", {}))
        weeks = timed(300, lambda: client.call(INTERFACE + "ListOccurrences", agenda))
        print(f"agenda of a week over the socket, {rows} rows: {quantiles(weeks)}; "
              f"floor, an empty call: {quantiles(floors)}; "
              f"ratio of medians {statistics.median(weeks) / statistics.median(floors):.0f}")
        rig.ctl("sync")
        time.sleep(5)
        before = wakeups(rig.daemon.pid)
        time.sleep(60)
        print(f"idle: {wakeups(rig.daemon.pid) - before} wakeups in a minute, "
              f"{memory(rig.daemon.pid, 'VmRSS'):.0f} MiB")
    finally:
        rig.end()


if __name__ == "__main__":
    main()
