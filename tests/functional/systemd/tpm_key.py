"""The store's key bound to a TPM: the copy of a disk without it opens nothing. The TPMs are swtpm's."""
import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from kamili_machine import CONFIGURATION, Unit
from machine import wait_for
from template_service import CREDENTIAL, STATE

INSIDE = "/opt/tpm"


class Tpm:
    """A TPM with a memory of its own, at a Unix socket that the booted system sees."""

    def __init__(self, system):
        self.system = system
        self.dir = Path(tempfile.mkdtemp(prefix="kamili-tpm-", dir="/var/tmp"))
        (self.dir / "state").mkdir()
        self.process = None

    def boot(self):
        """Boots the system with this TPM in it, newly started."""
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.dir / 'state'}",
             "--server", f"type=unixio,path={self.dir / 'chip'}", "--ctrl", f"type=unixio,path={self.dir / 'chip.ctrl'}",
             "--flags", "not-need-init,startup-clear"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for((self.dir / "chip.ctrl").exists, what="the TPM")
        self.system.boot(f"--bind={self.dir}:{INSIDE}", f"--setenv=SYSTEMD_TPM2_DEVICE=swtpm:path={INSIDE}/chip")

    def power_off(self):
        self.system.power_off()
        if self.process:
            self.process.terminate()
            self.process.wait()

    def end(self):
        shutil.rmtree(self.dir)


class TpmKey(unittest.TestCase):
    system = None  # a KamiliMachine that is not booted

    @classmethod
    def setUpClass(cls):
        if not shutil.which("swtpm"):
            raise unittest.SkipTest("not installed: swtpm")

    def test_the_key_opens_with_its_tpm_only(self):
        system = self.system
        own, other = Tpm(system), Tpm(system)
        self.addCleanup(own.end)
        self.addCleanup(other.end)
        service = Unit(system, "kamilid@alice.service")
        system.file("/etc/kamili/alice/kamili.toml", CONFIGURATION)

        own.boot()
        system.run("mkdir", "-p", "-m", "700", "/etc/credstore.encrypted")
        system.run("sh", "-c", "head -c 32 /dev/urandom | systemd-creds encrypt --with-key=host+tpm2 "
                   f"--name=kamili.key - {CREDENTIAL}",
                   environment=[f"SYSTEMD_TPM2_DEVICE=swtpm:path={INSIDE}/chip"])
        service.call("start")
        self.assertFalse(system.status()["daemon"]["store_locked"])
        code = json.loads(system.ctl("--json", "key", "slot", "add", "recovery").stdout)["recovery_code"]
        own.power_off()

        other.boot()
        self.assertNotEqual(service.call("start", check=False).returncode, 0)
        self.assertEqual(service.get("ExecMainStatus"), "243")
        self.opens_without_credential(service, code)
        self.assertEqual(system.run("test", "-e", f"{STATE}/store.key", check=False).returncode, 1)
        other.power_off()

        own.boot()
        service.call("start")
        self.assertFalse(system.status()["daemon"]["store_locked"])
        own.power_off()

    def opens_without_credential(self, service, code):
        """What docs/install.md says for a machine that is lost: without the credential the daemon is up, and another slot opens."""
        system = self.system
        service.drop_in("[Service]\nLoadCredentialEncrypted=\n")
        service.ask("reset-failed", service.name)
        service.call("start")
        self.assertEqual(system.status()["daemon"]["state"], "key_missing")
        system.ctl("unlock", "--with", "recovery", stdin=code + "\n")
        self.assertFalse(system.status()["daemon"]["store_locked"])
        service.call("stop")
        service.drop_in("")
