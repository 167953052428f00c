#!/usr/bin/env python3
"""Kamili under a real systemd: the user service, the template service, their sockets and sandboxes.
Usage: systemd_test.py BUILD_FOLDER [NAME ...]   Ends with 77 where no system can be booted.
KAMILI_SUITE=trixie: another release of Debian, with a package that is built in it; BUILD_FOLDER does not count then."""
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import machine  # noqa: E402


def cases(classes, names):
    suite = unittest.TestSuite()
    for case in classes:
        wanted = [name for name in unittest.defaultTestLoader.getTestCaseNames(case)
                  if not names or name in names or case.__name__ in names]
        suite.addTests(case(name) for name in wanted)
    return suite


def run(build, classes, names, installed=True, booted=True):
    """Makes a system for the cases that are wanted of `classes`. Answers whether all went well."""
    from kamili_machine import KamiliMachine
    suite = cases(classes, names)
    if suite.countTestCases() == 0:
        return True
    system = KamiliMachine(build, installed=installed)
    for case in classes:
        case.system, case.build = system, build
    try:
        if booted:
            print(f"booted in {system.boot():.1f} s", flush=True)
        result = unittest.TextTestRunner(verbosity=2).run(suite)
        if booted and not result.wasSuccessful():
            print(system.run("journalctl", "-q", "--no-pager", "-o", "short-monotonic", "--lines=100", "--grep=kamili",
                             check=False).stdout)
        return result.wasSuccessful()
    finally:
        system.end()


def run_all(build, names):
    from debian_package import DebianPackage
    from held_times import HeldTimes
    from keyring_slot import KeyringSlot
    from old_store import OldStore
    from template_service import TemplateService
    from thousand_watchers import ThousandWatchers
    from tpm_key import TpmKey
    from user_service import UserService
    return all([run(build, [UserService, TemplateService, KeyringSlot, HeldTimes, ThousandWatchers, OldStore], names),
                run(build, [TpmKey], names, booted=False),
                run(build, [DebianPackage], names, installed=False)])


def main():
    why = machine.missing()
    if why:
        print(f"skipped: {why}")
        return 77
    machine.enter_namespace()
    from build_folder import BuildFolder
    from clean_build import CleanBuild
    suite, names = os.environ.get("KAMILI_SUITE"), sys.argv[2:]
    build = CleanBuild(suite) if suite else BuildFolder(os.path.abspath(sys.argv[1]))
    try:
        return 0 if run_all(build, names) else 1
    finally:
        build.end()


if __name__ == "__main__":
    sys.exit(main())
