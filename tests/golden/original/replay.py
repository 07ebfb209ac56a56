"""Asks our server what the original was asked, in the same order, with a host that does as the original's did."""

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from golden.original.comparison import Difference, Words, differences
from golden.original.recording import Asked, Step
from openlbaas.desired.spec import Spec
from openlbaas.dialects.host_v1 import Counters, Report, Sample
from openlbaas.domain.caller import Caller
from openlbaas.domain.network import (
    AllocationPool,
    CreateNetwork,
    CreatePort,
    CreateSubnet,
    FixedIpRequest,
    Network,
    Subnet,
)
from openlbaas.operations import networks, report
from openlbaas.server.asgi import Application
from wire.asgi_caller import call
from world import ADMIN, Host, World

HOST = "controller01"
_OPERATOR = Caller("project", "admin", frozenset({"admin"}))
_SERVED = re.compile(r"(?P<connections>\d+) connections brought (?P<in>\d+) bytes to (?P<id>\S+) and took (?P<out>\d+)")
_URL = "http://lb.test:9696"


@dataclass
class Replay:
    """Replays recordings against one application."""

    application: Application
    world: World
    host: Host
    words: Words
    down: set[str] = field(default_factory=set)
    slow: bool = False

    def play(self, step: Step) -> list[Difference]:
        """Replay one step and list what differs."""
        for event in step.happens:
            self._happen(event)
        found: list[Difference] = []
        for asked in step.asked:
            found += self._ask(step.number, asked)
        return found

    def _happen(self, event: str) -> None:
        if event == "the host is slow":
            self.slow = True
        elif event == "the host catches up":
            self.slow = False
        elif (served := _SERVED.match(self.words.filled(event))) is not None:
            self._count(served)
        elif event.endswith(" is down"):
            self.down.add(self.words.filled(event.removesuffix(" is down")))
        else:
            raise AssertionError(f"nothing known of this: {event}")
        self._serve()

    def _count(self, served: re.Match[str]) -> None:
        """Have the host tell of traffic through the first listener."""
        spec = self.host.running[served["id"]]
        counters = Counters(
            total_connections=int(served["connections"]), bytes_in=int(served["in"]), bytes_out=int(served["out"])
        )
        sample = Sample(process="1", listeners={spec.listeners[0].id: counters})
        told = Report(host=self.host.name, statistics={spec.id: (sample,)})
        report.report(self.world.services, told)

    def _ask(self, step: str, asked: Asked) -> list[Difference]:
        headers = {"X-Auth-Token": "admin", **({"Content-Type": "application/json"} if asked.body else {})}
        target, body = self.words.filled(asked.target), self.words.filled(asked.body).encode()
        answer = call(self.application, asked.method, target, body, headers)
        self._serve()
        request = f"{asked.method} {asked.target}"
        assert re.fullmatch("req-[0-9a-f-]{36}", answer.headers["x-openstack-request-id"])
        assert answer.headers.get("content-type") == ("application/json" if answer.body else None)
        if answer.status != asked.status:
            said = answer.body.decode() if answer.status >= HTTPStatus.BAD_REQUEST else ""
            return [Difference(step, request, "status", str(asked.status), f"{answer.status} {said}".strip())]
        reply = answer.json if answer.body else None
        if _ignored_fields(asked):
            # Ours shows the fields asked for; that all else is the same is seen by asking for all.
            assert all(set(row) <= _fields(target) for row in _rows(reply)), reply
            whole = call(self.application, asked.method, re.sub("[?&]fields=[^&]*", "", target), b"", headers)
            found = list(differences(self.words, asked.reply, whole.json, partly=True))
            return [Difference(step, request, *one) for one in [("fields", "ignored", "shown alone"), *found]]
        found = list(differences(self.words, asked.reply, reply, partly=asked.partly))
        return [Difference(step, request, *one) for one in found]

    def _serve(self) -> None:
        """Have the host carry out what is new, and see every member answer that is not down."""
        if self.slow:
            return
        self.host.settle()
        for spec in self.host.running.values():
            if spec.pools:
                self.host.see(spec.id, **self._health(spec))
        told = Report(host=self.host.name, instances=sum(1 for s in self.host.running.values() if s.listeners))
        report.report(self.world.services, told)

    def _health(self, spec: Spec) -> dict[str, str]:
        members = [member for pool in spec.pools for member in pool.members]
        return {member.id: "DOWN" if member.id in self.down else "UP" for member in members}


def _fields(target: str) -> set[str]:
    return set(parse_qs(urlsplit(target).query).get("fields", []))


def _rows(reply: Any) -> list[dict[str, Any]]:
    return next(iter(reply.values())) if isinstance(reply, dict) else []


def _ignored_fields(asked: Asked) -> bool:
    """Tell whether the original was asked for some attributes and showed others too."""
    fields = _fields(asked.target)
    return bool(fields) and asked.status == HTTPStatus.OK and any(set(row) - fields for row in _rows(asked.reply))


def begun(application: Application, world: World) -> Replay:
    """Make the cloud of the recordings: two networks, each with its subnet, two instances, one host."""
    _subnet(world, "provider", "192.168.0.0/16", AllocationPool("192.168.93.210", "192.168.93.245"))
    selfservice = _subnet(world, "selfservice", "172.20.0.0/24", AllocationPool("172.20.0.2", "172.20.0.254"))
    for address in ("172.20.0.6", "172.20.0.12"):
        fixed = (FixedIpRequest(selfservice.id, address),)
        command = CreatePort(project_id="project", network_id=selfservice.network_id, fixed_ips=fixed)
        networks.change(world.services, _OPERATOR, command)
    words = Words(project="project", url=_URL, selfservice=selfservice.id)
    return Replay(application, world, world.host(HOST), words)


def _subnet(world: World, name: str, cidr: str, pool: AllocationPool) -> Subnet:
    network = networks.change(world.services, ADMIN, CreateNetwork(project_id="project", name=name))
    assert isinstance(network, Network)
    command = CreateSubnet(
        project_id="project",
        network_id=network.id,
        name=name,
        cidr=cidr,
        ip_version=4,
        enable_dhcp=False,
        allocation_pools=(pool,),
    )
    made = networks.change(world.services, ADMIN, command)
    assert isinstance(made, Subnet)
    return made
