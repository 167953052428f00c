"""kamili-sim inside the booted system, and a sign-in there from the command line."""
import json
import subprocess
import time

from machine import wait_for

# A browser that trusts the authority in its first argument.
OPEN = ("import ssl, sys, urllib.request; "
        "print(urllib.request.urlopen(sys.argv[2], timeout=30, "
        "context=ssl.create_default_context(cafile=sys.argv[1])).status)")

# A control of the simulator, asked with the same trust.
CONTROL = ("import ssl, sys, urllib.request; "
           "urllib.request.urlopen(sys.argv[2], data=sys.argv[3].encode(), timeout=30, "
           "context=ssl.create_default_context(cafile=sys.argv[1]))")


class Provider:
    """Google and Microsoft on the booted system's loopback."""

    started = 0

    def __init__(self, system):
        self.system = system
        Provider.started += 1
        self.folder = f"/var/lib/kamili-sim/{Provider.started}"
        system.run("systemd-run", "--quiet", "--collect", "--unit=kamili-sim", "--property=StateDirectory=kamili-sim",
                   "/usr/libexec/kamili/kamili-sim", "--dir", self.folder, "--events", "100")
        self.about = wait_for(self._about, what="the simulator")

    def _about(self):
        """What it says when it is ready, where to ask it among that; nothing before."""
        said = self.system.run("journalctl", "-q", "--no-pager", "-o", "cat", "--unit=kamili-sim").stdout
        lines = [line for line in said.splitlines() if f"{self.folder}/kamili.toml" in line]
        return json.loads(lines[-1]) if lines else None

    def end(self):
        self.system.run("systemctl", "stop", "kamili-sim.service")

    def configure(self, folder, user=None):
        """Writes a configuration into `folder` that asks the simulator instead of the real providers."""
        made = self.system.root / self.folder.lstrip("/")
        lines = (made / "kamili.toml").read_text().replace(f"{self.folder}/ca.pem", "ca.pem")
        self.system.file(f"{folder}/ca.pem", (made / "ca.pem").read_text(), user=user)
        self.system.file(f"{folder}/kamili.toml", lines, user=user)

    def change(self, title):
        """A new event of the Google account, in ten minutes."""
        stamp = lambda seconds: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
        event = {"account": "google", "calendar": "primary", "title": title, "start": stamp(600), "end": stamp(1200)}
        self.system.run("python3", "-c", CONTROL, f"{self.folder}/ca.pem", f"{self.about['base_url']}/control/events",
                        json.dumps(event))

    def open(self, url, user):
        self.system.run("python3", "-c", OPEN, f"{self.folder}/ca.pem", url, user=user)

    def sign_in(self, provider, user):
        """`kamilictl account add`, with the browser's part played by a request inside the system."""
        adding = subprocess.Popen(self.system.arguments("kamilictl", "--json", "account", "add", provider,
                                                        "--no-browser", user=user),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        first = adding.stdout.readline()
        if first:
            self.open(json.loads(first)["url"], user)
        rest, errors = adding.communicate(timeout=60)
        if adding.returncode:
            raise AssertionError(errors)
        return json.loads(rest.splitlines()[-1])["account"]


def check_main_job(case, provider, user="alice"):
    """Both providers signed in, synchronised and shown, by a daemon in its sandbox."""
    for name in ("google", "microsoft"):
        case.assertEqual(provider.sign_in(name, user)["state"], "ok")
    case.system.ctl("sync", user=user, timeout=200)
    case.service.call("stop")
    case.assertEqual(len(case.system.status(user)["accounts"]), 2, "the first client sees every account")
    shown = json.loads(case.system.ctl("agenda", "--days", "60", "--json", user=user).stdout)
    case.assertTrue(shown["complete"], shown["stale"])
    case.assertEqual(len({one["account_id"] for one in shown["occurrences"]}), 2)
    for account in case.system.status(user)["accounts"]:
        lines = case.system.run("journalctl", "--no-pager", "--quiet", "-o", "json",
                                f"KAMILI_ACCOUNT={account['id']}").stdout.splitlines()
        passes = [one for one in map(json.loads, lines) if "KAMILI_DURATION_MS" in one]
        case.assertTrue(passes, "the journal's fields name the account and say how long a pass took")
        case.assertRegex(passes[0]["KAMILI_CALENDAR"], "^c[0-9]+$")
        case.system.ctl("account", "remove", account["id"], "--yes", user=user)
