"""What each feature does, set up through the API by a tenant: health monitors, statuses, statistics, safety."""

import subprocess
from typing import Any

import pytest
from tenant import FIRST_PLAIN, FIRST_TLS, Tenant
from waits import eventually

ONE, TWO, THREE = FIRST_PLAIN, FIRST_PLAIN + 1, FIRST_PLAIN + 2
NOBODY = FIRST_PLAIN + 50
"""A port that no member listens on."""


def seen(tenant: Tenant, balancer: dict[str, Any], **wanted: str) -> None:
    """Wait until members are seen as said; their ports are written p9001."""
    states = {port.removeprefix("p"): state for port, state in wanted.items()}
    eventually(lambda: tenant.states(balancer) == states, f"{states}, not {tenant.states(balancer)}")


@pytest.mark.parametrize("kind", ["TCP", "HTTP"])
def test_a_member_that_is_dead_gets_nothing(tenant: Tenant, kind: str) -> None:
    vip, balancer, _, pool = tenant.serving(ONE, NOBODY)
    tenant.monitor(pool, kind)
    seen(tenant, balancer, p9001="ONLINE", p9051="OFFLINE")
    assert tenant.client.shares(vip, 6) == {ONE: 6}


def test_a_check_asks_as_it_was_told(tenant: Tenant) -> None:
    vip, balancer, _, pool = tenant.serving(ONE, TWO)
    for port, code in ((ONE, 204), (TWO, 404)):
        tenant.health(port, code)
    monitor = tenant.monitor(pool, "HTTP", http_method="HEAD", url_path="/health?deep=1", expected_codes="200,204")
    seen(tenant, balancer, p9001="ONLINE", p9002="OFFLINE")
    assert "HEAD /health?deep=1" in tenant.asked(ONE)
    tenant.change(f"healthmonitors/{monitor['id']}", "healthmonitor", expected_codes="400-404", http_method="OPTIONS")
    seen(tenant, balancer, p9001="OFFLINE", p9002="ONLINE")
    assert "OPTIONS /health?deep=1" in tenant.asked(TWO)
    assert tenant.client.shares(vip, 4) == {TWO: 4}
    tenant.change(f"healthmonitors/{monitor['id']}", "healthmonitor", expected_codes="204")
    seen(tenant, balancer, p9001="ONLINE", p9002="OFFLINE")


def test_a_check_over_tls_reads_the_answer(tenant: Tenant) -> None:
    good, bad = FIRST_TLS, FIRST_TLS + 1
    vip, balancer, _, pool = tenant.serving(good, bad, protocol="HTTPS", port=443)
    tenant.health(bad, 503)
    tenant.monitor(pool, "HTTPS", url_path="/health")
    seen(tenant, balancer, p9101="ONLINE", p9102="OFFLINE")
    assert "GET /health" in tenant.asked(good)
    with tenant.client.tls(vip, 443) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert f'"member": {good}'.encode() in b"".join(iter(lambda: line.recv(4096), b""))


def test_a_ping_is_a_ping(tenant: Tenant) -> None:
    vip, balancer, _, pool = tenant.serving(ONE)
    tenant.member(pool, ONE, address=tenant.web.rsplit(".", 1)[0] + ".77")
    tenant.monitor(pool, "PING")
    eventually(
        lambda: [m["operating_status"] for m in tenant.tree(balancer)["pools"][0]["members"]] == ["ONLINE", "OFFLINE"],
        "the ping",
    )
    assert tenant.client.shares(vip, 6) == {ONE: 6}


@pytest.mark.parametrize(("given", "fall"), [({}, 4), ({"max_retries_down": 2}, 2)], ids=["as in the article", "given"])
def test_so_many_bad_checks_make_a_member_dead(tenant: Tenant, given: dict[str, int], fall: int) -> None:
    _, balancer, _, pool = tenant.serving(ONE)
    tenant.monitor(pool, "HTTP", url_path="/health", max_retries=4, **given)
    seen(tenant, balancer, p9001="ONLINE")
    eventually(lambda: len([x for x in tenant.asked(ONE) if x == "GET /health"]) > 1, "checks")
    (tenant.folder / "asked").write_text("")
    tenant.health(ONE, 500)
    seen(tenant, balancer, p9001="OFFLINE")
    assert fall <= len(tenant.asked(ONE)) <= fall + 3


def test_a_monitor_that_is_switched_off_sees_nothing(tenant: Tenant) -> None:
    vip, balancer, _, pool = tenant.serving(ONE)
    monitor = tenant.monitor(pool, "HTTP", url_path="/health")
    tenant.health(ONE, 500)
    seen(tenant, balancer, p9001="OFFLINE")
    eventually(lambda: tenant.client.get(vip).status == 503, "the check")
    tenant.change(f"healthmonitors/{monitor['id']}", "healthmonitor", admin_state_up="False")
    seen(tenant, balancer, p9001="NO_MONITOR")
    assert tenant.client.get(vip).member == ONE


def test_the_tree_tells_what_is_unwell(tenant: Tenant) -> None:
    _, balancer, _, pool = tenant.serving(ONE, NOBODY)
    tree = tenant.tree(balancer)
    assert tree["operating_status"] == "ONLINE"
    assert {m["operating_status"] for m in tree["pools"][0]["members"]} == {"NO_MONITOR"}
    tenant.monitor(pool, "TCP")
    seen(tenant, balancer, p9001="ONLINE", p9051="OFFLINE")
    tree = tenant.tree(balancer)
    (listener,) = tree["listeners"]
    assert {tree["operating_status"], listener["operating_status"], listener["pools"][0]["operating_status"]} == {
        "DEGRADED"
    }
    events = f"events?loadbalancer_id={balancer['id']}&name=member_down"
    eventually(lambda: [e for e in tenant.read(events)["events"] if f":{NOBODY} " in e["text"]], "the event")
    dead = next(m for m in tenant.members(pool) if m["protocol_port"] == NOBODY)
    tenant.change(f"pools/{pool['id']}/members/{dead['id']}", "member", admin_state_up=False)
    eventually(lambda: tenant.tree(balancer)["operating_status"] == "ONLINE", "ONLINE")


def test_what_haproxy_refuses_says_why_and_serves_on(tenant: Tenant) -> None:
    vip, balancer, listener, _ = tenant.serving(ONE)
    policy = tenant.make("l7policies", "l7policy", listener_id=listener["id"], action="REJECT")
    path = f"l7policies/{policy['id']}/rules"
    # Python takes it, HAProxy's library does not know such a class.
    rule = tenant.make(path, "rule", type="PATH", compare_type="REGEX", value="[[:nothing:]]")
    eventually(lambda: tenant.status(balancer["id"]) == "ERROR", "ERROR")
    shown = tenant.read(f"loadbalancers/{balancer['id']}")["loadbalancer"]
    assert "[[:nothing:]]" in shown["provisioning_reason"]
    assert tenant.tree(balancer)["provisioning_reason"] == shown["provisioning_reason"]
    assert tenant.client.get(vip).member == ONE
    events = tenant.read(f"events?loadbalancer_id={balancer['id']}&name=refused")["events"]
    assert events[-1]["text"] == shown["provisioning_reason"]
    tenant.change(f"{path}/{rule['id']}", "rule", value="^/no$")
    assert tenant.client.get(vip, "/no").status == 403


def test_everything_is_counted_once(tenant: Tenant, lab: Any) -> None:
    vip, balancer, _, pool = tenant.serving(ONE, TWO)
    second = tenant.listener(balancer, "TCP", 8080)
    tenant.pool(second, THREE, protocol="TCP")
    tenant.active()

    def totals() -> dict[str, Any]:
        found: dict[str, Any] = tenant.read(f"loadbalancers/{balancer['id']}/stats?details=true")["stats"]
        return found

    def counted(times: int) -> None:
        eventually(lambda: totals()["total_connections"] >= times, f"{times} connections, not {totals()}")
        assert totals()["total_connections"] == times

    tenant.client.shares(vip, 20)
    tenant.client.shares(vip, 5, port=8080)
    counted(25)
    assert tenant.read(f"loadbalancers/{balancer['id']}/stats")["stats"].keys() == {
        "bytes_in",
        "bytes_out",
        "active_connections",
        "total_connections",
    }
    details = totals()
    assert details["responses_2xx"] == 20
    by_member = {each["id"]: each["total_connections"] for each in details["members"]}
    assert [by_member[m["id"]] for m in tenant.members(pool)] == [10, 10]
    # Another algorithm takes a new process; then another agent takes over.
    tenant.change(f"pools/{pool['id']}", "pool", lb_algorithm="LEAST_CONNECTIONS")
    tenant.client.shares(vip, 10)
    counted(35)
    host = lab.told["hosts"][0]["name"]
    lab.verb("kill-agent", host)
    tenant.client.shares(vip, 10)
    lab.verb("boot", host)
    counted(45)
    assert totals()["bytes_out"] > details["bytes_out"] > 0


def test_several_members_come_together_or_not_at_all(tenant: Tenant) -> None:
    vip, _, _, pool = tenant.serving(ONE)
    several = [{"address": tenant.web, "protocol_port": port, "subnet_id": tenant.subnet_id} for port in (TWO, THREE)]
    path = f"lbaas/pools/{pool['id']}/members"
    twice = tenant.api.ask("POST", path, {"members": [*several, several[0]]})
    assert twice.status == 409
    assert len(tenant.members(pool)) == 1
    assert tenant.api.ask("POST", path, {"members": several}).status == 201
    tenant.active()
    assert tenant.client.shares(vip, 9) == {ONE: 3, TWO: 3, THREE: 3}


def test_a_whole_load_balancer_in_one_request_serves(tenant: Tenant) -> None:
    pool = {
        "protocol": "HTTP",
        "lb_algorithm": "ROUND_ROBIN",
        "members": [{"address": tenant.web, "protocol_port": ONE, "subnet_id": tenant.subnet_id}],
        "healthmonitor": {"type": "HTTP", "delay": 1, "timeout": 1, "max_retries": 1},
    }
    other = {**pool, "members": [{"address": tenant.web, "protocol_port": TWO, "subnet_id": tenant.subnet_id}]}
    policy = {
        "action": "REDIRECT_TO_POOL",
        "redirect_pool": other,
        "rules": [{"type": "PATH", "compare_type": "STARTS_WITH", "value": "/two"}],
    }
    listener = {"protocol": "HTTP", "protocol_port": 80, "default_pool": pool, "l7policies": [policy]}
    body = {"graph": {"loadbalancer": {"vip_subnet_id": tenant.subnet_id, "listeners": [listener]}}}
    answer = tenant.api.ask("POST", "lbaas/graphs", body)
    assert answer.status == 201, answer.body
    made = answer.json["graph"]["loadbalancer"]
    tenant.balancers.append(made["id"])
    tenant.active()
    assert tenant.client.get(made["vip_address"]).member == ONE
    assert tenant.client.get(made["vip_address"], "/two/x").member == TWO


def test_a_quota_refuses_one_too_many(tenant: Tenant) -> None:
    project = tenant.api.ask("GET", "quotas/tenant").json["tenant"]["tenant_id"]
    tenant.balancer()
    assert tenant.api.ask("PUT", f"quotas/{project}", {"quota": {"loadbalancer": 1}}).status == 200
    try:
        refused = tenant.api.ask("POST", "lbaas/loadbalancers", {"loadbalancer": {"vip_subnet_id": tenant.subnet_id}})
        assert refused.refusal == (409, "OverQuota", "Quota exceeded for resources: ['loadbalancer'].")
    finally:
        assert tenant.api.ask("DELETE", f"quotas/{project}").status == 204


HOSTILE = ("a\n    server evil 192.0.2.66:80", "'; #", '"${HOME}"', "%[env(PATH)]", "\\", "ünï ", "x" * 255)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_tenant_reaches_beyond_its_place(tenant: Tenant, text: str) -> None:
    vip, balancer, listener, pool = tenant.serving(ONE, name=text[:255], description=text)
    tenant.change(f"loadbalancers/{balancer['id']}", "loadbalancer", name=text, description=text)
    tried = [
        ("l7policies", "l7policy", {"listener_id": listener["id"], "action": "REJECT", "name": text}),
        ("l7policies", "l7policy", {"listener_id": listener["id"], "action": "REDIRECT_TO_URL", "redirect_url": text}),
        ("healthmonitors", "healthmonitor", {"pool_id": pool["id"], "type": "HTTP", "delay": 1, "timeout": 1}
         | {"max_retries": 1, "url_path": f"/{text}", "name": text}),
    ]  # fmt: skip
    for path, kind, attributes in tried:
        assert tenant.api.ask("POST", f"lbaas/{path}", {kind: attributes}).status in (201, 400)
    policy = tenant.read("l7policies")["l7policies"][0]
    for kind, key in (("PATH", None), ("HOST_NAME", None), ("HEADER", "X-A"), ("HEADER", text), ("COOKIE", "c")):
        for compare in ("EQUAL_TO", "REGEX", "CONTAINS"):
            rule = {"type": kind, "compare_type": compare, "key": key, "value": text}
            answer = tenant.api.ask("POST", f"lbaas/l7policies/{policy['id']}/rules", {"rule": rule})
            assert answer.status in (201, 400), answer.body
    persistence = {"session_persistence": {"type": "APP_COOKIE", "cookie_name": text}}
    assert tenant.api.ask("PUT", f"lbaas/pools/{pool['id']}", {"pool": persistence}).status in (200, 400)
    eventually(lambda: not tenant.status(balancer["id"]).startswith("PENDING"), "an answer")
    assert tenant.client.get(vip).member == ONE
    members = [m for p in tenant.tree(balancer)["pools"] for m in p["members"]]
    assert len(members) == 1


def test_the_haproxy_of_a_load_balancer_is_nobody(tenant: Tenant, lab: Any) -> None:
    tenant.serving(ONE)
    (process,) = lab.haproxies()
    said = subprocess.run(["ps", "-o", "user=", "-p", str(process)], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "nobody"
