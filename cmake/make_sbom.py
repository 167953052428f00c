#!/usr/bin/env python3
"""The parts that programs are made of, as a CycloneDX 1.5 document: shared libraries as the loader finds them, header-only
libraries as the sources include them, each with the Debian package that it came from. No time and no path of the
build is in it, so the same packages give the same bytes.
Usage: make_sbom.py NAME VERSION SOURCE_FOLDER OUTPUT PROGRAM ...   SOURCE_FOLDER's subfolders with a CMakeLists.txt are read."""
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

NOT_SHIPPED = {"tests", "docs", "build", "cmake", "examples"}


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    return done.stdout


def needed(binary):
    """The libraries that a binary asks for itself."""
    return re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", run("readelf", "-dW", str(binary)))


def loaded(binary):
    """Every library that the loader brings for a binary: its path by its name."""
    return {name: os.path.realpath(path) for name, path in re.findall(r"(\S+) => (/\S+) \(0x", run("ldd", str(binary)))}


def included(source):
    """The system's headers that the shipped sources include, as far as they are found."""
    names = set()
    for listed in sorted(source.glob("*/CMakeLists.txt")):
        if listed.parent.name in NOT_SHIPPED:
            continue
        for path in [*listed.parent.rglob("*.cc"), *listed.parent.rglob("*.h")]:
            if not NOT_SHIPPED & set(path.relative_to(source).parts):
                names |= set(re.findall(r"^#include <([^>]+\.(?:h|hpp))>", path.read_text(), re.M))
    names = {name for name in names if not name.startswith(("linux/", "asm/"))}  # the kernel's interface: no code
    return {str(path) for name in names for path in [Path("/usr/include", name)] if path.is_file()}


def packages(paths):
    """The package that each path belongs to, where one is known. /lib may be /usr/lib, and packages say either."""
    asked = {}
    for path in paths:
        asked[path] = path
        asked[path.removeprefix("/usr") if path.startswith("/usr/lib") else "/usr" + path] = path
    found = {}
    for line in run("dpkg-query", "-S", *asked).splitlines():
        owner, _, path = line.partition(": ")
        if path in asked:
            found[asked[path]] = owner.split(",")[0].strip()
    return found


def distribution():
    try:
        return platform.freedesktop_os_release().get("ID", "debian")
    except OSError:
        return "debian"


def describe(package):
    text = run("dpkg-query", "-W", "-f", "${binary:Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n",
               package)
    name, version, architecture, source, source_version = text.splitlines()[0].split("\t")
    name = name.split(":")[0]
    purl = f"pkg:deb/{distribution()}/{quote(name)}@{quote(version, safe='')}?arch={architecture}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
            "properties": [{"name": "debian:source", "value": f"{source} {source_version}"}]}


class Bom:
    def __init__(self, name, version):
        self.name, self.version = name, version
        self.components, self.links = {}, {}

    def add(self, component):
        self.components[component["bom-ref"]] = component
        self.links.setdefault(component["bom-ref"], set())
        return component["bom-ref"]

    def add_library(self, soname, path, owner):
        """By its package; a library of no package stands for itself."""
        if path in owner:
            return self.add(describe(owner[path]))
        return self.add({"type": "library", "bom-ref": f"file:{soname}", "name": soname})

    def add_program(self, program):
        name = Path(program).name
        ref = self.add({"type": "library" if ".so" in name else "application", "bom-ref": f"{self.name}:{name}", "name": name,
                        "version": self.version})
        paths = loaded(program)
        owner = packages(paths.values())
        refs = {soname: self.add_library(soname, path, owner) for soname, path in paths.items()}
        self.links[ref] |= {refs[soname] for soname in needed(program) if soname in refs}
        for soname, path in paths.items():
            self.links[refs[soname]] |= {refs[other] for other in needed(path) if other in refs} - {refs[soname]}
        return ref

    def add_headers(self, source):
        """Header-only libraries: their code is in the programs, though no loader knows. A package whose library is
        loaded is there already."""
        headers = packages(included(source))
        libraries = {part["properties"][0]["value"] for part in self.components.values() if "properties" in part}
        refs = set()
        for package in sorted(set(headers.values())):
            found = describe(package)
            if found["properties"][0]["value"] not in libraries:
                found["properties"].append({"name": "kamili:linked", "value": "headers"})
                refs.add(self.add(found))
        return refs

    def document(self, roots):
        own = {"type": "application", "bom-ref": self.name, "name": self.name, "version": self.version,
               "licenses": [{"license": {"id": "Apache-2.0"}}]}
        links = {self.name: set(roots), **self.links}
        return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component": own},
                "components": [self.components[ref] for ref in sorted(self.components)],
                "dependencies": [{"ref": ref, "dependsOn": sorted(links[ref])} for ref in sorted(links)]}


def make(name, version, source, programs):
    bom = Bom(name, version)
    roots = {bom.add_program(program) for program in programs}
    return bom.document(roots | bom.add_headers(Path(source)))


def main():
    name, version, source, output, *programs = sys.argv[1:]
    Path(output).write_text(json.dumps(make(name, version, source, programs), indent=1) + "\n")


if __name__ == "__main__":
    main()
