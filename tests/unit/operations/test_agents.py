"""Where load balancers are, and which provider they get by themselves."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from openlbaas.domain import commands as c
from openlbaas.domain.errors import DefaultProviderMissing, NotFound, ProviderUnknown
from openlbaas.domain.views import LoadBalancerView
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations import agents, change
from openlbaas.operations.services import Provider
from world import ADMIN, TENANT, World, world


def balancer(lab: World, provider: str | None = None) -> LoadBalancerView:
    subnet = lab.subnet(lab.network())
    command = c.CreateLoadBalancer(project_id="project", vip_subnet_id=subnet.id, provider=provider)
    made = change.change(lab.services, TENANT, command)
    assert isinstance(made, LoadBalancerView)
    return made


def test_a_load_balancer_that_no_agent_has(tmp_path: Path) -> None:
    lab = world(tmp_path)
    lab.host()
    made = balancer(lab)
    with sa.create_engine(lab.services.store.connection).begin() as connection:  # type: ignore[attr-defined]
        connection.execute(sa.text("DELETE FROM lbaas_loadbalanceragentbindings"))
    with pytest.raises(NotFound) as caught:
        agents.hosting(lab.services, ADMIN, made.object.id)
    assert caught.value.kind is Kind.AGENT


def test_without_a_default_the_provider_must_be_named(tmp_path: Path) -> None:
    lab = world(tmp_path, providers=(Provider("haproxy", "haproxy_ns"),))
    lab.host()
    with pytest.raises(DefaultProviderMissing):
        balancer(lab)
    with pytest.raises(ProviderUnknown):
        balancer(lab, "other")
    assert balancer(lab, "HAProxy").object.provider == "haproxy"
