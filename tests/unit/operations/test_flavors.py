"""Which provider a flavor stands for."""

import dataclasses
from pathlib import Path

import pytest
import sqlalchemy as sa

from openlbaas.domain import commands as c
from openlbaas.domain import flavors as f
from openlbaas.domain.views import LoadBalancerView
from openlbaas.operations import change, flavors
from openlbaas.operations.services import Provider
from world import ADMIN, TENANT, World, world

PROVIDERS = (
    Provider("slow", "haproxy_ns"),
    Provider("fast", "haproxy_ns"),
    Provider("usual", "haproxy_ns", default=True),
)


@pytest.fixture
def lab(tmp_path: Path) -> World:
    made = world(tmp_path, providers=PROVIDERS)
    made.host()
    return made


def flavored(lab: World, *drivers: str) -> f.Flavor:
    """Make a flavor with one service profile for each driver."""
    profiles = []
    for driver in drivers:
        profile = flavors.change(lab.services, ADMIN, f.CreateServiceProfile(driver=driver))
        assert isinstance(profile, f.ServiceProfile)
        profiles.append(profile.id)
        lab.clock.now += 1
    made = flavors.change(lab.services, ADMIN, f.CreateFlavor(profile_ids=tuple(reversed(profiles))))
    assert isinstance(made, f.Flavor)
    return made


def provider(lab: World, flavor_id: str) -> str:
    """Make a load balancer of a flavor and name its provider."""
    subnet = lab.subnet(lab.network())
    command = c.CreateLoadBalancer(project_id="project", vip_subnet_id=subnet.id, flavor_id=flavor_id)
    made = change.change(lab.services, TENANT, command)
    assert isinstance(made, LoadBalancerView)
    assert made.object.flavor_id == flavor_id
    return made.object.provider


def test_a_profile_may_name_a_provider(lab: World) -> None:
    assert provider(lab, flavored(lab, "Fast").id) == "fast"


def test_a_profile_may_name_a_driver_and_means_its_first_provider(lab: World) -> None:
    assert provider(lab, flavored(lab, "haproxy_ns").id) == "slow"


def test_the_oldest_profile_goes_first(lab: World) -> None:
    assert provider(lab, flavored(lab, "fast", "slow").id) == "fast"


def test_a_provider_that_is_configured_no_more(lab: World) -> None:
    flavor = flavored(lab, "fast")
    later = World(dataclasses.replace(lab.services, providers=PROVIDERS[:1]), lab.clock)
    with pytest.raises(f.ProfileDriverUnknown):
        provider(later, flavor.id)


def test_a_flavor_of_another_service(lab: World) -> None:
    flavor = flavored(lab, "fast")
    # As a database of the original may have it.
    with sa.create_engine(lab.services.store.connection).begin() as connection:  # type: ignore[attr-defined]
        connection.execute(sa.text("UPDATE flavors SET service_type = 'L3_ROUTER_NAT'"))
    with pytest.raises(f.ServiceTypeInvalid):
        provider(lab, flavor.id)
