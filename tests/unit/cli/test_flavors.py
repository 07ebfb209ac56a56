"""Flavors, their profiles and quotas, in both grammars."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Replay, typed

FLAVOR = "7bb8c7a3-5a4e-4bf0-9f0e-6ac6f5f3a001"
PROFILE = "7bb8c7a3-5a4e-4bf0-9f0e-6ac6f5f3a002"
F, P = f"/v2.0/flavors/{FLAVOR}", f"/v2.0/service_profiles/{PROFILE}"

CHANGES: dict[str, tuple[str, str, Any, str]] = {
    "flavor-create gold LOADBALANCERV2 --enabled True": (
        "POST", "/v2.0/flavors",
        {"flavor": {"name": "gold", "service_type": "LOADBALANCERV2", "enabled": "True"}},
        "Created a new flavor:\n",
    ),
    "network flavor create --service-type LOADBALANCERV2 --disable gold": (
        "POST", "/v2.0/flavors",
        {"flavor": {"name": "gold", "service_type": "LOADBALANCERV2", "enabled": False}},
        "+---",
    ),
    "flavor-update gold --description d": ("PUT", F, {"flavor": {"description": "d"}}, "Updated flavor: gold\n"),
    "network flavor set --enable --name x gold": ("PUT", F, {"flavor": {"name": "x", "enabled": True}}, ""),
    "network flavor unset --description gold": ("PUT", F, {"flavor": {"description": ""}}, ""),
    "flavor-delete gold": ("DELETE", F, None, "Deleted flavor(s): gold\n"),
    "flavor-profile-create --driver haproxy_ns --metainfo {}": (
        "POST", "/v2.0/service_profiles",
        {"service_profile": {"driver": "haproxy_ns", "metainfo": "{}"}},
        "Created a new service_profile:\n",
    ),
    f"network flavor profile set --disable {PROFILE}": ("PUT", P, {"service_profile": {"enabled": False}}, ""),
    f"flavor-profile-delete {PROFILE}": ("DELETE", P, None, f"Deleted service_profile(s): {PROFILE}\n"),
    f"flavor-associate gold {PROFILE}": (
        "POST", f"{F}/service_profiles",
        {"service_profile": {"id": PROFILE}},
        f"Associated flavor gold with flavor_profile {PROFILE}\n",
    ),
    f"network flavor add profile gold {PROFILE}": (
        "POST", f"{F}/service_profiles", {"service_profile": {"id": PROFILE}}, "",
    ),
    f"flavor-disassociate gold {PROFILE}": (
        "DELETE", f"{F}/service_profiles/{PROFILE}", None,
        f"Disassociated flavor gold from flavor_profile {PROFILE}\n",
    ),
    f"network flavor remove profile gold {PROFILE}": ("DELETE", f"{F}/service_profiles/{PROFILE}", None, ""),
    "loadbalancer create --flavor gold --vip-subnet-id s1 --name x": (
        "POST", "/v2.0/lbaas/loadbalancers",
        {"loadbalancer": {"flavor_id": FLAVOR, "vip_subnet_id": "s", "name": "x", "admin_state_up": True}},
        "+---",
    ),
    "quota-update --tenant-id t --loadbalancer 5": (
        "PUT", "/v2.0/quotas/t", {"quota": {"loadbalancer": 5}}, "+---",
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", CHANGES)
def test_change(line: str, replay: Replay) -> None:
    """What is sent, and what the neutron client says about it."""
    method, target, body, said = CHANGES[line]
    replay.answer("GET", "/v2.0/flavors?name=gold&fields=id", {"flavors": [{"id": FLAVOR}]})
    replay.answer("GET", "/v2.0/subnets?name=s1&fields=id", {"subnets": [{"id": "s"}]})
    replay.answer("GET", f"/v2.0/service_profiles?id={PROFILE}&fields=id", {"service_profiles": [{"id": PROFILE}]})
    replay.answer(method, target, {next(iter(body)): {"id": "new", "x": 1}} if body else "")
    outcome = typed(line, replay.url)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(said)
    assert bool(outcome.out) is bool(said)
    assert replay.requests[-1] == (method, target, body)


def test_lists(replay: Replay) -> None:
    """The columns of the original, and a few more in the newer grammar."""
    row = {"id": "f", "name": "gold", "service_type": "S", "enabled": True, "description": "d", "service_profiles": []}
    replay.answer("GET", "/v2.0/flavors", {"flavors": [row]})
    assert typed("flavor-list", replay.url).out.splitlines()[1] == "| id | name | service_type | enabled |"
    heading = typed("network flavor list", replay.url).out.splitlines()[1]
    assert heading == "| id | name | enabled | service_type | description |"
    profile = {"id": "p", "description": "d", "driver": "x", "enabled": True, "metainfo": ""}
    replay.answer("GET", "/v2.0/service_profiles", {"service_profiles": [profile]})
    assert typed("flavor-profile-list", replay.url).out.splitlines()[1] == "| id | description | enabled | metainfo |"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("quota-update --pool many", "Quota limit for pool must be an integer\n"),
        ("quota-update", "Must specify a valid resource with new quota value\n"),
        (
            "lbaas-l7policy-create --listener l --action redirect_to_url",
            "Redirect URL must be specified\n",
        ),
        (
            "lbaas-l7policy-create --listener l --action reject --redirect-pool p",
            "Action must be REDIRECT_TO_POOL\n",
        ),
        (
            "loadbalancer l7policy create --action reject --redirect-pool p l",
            "--redirect-pool does not go with action REJECT.\n",
        ),
    ],
)
def test_refused_before_anything_is_sent(line: str, said: str, replay: Replay) -> None:
    """In the words of the original, where it refuses the same."""
    outcome = typed(line, replay.url)
    assert (outcome.code, outcome.err) == (1, said)
    assert replay.requests == []
