"""Whatever is killed, traffic goes on, nothing acknowledged is lost, and nothing is left behind."""

from pathlib import Path
from typing import Any

from chains import chain, unchain
from traffic import Traffic
from waits import eventually

HEAL_S = 40.0


def test_an_agent_that_starts_again_touches_nothing(lab: Any) -> None:
    vip = chain(lab, "kept")
    before = lab.haproxies()
    with Traffic(lab.told["client"]["namespace"], vip) as traffic:
        lab.verb("kill-agent", "host1")
        assert lab.status("kept") == "ACTIVE"
        lab.verb("boot", "host1")
        # A change made now proves that the new agent has taken everything over.
        lab.ok("lbaas-loadbalancer-create", "--name", "probe", "--wait", "selfservice")
        eventually(lambda: traffic.asked > 50, "traffic")
    assert lab.haproxies() == before
    assert traffic.failed == []
    lab.ok("lbaas-loadbalancer-delete", "probe", "--wait")
    unchain(lab, "kept")


def test_a_server_that_starts_again_touches_nothing_and_forgets_nothing(lab: Any) -> None:
    vip = chain(lab, "kept")
    before = lab.haproxies()
    with Traffic(lab.told["client"]["namespace"], vip) as traffic:
        lab.verb("kill-server", "1")
        asked = traffic.asked
        eventually(lambda: traffic.asked > asked + 20, "traffic without a server")
        lab.verb("start-server", "1")
        assert lab.status("kept") == "ACTIVE"
    assert (lab.haproxies(), traffic.failed) == (before, [])
    unchain(lab, "kept")


def test_while_the_agent_is_away_changes_wait_and_then_heal(lab: Any) -> None:
    vip = chain(lab, "away")
    lab.verb("kill-agent", "host1")
    assert lab.status("away") == "ACTIVE"
    lab.ok("lbaas-member-update", "away_web2", "away_pool", "--weight", "0")
    assert lab.status("away") == "PENDING_UPDATE"
    assert lab.curl(vip) in {"web1\n", "web2\n"}
    lab.verb("boot", "host1")
    lab.reaches("away", "ACTIVE")
    assert {lab.curl(vip) for _ in range(6)} == {"web1\n"}
    unchain(lab, "away")


def test_a_delete_ends_although_the_agent_is_dead_and_the_host_cleans_up_later(lab: Any) -> None:
    before = lab.remains()
    lab.ok("lbaas-loadbalancer-create", "--name", "orphan", "--wait", "selfservice")
    lab.verb("kill-agent", "host1")
    lab.ok("lbaas-loadbalancer-delete", "orphan")
    lab.reaches("orphan", "GONE")
    assert lab.remains() != before
    lab.verb("boot", "host1")
    eventually(lambda: lab.remains() == before, "the host to have cleaned up")


def test_what_somebody_breaks_on_a_host_is_repaired(lab: Any) -> None:
    vip = chain(lab, "broken")
    shown = lab.value("id", "lbaas-loadbalancer-show", "broken")
    port = lab.value("vip_port_id", "lbaas-loadbalancer-show", "broken")
    folder = Path(lab.hosts_state, "lbaas", "v2", shown)

    pid = int((folder / "haproxy.pid").read_text())
    lab.on_host("kill", "-9", str(pid))
    eventually(lambda: lab.curl(vip) != "", "HAProxy to be back")

    lab.on_host("ip", "link", "del", f"tap{port[:11]}")
    eventually(lambda: lab.curl(vip) != "", "the interface to be back", HEAL_S)

    lab.on_host("ip", "netns", "del", f"qlbaas-{shown}")
    eventually(lambda: f"qlbaas-{shown}" in lab.on_host("ip", "netns"), "the namespace to be back", HEAL_S)
    eventually(lambda: lab.curl(vip) != "", "the VIP to answer", HEAL_S)

    (folder / "haproxy.conf").unlink()
    eventually((folder / "haproxy.conf").exists, "the file to be back", HEAL_S)
    unchain(lab, "broken")


def test_fifty_load_balancers_leave_the_machine_as_it_was(lab: Any) -> None:
    before = lab.remains()
    names = [f"many{number}" for number in range(50)]
    subnet = lab.told["subnet_id"]
    typed = [f"lbaas-loadbalancer-create --name {name} {subnet}" for name in names]
    typed += [
        f"lbaas-listener-create --protocol HTTP --protocol-port 80 --loadbalancer {name} --name {name}_listener"
        for name in names[::5]
    ]
    ran = lab.run(typed="\n".join([*typed, "quit"]) + "\n")
    assert ran.stdout.count("Created a new ") == 60, ran.stderr
    listed = ("lbaas-loadbalancer-list", "-f", "value", "-c", "provisioning_status")
    eventually(lambda: lab.ok(*listed).split() == ["ACTIVE"] * 50, "all to be ACTIVE", HEAL_S)
    assert len(lab.remains()[0] - before[0]) == 50
    typed = [f"lbaas-listener-delete {name}_listener" for name in names[::5]]
    typed += [f"lbaas-loadbalancer-delete {name}" for name in names]
    lab.run(typed="\n".join([*typed, "quit"]) + "\n")
    eventually(lambda: lab.ok(*listed).split() == [], "all to be gone", HEAL_S)
    eventually(lambda: lab.remains() == before, "nothing to be left")
    assert lab.rows("select count(*) from lbaas_feed") == [(0,)]
    assert lab.rows("select count(*) from ports where device_owner like 'neutron:%'") == [(0,)]
