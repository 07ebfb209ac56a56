"""Server and agent on this host, for real use; in a network and mount namespace of their own, which are the host here."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from waits import eventually

PROGRAM = str(Path(sys.executable).with_name("openlbaas"))
HOST = "ip link set lo up; mount -t tmpfs tmpfs /run; mkdir /run/netns; mount -t sysfs sysfs /sys; exec sleep infinity"
STATE = "/run/dev"


class Host:
    """A host that this test alone has."""

    def __init__(self) -> None:
        self.holder = subprocess.Popen(["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", HOST])
        eventually(lambda: Path(f"/proc/{self.holder.pid}/comm").read_text() == "sleep\n", "the host to be made")
        self.mounts = Path(f"/proc/{self.holder.pid}/ns/mnt").stat().st_ino
        self.dev: subprocess.Popen[str] | None = None

    def words(self, *words: str) -> list[str]:
        return ["nsenter", "-t", str(self.holder.pid), "-n", "-m", "--", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.words(*words), capture_output=True, text=True, timeout=60, check=False)

    def sh(self, line: str) -> str:
        ran = self.run("sh", "-c", line)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def api(self, line: str) -> str:
        return self.sh(f". {STATE}/openrc; exec {PROGRAM} {line}")

    def start(self, log: Path, *words: str) -> None:
        with log.open("w") as out:
            command = self.words(PROGRAM, "dev", "--dir", STATE, *words)
            self.dev = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, text=True)
        eventually(lambda: "The API answers on" in log.read_text() or self.dev.poll() is not None, "dev to be up")
        assert self.dev.poll() is None, log.read_text()

    def stop(self, how: signal.Signals) -> int:
        assert self.dev is not None
        self.dev.send_signal(how)
        return self.dev.wait(timeout=30)

    def inside(self) -> set[int]:
        found = set()
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "ns/mnt").stat().st_ino == self.mounts:
                    found.add(int(entry.name))
            except OSError:
                continue
        return found

    def die(self) -> None:
        while pids := self.inside():
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.holder.poll()
            if self.dev is not None:
                self.dev.poll()


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    try:
        yield made
    finally:
        made.die()


def test_a_load_balancer_of_this_host_outlives_dev_and_is_adopted(host: Host, tmp_path: Path) -> None:
    host.start(tmp_path / "first")
    assert "inet 10.77.0.1/24" in host.sh("ip address")
    vip = host.api("--wait lbaas-loadbalancer-create --name lb private -f value -c vip_address").split()[-1]
    host.api("--wait lbaas-listener-create --loadbalancer lb --protocol HTTP --protocol-port 80")
    asked = f"curl -s -o /dev/null -w '%{{http_code}}' http://{vip}/"
    assert host.sh(asked) == "503"
    # The command line tells this host's HAProxy from those of other tests; one that has ended has none.
    serving = f"pgrep -f '^haproxy -f {STATE}/'"
    pids = host.sh(serving)
    assert host.stop(signal.SIGINT) == 0
    assert host.sh(asked) == "503"
    host.start(tmp_path / "second")
    assert host.api("lbaas-loadbalancer-show lb -f value -c provisioning_status") == "ACTIVE\n"
    assert host.sh(serving) == pids
    assert host.stop(signal.SIGTERM) == 0
    assert "is gone" in host.sh(f"{PROGRAM} dev --clean --dir {STATE}")
    assert "qlbaas-" not in host.sh("ip netns")
    assert "brq" not in host.sh("ip -br link")
    assert host.run("test", "-e", STATE).returncode == 1


def test_what_dies_is_started_again(host: Host, tmp_path: Path) -> None:
    log = tmp_path / "log"
    host.start(log)
    children = {kind: int(host.sh(f"pgrep -P {host.dev.pid} -f openlbaas.{kind}.main")) for kind in ("server", "agent")}
    for pid in children.values():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: "openlbaas-server ended" in log.read_text(), "the death to be noted")
    create = f". {STATE}/openrc; exec {PROGRAM} --wait lbaas-loadbalancer-create --name lb private"
    eventually(lambda: host.run("sh", "-c", create).returncode == 0, "both to work again")
    assert host.stop(signal.SIGTERM) == 0


def test_nobody_is_asked_for_a_token_with_noauth(host: Host, tmp_path: Path) -> None:
    host.start(tmp_path / "log", "--noauth", "--port", "9797")
    assert "private" in host.sh("curl -s -f http://127.0.0.1:9797/v2.0/networks")
    assert host.stop(signal.SIGTERM) == 0


def test_two_in_one_folder_are_refused_and_a_taken_port_too(host: Host, tmp_path: Path) -> None:
    host.start(tmp_path / "log")
    second = host.run(PROGRAM, "dev", "--dir", STATE)
    assert (second.returncode, "Another `openlbaas dev` runs" in second.stderr) == (1, True)
    taken = host.run(PROGRAM, "dev", "--dir", "/run/other")
    assert (taken.returncode, "--port" in taken.stderr) == (1, True)
    assert host.stop(signal.SIGTERM) == 0


def test_nothing_is_opened_but_on_the_loopback(host: Host, tmp_path: Path) -> None:
    host.start(tmp_path / "log")
    listening = host.sh("cat /proc/net/tcp").splitlines()[1:]
    addresses = {line.split()[1].split(":")[0] for line in listening if line.split()[3] == "0A"}
    assert addresses == {socket.inet_aton("127.0.0.1")[::-1].hex().upper()}
    assert host.stop(signal.SIGTERM) == 0
