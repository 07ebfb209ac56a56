"""Tenants who change a load balancer all the time by several servers, and remember what was acknowledged."""

import threading
from contextlib import closing
from typing import Self

from many import Chain, Many
from waits import eventually

from openlbaas.cli.lab import parts, state
from openlbaas.client.lbaas import MEMBERS, POOLS
from openlbaas.client.transport import ClientError

_FIRST_PORT = 10000
_EACH = 1000


class Changes:
    """One tenant for each server adds members that get no traffic; who is not answered asks the next server.

    Shape: acknowledged are the ports of members whose create was answered, asked those of all.
    """

    def __init__(self, many: Many, chain: Chain) -> None:
        """Take the chain whose pool is changed."""
        self._many = many
        known = state.read(many.names)
        with closing(many.api()) as api:
            self.pool = str(api.list(POOLS, [("loadbalancer_id", chain.id)]).rows[0]["id"])
        self._subnet = known.subnet_id
        self._ending = threading.Event()
        self.acknowledged: set[int] = set()
        self.asked: set[int] = set()
        self.faults: list[str] = []
        places = range(1, known.servers + 1)
        self._tenants = [threading.Thread(target=self._change, args=(place, len(places))) for place in places]

    def __enter__(self) -> Self:
        """Begin."""
        for tenant in self._tenants:
            tenant.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, with the changes that are under way."""
        self._ending.set()
        for tenant in self._tenants:
            tenant.join()

    def _change(self, place: int, servers: int) -> None:
        known = state.read(self._many.names)
        clients = [parts.client_of(known, (place - 1 + more) % servers + 1) for more in range(servers)]
        for port in range(_FIRST_PORT + place * _EACH, _FIRST_PORT + (place + 1) * _EACH):
            if self._ending.wait(0.01):
                break
            member = {"address": known.webs[0].address, "protocol_port": port, "subnet_id": self._subnet, "weight": 0}
            self.asked.add(port)
            try:
                clients[0].create(MEMBERS, member, self.pool)
                self.acknowledged.add(port)
            except ClientError as fault:
                self.faults.append(f"{port}: {fault.message}")
                clients.append(clients.pop(0))
        for client in clients:
            client.close()

    def until_more(self, many: int) -> None:
        """Wait until so many more changes were acknowledged."""
        enough = len(self.acknowledged) + many
        eventually(lambda: len(self.acknowledged) >= enough, f"{many} more changes; {self.faults[-3:]}", 30)

    def none_lost(self) -> None:
        """Assert that everything acknowledged is there, and nothing that nobody asked for."""
        with closing(self._many.api()) as api:
            ports = [row["protocol_port"] for row in api.list(MEMBERS, parent=self.pool).rows if row["weight"] == 0]
        assert len(ports) == len(set(ports))
        assert (self.acknowledged - set(ports), set(ports) - self.asked) == (set(), set())
