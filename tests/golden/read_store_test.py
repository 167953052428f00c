#!/usr/bin/env python3
"""A store that Kamili made is what docs/store-format.md says, and one that is made by that page is a
store for Kamili. Usage: read_store_test.py MAKE_STORE"""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
READER, WRITER = os.path.join(HERE, "read_store.py"), os.path.join(HERE, "write_store.py")
TABLES = {"accounts", "calendars", "events", "journal", "event_texts", "secrets"}


def read(folder):
    return subprocess.run([sys.executable, READER, f"{folder}/key", f"{folder}/store.db"],
                          capture_output=True, text=True, check=False)


class ReadStore(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = self.temporary.name
        self.addCleanup(self.temporary.cleanup)

    def make(self, how):
        subprocess.run([MAKE_STORE, self.folder, how], check=True)

    def check_content(self, how):
        self.make(how)
        done = read(self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.split("\n")
        self.assertIn("schema 6", lines)
        self.assertIn("events 40", lines)
        self.assertLessEqual(TABLES, {line[6:] for line in lines if line.startswith("table ")})
        self.assertGreater(int(lines[0].removeprefix("pages ")), 10)

    def test_a_closed_store_is_read_from_the_page_alone(self):
        self.check_content("close")

    def test_the_log_that_a_crash_left_is_read_too(self):
        self.check_content("crash")
        self.assertGreater(os.path.getsize(f"{self.folder}/store.db-wal"), 8000)

    def test_a_store_that_was_written_from_the_page_alone_opens(self):
        self.make("close")
        other = f"{self.folder}/other"
        os.mkdir(other, 0o700)
        subprocess.run([sys.executable, WRITER, f"{self.folder}/key", f"{self.folder}/store.db",
                        f"{other}/key", f"{other}/store.db"], check=True, text=True,
                       input="UPDATE events SET body=json_set(body, '$.title', 'Written elsewhere')"
                             " WHERE remote_id='7';"
                             "DELETE FROM events WHERE remote_id='8';")
        done = subprocess.run([MAKE_STORE, other, "open"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        titles = done.stdout.splitlines()
        self.assertEqual(len(titles), 39)
        self.assertIn("Written elsewhere", titles)
        self.assertNotIn("Event 7", titles)

    def test_another_key_and_a_changed_byte_are_refused(self):
        self.make("close")
        with open(f"{self.folder}/store.db", "r+b") as file:
            file.seek(65536 + 4096 + 77)
            byte = file.read(1)[0]
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 1]))
        self.assertEqual(read(self.folder).returncode, 1)
        with open(f"{self.folder}/key", "w", encoding="ascii") as file:
            file.write("00" * 32 + "\n")
        self.assertIn("wrong key", read(self.folder).stderr)


if __name__ == "__main__":
    MAKE_STORE = sys.argv.pop()
    unittest.main()
