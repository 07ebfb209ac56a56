"""The labs of three hosts as a test has them: what happens to their hosts, and what answers meanwhile.

    def test_a_host_dies(many: Many) -> None:
        chain = many.chain("lb")
        old = many.where(chain)
        many.verb("kill", old)
        many.answers(chain)

After each test the database, all hosts, agents and servers run again, nothing is cut off, and no load balancer is left.
"""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import arp
from cloud import inside
from labs import Lab
from waits import eventually

from openlbaas.cli.lab import names, pace, parts, state
from openlbaas.client.lbaas import EVENTS, HEALTH_MONITORS, LISTENERS, LOAD_BALANCERS, MEMBERS, POOLS, Client, Row

WEBS = {"web1", "web2"}


@dataclass(frozen=True)
class Chain:
    """A load balancer with listener, pool, members and monitor."""

    id: str
    vip: str


class Many:
    """Three hosts, two servers."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.names = names.names(lab.folder)

    def verb(self, verb: str, *words: str) -> str:
        """Run a verb of the lab, such as kill host1."""
        return self.lab.verb(verb, *words)

    @property
    def hosts(self) -> list[str]:
        """Name the hosts."""
        return [host["name"] for host in self.lab.told["hosts"]]

    def api(self) -> Client:
        """Speak to the first server that answers, as administrator."""
        known = state.read(self.names)
        return parts.client_of(known, next(place for place in (1, 2) if parts.answers(known, place)))

    def chain(self, name: str) -> Chain:
        """Make a chain and wait until it answers."""
        with closing(self.api()) as api:
            made = pace.make(api, state.read(self.names), name)[0]
        chain = Chain(str(made["id"]), str(made["vip_address"]))
        self.answers(chain)
        self.reaches(chain, "ACTIVE")
        return chain

    def where(self, chain: Chain) -> str:
        """Name the host that has a load balancer; "" when none has."""
        with closing(self.api()) as api:
            rows = api.get(f"/lbaas/loadbalancers/{chain.id}/loadbalancer-hosting-agent")
        return str(rows["agent"].get("host", ""))

    def traces(self, chain: Chain) -> set[str]:
        """Name the living hosts on which a load balancer has a namespace."""
        alive = [host["name"] for host in self.lab.told["hosts"] if host["pid"]]
        return {host for host in alive if f"qlbaas-{chain.id}" in self.verb("exec", host, "--", "ip", "netns")}

    def ask(self, chain: Chain) -> str:
        """Ask the VIP once from the client's place; "" when there was no right answer."""
        return pace.ask(self.names, chain.vip)

    def answers(self, chain: Chain) -> None:
        """Wait until a VIP answers."""
        eventually(lambda: self.ask(chain) in WEBS, f"{chain.vip} to answer")

    def answering(self, chain: Chain) -> int:
        """Count the hosts that answer for a VIP to the first web server."""
        web = self.lab.told["webs"][0]
        return int(inside(web["pid"], lambda: arp.answering("eth0", web["address"], chain.vip)))

    def one_has(self, chain: Chain) -> None:
        """Wait until the host of a load balancer answers for it, and no other does or has anything of it."""

        def alone() -> bool:
            return self.answering(chain) == 1 and self.traces(chain) == {self.where(chain)} and self.ask(chain) in WEBS

        eventually(alone, f"one host to have {chain.vip}", 40)

    def reaches(self, chain: Chain, status: str) -> None:
        """Wait until a load balancer has a status."""

        def there() -> bool:
            with closing(self.api()) as api:
                return bool(api.show(LOAD_BALANCERS, chain.id)["provisioning_status"] == status)

        eventually(there, f"{chain.id} to be {status}")

    def events(self, chain: Chain, *names: str) -> list[Row]:
        """List what happened to a load balancer, by the names of events, oldest first."""
        with closing(self.api()) as api:
            rows = api.list(EVENTS, [("loadbalancer_id", chain.id)]).rows
        return sorted((row for row in rows if row["name"] in names), key=lambda row: row["at"])

    def restore(self) -> None:
        """Bring everything back, and remove every load balancer."""
        if state.read(self.names).database_runs and self.lab.told["database_pid"] is None:
            self.verb("start-database")
        for number, server in enumerate(self.lab.told["servers"], 1):
            if server["pid"] is None:
                self.verb("start-server", str(number))
        for host in state.read(self.names).cut:
            self.verb("heal", host)
        for host in self.lab.told["hosts"]:
            if host["agent_pid"] is None:
                self.verb("boot", host["name"])
        with closing(self.api()) as api:
            _remove_all(api)
            eventually(lambda: not api.list(LOAD_BALANCERS).rows, "no load balancer")


def _remove_all(api: Client) -> None:
    kinds: tuple[Any, ...] = (POOLS, LISTENERS, LOAD_BALANCERS)
    for pool in api.list(POOLS).rows:
        if pool["healthmonitor_id"]:
            api.delete(HEALTH_MONITORS, pool["healthmonitor_id"])
        for member in pool["members"]:
            api.delete(MEMBERS, member["id"], pool["id"])
    for kind in kinds:
        for row in api.list(kind).rows:
            if row.get("provisioning_status") != "PENDING_DELETE":
                api.delete(kind, row["id"])
