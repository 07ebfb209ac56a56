import json
import signal
from pathlib import Path

import pytest

from openlbaas.cli import dev_place
from openlbaas.cli.lab import main, processes
from openlbaas.cli.lab import names as n
from openlbaas.cli.lab import state as s
from openlbaas.cli.lab.configuration import agent_options, server_options, tokens
from openlbaas.cli.supervise import FIRST_PAUSE_S, LONGEST_PAUSE_S, next_pause_s
from openlbaas.identity.tokens import Tokens
from openlbaas.settings import load


@pytest.fixture
def lab(tmp_path: Path) -> n.Names:
    for folder in ("run", "log"):
        (tmp_path / folder).mkdir()
    return n.names(tmp_path)


def made() -> s.State:
    return s.State(port=19696, hosts=2, servers=2, token="t", host_token="h", project_id="p")


def test_what_is_written_is_read_again(lab: n.Names) -> None:
    state = made()
    state.client = s.Station("client", "172.20.0.200", "id", "fa:16:3e:00:00:01")
    state.webs = [s.Station("web1", "172.20.0.12", "id1", "fa:16:3e:00:00:02")]
    s.write(lab, state)
    assert s.read(lab) == state


def test_half_a_lab_is_told_apart_and_tells_nothing(lab: n.Names) -> None:
    s.write(lab, made())
    with pytest.raises(processes.LabError, match="half up"):
        s.read_ready(lab)
    assert not (lab.folder / "lab.json").exists()


def test_a_broken_state_says_how_to_go_on(lab: n.Names) -> None:
    lab.state.write_text("{")
    with pytest.raises(processes.LabError, match="lab down"):
        s.read(lab)


def test_servers_understand_their_options(lab: n.Names, tmp_path: Path) -> None:
    path = tmp_path / "server.conf"
    path.write_text(server_options(lab, made()))
    settings = load(["--config-file", str(path)], "openlbaas-server")
    assert (settings.api.bind_port, settings.identity.driver, settings.host_protocol.token) == (19696, "tokens", "h")
    assert settings.database.connection == f"sqlite:///{lab.database}"


def test_agents_understand_their_options(lab: n.Names, tmp_path: Path) -> None:
    path = tmp_path / "agent.conf"
    path.write_text(agent_options(lab, made(), "host2"))
    settings = load(["--config-file", str(path)], "openlbaas-agent")
    assert settings.agent.host == "host2"
    assert settings.host_protocol.servers == ("http://10.255.0.1:9696", "http://10.255.0.2:9696")
    assert settings.wiring.interface_mappings == {"provider": "eth1"}


@pytest.mark.parametrize("hosts", [1, 2])
def test_only_several_hosts_have_load_balancers_moved_and_a_wire(lab: n.Names, tmp_path: Path, hosts: int) -> None:
    state = s.State(port=19696, hosts=hosts, servers=1, token="t", host_token="h", project_id="p")
    (tmp_path / "server.conf").write_text(server_options(lab, state))
    (tmp_path / "agent.conf").write_text(agent_options(lab, state, "host1"))
    server = load(["--config-file", str(tmp_path / "server.conf")], "openlbaas-server")
    agent = load(["--config-file", str(tmp_path / "agent.conf")], "openlbaas-agent")
    assert (server.scheduling.allow_automatic_lbaas_agent_failover, bool(agent.wiring.interface_mappings)) == (
        hosts > 1,
        hosts > 1,
    )


def test_the_server_knows_the_token(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(tokens("secret", "project"))
    caller = Tokens(path)({"x-auth-token": "secret"})
    assert caller is not None
    assert caller.project_id == "project"


def test_a_process_is_found_by_its_record_and_by_its_mark(lab: n.Names) -> None:
    pid = processes.start(lab, "sleeper", ["sleep", "60"])
    processes.until(lambda: processes.alive(lab, "sleeper") == pid, "running", lab=lab)
    assert processes.ours(lab) == {pid}
    lab.birth("sleeper").unlink()
    assert processes.ours(lab) == {pid}
    processes.end(lab, lambda: processes.ours(lab))
    assert processes.ours(lab) == set()


def test_somebody_else_with_the_pid_of_old_is_left_alone(lab: n.Names) -> None:
    lab.birth("old").write_text("1 (sh) S " + " ".join("0" for _ in range(40)))
    assert processes.alive(lab, "old") is None
    assert processes.ours(lab) == set()
    assert processes.stop(lab, "old", signal.SIGKILL) is False


def test_a_process_that_ends_is_quoted(lab: n.Names) -> None:
    pid = processes.start(lab, "short", ["sh", "-c", "echo what went wrong; exit 3"])
    with pytest.raises(processes.LabError, match="what went wrong"):
        processes.until(lambda: False, "serving", lab=lab, name="short", pid=pid)


@pytest.mark.parametrize(
    ("words", "set_apart"),
    [
        (["curl", "-s", "URL"], ["curl", "--", "-s", "URL"]),
        (["curl", "--dir", "D", "-s", "URL"], ["curl", "--dir", "D", "--", "-s", "URL"]),
        (["curl", "--dir=D", "URL"], ["curl", "--dir=D", "--", "URL"]),
        (["curl", "--help"], ["curl", "--help"]),
        (["exec", "client", "--", "ls", "-l"], ["exec", "client", "--", "ls", "-l"]),
    ],
)
def test_options_of_curl_are_left_to_curl(words: list[str], set_apart: list[str]) -> None:
    assert list(main._set_apart(words)) == set_apart


def test_words_that_are_not_understood_end_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["up", "--hosts", "0"]) == 2
    assert main.main(["fly"]) == 2
    assert "usage" in capsys.readouterr().err


def test_no_lab_is_said_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["status", "--dir", str(tmp_path)]) == 1
    assert f"openlbaas lab up --dir {tmp_path}" in capsys.readouterr().err


def test_a_child_that_dies_again_and_again_is_started_later_and_later() -> None:
    pauses = [FIRST_PAUSE_S]
    for _ in range(10):
        pauses.append(next_pause_s(pauses[-1], lasted_s=1))
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_S
    assert next_pause_s(LONGEST_PAUSE_S, lasted_s=3600) == FIRST_PAUSE_S


@pytest.mark.parametrize("noauth", [True, False])
def test_dev_keeps_its_secrets_from_start_to_start(tmp_path: Path, noauth: bool) -> None:
    place = dev_place.Place(tmp_path, 19697, noauth)
    token = dev_place.prepare(place)
    assert dev_place.prepare(place) == token
    settings = load(["--config-file", str(place.options)], "openlbaas-server")
    assert settings.identity.driver == ("noauth" if noauth else "tokens")
    assert settings.host_protocol.servers == ("http://127.0.0.1:19697",)
    assert json.loads((tmp_path / "tokens.json").read_text())["tokens"][0]["roles"] == ["admin", "member"]
    assert (tmp_path / "openrc").stat().st_mode & 0o077 == 0


def test_cleaning_takes_away_what_dev_wrote_and_nothing_else(tmp_path: Path) -> None:
    place = dev_place.Place(tmp_path, 19697, noauth=False)
    dev_place.prepare(place)
    (tmp_path / "mine.txt").touch()
    assert dev_place.clean(tmp_path) == [f"{tmp_path} stays: there is something else in it."]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
