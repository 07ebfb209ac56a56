"""Tables and files as the demo reads them."""

from openlbaas.cli.lab.stage import cells, listed, section, value

OBJECT = """\
Created a new loadbalancer:
+-------------+------------+
| Field       | Value      |
+-------------+------------+
| description |            |
| vip_address | 172.20.0.4 |
+-------------+------------+
"""
ROWS = """\
+----+-------+
| id | name  |
+----+-------+
| 1  | web1  |
| 2  |       |
+----+-------+
"""
CONF = """\
# Configuration for an id
global
    daemon
    user nobody

defaults
    log global
"""


def test_a_value_of_an_object() -> None:
    assert value(OBJECT, "vip_address") == "172.20.0.4"
    assert value(OBJECT, "description") == ""
    assert value(OBJECT, "vip") == ""


def test_rows_of_a_list() -> None:
    assert listed(ROWS) == [{"id": "1", "name": "web1"}, {"id": "2", "name": ""}]
    assert listed("\n") == []


def test_rules_have_no_cells() -> None:
    assert cells("+----+-------+") == []
    assert cells("| a | b |") == ["a", "b"]


def test_a_block_of_a_configuration() -> None:
    assert section(CONF, "global") == ["daemon", "user nobody"]
    assert section(CONF, "defaults") == ["log global"]
    assert section(CONF, "frontend") == []
