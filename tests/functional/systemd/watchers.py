"""Runs inside of the booted system: many clients that follow the changes, and what they were told, as lines of JSON.
Usage: watchers.py SOCKET COUNT   Says that all wait, and after a line on its standard input what each has heard."""
import json
import resource
import select
import socket
import sys
import time

ASKED = 20
TOLD_SECONDS = 60


def send(client, method, **more):
    client.sendall(json.dumps({"method": f"com.kamililabsllc.Kamili.{method}", **more}).encode() + b"\0")


def receive(client):
    got = b""
    while not got.endswith(b"\0"):
        piece = client.recv(1 << 16)
        if not piece:
            raise ConnectionError("the daemon hung up")
        got += piece
    # Parts that came together: the last one is the newest.
    return json.loads(got[:-1].split(b"\0")[-1])["parameters"]


def connect(path):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(TOLD_SECONDS)
    client.connect(path)
    return client


def ask(path, method):
    with connect(path) as client:
        send(client, method, parameters={})
        return receive(client)


def watch(path, since):
    client = connect(path)
    send(client, "WatchChanges", parameters={"since": since}, more=True)
    return client


def seconds_of(path):
    """The middle one of several ordinary questions, each with a connection of its own."""
    taken = []
    for _ in range(ASKED):
        began = time.monotonic()
        ask(path, "GetStatus")
        taken.append(time.monotonic() - began)
    return sorted(taken)[ASKED // 2]


def hear(clients, last):
    """How many get to know of the change behind `last`."""
    poller, waiting = select.poll(), {client.fileno(): client for client in clients}
    for number in waiting:
        poller.register(number, select.POLLIN)
    end = time.monotonic() + TOLD_SECONDS
    while waiting and time.monotonic() < end:
        for number, _ in poller.poll(1000):
            if receive(waiting[number])["last"] > last:
                poller.unregister(number)
                del waiting[number]
    return len(clients) - len(waiting)


def main():
    path, count = sys.argv[1], int(sys.argv[2])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 200), hard))
    last = ask(path, "GetStatus")["store"]["journal"]
    clients = [watch(path, last) for _ in range(count)]
    there = sum(receive(client)["last"] == last for client in clients)
    print(json.dumps({"there": there, "answer_s": seconds_of(path)}), flush=True)
    if not sys.stdin.readline():
        return
    print(json.dumps({"told": hear(clients, last)}), flush=True)


if __name__ == "__main__":
    main()
