#!/usr/bin/env python3
"""Measures what polling costs while nothing changes: empty passes of the calendars of one account, and
what 200 accounts with five calendars each cost at the paces of the default configuration.
Usage: measure_polling.py KAMILID KAMILICTL KAMILI_SIM"""
import os
import socket
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from measure import INTERFACE, Client, cpu_seconds  # noqa: E402
from rig import Rig  # noqa: E402

PROGRAMS = [os.path.abspath(p) for p in sys.argv[1:4]]
PASSES = 300
ACCOUNTS, CALENDARS = 200, 5


class Bare:
    """The floor: the same requests on one connection that stays open, replies thrown away."""

    def __init__(self, rig):
        url = urllib.parse.urlsplit(rig.about["base_url"])
        self.socket = rig.tls.wrap_socket(socket.create_connection((url.hostname, url.port)),
                                          server_hostname=url.hostname)
        self.token = rig.ask("/control/grant", {"account": "google", "scopes": [
            "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
            "https://www.googleapis.com/auth/calendar.events.readonly"]})["access_token"]

    def get(self, target):
        self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
                            f"Authorization: Bearer {self.token}\r\n\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.socket.recv(65536)
        head, body = data.split(b"\r\n\r\n", 1)
        length = int([line.split(b":")[1] for line in head.lower().split(b"\r\n")
                      if line.startswith(b"content-length")][0])
        while len(body) < length:
            body += self.socket.recv(65536)


def main():
    rig = Rig(*PROGRAMS, events=400, log_level="warn")
    try:
        rig.start()
        rig.sign_in("google")
        rig.ctl("sync")
        rig.ask("/control/settings", {"google_limit": 0})
        client = Client(rig.socket)
        rig.ask("/control/log", method="DELETE")
        client.call(INTERFACE + "Sync", {})
        targets = [one["target"] for one in rig.ask("/control/log")["requests"]]
        before, began = cpu_seconds(rig.daemon.pid), time.perf_counter()
        for _ in range(PASSES):
            client.call(INTERFACE + "Sync", {})
        cpu = (cpu_seconds(rig.daemon.pid) - before) / PASSES
        took = (time.perf_counter() - began) / PASSES
        each = cpu / len(targets)
        print(f"an empty pass of {len(targets) - 1} calendars and their list, {len(targets)} requests: "
              f"{cpu * 1e3:.2f} ms CPU, {took * 1e3:.1f} ms; a request {each * 1e6:.0f} us")
        bare = Bare(rig)
        listed = [t for t in targets if "calendarList" in t][0]
        before = time.process_time()
        for _ in range(PASSES):
            bare.get(listed)
        floor = (time.process_time() - before) / PASSES
        print(f"  floor: a script sends the list's request and throws the reply away, "
              f"{floor * 1e6:.0f} us CPU: ratio {each / floor:.2f}")
        # The list of an account's calendars comes on top.
        for name, minutes in (("busy", 1), ("usual", 5), ("quiet", 10)):
            per_second = ACCOUNTS * (CALENDARS + 1) / (minutes * 60)
            print(f"{ACCOUNTS} accounts of {CALENDARS} calendars, each asked every {minutes} minutes ({name}): "
                  f"{per_second:.1f} requests/s, {per_second * each * 100:.2f} % of a core")
    finally:
        rig.end()


if __name__ == "__main__":
    main()
