"""The folder of a load balancer, also after a crash in the middle of making it."""

import json
from pathlib import Path
from typing import Any

import pytest

from openlbaas.drivers.haproxy_netns.names import files
from openlbaas.drivers.haproxy_netns.records import make_folder, read_record, unfinished


def test_a_folder_that_was_made_but_not_opened_is_unfinished_until_made_again(tmp_path: Path) -> None:
    mine = files(str(tmp_path), "lb")
    assert not unfinished(mine)
    mine.folder.mkdir(mode=0o755, parents=True)
    assert unfinished(mine)
    make_folder(mine, 0)
    assert not unfinished(mine)


FIRST = {
    "spec": {
        "id": "lb",
        "revision": 3,
        "project_id": "project",
        "version": 1,
        "present": True,
        "driver": "haproxy_ns",
        "admin_state_up": True,
        "vip": {
            "port_id": "port",
            "mac_address": "fa:16:3e:00:00:01",
            "network": {"id": "net", "type": "local", "mtu": 1500},
            "addresses": [{"address": "10.0.0.5", "prefix_length": 24}],
            "gateways": ["10.0.0.1"],
            "routes": [],
        },
        "listeners": [{"id": "l", "protocol": "HTTP", "port": 80, "default_pool_id": "p"}],
        "pools": [{"id": "p", "protocol": "HTTP", "algorithm": "ROUND_ROBIN", "members": [], "health_monitor": None}],
    },
    "digest": "0",
    "settled": True,
}
"""A record as the first release wrote it: what every later one must be able to take over."""


def strange(part: Any) -> Any:
    """Add to each object what a later release may write there."""
    if isinstance(part, dict):
        return {**{name: strange(value) for name, value in part.items()}, "of_later": {"things": [1]}}
    return [strange(each) for each in part] if isinstance(part, list) else part


@pytest.mark.parametrize("written", [FIRST, strange(FIRST)], ids=["earlier", "later"])
def test_records_of_earlier_and_later_releases_are_read(written: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(written))
    found = read_record(path)
    assert found is not None
    assert (found.spec.id, found.spec.claim, found.spec.pair, found.spec.listeners[0].port) == ("lb", 0, None, 80)
