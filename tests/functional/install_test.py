#!/usr/bin/env python3
"""What `cmake --install` puts where, and that the units name the daemon by the place it is put.
Usage: install_test.py BUILD_FOLDER"""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = sys.argv[1]
FILES = {
    "bin/kamilictl", "bin/kamilid", "libexec/kamili/kamili-sim",
    "lib/systemd/system/kamilid@.service", "lib/systemd/system/kamilid@.socket",
    "lib/systemd/user/kamilid.service", "lib/systemd/user/kamilid.socket",
    "include/kamili_client.h", "lib/libkamili-client.so", "lib/libkamili-client.so.0",
    "lib/libkamili-client.so.0.1.0", "lib/pkgconfig/kamili-client.pc",
    "share/doc/libkamili-client-dev/examples/follow_changes.c", "share/doc/libkamili-client-dev/examples/panel.cc",
    "share/bash-completion/completions/kamilictl", "share/fish/vendor_completions.d/kamilictl.fish",
    "share/zsh/vendor-completions/_kamilictl",
    "share/kamili/kamili.cdx.json", "share/man/man1/kamilictl.1", "share/man/man5/kamili.toml.5", "share/man/man8/kamilid.8",
    "share/user-tmpfiles.d/kamili.conf",
}


def install(prefix, destination):
    subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "DESTDIR": destination})
    root = Path(destination + prefix)
    return root, {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


class Install(unittest.TestCase):
    def test_each_file_has_its_place_under_any_prefix(self):
        for prefix in ("/usr", "/opt/kamili"):
            with self.subTest(prefix=prefix), tempfile.TemporaryDirectory() as destination:
                root, files = install(prefix, destination)
                self.assertEqual(files, FILES)
                for unit in ("system/kamilid@.service", "user/kamilid.service"):
                    text = (root / "lib/systemd" / unit).read_text()
                    self.assertIn(f"\nExecStart={prefix}/bin/kamilid\n", text)
                    self.assertIn(f"\nExecPaths={prefix}/bin/kamilid ", text)
                    self.assertNotIn("@KAMILID@", text)
                    self.assertNotIn(destination, text)

    def test_what_is_installed_runs(self):
        with tempfile.TemporaryDirectory() as destination:
            root, _ = install("/usr", destination)
            for program in ("kamilid", "kamilictl"):
                said = subprocess.run([root / "bin" / program, "--version"], capture_output=True, text=True)
                self.assertEqual((said.returncode, said.stdout.split()[0]), (0, program))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
