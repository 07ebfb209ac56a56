"""The article, step by step, by our own command line: on the wire, on the host and on the VIP."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from chains import chain, unchain
from waits import eventually


def both(lab: Any, vip: str) -> bool:
    return {lab.curl(vip), lab.curl(vip)} == {"web1\n", "web2\n"}


def test_a_load_balancer_answers_before_it_has_a_listener(lab: Any) -> None:
    made = json.loads(lab.ok("lbaas-loadbalancer-create", "--name", "bare", "selfservice", "-f", "json"))
    assert (made["provisioning_status"], made["operating_status"]) == ("PENDING_CREATE", "OFFLINE")
    assert made["provider"] == "haproxy"
    lab.reaches("bare", "ACTIVE")
    arping = ["arping", "-c", "1", "-w", "2", "-I", "eth0", made["vip_address"]]
    space = lab.told["client"]["namespace"]
    asked = subprocess.run(["ip", "netns", "exec", space, *arping], capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stdout
    assert lab.run("port-delete", made["vip_port_id"]).returncode == 1
    lab.ok("lbaas-loadbalancer-delete", "bare", "--wait")
    assert lab.status("bare") == "GONE"


def test_the_article(lab: Any) -> None:
    before = lab.remains()
    vip = chain(lab, "test_lb")
    eventually(lambda: both(lab, vip), "both web servers to answer in turn")

    lab.web("stop", "web2")
    eventually(lambda: {lab.curl(vip) for _ in range(4)} == {"web1\n"}, "only web1 to answer")
    assert [lab.curl(vip) for _ in range(20)] == ["web1\n"] * 20
    lab.web("start", "web2")
    eventually(lambda: both(lab, vip), "web2 to be back")

    shown = json.loads(lab.ok("lbaas-loadbalancer-show", "test_lb", "-f", "json"))
    check_host(lab, shown)
    check_configuration(lab, shown)
    agent = lab.value("id", "lbaas-agent-hosting-loadbalancer", "test_lb")
    assert lab.rows("select * from lbaas_loadbalanceragentbindings") == [(shown["id"], agent)]
    assert "test_lb" in lab.ok("lbaas-loadbalancer-list-on-agent", agent)
    assert f'"x-forwarded-for": "{lab.told["client"]["address"]}"' in lab.curl(f"{vip}/headers")

    assert "loadbalancer is using listener" in lab.run("lbaas-loadbalancer-delete", "test_lb").stderr
    assert "pool is using healthmonitor" in lab.run("lbaas-pool-delete", "test_lb_pool").stderr
    lab.ok("lbaas-healthmonitor-delete", "test_lb_monitor")
    assert "pool is using member" in lab.run("lbaas-pool-delete", "test_lb_pool").stderr

    lab.ok("lbaas-member-delete", "test_lb_web2", "test_lb_pool")
    lab.reaches("test_lb", "ACTIVE")
    assert [lab.curl(vip) for _ in range(20)] == ["web1\n"] * 20
    lab.ok("lbaas-member-delete", "test_lb_web1", "test_lb_pool")
    lab.ok("lbaas-pool-delete", "test_lb_pool")
    lab.ok("lbaas-listener-delete", "test_lb_listener")
    lab.ok("lbaas-loadbalancer-delete", "test_lb")
    lab.reaches("test_lb", "GONE")
    assert lab.remains() == before


def check_host(lab: Any, shown: dict[str, Any]) -> None:
    """The names of step 12."""
    port, network = shown["vip_port_id"], lab.told["network_id"]
    space = f"qlbaas-{shown['id']}"
    assert space in lab.on_host("ip", "netns")
    inside = lab.on_host("ip", "netns", "exec", space, "ip", "-br", "addr")
    assert re.search(rf"^ns-{port[:11]}@\S+ +UP +{re.escape(shown['vip_address'])}/24 ", inside, re.MULTILINE), inside
    bridges = lab.on_host("brctl", "show")
    assert f"brq{network[:11]}" in bridges
    assert f"tap{port[:11]}" in bridges


def check_configuration(lab: Any, shown: dict[str, Any]) -> None:
    """The file and the process of step 13."""
    folder = Path(lab.hosts_state, "lbaas", "v2", shown["id"])
    assert {"haproxy.conf", "haproxy.pid", "haproxy_stats.sock"} <= {path.name for path in folder.iterdir()}
    text = (folder / "haproxy.conf").read_text()
    pool_id, listener_id = shown["pools"][0]["id"], shown["listeners"][0]["id"]
    lines = [line.strip() for line in text.splitlines()]
    for wanted in (
        "user nobody",
        "log /dev/log local0",
        "maxconn 2000",
        "retries 3",
        "timeout connect 5000",
        "timeout client 50000",
        "timeout server 50000",
        f"frontend {listener_id}",
        "option tcplog",
        "option forwardfor",
        f"bind {shown['vip_address']}:80",
        f"default_backend {pool_id}",
        f"backend {pool_id}",
        "balance roundrobin",
        "timeout check 1s",
        "option httpchk GET /",
        "http-check expect rstatus 200",
    ):
        assert wanted in lines, f"no {wanted!r} in\n{text}"
    assert (
        len(re.findall(r"^    server \S+ 172\.20\.0\.\d+:80 weight 1 check inter 1s fall 2", text, re.MULTILINE)) == 2
    )
    pid = int((folder / "haproxy.pid").read_text())
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    assert words[:4] == [b"haproxy", b"-f", bytes(folder / "haproxy.conf"), b"-p"]
    status = Path(f"/proc/{pid}/status").read_text()
    assert "CapEff:\t0000000000000000" in status


def test_the_article_typed_into_the_shell(lab: Any) -> None:
    typed = [
        "subnet-list",
        "lbaas-loadbalancer-create --name typed selfservice",
        "lbaas-listener-create --protocol HTTP --protocol-port 80 --loadbalancer typed --name typed_listener",
        "lbaas-pool-create --name typed_pool --listener typed_listener --loadbalancer typed --protocol http "
        "--lb-algorithm  ROUND_ROBIN",
        "lbaas-member-create --name web1 --subnet selfservice  --address 172.20.0.12 --protocol 80 typed_pool",
        "lbaas-member-create --name web2 --subnet selfservice  --address 172.20.0.6 --protocol 80 typed_pool",
        "lbaas-healthmonitor-create --type HTTP --delay 1 --timeout 1 --pool typed_pool --max-retries 2 --name hm",
        "lbaas-loadbalancer-list",
        "quit",
    ]
    ran = lab.run(typed="\n".join(typed) + "\n")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("Created a new ") == 6
    lab.reaches("typed", "ACTIVE")
    vip = lab.value("vip_address", "lbaas-loadbalancer-show", "typed")
    eventually(lambda: both(lab, vip), "both web servers to answer in turn")
    deletes = [
        "lbaas-healthmonitor-delete hm",
        "lbaas-member-delete web1 typed_pool",
        "lbaas-member-delete web2 typed_pool",
        "lbaas-pool-delete typed_pool",
        "lbaas-listener-delete typed_listener",
        "lbaas-loadbalancer-delete typed",
        "exit",
    ]
    ran = lab.run(typed="\n".join(deletes) + "\n")
    assert ran.stdout.count("Deleted ") == 6, ran.stdout + ran.stderr
    lab.reaches("typed", "GONE")


def test_one_load_balancer_many_listeners(lab: Any) -> None:
    vip = chain(lab, "wide")
    lab.ok(
        *("lbaas-listener-create", "--protocol", "HTTP", "--protocol-port", "8080", "--loadbalancer", "wide"),
        *("--name", "second", "--default-pool", "wide_pool", "--wait"),
    )
    eventually(lambda: lab.curl(f"{vip}:8080") != "", "an answer on the second port")
    assert (
        lab.run(
            "lbaas-listener-create", "--protocol", "TCP", "--protocol-port", "80", "--loadbalancer", "wide"
        ).returncode
        == 1
    )
    lab.ok("lbaas-listener-delete", "second")
    unchain(lab, "wide")
