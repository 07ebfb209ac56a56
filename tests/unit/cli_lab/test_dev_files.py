"""`openlbaas dev`: the files that it writes."""

import hashlib
import json
import re
import stat
from pathlib import Path

import pytest

from openlbaas.cli.dev_place import DevError, Place, begun, prepare, remembered
from openlbaas.settings import load


def test_the_token_is_kept_across_starts_and_known_by_its_hash(tmp_path: Path) -> None:
    place = Place(tmp_path, 9696, noauth=False)
    assert not begun(tmp_path)
    token = prepare(place)
    assert begun(tmp_path)
    assert prepare(place) == token
    (entry,) = json.loads((tmp_path / "tokens.json").read_text())["tokens"]
    assert entry["sha256"] == hashlib.sha256(token.encode()).hexdigest()
    assert f"export OS_TOKEN={token}\n" in (tmp_path / "openrc").read_text()


def test_secrets_are_for_their_owner(tmp_path: Path) -> None:
    prepare(Place(tmp_path, 9696, noauth=False))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes


@pytest.mark.parametrize(("noauth", "driver"), [(False, "tokens"), (True, "noauth")])
def test_server_and_agent_read_what_is_meant(tmp_path: Path, noauth: bool, driver: str) -> None:
    place = Place(tmp_path, 9711, noauth)
    prepare(place)
    read = load(["--config-file", str(place.options)], "openlbaas-server")
    assert (read.api.bind_host, read.api.bind_port) == ("127.0.0.1", 9711)
    assert read.identity.driver == driver
    assert read.database.connection == f"sqlite:///{tmp_path}/openlbaas.db"
    assert read.host_protocol.servers == ("http://127.0.0.1:9711",)
    assert len(read.host_protocol.token) == 32
    assert read.haproxy.state_path == f"{tmp_path}/lbaas"
    assert read.unread == ()


def test_another_port_is_followed(tmp_path: Path) -> None:
    prepare(Place(tmp_path, 9696, noauth=False))
    prepare(Place(tmp_path, 9711, noauth=False))
    assert re.findall(r"OS_ENDPOINT=(\S+)", (tmp_path / "openrc").read_text()) == ["http://127.0.0.1:9711"]


def test_damaged_notes_are_named(tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text("{")
    with pytest.raises(DevError, match=re.escape("dev.json")):
        remembered(tmp_path)
