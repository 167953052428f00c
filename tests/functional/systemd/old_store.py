"""A large store of an older schema at the first start of a newer version, under the template's unit."""
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from kamili_machine import CONFIGURATION, Unit
from machine import SOURCE, wait_for
from template_service import STATE, TemplateService

sys.path.insert(0, str(SOURCE / "tests/golden"))
from read_store import PREFIX, Store, read_image  # noqa: E402

OLD = 4
EVENTS = 40_000
KEY = bytes(range(32))
# Events of an hour, one behind the other, with forty words each.
ROWS = f"""
WITH RECURSIVE places(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM places WHERE j < 40),
  numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {EVENTS}),
  made AS MATERIALIZED (SELECT i, 1700000000000 + i * 3600000 AS at,
    (SELECT group_concat('word' || ((i * 7919 + j * 104729 + i * j) % 9973), ' ') FROM places) AS words FROM numbers)
INSERT INTO events (id, calendar_id, remote_id, uid, kind, series_remote_id, span_from_ms, span_to_ms, listing, held, body, raw)
  SELECT 1000 + i, 1, 'old' || i, '', 'single', '', at, at + 3600000, 1, 0,
    json_object('title', 'Heirloom ' || i, 'description', words,
      'start', json_object('u', at, 'w', at / 1000, 'z', ''),
      'end', json_object('u', at + 3600000, 'w', at / 1000 + 3600, 'z', '')), '' FROM made;
INSERT INTO search (rowid, title, description, location, people)
  SELECT id, json_extract(body, '$.title'), json_extract(body, '$.description'), '', '' FROM events WHERE id > 1000;
"""


def write_old_store(folder):
    """A large store of the schema OLD for KEY; answers its path."""
    known, key, store = folder / "known.key", folder / "key", folder / "store.db"
    known.write_text("07" * 32 + "\n")
    key.write_text(KEY.hex() + "\n")
    subprocess.run([sys.executable, SOURCE / "tests/golden/write_store.py", known,
                    SOURCE / f"tests/golden/stores/schema-{OLD}.db", key, store], input=ROWS, text=True, check=True)
    return store


class OldStore(unittest.TestCase):
    system = None  # a booted KamiliMachine, set by systemd_test.py

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="kamili-old-", dir="/var/tmp")
        cls.addClassCleanup(folder.cleanup)
        cls.bytes = write_old_store(Path(folder.name)).read_bytes()
        cls.system.file("/etc/kamili/alice/kamili.toml", CONFIGURATION)
        octal = "".join(f"\\{byte:03o}" for byte in KEY)
        TemplateService.encrypt_key(cls.system, key=f"printf '{octal}'")
        cls.service = Unit(cls.system, "kamilid@alice.service")
        cls.state = cls.system.root / STATE.lstrip("/")
        cls.store, cls.copy, cls.log = (cls.state / f"store.db{end}" for end in ("", f".schema-{OLD}", "-wal"))

    def setUp(self):
        """The socket alone is there: the client starts the daemon."""
        system = self.system
        self.addCleanup(self.empty)
        self.empty()
        system.run("install", "-d", "-m", "700", "-o", "alice", "-g", "alice", "/var/lib/kamili", STATE)
        self.store.write_bytes(self.bytes)
        system.run("sh", "-c", f"chmod 600 {STATE}/store.db && chown alice: {STATE}/store.db")
        self.service.ask("start", "kamilid@alice.socket")

    def empty(self):
        self.service.ask("stop", self.service.name, "kamilid@alice.socket", check=False)
        self.service.ask("reset-failed", self.service.name, "kamilid@alice.socket", check=False)
        self.system.run("rm", "-rf", STATE)

    def client(self):
        """One that asks for a text, and starts the daemon by that."""
        asking = subprocess.Popen(self.system.arguments("kamilictl", "--json", "search", "heirloom 777", user="alice"),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(asking.communicate)
        self.addCleanup(asking.kill)
        return asking

    @contextlib.contextmanager
    def held_in_the_midst(self):
        """Stops the daemon while it changes the store: what is asked meanwhile does not depend on how fast this machine is."""
        wait_for(lambda: self.copy.exists() and self.log.exists() and self.log.stat().st_size > 1 << 20, 60, "the migration",
                 every=0.005)
        daemon = self.service.host_pid()
        os.kill(daemon, signal.SIGSTOP)
        try:
            self.assertEqual(self.schema(), OLD, "it was too late")
            yield daemon
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(daemon, signal.SIGCONT)

    def is_found(self, asking):
        answer, errors = asking.communicate(timeout=120)
        self.assertEqual(asking.returncode, 0, errors)
        self.assertEqual([one["title"] for one in json.loads(answer)["occurrences"]], ["Heirloom 777"])

    def schema(self):
        """Of the files as they lie there, by a reader that is not Kamili."""
        file, log = self.store.read_bytes(), self.log.read_bytes() if self.log.exists() else b""
        image = read_image(Store(KEY, file[:PREFIX]), file[PREFIX:], log)
        return int.from_bytes(image[60:64], "big")

    def is_whole(self):
        store = self.system.status()["store"]
        self.assertEqual(store["events"], EVENTS + 40)
        self.assertEqual(self.system.run("stat", "-c", "%a %U", f"{STATE}/{self.copy.name}").stdout, "600 alice\n")
        self.service.call("stop")
        self.assertGreater(self.schema(), OLD)

    def test_is_migrated_while_clients_wait(self):
        self.assertEqual(self.service.get("TimeoutStartUSec"), "10min")
        first = self.client()
        with self.held_in_the_midst():
            before = self.service.pid()
            second = self.client()
            time.sleep(1)
            self.assertEqual(self.service.get("ActiveState"), "activating", "ready before the store is open")
            self.assertEqual((first.poll(), second.poll()), (None, None), "an answer, but the store is not open")
        self.is_found(first)
        self.is_found(second)
        self.assertEqual((self.service.pid(), self.service.restarts()), (before, 0))
        self.is_whole()

    def test_kill_9_in_the_midst_begins_it_again(self):
        asking = self.client()
        with self.held_in_the_midst() as daemon:
            before = self.service.pid()
            os.kill(daemon, signal.SIGKILL)
        self.is_found(asking)
        self.assertNotEqual(self.service.pid(), before)
        self.is_whole()
