"""The programs of a build folder, and a package that is made of them as they are: for this machine's own release of Debian."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from machine import SOURCE, library_packages

TOOLS = ("dpkg-buildpackage", "dh", "lintian")
LEFT_OUT = shutil.ignore_patterns("build", ".git", ".cache")
# Of a development build: not hardened, other bytes between its strings, and all of the JSON library with its
# misspelt message. The package's own build counts.
DEVELOPMENT_ONLY = re.compile(r"hardening-no-|mismatched-override spelling-error|dimentional")


class BuildFolder:
    suite = "bookworm"

    def __init__(self, folder):
        self.folder = folder
        self.programs = Path(folder) / "bin"
        self.dir = Path(tempfile.mkdtemp(prefix="kamili-package-", dir="/var/tmp"))

    def packages(self):
        """What the programs are linked with."""
        return library_packages([self.programs / name for name in ("kamilid", "kamilictl", "kamili-sim")])

    def install(self, root):
        """As a package would, under /usr."""
        subprocess.run(["cmake", "--install", self.folder, "--prefix", "/usr"], check=True, stdout=subprocess.DEVNULL,
                       env={"DESTDIR": str(root), "PATH": "/usr/bin:/bin"})

    def package(self):
        """The package and the file that lists it; made once."""
        tree = self.dir / "kamili"
        if not tree.exists():
            absent = [tool for tool in TOOLS if not shutil.which(tool)]
            if absent:
                raise unittest.SkipTest(f"not installed: {', '.join(absent)}")
            shutil.copytree(SOURCE, tree, ignore=LEFT_OUT, symlinks=True)
            done = subprocess.run(["dpkg-buildpackage", "-b", "-us", "-uc", "-d"], cwd=tree, capture_output=True, text=True,
                                  env={**os.environ, "KAMILI_BUILT": self.folder, "DEB_BUILD_OPTIONS": "noautodbgsym"})
            if done.returncode:
                raise AssertionError(done.stdout[-2000:] + done.stderr[-2000:])
        return next(self.dir.glob("kamili_*.deb")), next(self.dir.glob("*.changes"))

    def lintian(self):
        """What lintian says of it, but for what a development build cannot help."""
        said = subprocess.run(["lintian", "-I", "--pedantic", "--allow-root", self.package()[1]], capture_output=True, text=True)
        return "".join(line for line in said.stdout.splitlines(True) if not DEVELOPMENT_ONLY.search(line))

    def end(self):
        shutil.rmtree(self.dir)
