"""The article's session, typed into the unmodified client of the original, in the first release it had and the last."""

import json
import re
from collections.abc import Callable

import pytest
from stock import Neutron, neutron
from waits import eventually

WIDTHS = re.compile(r"\s+")


def field(table: str, name: str) -> str:
    """Read one value out of a two-column table."""
    found = re.search(rf"^\| {name} +\| (.*?) +\|$", table, re.MULTILINE)
    assert found, f"no {name} in\n{table}"
    return found[1]


@pytest.fixture(params=["6.4.0", "9.0.0"])
def client(request: pytest.FixtureRequest, lab: "object") -> Neutron:
    return neutron(request.param, lab.folder)  # type: ignore[attr-defined]  # the lab of this folder's conftest


CREATES = (
    "lbaas-listener-create --protocol HTTP --protocol-port 80 --loadbalancer test_lb --name test_listener",
    "lbaas-pool-create --name test_pool --listener test_listener --loadbalancer test_lb --protocol http"
    " --lb-algorithm ROUND_ROBIN",
    "lbaas-member-create --name web1 --subnet {subnet} --address 172.20.0.12 --protocol 80 test_pool",
    "lbaas-member-create --name web2 --subnet {subnet} --address 172.20.0.6 --protocol 80 test_pool",
    "lbaas-healthmonitor-create --type HTTP --delay 1 --timeout 1 --pool test_pool --max-retries 2",
)


def gone(client: Neutron, name: str) -> Callable[[], bool]:
    return lambda: client.run("lbaas-loadbalancer-show", name).returncode == 1


def test_the_articles_transcript(client: Neutron, lab: "object") -> None:
    curl = lab.curl  # type: ignore[attr-defined]  # the lab of this folder's conftest
    subnets = client.ok("subnet-list")
    assert "172.20.0.0/24" in subnets
    assert '{"start": "172.20.0.2", "end": "172.20.0.254"}' in subnets
    subnet = field(client.ok("subnet-show", "selfservice"), "id")

    made = client.ok("lbaas-loadbalancer-create", "--name", "test_lb", subnet)
    assert "Created a new loadbalancer:" in made
    assert (field(made, "provisioning_status"), field(made, "operating_status")) == ("PENDING_CREATE", "OFFLINE")
    assert (field(made, "provider"), field(made, "vip_subnet_id")) == ("haproxy", subnet)
    vip = field(made, "vip_address")
    for line in CREATES:
        assert "Created a new" in client.ok(*line.format(subnet=subnet).split())
    monitor = field(client.ok("lbaas-pool-show", "test_pool"), "healthmonitor_id")

    eventually(lambda: {curl(vip), curl(vip)} == {"web1\n", "web2\n"}, "both members to answer in turn")
    listed = client.ok("lbaas-loadbalancer-list")
    assert WIDTHS.sub(" ", f"| test_lb | {vip} | ACTIVE | haproxy |") in WIDTHS.sub(" ", listed)
    assert "web1" in client.ok("lbaas-member-list", "test_pool")
    balancer = field(client.ok("lbaas-loadbalancer-show", "test_lb"), "id")
    agent = client.ok("lbaas-agent-hosting-loadbalancer", "test_lb")
    assert ":-)" in agent
    on_agent = client.ok("agent-list", "-f", "json") if "9.0.0" in str(client.program) else client.ok("agent-list")
    assert "Loadbalancerv2 agent" in on_agent

    assert "loadbalancer is using listener" in client.refused("lbaas-loadbalancer-delete", "test_lb")
    assert "pool is using healthmonitor" in client.refused("lbaas-pool-delete", "test_pool")
    assert f"Deleted lbaas_healthmonitor(s): {monitor}" in client.ok("lbaas-healthmonitor-delete", monitor)
    assert "pool is using member" in client.refused("lbaas-pool-delete", "test_pool")
    for web in ("web1", "web2"):
        assert "Deleted lbaas_member(s)" in client.ok("lbaas-member-delete", web, "test_pool")
    assert "Deleted lbaas_pool(s): test_pool" in client.ok("lbaas-pool-delete", "test_pool")
    assert "Deleted listener(s): test_listener" in client.ok("lbaas-listener-delete", "test_listener")
    assert "Deleted loadbalancer(s): test_lb" in client.ok("lbaas-loadbalancer-delete", "test_lb")
    eventually(gone(client, balancer), "the load balancer to be gone")
    assert client.ok("lbaas-loadbalancer-list").strip() == ""


def test_the_same_typed_into_its_shell(lab: "object") -> None:
    client = neutron("6.4.0", lab.folder)  # type: ignore[attr-defined]  # the lab of this folder's conftest
    subnet = field(client.ok("subnet-show", "selfservice"), "id")
    lines = ["subnet-list", f"lbaas-loadbalancer-create --name typed_lb {subnet}", "lbaas-loadbalancer-list", "quit"]
    typed = client.run(typed="\n".join(lines) + "\n")
    assert "Created a new loadbalancer:" in typed.stdout, typed.stdout + typed.stderr
    assert "typed_lb" in typed.stdout
    assert "Deleted loadbalancer(s): typed_lb" in client.ok("lbaas-loadbalancer-delete", "typed_lb")
    eventually(gone(client, "typed_lb"), "the load balancer to be gone")


def test_lists_read_by_machines(client: Neutron) -> None:
    """What scripts of the original's users do: JSON, one column, fields, filters."""
    if "6.4.0" in str(client.program):
        names = [row["name"] for row in json.loads(client.ok("net-list", "-f", "json"))]
        assert "selfservice" in names
    assert "selfservice" in client.ok("net-list", "-c", "name", "-f", "value").split()
    assert client.ok("subnet-list", "--name", "selfservice", "-F", "cidr", "-f", "value", "-c", "cidr").strip()
