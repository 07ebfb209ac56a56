"""The article's walk through Neutron LBaaS v2, step by step, against a lab: typed, shown and checked.

Source: docs/tutorials; the names, fields and lines that are claimed are those that operators know from the original
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openlbaas.cli.lab import names as n
from openlbaas.cli.lab.stage import Stage, cells, listed, section, value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openlbaas.cli.lab.names import Names

KINDS = ("loadbalancer", "listener", "pool", "healthmonitor")
_MANY = 30


@dataclass
class Walk:
    """The walk: its stage, its lab, and what was learnt on the way."""

    stage: Stage
    lab: Names
    vip: str = ""
    load_balancer_id: str = ""
    vip_port_id: str = ""
    subnet_id: str = ""
    listener_id: str = ""
    pool_id: str = ""
    monitor_id: str = ""
    member_ids: tuple[str, ...] = ()
    agent_id: str = ""

    @property
    def namespace(self) -> str:
        """Name the load balancer's namespace."""
        return f"qlbaas-{self.load_balancer_id}"

    def api(self, line: str, status: int = 0) -> str:
        """Type a command of ours."""
        return self.stage.run(f"openlbaas {line}", status=status)

    def on(self, where: str, command: str, status: int | None = 0) -> str:
        """Type a command on a machine of the lab."""
        return self.stage.run(command, self._entering(where, command), prompt=f"{where}#", status=status)

    def quietly_on(self, where: str, command: str) -> str:
        """Run a command on a machine of the lab without showing it."""
        return self.stage.quietly(self._entering(where, command)).text

    def curls(self, times: int) -> list[str]:
        """Ask the VIP some times from the client, shown; a failed request is an answer like any other."""
        asked = "curl -sS --max-time 5"
        shown = f"for i in {' '.join(map(str, range(1, times + 1)))}; do {asked} {self.vip}; done"
        return self.on("client", shown, status=None).split("\n")[:-1]

    def asked(self, times: int) -> list[str]:
        """Ask the VIP some times from the client, not shown."""
        command = f"for i in $(seq {times}); do curl -sS --max-time 5 {self.vip}; done"
        return self.quietly_on("client", command).split("\n")[:-1]

    def _entering(self, where: str, command: str) -> list[str]:
        return ["openlbaas", "lab", "exec", "--dir", str(self.lab.folder), where, "--", "sh", "-c", command]


def extensions(walk: Walk) -> None:
    """Step 1."""
    walk.stage.step("LBaaS is an extension of the network API, and HAProxy is its default provider")
    aliases = {row["alias"] for row in listed(walk.api("ext-list"))}
    walk.stage.equal("the extensions lbaasv2 and lbaas_agent_schedulerv2 are there",
                     {"lbaasv2", "lbaas_agent_schedulerv2"} - aliases, set())  # fmt: skip
    row = cells(walk.api("service-provider-list").splitlines()[3])
    walk.stage.equal("haproxy is the default provider", row, ["LOADBALANCERV2", "haproxy", "True"])


def model(walk: Walk) -> None:
    """Step 2."""
    walk.stage.step("Load balancer, listener, pool, member, health monitor: each a kind of its own, none there yet")
    for kind in KINDS:
        walk.stage.equal(f"{kind}: there is none", walk.api(f"lbaas-{kind}-list").strip(), "")


def webs(walk: Walk) -> None:
    """Step 3."""
    walk.stage.step("Two web servers on the tenant network, each answering its own name")
    for place in (1, 2):
        address = n.web_address(place)
        answer = walk.on("client", f"curl -sS {address}")
        walk.stage.equal(f"{address} answers web{place}", answer, f"web{place}\n")


def subnets(walk: Walk) -> None:
    """Step 4."""
    walk.stage.step("The interactive shell, and in it the tenant's subnets and their pools")
    rows = {row["name"]: row for row in listed(walk.stage.run("openlbaas", typed="subnet-list"))}
    found = {name: (row["cidr"], json.loads(row["allocation_pools"])) for name, row in rows.items()}
    pools = {"selfservice": (n.SELFSERVICE, n.POOL), "provider": (n.PROVIDER, n.PROVIDER_POOL)}
    expected = {name: (cidr, {"start": first, "end": last}) for name, (cidr, (first, last)) in pools.items()}
    walk.stage.equal("selfservice and provider have the article's addresses", found, expected)
    walk.subnet_id = rows["selfservice"]["id"]


def load_balancer(walk: Walk) -> None:
    """Step 5."""
    walk.stage.step("A load balancer gets an address on the subnet, on a port of the network")
    made = walk.api(f"lbaas-loadbalancer-create --name test_lb {walk.subnet_id}")
    walk.stage.holds("the answer says so in the article's words", made, "Created a new loadbalancer:")
    for name, expected in (
        ("provisioning_status", "PENDING_CREATE"),
        ("operating_status", "OFFLINE"),
        ("provider", "haproxy"),
        ("vip_subnet_id", walk.subnet_id),
    ):
        walk.stage.equal(f"{name} is {expected}", value(made, name), expected)
    walk.vip, walk.load_balancer_id = value(made, "vip_address"), value(made, "id")
    walk.vip_port_id = value(made, "vip_port_id")
    walk.stage.equal("its address is of the pool", re.sub(r"\d+$", "", walk.vip), "172.20.0.")
    port = walk.stage.quietly(["openlbaas", "port-show", walk.vip_port_id]).text
    walk.stage.holds("the port vip_port_id has this address", port, walk.vip)


def listener(walk: Walk) -> None:
    """Step 6."""
    walk.stage.step("A listener on port 80 of the load balancer, which is found by its name")
    made = walk.api(
        "lbaas-listener-create --protocol HTTP --protocol-port 80 --loadbalancer test_lb --name test_listener"
    )
    walk.listener_id = value(made, "id")
    walk.stage.equal("it belongs to test_lb", json.loads(value(made, "loadbalancers"))["id"], walk.load_balancer_id)
    walk.stage.equal("connection_limit is -1: none", value(made, "connection_limit"), "-1")


def pool(walk: Walk) -> None:
    """Step 7."""
    walk.stage.step("A pool behind the listener; the protocol is typed in lower case, as in the article")
    made = walk.api(
        "lbaas-pool-create --name test_pool --listener test_listener --loadbalancer test_lb"
        " --protocol http --lb-algorithm ROUND_ROBIN"
    )
    walk.pool_id = value(made, "id")
    walk.stage.equal("the protocol is HTTP", value(made, "protocol"), "HTTP")
    walk.stage.equal("it is behind test_listener", json.loads(value(made, "listeners"))["id"], walk.listener_id)


def members(walk: Walk) -> None:
    """Step 8."""
    walk.stage.step("Two members; --protocol is taken for --protocol-port, as the original's client takes it")
    made = [
        walk.api(
            f"lbaas-member-create --name web{place} --subnet {walk.subnet_id}"
            f" --address {n.web_address(place)} --protocol 80 test_pool"
        )
        for place in (1, 2)
    ]
    walk.member_ids = tuple(value(table, "id") for table in made)
    found = [(value(table, "address"), value(table, "protocol_port"), value(table, "weight")) for table in made]
    walk.stage.equal("their port is 80, their weight 1", found, [(n.web_address(place), "80", "1") for place in (1, 2)])


def health_monitor(walk: Walk) -> None:
    """Step 9."""
    walk.stage.step("A health monitor for the pool, with the original's defaults")
    made = walk.api("lbaas-healthmonitor-create --type HTTP --delay 1 --timeout 1 --pool test_pool --max-retries 2")
    walk.monitor_id = value(made, "id")
    fields = ("http_method", "url_path", "expected_codes", "max_retries", "max_retries_down")
    found = [value(made, name) for name in fields]
    walk.stage.equal("GET / must answer 200; max_retries_down is 3", found, ["GET", "/", "200", "2", "3"])


def active(walk: Walk) -> None:
    """Step 10."""
    walk.stage.step("ACTIVE, which means that it is deployed")
    rows = listed(walk.api("lbaas-loadbalancer-list"))
    found = [(row["name"], row["vip_address"], row["provisioning_status"], row["provider"]) for row in rows]
    walk.stage.equal("test_lb is ACTIVE", found, [("test_lb", walk.vip, "ACTIVE", "haproxy")])


def traffic(walk: Walk) -> None:
    """Step 11."""
    stage = walk.stage
    stage.step("Requests go to both servers; to one while the other is down; to both again")
    stage.equal("they alternate", sorted(walk.curls(4)), ["web1", "web1", "web2", "web2"])
    folder = walk.lab.folder
    stage.run(f"openlbaas lab web stop --dir {folder} web2")
    stage.equal("only web1 answers, and no request fails", walk.curls(4), ["web1"] * 4)
    stage.equal(f"nor in {_MANY} more", walk.asked(_MANY), ["web1"] * _MANY)
    stage.run(f"openlbaas lab web start --dir {folder} web2")
    seconds = stage.becomes("web2 is back by itself", lambda: set(walk.asked(2)), {"web1", "web2"})
    stage.note(f"web2 started \N{RIGHTWARDS ARROW} answers again on the VIP: {seconds * 1000:.0f} ms")
    stage.equal("they alternate again", sorted(walk.curls(4)), ["web1", "web1", "web2", "web2"])


def second_listener(walk: Walk) -> None:
    """What step 2 says of listeners, proved: one load balancer has many."""
    walk.stage.step("One load balancer, many listeners: the same pool on another port")
    line = "lbaas-listener-create --protocol HTTP --protocol-port 8080 --loadbalancer test_lb"
    walk.api(f"{line} --name other --default-pool test_pool")
    look = f"curl -s --max-time 5 {walk.vip}:8080"
    walk.stage.becomes(
        "port 8080 answers, too", lambda: walk.quietly_on("client", look) in {"web1\n", "web2\n"}, expected=True
    )
    walk.api("lbaas-listener-delete other")


def host(walk: Walk) -> None:
    """Step 12."""
    walk.stage.step("On the host: a namespace with the address, and its tap on the bridge of the network")
    walk.stage.holds("ip netns lists it", walk.on("host1", "ip netns"), walk.namespace)
    inside = walk.on("host1", f"ip netns exec {walk.namespace} ip a")
    link = f"ns-{walk.vip_port_id[:11]}"
    walk.stage.holds(f"{link} has {walk.vip}/24", inside, f"{link}@", f"inet {walk.vip}/24")
    shown = walk.on("host1", "brctl show")
    network_id = json.loads((walk.lab.folder / "lab.json").read_text())["network_id"]
    bridge, tap = n.bridge(network_id), n.tap(walk.vip_port_id)
    walk.stage.holds(f"{tap} is on {bridge}, beside the web servers'", shown, bridge, tap)


def processes(walk: Walk) -> None:
    """Step 13, the process."""
    walk.stage.step("HAProxy runs for this load balancer alone, as nobody")
    shown = walk.on("host1", f"ps axwwo user,pid,args | grep '[h]aproxy.*{walk.load_balancer_id}'")
    folder = f"{walk.load_balancer_id}/haproxy"
    walk.stage.holds("its configuration, pid file and -sf are the article's", shown, f"{folder}.conf -p ", " -sf ")
    walk.stage.equal("it runs as nobody", shown.split()[0], "nobody")


def configuration(walk: Walk) -> None:
    """Step 13, the file."""
    walk.stage.step("haproxy.conf is the article's")
    text = walk.on("host1", f"cat {_folder(walk)}/haproxy.conf")
    for head, lines in blocks(walk).items():
        found = section(text, head)
        walk.stage.equal(head, bool(found), expected=True)
        for line in lines:
            as_printed = [one for one in found if one == line or one.startswith(f"{line} ")]
            walk.stage.equal(f"    {line}", bool(as_printed), expected=True)


def blocks(walk: Walk) -> dict[str, Sequence[str]]:
    """Name the lines of the article's haproxy.conf, block by block; ours may have more words and more lines."""
    servers = [
        f"server {member} {n.web_address(place)}:80 weight 1 check inter 1s fall 2"
        for place, member in enumerate(walk.member_ids, 1)
    ]
    return {
        "global": ("daemon", "user nobody", "group", "log /dev/log local0", "log /dev/log local1 notice",
                   "maxconn 2000", f"stats socket {_folder(walk)}/haproxy_stats.sock"),
        "defaults": ("log global", "retries 3", "option redispatch", "timeout connect 5000", "timeout client 50000",
                     "timeout server 50000"),
        f"frontend {walk.listener_id}": ("option tcplog", "option forwardfor", f"bind {walk.vip}:80", "mode http",
                                         f"default_backend {walk.pool_id}"),
        f"backend {walk.pool_id}": ("mode http", "balance roundrobin", "timeout check 1s", "option httpchk GET /",
                                    "http-check expect rstatus 200", *servers),
    }  # fmt: skip


def forwarded(walk: Walk) -> None:
    """Step 14."""
    walk.stage.step("The member sees who asked")
    walk.on("client", f"curl -sS {walk.vip}/who; curl -sS {walk.vip}/who")
    line = walk.on("web1", f"grep /who {shlex.quote(str(walk.lab.log('web1')))} | tail -1")
    headers = {name.lower(): text for name, text in json.loads(line)["headers"].items()}
    walk.stage.equal("X-Forwarded-For is the client", headers.get("x-forwarded-for"), n.CLIENT_ADDRESS)


def binding(walk: Walk) -> None:
    """Step 16."""
    walk.stage.step("Which host? By the API, and by SQL in the original's table")
    rows = listed(walk.api("lbaas-agent-hosting-loadbalancer test_lb"))
    walk.stage.equal("host1 has it, and is alive", [(row["host"], row["alive"]) for row in rows], [("host1", ":-)")])
    walk.agent_id = rows[0]["id"]
    sql = "select * from lbaas_loadbalanceragentbindings"
    found = walk.stage.run(f"sqlite3 -header -column {walk.lab.database} '{sql}'").split("\n")
    walk.stage.equal("its columns are the original's", found[0].split(), ["loadbalancer_id", "agent_id"])
    walk.stage.equal("the database says the same", found[2].split(), [walk.load_balancer_id, walk.agent_id])
    rows = listed(walk.api("agent-list"))
    agent = [(row["agent_type"], row["host"], row["alive"]) for row in rows]
    walk.stage.equal("agent-list shows it", agent, [("Loadbalancerv2 agent", "host1", ":-)")])
    rows = listed(walk.api(f"lbaas-loadbalancer-list-on-agent {walk.agent_id}"))
    walk.stage.equal("the agent has test_lb", [row["name"] for row in rows], ["test_lb"])


def deletes(walk: Walk) -> None:
    """Step 15."""
    walk.stage.step("Deletes go the other way round; in the wrong order they are refused")
    for line, words in (
        ("lbaas-loadbalancer-delete test_lb", f"loadbalancer is using listener {walk.listener_id}"),
        ("lbaas-pool-delete test_pool", f"pool is using healthmonitor {walk.monitor_id}"),
    ):
        walk.stage.holds(f"refused: {words}", walk.api(line, status=1), words)
    walk.api(f"lbaas-healthmonitor-delete {walk.monitor_id}")
    words = "pool is using member"
    walk.stage.holds(f"refused: {words} \N{HORIZONTAL ELLIPSIS}", walk.api("lbaas-pool-delete test_pool", 1), words)
    for line, words in (
        ("lbaas-member-delete web1 test_pool", "Deleted lbaas_member(s): web1"),
        ("lbaas-member-delete web2 test_pool", "Deleted lbaas_member(s): web2"),
        ("lbaas-pool-delete test_pool", "Deleted lbaas_pool(s): test_pool"),
        ("lbaas-listener-delete test_listener", "Deleted listener(s): test_listener"),
        ("lbaas-loadbalancer-delete test_lb", "Deleted loadbalancer(s): test_lb"),
    ):
        walk.stage.holds(words, walk.api(line), words)


def nothing(walk: Walk) -> None:
    """What step 15 leaves."""
    stage = walk.stage
    stage.step("Nothing is left")

    def listed_now() -> str:
        return stage.quietly(["openlbaas", "lbaas-loadbalancer-list"]).text.strip()

    stage.becomes("the load balancer is gone", listed_now, "")
    walk.api("lbaas-loadbalancer-list")
    stage.equal("no namespace", walk.on("host1", "ip netns"), "")
    tap = n.tap(walk.vip_port_id)
    stage.lacks(f"no {tap}", walk.on("host1", "brctl show"), tap)
    stage.equal("no HAProxy", walk.on("host1", f"ps axwwo args | grep '[h]aproxy.*{walk.load_balancer_id}'", 1), "")
    stage.equal("no file", Path(_folder(walk)).exists(), expected=False)


def _folder(walk: Walk) -> str:
    return f"{walk.lab.host_folder('host1')}/lbaas/v2/{walk.load_balancer_id}"


STEPS: tuple[Callable[[Walk], None], ...] = (
    extensions,
    model,
    webs,
    subnets,
    load_balancer,
    listener,
    pool,
    members,
    health_monitor,
    active,
    traffic,
    second_listener,
    host,
    processes,
    configuration,
    forwarded,
    binding,
    deletes,
    nothing,
)
