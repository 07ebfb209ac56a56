"""A load balancer of two hosts of a lab: converted, switched, bereft of one, and gone without a trace."""

from contextlib import closing

import pytest
from many import WEBS, Chain, Many
from waits import eventually

from openlbaas.client.lbaas import LOAD_BALANCERS

pytestmark = pytest.mark.root


def roles(many: Many, chain: Chain) -> dict[str, str]:
    """Name who has the VIP and who stands by."""
    with closing(many.api()) as api:
        rows = api.get(f"/lbaas/loadbalancers/{chain.id}/hosts")["hosts"]
    return {str(row["host"]): str(row["role"]) for row in rows}


def both(many: Many, chain: Chain) -> bool:
    """Tell whether one host has the VIP and another one stands by."""
    return sorted(roles(many, chain).values()) == ["ACTIVE", "STANDBY"]


def active(many: Many, chain: Chain) -> str:
    """Name the host that has the VIP; "" when none says so."""
    return next((host for host, role in roles(many, chain).items() if role == "ACTIVE"), "")


def test_two_hosts_stand_in_for_each_other(many: Many) -> None:
    chain = many.chain("pair")
    with closing(many.api()) as api:
        api.update(LOAD_BALANCERS, chain.id, {"topology": "ACTIVE_STANDBY"})
    eventually(lambda: both(many, chain), "a second host")
    many.reaches(chain, "ACTIVE")
    many.answers(chain)
    assert many.traces(chain) == set(roles(many, chain))

    # A switch that was asked for.
    had = active(many, chain)
    with closing(many.api()) as api:
        api.send("PUT", f"/lbaas/loadbalancers/{chain.id}/move", {"move": {}})
    eventually(lambda: active(many, chain) not in {"", had}, "the switch")
    many.answers(chain)

    # A death, with nobody to ask for anything.
    had = active(many, chain)
    (other,) = set(roles(many, chain)) - {had}
    many.verb("kill", had)
    many.answers(chain)
    # Who is dead is called what it was until another host has its place.
    eventually(lambda: had not in roles(many, chain) and both(many, chain), "a third host")
    assert active(many, chain) == other
    many.reaches(chain, "ACTIVE")
    many.verb("boot", had)
    eventually(lambda: many.traces(chain) == set(roles(many, chain)), "the end of what the dead host had")
    assert many.ask(chain) in WEBS

    # One host again.
    with closing(many.api()) as api:
        api.update(LOAD_BALANCERS, chain.id, {"topology": "SINGLE"})
    many.reaches(chain, "ACTIVE")
    eventually(lambda: many.traces(chain) == {many.where(chain)}, "one host")
    assert many.where(chain) == other
    assert many.ask(chain) in WEBS
