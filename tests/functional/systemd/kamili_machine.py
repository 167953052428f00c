"""A booted system with Kamili installed, and what several cases ask of it."""
import json
import shutil
import subprocess
import time

import machine
from machine import wait_for

USERS = ("alice", "bob")
CONFIGURATION = '[sync]\ninterval = "5m"\n'


class KamiliMachine(machine.Machine):
    """With what a BuildFolder or a CleanBuild holds, installed under /usr, and the simulator; two ordinary users."""

    def __init__(self, build, installed=True):
        super().__init__(machine.make_root(build.suite, [*machine.system_packages(build.suite), *build.packages()]))
        if installed:
            build.install(self.root)
            self.add_simulator(build)
        for name in USERS:
            subprocess.run(["chroot", str(self.root), "useradd", "--create-home", "--shell", "/bin/sh", name],
                           check=True)

    def add_simulator(self, build):
        where = self.root / "usr/libexec/kamili"
        where.mkdir(parents=True, exist_ok=True)
        shutil.copy(build.programs / "kamili-sim", where)

    def ctl(self, *words, user="alice", check=True, timeout=60, stdin=None):
        return self.run("kamilictl", *words, user=user, check=check, timeout=timeout, stdin=stdin)

    def status(self, user="alice"):
        return json.loads(self.ctl("status", "--json", user=user).stdout)

    def linger(self, verb, user):
        """`enable` or `disable`. As a unit: later than 252, logind speaks to processes of the system's own control groups only."""
        self.run("systemd-run", "--quiet", "--wait", "--collect", "loginctl", f"{verb}-linger", user)

    def journal(self, *words):
        return self.run("journalctl", "--no-pager", "--quiet", "-o", "cat", *words).stdout


class Unit:
    """One unit of the system's manager, or of a user's."""

    def __init__(self, system, name, user=None):
        self.system, self.name, self.user = system, name, user
        self.manager = ["systemctl", "--user"] if user else ["systemctl"]

    def ask(self, *words, check=True, timeout=60):
        return self.system.run(*self.manager, *words, user=self.user, check=check, timeout=timeout)

    def call(self, verb, check=True):
        return self.ask(verb, self.name, check=check)

    def get(self, name):
        return self.ask("show", "--property", name, "--value", self.name).stdout.strip()

    def pid(self):
        return int(self.get("MainPID"))

    def host_pid(self):
        """The same process as this machine numbers it: a signal needs no way into the system."""
        listed = next(self.system.cgroup.glob(f"**/{self.name}/cgroup.procs")).read_text().split()
        return int(listed[0])

    def active(self):
        return self.get("ActiveState") == "active"

    def restarts(self):
        return int(self.get("NRestarts"))

    def kill(self, how):
        """Signals the daemon's own process by its id."""
        self.system.run("kill", f"-{how}", str(self.pid()))

    def freeze(self, thread):
        """Stops one thread of the daemon alone, by a threaded control group inside of its own."""
        pid = self.pid()
        self.system.run("sh", "-ec", f"""
            for task in /proc/{pid}/task/*; do
                [ "$(cat $task/comm)" = {thread} ] || continue
                group=/sys/fs/cgroup$(sed -n s/^0:://p $task/cgroup)/frozen
                mkdir $group
                echo threaded >$group/cgroup.type
                echo ${{task##*/}} >$group/cgroup.threads
                echo 1 >$group/cgroup.freeze
                exit 0
            done
            echo no thread {thread}: $(cat /proc/{pid}/task/*/comm) >&2
            exit 1""")

    def mount_options(self, path):
        """How the service sees the file system that holds `path`."""
        lines = self.system.run("cat", f"/proc/{self.pid()}/mountinfo").stdout.splitlines()
        points = {line.split()[4]: line.split()[5].split(",") for line in lines}
        while path not in points:
            path = path.rpartition("/")[0] or "/"
        return points[path]

    def drop_in(self, text):
        """Sets lines of the unit for one case; no text takes them back."""
        folder = f"/home/{self.user}/.config/systemd/user" if self.user else "/etc/systemd/system"
        path = f"{folder}/{self.name}.d/case.conf"
        if text:
            self.system.file(path, text, user=self.user)
        else:
            (self.system.root / path.lstrip("/")).unlink(missing_ok=True)
        self.ask("daemon-reload")

    def came_back(self, before, restarts):
        """Waits until another process of the service is ready."""
        wait_for(lambda: self.active() and self.pid() not in (0, before) and self.restarts() > restarts,
                 30, f"{self.name} to come back")

    def holds_sleep(self):
        """Whether logind lists a delay of sleep that the daemon holds."""
        listed = self.system.run("systemd-inhibit", "--list", "--no-legend").stdout.splitlines()
        return any(f" {self.pid()} " in line and "sleep" in line and "delay" in line for line in listed)

    def seconds(self, verb):
        began = time.monotonic()
        self.call(verb)
        return time.monotonic() - began
