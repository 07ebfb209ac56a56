"""The calls of the API: paths, envelopes, lookups."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openlbaas.client.lbaas import (
    AGENTS,
    LOAD_BALANCERS,
    MEMBERS,
    POOLS,
    Client,
    NotFound,
    NotUnique,
    looks_like_id,
)
from openlbaas.client.transport import ClientError, Reply, Transport, endpoint

ID = "2ce2166a-3c9b-44da-ad78-a11c09ed20ae"


class Recording(Transport):
    """A connection to nowhere that answers from a list and remembers the requests."""

    def __init__(self, *bodies: Any, roles: str = "") -> None:
        """Prepare the answers, in order."""
        super().__init__(endpoint("http://nowhere"), {})
        self.bodies = list(bodies)
        self.asked: list[tuple[str, str, bytes | None]] = []
        self.roles = roles

    def exchange(self, method: str, target: str, body: bytes | None, timeout_s: float | None) -> Reply:
        """Answer the next one."""
        del timeout_s
        self.asked.append((method, target, body))
        answer = self.bodies.pop(0)
        raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return Reply(200, {"x-openlbaas-roles": self.roles}, raw)


def test_create_show_update_delete() -> None:
    """The object goes in and comes out without its envelope."""
    row = {"id": ID}
    wire = Recording({"member": row}, {"member": row}, {"member": row}, b"")
    client = Client(wire)
    assert client.create(MEMBERS, {"address": "a"}, "p") == row
    assert client.show(MEMBERS, ID, "p", [("fields", "id")]) == row
    assert client.update(MEMBERS, ID, {"weight": 2}, "p") == row
    client.delete(MEMBERS, ID, "p")
    base = "/v2.0/lbaas/pools/p/members"
    assert wire.asked == [
        ("POST", base, b'{"member": {"address": "a"}}'),
        ("GET", f"{base}/{ID}?fields=id", None),
        ("PUT", f"{base}/{ID}", b'{"member": {"weight": 2}}'),
        ("DELETE", f"{base}/{ID}", None),
    ]


def test_roles_of_the_caller() -> None:
    """From the header of the list."""
    assert Client(Recording({"pools": []}, roles="admin,member")).list(POOLS).roles == {"admin", "member"}
    assert Client(Recording({"pools": []})).list(POOLS).roles == frozenset()


def test_find_by_id_then_by_name() -> None:
    """A name may look like an id."""
    wire = Recording({"loadbalancers": []}, {"loadbalancers": [{"id": "other"}]})
    assert Client(wire).find(LOAD_BALANCERS, ID) == "other"
    base = "/v2.0/lbaas/loadbalancers"
    assert [target for _, target, _ in wire.asked] == [f"{base}?id={ID}&fields=id", f"{base}?name={ID}&fields=id"]


def test_not_found() -> None:
    """In the neutron client's words."""
    with pytest.raises(NotFound, match="Unable to find loadbalancer with name or id 'x'"):
        Client(Recording({"loadbalancers": []})).find(LOAD_BALANCERS, "x")
    with pytest.raises(NotFound, match="Unable to find agent with id 'x'"):
        Client(Recording()).find(AGENTS, "x", by_name=False)


def test_not_unique() -> None:
    """In the neutron client's words."""
    rows = [{"id": "1"}, {"id": "2"}]
    with pytest.raises(NotUnique, match="Multiple pool matches found for name 'x', use an ID"):
        Client(Recording({"pools": rows})).find(POOLS, "x")


@pytest.mark.parametrize("answer", [b"<html>", [1], {"unexpected": {}}])
def test_nonsense_is_an_error(answer: object) -> None:
    """A proxy's page must not look like an object."""
    with pytest.raises(ClientError, match="server's answer"):
        Client(Recording(answer)).show(POOLS, ID)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ID, True),
        (ID.upper(), True),
        (ID.replace("-", ""), False),
        (ID[:-1], False),
        (f"{ID[:-1]}g", False),
        ("", False),
    ],
)
def test_looks_like_id(text: str, expected: bool) -> None:
    """UUIDs with dashes, nothing else."""
    assert looks_like_id(text) is expected


def test_names_are_quoted() -> None:
    """A blank or an ampersand in a name."""
    wire = Recording({"pools": [{"id": "1"}]})
    Client(wire).find(POOLS, "a & b")
    assert wire.asked[0][1] == "/v2.0/lbaas/pools?name=a+%26+b&fields=id"
