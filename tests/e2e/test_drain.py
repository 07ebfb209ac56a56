"""What a host would do is told, and a member goes without anybody being cut off."""

import json
from typing import Any

from tenant import FIRST_PLAIN, Tenant
from waits import eventually

ONE, TWO = FIRST_PLAIN, FIRST_PLAIN + 1


def test_a_plan_says_what_would_be_done_and_why(tenant: Tenant, lab: Any) -> None:
    _, balancer, *_ = tenant.serving(ONE)
    assert lab.ok("loadbalancer", "plan", balancer["id"]).startswith("Nothing to do: what runs on host1 is what is")
    lab.on_host("ip", "link", "del", f"tap{balancer['vip_port_id'][:11]}")
    planned = json.loads(lab.ok("loadbalancer", "plan", balancer["id"], "-f", "json"))
    acts = {step["action"] for step in planned}
    assert "attach" in acts or not planned, planned
    assert all(step["why"] for step in planned)
    lab.verb("kill-agent", "host1")
    try:
        eventually(lambda: "was last heard of" in lab.run("loadbalancer", "plan", balancer["id"]).stderr, "the silence")
    finally:
        lab.verb("boot", "host1")
    eventually(lambda: lab.run("loadbalancer", "plan", balancer["id"]).stdout.startswith("Nothing to do"), "the repair")


def test_a_drain_ends_nobody_and_lets_nobody_in(tenant: Tenant, lab: Any) -> None:
    vip, _, _, pool = tenant.serving(ONE, TWO)
    line = tenant.client.connected(vip, 80)
    line.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    eventually(lambda: tenant.asked(ONE) + tenant.asked(TWO), "the slow request")
    (busy,) = (port for port in (ONE, TWO) if tenant.asked(port))
    idle = ONE + TWO - busy
    member = next(each["id"] for each in tenant.members(pool) if each["protocol_port"] == busy)

    assert "gets no new connection" in lab.ok("member", "drain", pool["id"], member)
    tenant.active()
    assert tenant.client.shares(vip, 6) == {idle: 6}
    gave_up = lab.run("member", "drain", pool["id"], member, "--wait", "--wait-timeout", "1")
    assert (gave_up.returncode, "still has 1 connection after" in gave_up.stderr) == (1, True), gave_up

    # Neither a new process nor a new agent changes anything.
    tenant.monitor(pool)
    tenant.active()
    lab.verb("kill-agent", "host1")
    lab.verb("boot", "host1")
    assert tenant.client.shares(vip, 6) == {idle: 6}

    (tenant.folder / "go").touch()
    said = b"".join(iter(lambda: line.recv(4096), b""))
    assert b" 200 " in said.splitlines()[0]
    assert "has no connection any more" in lab.ok("member", "drain", pool["id"], member, "--wait")
    assert "gets connections again" in lab.ok("member", "undrain", pool["id"], member, "--wait")
    eventually(lambda: busy in tenant.client.shares(vip, 4), "the member that is back")
