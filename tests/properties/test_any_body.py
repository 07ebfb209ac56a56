"""Whatever the body, it is understood or refused: never an error of ours."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openlbaas.dialects import bodies
from openlbaas.dialects.neutron_core import AGENTS, FLAVORS, NETWORKS, PORTS, SERVICE_PROFILES, SUBNETS, flavors, quotas
from openlbaas.dialects.neutron_errors import wire_error
from openlbaas.dialects.neutron_lbaas_v2 import (
    CERTIFICATES,
    HEALTH_MONITORS,
    L7_POLICIES,
    L7_RULES,
    LISTENERS,
    LOAD_BALANCERS,
    MEMBERS,
    POOLS,
    graphs,
)
from openlbaas.dialects.resource import Resource
from openlbaas.domain.caller import Caller
from openlbaas.domain.errors import Refusal

RESOURCES = (
    LOAD_BALANCERS,
    LISTENERS,
    POOLS,
    MEMBERS,
    HEALTH_MONITORS,
    L7_POLICIES,
    L7_RULES,
    CERTIFICATES,
    NETWORKS,
    SUBNETS,
    PORTS,
    AGENTS,
    FLAVORS,
    SERVICE_PROFILES,
)
CALLERS = (Caller("p"), Caller("p", roles=frozenset({"admin"})))
TELLING = st.sampled_from(
    [
        *("", "HTTP", "TCP", "ROUND_ROBIN", "APP_COOKIE", "80", "-1", "true", "10.0.0.1", "010.0.0.1", "::1", "local"),
        *("10.0.0.0/24", "fe80::1%x", "2ce2166a-3c9b-44da-ad78-a11c09ed20ae", "a\nb", "\0", "200-100", "/%zz"),
        *("fa:16:3e:00:00:01", "x" * 300, 2**70, -(2**70), 1e308, 0, -1, True, None),
    ]
)
SCALARS = st.one_of(TELLING, st.text(max_size=20), st.integers(), st.floats(allow_nan=False), st.none(), st.booleans())
KEYS = st.one_of(
    st.sampled_from(["type", "cookie_name", "start", "end", "destination", "nexthop", "subnet_id", "ip_address"]),
    st.text(max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)


def attributes(resource: Resource) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies that get far: most of the required attributes, and any of the others."""
    names = [*resource.table.by_name, "tenant_id", "project_id", "unheard_of"]
    return st.dictionaries(st.sampled_from(names), VALUES, max_size=12)


def understood_or_refused(resource: Resource, caller: Caller, body: bytes) -> None:
    """Read a body as a create and as an update."""
    for read in (_create, _update):
        try:
            read(resource, caller, body)
        except Refusal as refusal:
            error = wire_error(refusal, resource)
            assert error.status in (400, 403, 501)
            assert msgspec.json.encode(error.body())


def _create(resource: Resource, caller: Caller, body: bytes) -> None:
    objects = resource.table.creations(bodies.creation(body), caller)
    if resource.creation is not None:
        resource.creation(objects, "parent")


def _update(resource: Resource, caller: Caller, body: bytes) -> None:
    values = resource.table.update(bodies.update(body), caller)
    assert resource.update is not None
    resource.update("id", "parent", values)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.table.singular)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_attributes(resource: Resource, data: st.DataObject) -> None:
    found = data.draw(attributes(resource))
    body = msgspec.json.encode({resource.table.singular: found})
    understood_or_refused(resource, data.draw(st.sampled_from(CALLERS)), body)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.table.singular)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_single_value(resource: Resource, data: st.DataObject) -> None:
    """Every attribute by itself, so that none hides behind another's refusal."""
    row = data.draw(st.sampled_from(resource.table.fields))
    try:
        row.read(data.draw(VALUES))
    except Refusal as refusal:
        answered = wire_error(refusal, resource).status
    else:
        answered = 400
    assert answered in (400, 501)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=60), VALUES.map(msgspec.json.encode)))
def test_any_bytes(body: bytes) -> None:
    understood_or_refused(POOLS, CALLERS[0], body)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 500 + b"1" + b"}" * 500, b'{"pool":' + b"9" * 5000 + b"}"])
def test_bodies_that_break_parsers(body: bytes) -> None:
    understood_or_refused(POOLS, CALLERS[0], body)


@pytest.mark.parametrize("read", [quotas.limits, flavors.binding], ids=["quota", "binding"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_body_that_is_no_resource(read: Callable[[Any, Caller], Any], data: st.DataObject) -> None:
    inner = st.dictionaries(st.sampled_from([*quotas.TABLE.by_name, "id", "tenant_id", "unheard_of"]), VALUES)
    outer = st.dictionaries(st.sampled_from(["quota", "service_profile", "service_profiles"]), st.one_of(inner, VALUES))
    answered = 400
    try:
        read(data.draw(st.one_of(outer, VALUES)), data.draw(st.sampled_from(CALLERS)))
    except Refusal as refusal:
        answered = wire_error(refusal).status
    assert answered == 400


NESTED = ("listeners", "default_pool", "members", "healthmonitor", "l7policies", "rules", "redirect_pool")
GRAPHS = st.recursive(
    st.one_of(
        *(attributes(resource) for resource in (LISTENERS, POOLS, MEMBERS, HEALTH_MONITORS, L7_POLICIES, L7_RULES)),
        st.just({"protocol": "HTTP", "protocol_port": 80, "lb_algorithm": "ROUND_ROBIN", "action": "REDIRECT_TO_POOL"}),
        SCALARS,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from([*NESTED, "protocol", "type"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(nested=GRAPHS, more=attributes(LOAD_BALANCERS), caller=st.sampled_from(CALLERS))
def test_any_graph(nested: Any, more: dict[str, Any], caller: Caller) -> None:
    subnet = {"vip_subnet_id": "2ce2166a-3c9b-44da-ad78-a11c09ed20ae"}
    for body in (nested, {"graph": nested}, {"graph": {"loadbalancer": {**subnet, **more, "listeners": nested}}}):
        answered = 400
        try:
            graphs.read(bodies.creation(msgspec.json.encode(body)), caller)
        except Refusal as refusal:
            answered = wire_error(refusal).status
        assert answered in (400, 403, 409)
