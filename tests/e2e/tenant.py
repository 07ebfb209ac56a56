"""A tenant who sets load balancers up by the API, and a client of the tenant's on the same network."""

import ctypes
import http.client
import json
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from asking import Answer, Asking
from waits import eventually

T = TypeVar("T")
FIRST_PLAIN, FIRST_TLS, COUNT = 9001, 9101, 8
_NEW_NETWORK = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Said:
    """An answer that came through a VIP; member is the port of the one that gave it, None when HAProxy did."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def seen(self) -> dict[str, Any]:
        """What the member saw."""
        read: dict[str, Any] = json.loads(self.body)
        return read

    @property
    def member(self) -> int | None:
        """Name the member."""
        return int(self.seen["member"]) if self.body.startswith(b'{"member"') else None


@dataclass
class Client:
    """Somebody in a namespace."""

    namespace: str

    def inside(self, work: Callable[[], T]) -> T:
        """Do something there; sockets that it opens stay there."""
        results: list[T] = []
        problems: list[BaseException] = []

        def entered() -> None:
            with Path("/run/netns", self.namespace).open("rb") as space:
                assert _LIBC.setns(space.fileno(), _NEW_NETWORK) == 0
            try:
                results.append(work())
            except Exception as problem:  # noqa: BLE001 - raised again by who waits
                problems.append(problem)

        thread = threading.Thread(target=entered)
        thread.start()
        thread.join()
        if problems:
            raise problems[0]
        return results[0]

    def get(self, vip: str, path: str = "/", port: int = 80, method: str = "GET", **headers: str) -> Said:
        """Ask once on a new connection; underscores in names of headers stand for dashes."""

        def work() -> Said:
            connection = http.client.HTTPConnection(vip, port, timeout=5)
            try:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                connection.request(method, path, headers={"Connection": "close", **named})
                reply = connection.getresponse()
                return Said(reply.status, {n.lower(): v for n, v in reply.getheaders()}, reply.read())
            finally:
                connection.close()

        return self.inside(work)

    def shares(self, vip: str, times: int, port: int = 80) -> Counter[int | None]:
        """Ask several times and count who answered."""
        return Counter(self.get(vip, port=port).member for _ in range(times))

    def connected(self, vip: str, port: int) -> socket.socket:
        """Open a connection and keep it."""
        return self.inside(lambda: socket.create_connection((vip, port), timeout=5))

    def tls(self, vip: str, port: int, name: str | None = None, **more: Any) -> ssl.SSLSocket:
        """Open a TLS connection; more are offers (ALPN) and version."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if "offers" in more:
            context.set_alpn_protocols(more["offers"])
        if "version" in more:
            context.minimum_version = context.maximum_version = more["version"]
        return context.wrap_socket(self.connected(vip, port), server_hostname=name)


@dataclass
class Tenant:
    """Somebody with a token, and what that somebody made."""

    api: Asking
    subnet_id: str
    web: str
    folder: Path
    client: Client
    balancers: list[str] = field(default_factory=list)

    def make(self, path: str, kind: str, **attributes: object) -> dict[str, Any]:
        """Create something."""
        return self.api.make(f"lbaas/{path}", kind, **attributes)

    def change(self, path: str, kind: str, **attributes: object) -> dict[str, Any]:
        """Change something and wait until it is in force everywhere."""
        answer = self.api.ask("PUT", f"lbaas/{path}", {kind: attributes})
        assert answer.status == 200, answer.body
        self.active()
        changed: dict[str, Any] = answer.json[kind]
        return changed

    def delete(self, path: str) -> None:
        """Delete something and wait until it is gone."""
        answer = self.api.ask("DELETE", f"lbaas/{path}")
        assert answer.status == 204, answer.body
        eventually(lambda: self.api.ask("GET", f"lbaas/{path}").status == 404, f"{path} to be gone")

    def read(self, path: str) -> Any:
        """Show something."""
        answer: Answer = self.api.ask("GET", f"lbaas/{path}")
        assert answer.status == 200, answer.body
        return answer.json

    def active(self) -> None:
        """Wait until everything is in force."""
        for id_ in self.balancers:
            eventually(lambda id_=id_: self.status(id_) == "ACTIVE", f"{id_} to be ACTIVE")

    def status(self, id_: str) -> str:
        """Name the provisioning status of a load balancer."""
        return str(self.read(f"loadbalancers/{id_}")["loadbalancer"]["provisioning_status"])

    def balancer(self, **more: object) -> dict[str, Any]:
        """Make a load balancer."""
        made = self.make("loadbalancers", "loadbalancer", vip_subnet_id=self.subnet_id, **more)
        self.balancers.append(made["id"])
        return made

    def listener(
        self, balancer: dict[str, Any], protocol: str = "HTTP", port: int = 80, **more: object
    ) -> dict[str, Any]:
        """Open a port."""
        return self.make(
            "listeners", "listener", loadbalancer_id=balancer["id"], protocol=protocol, protocol_port=port, **more
        )

    def pool(self, parent: dict[str, Any], *ports: int, **more: Any) -> dict[str, Any]:
        """Make the pool of a listener, or of a load balancer alone, with members on these ports."""
        place = "listener_id" if "protocol_port" in parent else "loadbalancer_id"
        protocol = {"TERMINATED_HTTPS": "HTTP"}.get(parent.get("protocol", "HTTP"), parent.get("protocol", "HTTP"))
        given = {"protocol": protocol, "lb_algorithm": "ROUND_ROBIN", place: parent["id"], **more}
        made = self.make("pools", "pool", **given)
        for port in ports:
            self.member(made, port)
        return made

    def member(self, pool: dict[str, Any], port: int, **more: object) -> dict[str, Any]:
        """Add a member."""
        return self.make(
            f"pools/{pool['id']}/members",
            "member",
            address=more.pop("address", self.web),
            protocol_port=port,
            subnet_id=self.subnet_id,
            **more,
        )

    def members(self, pool: dict[str, Any]) -> list[dict[str, Any]]:
        """List the members of a pool in order of creation."""
        found: list[dict[str, Any]] = self.read(f"pools/{pool['id']}/members")["members"]
        return found

    def monitor(self, pool: dict[str, Any], kind: str = "HTTP", **more: object) -> dict[str, Any]:
        """Have a pool checked every second."""
        given = {"delay": 1, "timeout": 1, "max_retries": 2, **more}
        return self.make("healthmonitors", "healthmonitor", pool_id=pool["id"], type=kind, **given)

    def serving(self, *ports: int, **more: Any) -> tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Make a whole chain in force: VIP, load balancer, listener, pool."""
        balancer = self.balancer()
        listener = self.listener(balancer, more.pop("protocol", "HTTP"), more.pop("port", 80))
        pool = self.pool(listener, *ports, **more)
        self.active()
        return balancer["vip_address"], balancer, listener, pool

    def tree(self, balancer: dict[str, Any]) -> dict[str, Any]:
        """Show the statuses of a load balancer."""
        found: dict[str, Any] = self.read(f"loadbalancers/{balancer['id']}/statuses")["statuses"]["loadbalancer"]
        return found

    def states(self, balancer: dict[str, Any]) -> dict[str, str]:
        """Name the operating status of each member of the first pool, by its port."""
        members = self.tree(balancer)["pools"][0]["members"]
        return {str(member["protocol_port"]): member["operating_status"] for member in members}

    def health(self, port: int, code: int) -> None:
        """Let a member answer its checks so from now on."""
        (self.folder / f"{port}.new").write_text(str(code))
        (self.folder / f"{port}.new").rename(self.folder / str(port))

    def asked(self, port: int) -> list[str]:
        """List what a member was asked, as method and path."""
        lines = (self.folder / "asked").read_text().splitlines()
        return [line.split(" ", 1)[1] for line in lines if line.startswith(f"{port} ")]

    def forget(self) -> None:
        """Remove every load balancer that was made, with everything below."""
        for id_ in self.balancers:
            balancer = self.read(f"loadbalancers/{id_}")["loadbalancer"]
            for policy in self.read("l7policies")["l7policies"]:
                if {"id": policy["listener_id"]} in balancer["listeners"]:
                    self.api.ask("DELETE", f"lbaas/l7policies/{policy['id']}")
            for listener in balancer["listeners"]:
                self.api.ask("DELETE", f"lbaas/listeners/{listener['id']}")
            for pool in balancer["pools"]:
                shown = self.read(f"pools/{pool['id']}")["pool"]
                if shown["healthmonitor_id"]:
                    self.api.ask("DELETE", f"lbaas/healthmonitors/{shown['healthmonitor_id']}")
                for member in shown["members"]:
                    self.api.ask("DELETE", f"lbaas/pools/{pool['id']}/members/{member['id']}")
                self.api.ask("DELETE", f"lbaas/pools/{pool['id']}")
            assert self.api.ask("DELETE", f"lbaas/loadbalancers/{id_}").status == 204
        self.balancers.clear()
        for path in self.folder.glob("[0-9]*"):
            path.unlink()
        (self.folder / "go").unlink(missing_ok=True)
