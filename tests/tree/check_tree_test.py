#!/usr/bin/env python3
"""The tree check must find what it is there for: each planted fault is reported, a clean tree is not."""
import tempfile
import unittest
from pathlib import Path

import check_tree


class TreeCheck(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        for name in list(check_tree.MAY_INCLUDE) + ["tests/tree"]:
            (self.root / name).mkdir(parents=True)

    def tearDown(self):
        self.folder.cleanup()

    def problems(self, name, text):
        (self.root / name).write_text(text)
        return check_tree.check(self.root)

    def test_clean(self):
        self.assertEqual(self.problems("base/a.h", "#pragma once\nint F();\n"), [])

    def test_forbidden_include(self):
        self.assertTrue(self.problems("model/a.cc", '#include "storage/store.h"\n'))

    def test_sqlite_outside_storage(self):
        self.assertTrue(self.problems("sync/a.cc", "int F() { return sqlite3_open(0, 0); }\n"))

    def test_word_in_a_comment_is_no_call(self):
        self.assertEqual(self.problems("sync/a.cc", "// sqlite3_open( is not called\nint a;\n"), [])

    def test_secret_read_outside_the_list(self):
        self.assertTrue(self.problems("daemon/a.cc", "auto F(S& s) { return s.Reveal(); }\n"))

    def test_long_function(self):
        body = "    Work();\n" * 80
        found = self.problems("base/a.cc", "void F(int a,\n       int b) {\n" + body + "}\n")
        self.assertEqual(len(found), 1)
        self.assertIn("a function of 83 lines", found[0])

    def test_long_file(self):
        self.assertTrue(self.problems("base/a.cc", "int a;\n" * 601))

    def test_drawer(self):
        self.assertTrue(self.problems("base/string_utils.cc", "int a;\n"))

    def test_banned_call(self):
        self.assertTrue(self.problems("base/a.cc", "void F() { sprintf(a, b); }\n"))

    def test_stale_secret_list(self):
        (self.root / check_tree.REVEAL_LIST).write_text("net/gone.cc  sends it\n")
        for name in check_tree.MAY_REVEAL:
            (self.root / name).write_text("#pragma once\n")
        self.assertTrue(check_tree.check(self.root))


if __name__ == "__main__":
    unittest.main()
