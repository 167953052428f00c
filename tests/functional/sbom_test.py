#!/usr/bin/env python3
"""The bill of materials that the build makes against the programs themselves, by other means than it was made with.
Usage: sbom_test.py SOURCE_FOLDER SBOM PROGRAM ..."""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

SOURCE, SBOM, *PROGRAMS = sys.argv[1:]
sys.path.insert(0, os.path.join(SOURCE, "cmake"))
import make_sbom  # noqa: E402

# What is in the code without a library: the header, and a word that its code leaves in a program.
HEADER_ONLY = {"nlohmann-json3-dev": "json.exception", "libcli11-dev": "CLI", "libtomlplusplus-dev": "toml"}


def mapped(program):
    """The libraries of a program as the loader itself maps them, traced and not run."""
    traced = subprocess.run([program], capture_output=True, text=True,
                            env={"LD_TRACE_LOADED_OBJECTS": "1", "PATH": "/usr/bin"}).stdout
    return {os.path.realpath(path) for path in re.findall(r"=> (/\S+)", traced)}


def owners(paths):
    asked = {name for path in paths for name in (path, path.removeprefix("/usr"), "/usr" + path)}
    said = subprocess.run(["dpkg-query", "-S", *asked], capture_output=True, text=True).stdout
    return {line.split(":")[0] for line in said.splitlines()}


@unittest.skipUnless(shutil.which("dpkg-query"), "no Debian packages here")
class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = json.loads(Path(SBOM).read_text())
        cls.parts = {part["name"]: part for part in cls.document["components"]}
        cls.loaded = owners({path for program in PROGRAMS if ".so" not in program for path in mapped(program)})

    def missing(self, parts):
        """Packages that a program loads and `parts` do not know."""
        return {package for package in self.loaded if package not in parts}

    def test_every_library_that_is_loaded_is_in_it_and_a_lost_one_is_noticed(self):
        self.assertEqual(self.missing(self.parts), set())
        lost = {name: part for name, part in self.parts.items() if name != "libssl3" and not name.startswith("libssl3t")}
        self.assertEqual(len(self.missing(lost)), 1)

    def test_versions_are_those_of_the_packages(self):
        said = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n"], check=True,
                              capture_output=True, text=True).stdout.splitlines()
        named = {f"{name} {part['version']}" for name, part in self.parts.items() if "purl" in part}
        self.assertGreater(len(named), 20)
        self.assertEqual(named - set(said), set())

    def test_header_only_libraries_are_in_it_and_in_the_programs(self):
        code = b"".join(Path(program).read_bytes() for program in PROGRAMS)
        named = {name for name, part in self.parts.items()
                 if {"name": "kamili:linked", "value": "headers"} in part.get("properties", [])}
        self.assertEqual(named, set(HEADER_ONLY))
        for word in HEADER_ONLY.values():
            self.assertIn(word.encode(), code)

    def test_it_hangs_together_as_cyclonedx_wants(self):
        self.assertEqual((self.document["bomFormat"], self.document["specVersion"]), ("CycloneDX", "1.5"))
        refs = [part["bom-ref"] for part in self.document["components"]]
        self.assertEqual(len(refs), len(set(refs)))
        refs.append(self.document["metadata"]["component"]["bom-ref"])
        linked = {one["ref"]: one["dependsOn"] for one in self.document["dependencies"]}
        self.assertEqual(set(linked), set(refs))
        reached, waiting = set(), ["kamili"]
        while waiting:
            ref = waiting.pop()
            if ref not in reached:
                reached.add(ref)
                waiting += linked[ref]
        self.assertEqual(reached, set(refs), "everything is there because a program needs it")

    def test_it_is_the_same_again_and_knows_no_place(self):
        again = make_sbom.make("kamili", self.parts["kamilid"]["version"], SOURCE, PROGRAMS)
        self.assertEqual(again, self.document)
        self.assertNotIn(os.path.abspath(SOURCE), Path(SBOM).read_text())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
