"""What a lab remembers, and what it tells others."""

import dataclasses
import json
import stat
from pathlib import Path

import pytest

from openlbaas.cli.lab import state as s
from openlbaas.cli.lab.names import Names
from openlbaas.cli.lab.processes import LabError

STATE = s.State(
    port=19696,
    hosts=2,
    servers=2,
    token="secret",
    host_token="host-secret",
    project_id="f51c4ada9f7d4fd8ab740b3257e4eadc",
    network_id="54a5e33b-faa8-411f-b773-940bb90191b4",
    subnet_id="66d21ef1-cc91-466d-b7f3-483c1f08ea37",
    client=s.Station("client", "172.20.0.200", "port-1", "fa:16:3e:00:00:01"),
    webs=[s.Station("web1", "172.20.0.12", "port-2", "fa:16:3e:00:00:02")],
    ready=True,
    cut={"host2": ["control"]},
)


@pytest.fixture
def lab(tmp_path: Path) -> Names:
    (tmp_path / "run").mkdir()
    return Names(tmp_path)


def test_what_is_written_is_read(lab: Names) -> None:
    assert not s.exists(lab)
    s.write(lab, STATE)
    assert s.exists(lab)
    assert s.read(lab) == STATE
    assert s.read_ready(lab) == STATE


def test_secrets_are_for_their_owner(lab: Names) -> None:
    s.write(lab, STATE)
    for name in ("state.json", "lab.json", "openrc"):
        assert stat.S_IMODE((lab.folder / name).stat().st_mode) == 0o600


def test_nothing_is_told_before_there_is_something(lab: Names) -> None:
    s.write(lab, s.State(19696, 1, 1, "secret", "host-secret", "project"))
    assert sorted(path.name for path in lab.folder.iterdir()) == ["run", "state.json"]
    with pytest.raises(LabError, match="lab down"):
        s.read_ready(lab)


def test_lab_json_has_what_others_rely_on(lab: Names) -> None:
    s.write(lab, STATE)
    told = json.loads((lab.folder / "lab.json").read_text())
    assert told["endpoint"] == "http://127.0.0.1:19696"
    assert (told["token"], told["project_id"]) == ("secret", STATE.project_id)
    assert (told["network_id"], told["subnet_id"]) == (STATE.network_id, STATE.subnet_id)
    assert told["client"]["namespace"] == lab.namespace("client")
    assert [one["name"] for one in told["hosts"]] == ["host1", "host2"]
    assert {"name", "namespace", "agent_pid"} <= set(told["hosts"][0])
    assert told["servers"] == [
        {"endpoint": "http://127.0.0.1:19696", "pid": None},
        {"endpoint": "http://127.0.0.1:19697", "pid": None},
    ]
    assert told["webs"] == [
        {"name": "web1", "address": "172.20.0.12", "port": 80, "namespace": lab.namespace("web1"), "pid": None}
    ]


def test_openrc_is_what_stock_clients_take() -> None:
    lines = s.openrc(STATE).splitlines()
    assert "export OS_AUTH_TYPE=admin_token" in lines
    assert "export OS_ENDPOINT=http://127.0.0.1:19696" in lines
    assert "export OS_TOKEN=secret" in lines


def test_no_lab_is_said_with_what_makes_one(lab: Names) -> None:
    with pytest.raises(LabError, match="lab up"):
        s.read(lab)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"client": null, "webs": [], "colour": 1}'])
def test_a_damaged_state_is_said_with_what_cleans_up(lab: Names, text: str) -> None:
    lab.state.write_text(text)
    with pytest.raises(LabError, match="lab down"):
        s.read(lab)


@pytest.mark.parametrize(("kind", "begins"), [("mariadb", "mysql+pymysql://"), ("postgresql", "postgresql+psycopg://")])
def test_a_database_server_is_found_by_a_socket_among_its_files(lab: Names, kind: str, begins: str) -> None:
    state = dataclasses.replace(STATE, database=kind)
    s.write(lab, state)
    told = json.loads((lab.folder / "lab.json").read_text())
    assert told["database"].startswith(begins)
    assert str(lab.database_folder) in told["database"]
    assert told["database_pid"] is None
    assert s.read(lab) == state
