#!/usr/bin/env python3
"""A provider that means harm, through the real daemon over TLS: bodies without an end, or that grow a
thousandfold when they are unpacked, headers without measure, brackets without an end, bytes that trickle.
Memory stays bounded, clients are answered meanwhile, nothing is lost, and when the provider is itself again
all goes on.
Usage: hostile_test.py KAMILID KAMILICTL KAMILI_SIM"""
import os
import re
import sys
import time
import unittest
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from rig import Rig  # noqa: E402
from tls_server import Authority, TlsServer  # noqa: E402

KAMILID, KAMILICTL, KAMILI_SIM = (os.path.abspath(p) for p in sys.argv[1:4])
SANITIZED = bool(os.environ.get("KAMILI_SANITIZE"))
MEMORY_MAX_MIB = 200
# A client that had to wait for a body would wait for much longer.
ANSWER_MAX_S = 5
MIB = 1 << 20


def head(handler, **headers):
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def packed_blanks():
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * MIB) for _ in range(300)) + packer.flush()


BOMB = packed_blanks()


def bomb(handler):
    """300 MiB of blanks in 300 KiB."""
    head(handler, Content_Encoding="gzip", Content_Length=str(len(BOMB)))
    handler.wfile.write(BOMB)


def long_body(handler):
    head(handler, Content_Length=str(200 * MIB))
    handler.wfile.write(b'{"items":["')
    for _ in range(200):
        handler.wfile.write(b"x" * MIB)


def endless_chunks(handler):
    head(handler, Transfer_Encoding="chunked")
    handler.wfile.write(b"1\r\n{\r\n")
    while True:
        handler.wfile.write(b"100000\r\n" + b" " * MIB + b"\r\n")


def long_header(handler):
    head(handler, X_Long="x" * 100_000, Content_Length="2")
    handler.wfile.write(b"{}")


def endless_headers(handler):
    handler.send_response(200)
    while True:
        handler.send_header("X-More", "x" * 1000)
        handler.flush_headers()


def deep(handler):
    body = b'{"items":' + b"[" * MIB
    head(handler, Content_Length=str(len(body)))
    handler.wfile.write(body)


def trickle(handler):
    """A byte now and then; the test goes on long before the daemon's own limit of two minutes."""
    head(handler, Content_Length="1000000")
    while True:
        handler.wfile.write(b" ")
        time.sleep(0.2)


def picture(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "image/png")
    handler.send_header("Content-Length", "8")
    handler.end_headers()
    handler.wfile.write(b"\x89PNG\r\n\x1a\n")


ADDRESS = {"google": "api_url", "microsoft": "graph_url"}
ATTACKS = {"google": (bomb, long_body, endless_chunks, long_header, endless_headers, deep, picture),
           "microsoft": (bomb, endless_chunks, long_header, deep)}


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig(KAMILID, KAMILICTL, KAMILI_SIM, events=150, log_level="info")
        cls.addClassCleanup(cls.rig.end)
        cls.authority = Authority(cls.rig.dir)
        cls.rig.trust_also(cls.authority.file)
        cls.rig.start()
        for provider in ("google", "microsoft"):
            cls.rig.sign_in(provider)
        cls.rig.ctl("sync")
        cls.before = cls.rig.rows()

    def peak(self):
        status = Path(f"/proc/{self.rig.daemon.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024

    def troubled(self, provider):
        account = self.rig.account(provider)
        return [one["reason"] for one in (account, *account["calendars"])
                if one["state"] not in ("ok", "syncing")]

    def ask_status(self):
        began = time.monotonic()
        self.rig.varlink("GetStatus", {})
        self.assertLess(time.monotonic() - began, ANSWER_MAX_S, "a client had to wait")

    def attack(self, provider, answer, is_over):
        """One provider is replaced until `is_over`; clients are answered all the time."""
        with TlsServer(self.authority.issue("hostile.pem", "127.0.0.1"), answer) as server:
            config = re.sub(rf'{ADDRESS[provider]} = ".*"', f'{ADDRESS[provider]} = "{server.url}"',
                            self.rig.good_config)
            self.rig.restart_with(config)
            self.rig.ctl("sync", "--no-wait")

            def over():
                self.ask_status()
                return is_over(server)

            self.rig.wait_for(over, seconds=60, what=lambda: answer.__name__)
            if not SANITIZED:
                self.assertLess(self.peak(), MEMORY_MAX_MIB)
            self.assertEqual(self.rig.rows(), self.before)
            self.rig.restart_with(self.rig.good_config)
        self.rig.ctl("sync")
        for provider in ("google", "microsoft"):
            self.assertEqual(self.troubled(provider), [])
        self.assertEqual(self.rig.rows(), self.before)

    def test_what_has_no_measure_ends_in_a_state_with_words(self):
        for provider, answers in ATTACKS.items():
            for answer in answers:
                with self.subTest(provider=provider, answer=answer.__name__):
                    self.attack(provider, answer, lambda server: any(self.troubled(provider)))

    def test_bytes_that_trickle_hold_nobody_up(self):
        began = time.monotonic()
        self.attack("google", trickle,
                    lambda server: len(server.requests) >= 1 and time.monotonic() - began > 8)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=1)
