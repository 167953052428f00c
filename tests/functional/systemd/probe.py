"""Whether a system can be booted here at all, found out before any case: where it cannot, that is no fault of Kamili's."""
import subprocess

import machine

ROOT_SECONDS = 200


def why_no_namespace():
    """Of mounts, which everything here lives in."""
    tried = subprocess.run([*machine.OWN_MOUNTS, "true"], capture_output=True, text=True)
    return tried.stderr.strip() if tried.returncode else ""


def why_no_root(suite, packages):
    try:
        machine.make_root(suite, packages, seconds=ROOT_SECONDS)
    except (OSError, subprocess.SubprocessError) as fault:
        return f"no root can be made: {fault}"
    return ""


def why_no_boot(suite, packages):
    """Boots the bare root once, without Kamili."""
    try:
        system = machine.Machine(machine.make_root(suite, packages))
    except (OSError, subprocess.SubprocessError) as fault:
        return f"no system can be set up: {fault}"
    try:
        print(f"the bare system booted in {system.boot():.1f} s", flush=True)
    except (AssertionError, OSError, subprocess.SubprocessError) as fault:
        return f"the bare system does not boot: {fault}"
    finally:
        system.end()
    return ""


def why_not(build):
    packages = [*machine.system_packages(build.suite), *build.packages()]
    return why_no_root(build.suite, packages) or why_no_boot(build.suite, packages)
