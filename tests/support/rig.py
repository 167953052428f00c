"""A simulator and a daemon on folders of their own, for tests and measurements of the real programs."""
import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone
from pathlib import Path


def wait_for(condition, seconds=20, what=lambda: "it"):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what()}")


class Stream:
    """A call with `more` whose parts come one by one."""

    def __init__(self, path, method, parameters, timeout=30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.rest = b""
        call = {"method": "com.kamililabsllc.Kamili." + method, "parameters": parameters, "more": True}
        try:
            self.socket.connect(path)
            self.socket.sendall(json.dumps(call).encode() + b"\0")
        except OSError:
            self.socket.close()
            raise

    def next(self):
        """The next part, whole: `error` is in it when the call ends badly. None when the other side hangs up."""
        while b"\0" not in self.rest:
            piece = self.socket.recv(1 << 18)
            if not piece:
                return None
            self.rest += piece
        frame, self.rest = self.rest.split(b"\0", 1)
        return json.loads(frame)

    def take(self, wanted):
        """The parameters of the next part that is wanted."""
        while True:
            part = self.next()
            if part is None:
                raise AssertionError("the daemon hung up")
            if wanted(part["parameters"]):
                return part["parameters"]

    def close(self):
        self.socket.close()


class Rig:
    """A simulator, and a daemon that can be started again and again on one state folder."""

    def __init__(self, kamilid, kamilictl, kamili_sim, events=300, log_level="debug", seed=1):
        self.programs = (kamilid, kamilictl)
        self.log_level = log_level
        self.dir = Path(tempfile.mkdtemp(prefix="kamili-"))
        self.sim = subprocess.Popen([kamili_sim, "--dir", str(self.dir / "sim"), "--events", str(events),
                                     "--seed", str(seed)], stdout=subprocess.PIPE, text=True)
        self.about = json.loads(self.sim.stdout.readline())
        self.config = Path(self.about["config_file"])
        self.good_config = self.config.read_text()
        self.tls = ssl.create_default_context(cafile=self.about["ca_file"])
        self.socket = str(self.dir / "run" / "kamilid.sock")
        self.state = self.dir / "state"
        self.log = self.dir / "kamilid.log"
        self.daemon = None
        self.seen = 0  # of the log

    def trust_also(self, ca_file):
        """Before the daemon's start: it trusts the simulator's authority and this one."""
        trusted = self.dir / "trusted.pem"
        trusted.write_text(Path(self.about["ca_file"]).read_text() + Path(ca_file).read_text())
        self.good_config = re.sub(r'ca_file = ".*"', f'ca_file = "{trusted}"', self.good_config)
        self.config.write_text(self.good_config)

    def arguments(self):
        return [self.programs[0], "--config", str(self.config), "--state-dir", str(self.state),
                "--socket", self.socket, "--log-level", self.log_level]

    def start(self):
        with open(self.log, "a") as log:
            self.daemon = subprocess.Popen(self.arguments(), stderr=log)
        wait_for(lambda: self.ctl("status", check=False).returncode == 0)

    def stop(self, how=signal.SIGTERM):
        began = time.monotonic()
        self.daemon.send_signal(how)
        code = self.daemon.wait(timeout=20)
        self.daemon = None
        return code, time.monotonic() - began

    def end(self):
        for process in (self.daemon, self.sim):
            if process:
                process.terminate()
                process.wait(timeout=20)
        self.sim.stdout.close()
        shutil.rmtree(self.dir)

    def ctl(self, *words, check=True, typed=""):
        done = subprocess.run([self.programs[1], "--socket", self.socket, "--json", *words],
                              input=typed, capture_output=True, text=True, timeout=120)
        if check and done.returncode:
            raise AssertionError(f"{words}: exit {done.returncode}: {done.stderr}\n"
                                 + self.log.read_text()[-2000:])
        return done

    def json(self, *words, typed=""):
        return json.loads(self.ctl(*words, typed=typed).stdout.splitlines()[-1])

    def ask(self, path, body=None, method=None, headers=None):
        request = urllib.request.Request(self.about["base_url"] + path, method=method, headers=headers or {},
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, context=self.tls, timeout=30) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def sim_answers(self):
        try:
            self.ask("/control/log")
        except OSError:
            return False
        return True

    def begin_sign_in(self, provider, *words):
        """The waiting `account add`, and the address that a browser would open."""
        adding = subprocess.Popen([self.programs[1], "--socket", self.socket, "--json", "account", "add",
                                   provider, "--no-browser", *words], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        return adding, json.loads(adding.stdout.readline())["url"]

    def browse(self, url):
        """What a browser shows in the end; an error page is a page, too."""
        try:
            return urllib.request.urlopen(url, context=self.tls, timeout=30).read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.read().decode()

    def sign_in(self, provider, *words):
        adding, url = self.begin_sign_in(provider, *words)
        page = self.browse(url)
        out, errors = adding.communicate(timeout=60)
        assert adding.returncode == 0, errors
        return json.loads(out.splitlines()[-1])["account"], page

    def fail_to_sign_in(self, provider, *words, visit=True):
        """(exit code, error, page) of a sign-in that is expected to fail."""
        adding, url = self.begin_sign_in(provider, *words)
        page = self.browse(url) if visit else ""
        out, errors = adding.communicate(timeout=60)
        assert adding.returncode != 0, out
        return adding.returncode, json.loads(errors)["error"], page

    def restart_with(self, config):
        """Another configuration, from the next start, which is now."""
        self.stop()
        self.config.write_text(config)
        self.start()

    wait_for = staticmethod(wait_for)

    def wait_for_log(self, words):
        """The daemon's next line with these words."""
        wait_for(lambda: words in self.log.read_text()[self.seen:])
        self.seen = len(self.log.read_text())

    def begin_sync(self, account):
        """A sync of one account that goes on as long as the connection returned is open."""
        client = socket.socket(socket.AF_UNIX)
        client.connect(self.socket)
        client.sendall(json.dumps({"method": "com.kamililabsllc.Kamili.Sync",
                                   "parameters": {"accounts": [account]}}).encode() + b"\0")
        return client

    def varlink(self, method, parameters):
        """One call over the socket, as any client may make it: the reply's object."""
        call = {"method": "com.kamililabsllc.Kamili." + method, "parameters": parameters}
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(self.socket)
            client.sendall(json.dumps(call).encode() + b"\0")
            got = b""
            while not got.endswith(b"\0"):
                piece = client.recv(1 << 16)
                if not piece:
                    raise AssertionError("the daemon hung up")
                got += piece
        return json.loads(got[:-1])

    def begin_stream(self, method, parameters, timeout=30):
        return Stream(self.socket, method, parameters, timeout)

    def stream(self, method, parameters):
        """All answers of one call with `more`."""
        call = {"method": "com.kamililabsllc.Kamili." + method, "parameters": parameters, "more": True}
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(60)
            client.connect(self.socket)
            client.sendall(json.dumps(call).encode() + b"\0")
            got = b""
            while not got.endswith(b"\0") or json.loads(got[:-1].split(b"\0")[-1]).get("continues"):
                piece = client.recv(1 << 16)
                if not piece:
                    raise AssertionError("the daemon hung up")
                got += piece
        return [json.loads(frame)["parameters"] for frame in got[:-1].split(b"\0")]

    def account(self, provider):
        status = self.varlink("GetStatus", {})["parameters"]
        return next(a for a in status["accounts"] if a["provider"] == provider)

    def occurrences(self, account, before, after):
        """(the provider's truth, the daemon's agenda) from so many days before today to so many after."""
        span = [time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + days * 86400))
                for days in (-before, after)]
        truth = self.ask(f"/control/occurrences?account={account['provider']}&from={span[0]}&to={span[1]}")
        calendars = [c["id"] for c in self.json("calendar", "list")["calendars"]
                     if c["account_id"] == account["id"]]
        found = self.json("agenda", "--from", span[0], "--to", span[1], "--zone", "UTC",
                          *[word for c in calendars for word in ("--calendar", c)])
        if not found["complete"]:
            raise AssertionError(f"not complete: {found['stale']}")

        def instant(text):
            return text if "T" not in text else datetime.fromisoformat(
                text.replace("Z", "+00:00")).astimezone(timezone.utc).isoformat()

        def key(one):
            return (one["title"], instant(one["start"]), instant(one["end"]), one["all_day"])

        return sorted(map(key, truth["occurrences"])), sorted(map(key, found["occurrences"]))

    def rows(self):
        """All that the store shows between two months back and two ahead, calendar by calendar."""
        stamp = lambda days: time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + days * 86400))
        calendars = self.varlink("ListCalendars", {})["parameters"]["calendars"]
        found = self.varlink("ListOccurrences", {"from": stamp(-60), "to": stamp(60), "time_zone": "UTC",
                                                 "calendars": [c["id"] for c in calendars]})["parameters"]
        return sorted((o["calendar_id"], o["start"], o["end"], o["title"], o["uid"])
                      for o in found["occurrences"])
