#!/usr/bin/env python3
"""Kamili under a real systemd: the user service, the template service, their sockets and sandboxes.
Usage: systemd_test.py [--probe] BUILD_FOLDER [NAME ...]   Ends with 77 where no system can be booted: without --probe only
if it is clear beforehand, with it also when a bare system cannot be made or does not come up.
KAMILI_SUITE=trixie: another release of Debian, with a package that is built in it; BUILD_FOLDER does not count then."""
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import machine  # noqa: E402
import probe  # noqa: E402


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


def skip(why):
    print(f"skipped: {why}")
    return 77


def test(build, names, probing):
    why = probing and probe.why_not(build)
    if why:
        return skip(why)
    return 0 if run_all(build, names) else 1


def main():
    probing = "--probe" in sys.argv
    folder, *names = [word for word in sys.argv[1:] if word != "--probe"]
    why = machine.missing() or (probing and probe.why_no_namespace())
    if why:
        return skip(why)
    machine.enter_namespace()
    from build_folder import BuildFolder
    from clean_build import CleanBuild
    suite = os.environ.get("KAMILI_SUITE")
    build = CleanBuild(suite) if suite else BuildFolder(os.path.abspath(folder))
    try:
        return test(build, names, probing)
    finally:
        build.end()


if __name__ == "__main__":
    sys.exit(main())
