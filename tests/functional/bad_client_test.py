#!/usr/bin/env python3
"""Clients that behave badly at the real daemon's socket: garbage, half a frame, a frame without end, answers
that are never read. The daemon lives, answers the others meanwhile, and stays small.
Usage: bad_client_test.py KAMILID KAMILICTL KAMILI_SIM"""
import json
import os
import re
import socket
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])
INTERFACE = "com.kamililabsllc.Kamili."
# 4 MiB unsent a client is the promise; sanitizers need a multiple for everything, time too.
FACTOR = 4 if os.environ.get("KAMILI_SANITIZE") else 1
GROWTH_KIB = 64 * 1024 * FACTOR
ANSWER_SECONDS = 5 * FACTOR


class BadClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=2000)
        cls.addClassCleanup(cls.rig.end)
        cls.rig.start()
        cls.rig.sign_in("google")
        cls.rig.sign_in("microsoft")
        cls.rig.ctl("sync")
        cls.before = cls.rig.rows()

    def tearDown(self):
        self.others_are_served()
        self.assertEqual(self.rig.rows(), self.before)
        self.assertEqual(self.rig.json("status")["daemon"]["state"], "ok")

    def others_are_served(self):
        began = time.monotonic()
        self.assertIn("daemon", self.rig.varlink("GetStatus", {})["parameters"])
        self.assertLess(time.monotonic() - began, ANSWER_SECONDS)

    def client(self):
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.settimeout(20)
        client.connect(self.rig.socket)
        return client

    def memory_kib(self):
        status = Path(f"/proc/{self.rig.daemon.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def send_all(self, client, data):
        """False when the daemon hung up before it had everything."""
        try:
            client.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def closed(self, client):
        """Nothing but the end comes."""
        try:
            return client.recv(1 << 16) == b""
        except ConnectionResetError:
            return True

    def test_garbage_ends_the_connection(self):
        for garbage in (b"\0", b"\xff\xfe\0", b"GET / HTTP/1.1\r\n\r\n\0", b"{}\0", b"[]\0", b"null\0", b'"x"\0',
                        b'{"method":7}\0', b'{"method":""}\0', b'{"method":"GetStatus"\0',
                        b'{"method":"' + INTERFACE.encode() + b'GetStatus","parameters":[]}\0',
                        b"[" * 100_000 + b"\0", b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"\0", bytes(1000),
                        os.urandom(4096) + b"\0"):
            with self.subTest(garbage=garbage[:40]):
                client = self.client()
                self.send_all(client, garbage)
                got = b""
                client.shutdown(socket.SHUT_WR)
                try:
                    while piece := client.recv(1 << 16):
                        got += piece
                except ConnectionResetError:
                    pass
                for reply in filter(None, got.split(b"\0")):
                    self.assertIn("error", json.loads(reply))
                self.others_are_served()

    def test_wrong_calls_are_answered_with_an_error_and_the_connection_lives(self):
        for method, parameters, error in (
                ("Nonsense", {}, "org.varlink.service.MethodNotFound"),
                ("GetEvent", {}, "org.varlink.service.InvalidParameter"),
                ("GetEvent", {"event_id": 7}, "org.varlink.service.InvalidParameter"),
                ("GetEvent", {"event_id": "e999999"}, INTERFACE + "NotFound"),
                ("GetEvent", {"event_id": "e99999999999999999999999"}, None),
                ("ListOccurrences", {"from": "soon", "to": "later"}, None),
                ("ListOccurrences", {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z",
                                     "time_zone": "Mars/Base"}, None),
                ("SearchEvents", {"text": "\" OR * NEAR("}, ""),
                ("ListChanges", {"since": -5}, None), ("RemoveAccount", {"account_id": "a99"}, None)):
            with self.subTest(method=method, parameters=parameters):
                answer = self.rig.varlink(method, parameters)
                if error != "":
                    self.assertIn("error", answer)
                if error:
                    self.assertEqual(answer["error"], error)

    def test_half_a_frame_holds_nobody_and_is_closed_in_time(self):
        began = time.monotonic()
        half = [self.client() for _ in range(20)]
        for client in half:
            client.sendall(b'{"method":"' + INTERFACE.encode())
        slow = self.client()
        while time.monotonic() - began < 10:
            slow.sendall(b" ")  # a byte now and then is half a frame, too
            self.others_are_served()
            time.sleep(1)
        for client in (*half, slow):
            client.settimeout(45)
            self.assertTrue(self.closed(client))
        self.assertGreater(time.monotonic() - began, 25)
        self.assertLess(time.monotonic() - began, 45)

    def test_a_frame_without_end_is_closed(self):
        before = self.memory_kib()
        for _ in range(20):
            client = self.client()
            self.send_all(client, b"x" * (3 << 20))
            self.assertTrue(self.closed(client))
        self.others_are_served()
        self.assertLess(self.memory_kib() - before, GROWTH_KIB)

    def test_who_never_reads_costs_little_and_holds_nobody(self):
        call = lambda method, **parameters: json.dumps(
            {"method": INTERFACE + method, "parameters": parameters}).encode() + b"\0"
        stamp = lambda days: time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + days * 86400))
        flood = (call("GetStatus") * 50 + call("SearchEvents", text="a") * 20
                 + call("ListOccurrences", **{"from": stamp(-60), "to": stamp(200), "time_zone": "UTC"}) * 20)
        before = self.memory_kib()
        deaf = [self.client() for _ in range(40)]
        for client in deaf:
            client.setblocking(False)
        end = time.monotonic() + 15
        while time.monotonic() < end:
            for client in deaf:
                try:
                    client.send(flood)
                except (BlockingIOError, BrokenPipeError, ConnectionResetError):
                    pass
            time.sleep(0.2)
            self.others_are_served()
        self.assertLess(self.memory_kib() - before, GROWTH_KIB)
        # Who begins to read gets whole answers, in order.
        deaf[0].setblocking(True)
        deaf[0].settimeout(20)
        got = b""
        while got.count(b"\0") < 10:
            piece = deaf[0].recv(1 << 16)
            self.assertNotEqual(piece, b"")
            got += piece
        for reply in got.split(b"\0")[:10]:
            self.assertIn("daemon", json.loads(reply)["parameters"])

    def test_clients_that_come_and_go_leave_nothing(self):
        for i in range(300):
            client = self.client()
            if i % 3:
                client.sendall(b'{"method":"' + INTERFACE.encode() + b'GetStatus","more":true}\0')
            client.close()
        self.others_are_served()
        descriptors = lambda: len(os.listdir(f"/proc/{self.rig.daemon.pid}/fd"))
        if os.geteuid() == 0:
            self.rig.wait_for(lambda: descriptors() < 60)

    def test_more_clients_than_allowed_are_turned_away_and_the_first_ones_stay(self):
        first = self.client()
        crowd = [self.client() for _ in range(300)]
        first.sendall(b'{"method":"' + INTERFACE.encode() + b'GetStatus"}\0')
        self.assertTrue(first.recv(1 << 16))
        self.assertTrue(self.closed(crowd[-1]))
        for client in crowd:
            client.close()
        self.rig.wait_for(lambda: self.rig.ctl("status", check=False).returncode == 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=1)
