#!/usr/bin/env python3
"""What a new user does, on a fresh system with the package: prints the transcript that docs/first-hour.md holds.
Usage: first_hour.py BUILD_FOLDER >docs/first-hour.md   As root, see systemd_test.py."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import machine  # noqa: E402

HEAD = """# The first hour

A fresh Debian 12 system, the package, a user `alice`, and `kamili-sim` in the place of the providers. Written by
`tests/functional/systemd/first_hour.py`; the events are the simulator's.
"""
LINES_MAX = 24


class Transcript:
    def __init__(self, system):
        self.system = system
        self.provider = None

    def chapter(self, text):
        print(f"\n{text}\n")

    def note(self, command, output):
        lines = [line.rstrip() for line in output.splitlines()]
        if len(lines) > LINES_MAX:
            lines = lines[:LINES_MAX] + ["..."]
        print("\n".join(f"    {line}".rstrip() for line in [command, *lines]), flush=True)

    def root(self, *words):
        done = self.system.run(*words)
        self.note(f"# {' '.join(words)}", done.stdout + done.stderr)

    def alice(self, *words):
        done = self.system.run(*words, user="alice", environment=["COLUMNS=100"], timeout=200)
        self.note(f"$ {' '.join(words)}", done.stdout + done.stderr)

    def sign_in(self, provider, user="alice"):
        words = ["kamilictl", "account", "add", provider, "--no-browser"]
        adding = subprocess.Popen(self.system.arguments(*words, user=user), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said = ""
        while "https://" not in said.rpartition("\n")[0]:
            line = adding.stdout.readline()
            if not line:
                raise AssertionError(said)
            said += line
        url = next(word for word in said.split() if word.startswith("https://"))
        self.provider.open(url, user)
        rest, _ = adding.communicate(timeout=60)
        self.note(f"$ {' '.join(words)}", said.replace(url, url.partition("?")[0] + "?...") + rest)


def tell(system, package):
    from provider import Provider
    told = Transcript(system)
    shutil.copy(package, system.root / "root")
    told.chapter("Installing starts nothing:")
    told.root("dpkg", "--install", f"/root/{package.name}")
    told.provider = Provider(system)
    told.provider.configure("/home/alice/.config/kamili", user="alice")
    told.chapter("The configuration is checked, the daemon started, at boot too:")
    told.alice("kamilid", "--check-config")
    system.linger("enable", "alice")
    machine.wait_for(lambda: system.run("test", "-S", "/run/user/1000/bus", check=False).returncode == 0)
    told.alice("systemctl", "--user", "enable", "--now", "kamilid.service")
    told.alice("kamilictl", "status")
    told.chapter("Signing in; the address is opened in a browser:")
    told.sign_in("google")
    told.sign_in("microsoft")
    told.alice("kamilictl", "sync")
    told.chapter("Looking:")
    told.alice("kamilictl", "agenda", "--days", "2")
    told.alice("kamilictl", "search", "review", "--limit", "3")
    told.alice("kamilictl", "doctor")
    told.chapter("And away again, with what was kept:")
    told.alice("systemctl", "--user", "disable", "--now", "kamilid.service", "kamilid.socket")
    told.root("dpkg", "--purge", "kamili")
    told.alice("rm", "-r", "/home/alice/.local/state/kamili")


def main():
    machine.enter_namespace()
    from build_folder import BuildFolder
    from kamili_machine import KamiliMachine
    build = BuildFolder(os.path.abspath(sys.argv[1]))
    system = KamiliMachine(build, installed=False)
    system.add_simulator(build)
    try:
        system.boot()
        print(HEAD, end="")
        tell(system, build.package()[0])
    finally:
        build.end()
        system.end()


if __name__ == "__main__":
    main()
