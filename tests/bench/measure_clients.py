#!/usr/bin/env python3
"""Measures what 50 clients wait while accounts are synced for the first time: each asks a small question, thinks,
and asks the next. Empty calls of the same clients in between are the floor, the same questions before and after are
the comparison. Usage: measure_clients.py KAMILID KAMILICTL KAMILI_SIM [EVENTS [ROUNDS]]"""
import json
import os
import random
import selectors
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from measure import INTERFACE, Client, cpu_seconds  # noqa: E402
from rig import Rig  # noqa: E402

PROGRAMS = [os.path.abspath(p) for p in sys.argv[1:4]]
EVENTS = int(sys.argv[4]) if len(sys.argv) > 4 else 20_000
ROUNDS = int(sys.argv[5]) if len(sys.argv) > 5 else 5
CLIENTS = 50
# Between an answer and the client's next question; spread by half.
THINK_S = 0.2
PROMISE_S = 0.02
# Runs beside the daemon, and answers whatever comes at once: what is late there is the machine's doing.
BESIDE = """
import selectors, socket, sys
selector, listening = selectors.DefaultSelector(), socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen(64)
selector.register(listening, selectors.EVENT_READ)
print("ready", flush=True)


def receive(client):
    try:
        return client.recv(4096)
    except ConnectionError:
        return b""


while True:
    for key, _ in selector.select():
        if key.fileobj is listening:
            selector.register(listening.accept()[0], selectors.EVENT_READ)
        elif got := receive(key.fileobj):
            key.fileobj.sendall(got)
        else:
            selector.unregister(key.fileobj)
            key.fileobj.close()
"""


def stamp(days):
    return time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + days * 86400))


class Crowd:
    """Clients that ask on a thread of their own until they are stopped."""

    def __init__(self, path, beside, questions, seed):
        self.dice = random.Random(seed)
        self.questions = [(name, json.dumps({"method": method, "parameters": parameters}).encode() + b"\0")
                          for name, method, parameters in questions]
        self.clients = [Client(path) for _ in range(CLIENTS)]
        # A fifth as many that ask a process beside: as often as any one kind of question.
        self.floor = {Client(beside) for _ in range(CLIENTS // len(questions))}
        self.took = {name: [] for name, _ in self.questions} | {"a process beside": []}
        self.refused = 0
        self.stopped = False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        selector = selectors.DefaultSelector()
        due = []
        everybody = self.clients + list(self.floor)
        for client in everybody:
            selector.register(client.socket, selectors.EVENT_READ, client)
            due.append((time.perf_counter() + self.dice.uniform(0, THINK_S), client))
        asked = {}
        while not self.stopped:
            now = time.perf_counter()
            for one in [one for one in due if one[0] <= now]:
                due.remove(one)
                name, call = ("a process beside", b"{}\0") if one[1] in self.floor \
                    else self.dice.choice(self.questions)
                asked[one[1]] = (name, time.perf_counter())
                one[1].socket.sendall(call)
            wait = min((at for at, _ in due), default=now + 0.05) - time.perf_counter()
            for key, _ in selector.select(max(0, wait)):
                self.take(key.data, asked, due)
        for client in everybody:
            client.socket.close()

    def take(self, client, asked, due):
        client.rest += client.socket.recv(1 << 20)
        if not client.rest.endswith(b"\0"):
            return
        now = time.perf_counter()
        name, began = asked.pop(client)
        self.took[name].append(now - began)
        if client.rest.startswith(b'{"error"'):
            self.refused += 1
        client.rest = b""
        due.append((now + THINK_S * self.dice.uniform(0.5, 1.5), client))

    def stop(self):
        self.stopped = True
        self.thread.join()
        return self.took


def report(title, took, seconds):
    print(f"{title}: {sum(map(len, took.values()))} calls in {seconds:.1f} s")
    for name, times in took.items():
        if not times:
            continue
        ordered = sorted(times)
        late = sum(one > PROMISE_S for one in ordered)
        print(f"  {name}: p50 {ordered[len(ordered) // 2] * 1e3:.2f} ms, "
              f"p99 {ordered[int(len(ordered) * 0.99)] * 1e3:.2f} ms, max {ordered[-1] * 1e3:.1f} ms, "
              f"{late} of {len(ordered)} above {PROMISE_S * 1e3:.0f} ms")


def questions(client, account):
    calendars = [c for c in json.loads(client.call(INTERFACE + "ListCalendars", {}))["parameters"]["calendars"]
                 if c["account_id"] == account]
    one = max(calendars, key=lambda c: c["events"])["id"]
    day = {"from": stamp(0), "to": stamp(1)}
    return [("a day of one calendar", INTERFACE + "ListOccurrences", {**day, "calendars": [one]}),
            ("free/busy of a day", INTERFACE + "FreeBusy", {**day, "calendars": [one]}),
            ("a search, ten hits", INTERFACE + "SearchEvents", {"text": "quarterly", "limit": 10}),
            ("status", INTERFACE + "GetStatus", {}),
            ("an empty call", "org.varlink.service.GetInfo", {})]


def wait_until_whole(client, accounts):
    while True:
        calendars = json.loads(client.call(INTERFACE + "ListCalendars", {}))["parameters"]["calendars"]
        if len({c["account_id"] for c in calendars}) == accounts and \
                all(c["last_complete_sync"] or not c["enabled"] for c in calendars):
            return sum(c["events"] for c in calendars)
        time.sleep(0.1)


def add(into, took):
    for name, times in took.items():
        into.setdefault(name, []).extend(times)


def main():
    rig = Rig(*PROGRAMS, events=EVENTS, log_level="warn")
    beside = str(rig.dir / "beside")
    process = subprocess.Popen([sys.executable, "-c", BESIDE, beside], stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        rig.start()
        # Questions need a calendar: the account that is already there.
        there, _ = rig.sign_in("microsoft")
        client = Client(rig.socket)
        before = wait_until_whole(client, 1)
        asked = questions(client, there["id"])
        crowd, began = Crowd(rig.socket, beside, asked, seed=1), time.perf_counter()
        time.sleep(10)
        report(f"{CLIENTS} clients, {before} events, nothing is synced", crowd.stop(),
               time.perf_counter() - began)
        during, seconds, cpu, events = {}, 0.0, 0.0, 0
        for round_ in range(ROUNDS):
            crowd = Crowd(rig.socket, beside, asked, seed=2 + round_)
            began, used = time.perf_counter(), cpu_seconds(rig.daemon.pid)
            account, _ = rig.sign_in("google")
            events += wait_until_whole(client, 2) - before
            seconds += time.perf_counter() - began
            add(during, crowd.stop())
            cpu += cpu_seconds(rig.daemon.pid) - used
            assert not crowd.refused, "a question was refused"
            rig.ctl("account", "remove", account["id"])
        report(f"the same while {events // ROUNDS} events more come for the first time, {ROUNDS} times", during,
               seconds)
        print(f"  the daemon used {cpu / seconds * 100:.0f} % of a core")
    finally:
        process.kill()
        process.communicate()
        rig.end()


if __name__ == "__main__":
    main()
