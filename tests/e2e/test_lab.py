"""The lab itself: its files and verbs, two side by side, and a clean machine whatever has happened."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from waits import eventually

from openlbaas.cli.lab import names as n
from openlbaas.cli.lab.processes import ours
from openlbaas.cli.lab.wiring import namespaces

PROGRAM = Path(sys.executable).with_name("openlbaas")


class Own:
    """A lab that one test brings up and takes down by itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = n.names(folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    def command(self, verb: str, *words: str) -> list[str]:
        return [str(PROGRAM), "lab", *verb.split(), "--dir", str(self.folder), *words]

    def run(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(verb, *words), capture_output=True, text=True, timeout=60, check=False)

    def ok(self, verb: str, *words: str) -> str:
        ran = self.run(verb, *words)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def up(self, *words: str) -> str:
        return self.ok("up", "--port", str(self.port), *words)

    @property
    def told(self) -> dict:
        return json.loads((self.folder / "lab.json").read_text())

    def left(self) -> tuple[list[str], set[int], bool]:
        return namespaces(self.names), ours(self.names), self.names.hosts_folder.exists()


NOTHING: tuple[list[str], set[int], bool] = ([], set(), False)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    made = Own(tmp_path / "lab")
    yield made
    made.run("down")
    assert made.left() == NOTHING


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    made = Own(tmp_path_factory.mktemp("standing") / "lab")
    made.up()
    yield made
    made.run("down")
    assert made.left() == NOTHING


def links() -> str:
    return subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout


def test_it_tells_others_what_there_is(standing: Own) -> None:
    told = standing.told
    assert told["endpoint"] == f"http://127.0.0.1:{standing.port}"
    assert {"token", "project_id", "network_id", "subnet_id"} <= told.keys()
    assert told["client"]["namespace"] == standing.names.namespace("client")
    assert [host["name"] for host in told["hosts"]] == ["host1"]
    assert {(web["name"], web["address"], web["port"]) for web in told["webs"]} == {
        ("web1", "172.20.0.12", 80),
        ("web2", "172.20.0.6", 80),
    }
    pids = [told["hosts"][0]["agent_pid"], told["servers"][0]["pid"], *(web["pid"] for web in told["webs"])]
    for pid in pids:
        os.kill(pid, 0)
    for space in (told["hosts"][0]["namespace"], *(web["namespace"] for web in told["webs"])):
        assert Path("/run/netns", space).exists()


def test_its_openrc_is_enough_for_a_client(standing: Own) -> None:
    line = f'. {standing.folder}/openrc && "{PROGRAM}" subnet-list -f value -c name -c cidr'
    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert sorted(ran.stdout.splitlines()) == ["provider 192.168.0.0/16", "selfservice 172.20.0.0/24"]


def test_its_secrets_are_not_for_everybody(standing: Own) -> None:
    for name in ("lab.json", "openrc", "state.json", "tokens.json", "openlbaas.conf", "host1.conf"):
        assert (standing.folder / name).stat().st_mode & 0o077 == 0, name


def test_addresses_are_reserved_in_the_api(standing: Own) -> None:
    line = f'. {standing.folder}/openrc && "{PROGRAM}" port-list -f json -c name -c fixed_ips -c device_owner'
    ports = json.loads(subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout)
    assert {port["name"] for port in ports} >= {"client", "web1", "web2"}


def test_curl_prints_the_body_alone(standing: Own) -> None:
    assert standing.ok("curl", "http://172.20.0.12/any/path") == "web1\n"
    assert standing.ok("curl", "http://172.20.0.6/") == "web2\n"
    assert standing.ok("curl", "-o", "/dev/null", "-w", "%{http_code}", "http://172.20.0.6/") == "200"


def test_curl_ends_as_curl_ends(standing: Own) -> None:
    assert standing.run("curl", "http://172.20.0.12:81/").returncode == 7


def test_exec_runs_in_the_place_that_was_named(standing: Own) -> None:
    for place, address in (("client", "172.20.0.200"), ("web1", "172.20.0.12"), ("host1", "10.255.0.11")):
        assert f" {address}/24 " in standing.ok("exec", place, "--", "ip", "-o", "address", "show", "dev", "eth0")
    assert standing.run("exec", "client", "--", "sh", "-c", "exit 7").returncode == 7
    refused = standing.run("exec", "nowhere", "--", "true")
    assert (refused.returncode, "client, host1, web1, web2" in refused.stderr) == (1, True)


def test_a_host_sees_its_bridge_and_none_of_the_machines_namespaces(standing: Own) -> None:
    bridge = f"brq{standing.told['network_id'][:11]}"
    assert bridge in standing.ok("exec", "host1", "--", "brctl", "show")
    assert standing.names.prefix not in standing.ok("exec", "host1", "--", "ip", "netns")


def test_web_servers_are_stopped_started_and_added(standing: Own) -> None:
    standing.ok("web stop", "web2")
    assert standing.run("curl", "http://172.20.0.6/").returncode == 7
    assert standing.run("status").returncode == 1
    standing.ok("web start", "web2")
    assert standing.ok("curl", "http://172.20.0.6/") == "web2\n"
    assert standing.run("status").returncode == 0
    standing.ok("web add", "web3")
    assert standing.ok("curl", "http://172.20.0.13/") == "web3\n"
    assert standing.told["webs"][2]["address"] == "172.20.0.13"
    assert standing.run("web add", "web3").returncode == 1
    assert standing.run("web add", "host9").returncode == 1


def test_web_servers_show_and_log_headers(standing: Own) -> None:
    answer = standing.ok("curl", "-H", "X-Forwarded-For: 192.0.2.7", "http://172.20.0.12/headers")
    assert json.loads(answer)["X-Forwarded-For"] == "192.0.2.7"
    lines = (standing.folder / "log/web1.log").read_text().splitlines()
    logged = [json.loads(line) for line in lines]
    assert any(line["headers"].get("X-Forwarded-For") == "192.0.2.7" for line in logged)


def test_an_agent_and_a_server_die_and_come_back(standing: Own) -> None:
    before = standing.told["hosts"][0]["agent_pid"]
    standing.ok("kill-agent", "host1")
    assert standing.told["hosts"][0]["agent_pid"] is None
    standing.ok("boot", "host1")
    assert standing.told["hosts"][0]["agent_pid"] not in {None, before}
    standing.ok("kill-server", "1")
    assert standing.told["servers"][0]["pid"] is None
    standing.ok("start-server", "1")
    assert standing.run("status").returncode == 0


def test_a_host_dies_and_is_made_anew(standing: Own) -> None:
    standing.ok("kill", "host1")
    assert "is down" in standing.run("exec", "host1", "--", "true").stderr
    standing.ok("boot", "host1")
    assert standing.ok("curl", "http://172.20.0.12/") == "web1\n"


def test_a_second_lab_stands_beside_it(standing: Own, own: Own) -> None:
    before = links()
    own.up("--hosts", "2", "--webs", "1")
    assert own.names.prefix != standing.names.prefix
    assert own.ok("curl", "http://172.20.0.12/") == "web1\n"
    assert [host["name"] for host in own.told["hosts"]] == ["host1", "host2"]
    assert "eth1" in own.ok("exec", "host2", "--", "ip", "-br", "link")
    own.ok("down")
    assert own.left() == NOTHING
    assert not own.folder.exists()
    assert standing.ok("curl", "http://172.20.0.12/") == "web1\n"
    assert links() == before


def test_where_a_lab_stands_no_other_is_made(standing: Own) -> None:
    refused = standing.run("up", "--port", "1")
    assert (refused.returncode, "already" in refused.stderr) == (1, True)
    assert standing.run("status").returncode == 0


def test_a_port_that_is_taken_is_said_before_anything_is_made(standing: Own, own: Own) -> None:
    refused = own.run("up", "--port", str(standing.port))
    assert refused.returncode == 1
    assert f"127.0.0.1 port {standing.port}" in refused.stderr
    assert "--port" in refused.stderr
    assert own.left() == NOTHING


MOMENTS: tuple[Callable[[Own], bool], ...] = (
    lambda lab: lab.names.state.exists(),
    lambda lab: Path(lab.names.namespace_path("control")).exists(),
    lambda lab: lab.names.birth("server1").exists(),
    lambda lab: lab.names.birth("host1-agent").exists(),
)


@pytest.mark.parametrize("moment", MOMENTS, ids=["state", "namespaces", "server", "agent"])
def test_down_cleans_after_half_an_up(own: Own, moment: Callable[[Own], bool]) -> None:
    before = links()
    up = subprocess.Popen(own.command("up", "--port", str(own.port)), stdout=subprocess.DEVNULL)
    eventually(lambda: moment(own) or up.poll() is not None, "the lab to be half up")
    up.send_signal(signal.SIGKILL)
    up.wait()
    own.ok("down")
    assert own.left() == NOTHING
    assert not own.folder.exists()
    assert links() == before


def test_down_cleans_when_the_folder_is_gone(own: Own) -> None:
    own.up()
    # Not removed in place: what runs still writes to it meanwhile.
    own.folder.rename(elsewhere := own.folder.with_name(f"{own.folder.name}-elsewhere"))
    shutil.rmtree(elsewhere, ignore_errors=True)
    own.ok("down")
    shutil.rmtree(elsewhere, ignore_errors=True)
    assert own.left() == NOTHING


def test_down_cleans_with_load_balancers_in_it(own: Own) -> None:
    own.up()
    line = f'. {own.folder}/openrc && "{PROGRAM}" --wait lbaas-loadbalancer-create --name lb selfservice'
    subprocess.run(["sh", "-c", line], check=True, stdout=subprocess.DEVNULL)
    assert "qlbaas-" in own.ok("exec", "host1", "--", "ip", "netns")
    own.ok("down")
    assert own.left() == NOTHING


def test_down_twice_is_well(own: Own) -> None:
    assert "there was no lab" in own.ok("down")
    assert not own.folder.exists()


def test_what_other_people_put_there_stays(own: Own) -> None:
    own.folder.mkdir()
    (own.folder / "notes.txt").write_text("mine")
    own.up()
    own.ok("down")
    assert [path.name for path in own.folder.iterdir()] == ["notes.txt"]


def test_a_server_that_does_not_start_is_quoted(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_AGENT__WORKERS", "none")
    monkeypatch.setenv("OS_API__PATIENCE", "none")
    failed = own.run("up", "--port", str(own.port))
    assert failed.returncode == 1
    assert "The end of" in failed.stderr
    assert "patience" in failed.stderr
    assert own.left() == NOTHING
