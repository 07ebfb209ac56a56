"""Any sequence of changes leaves the process as a fresh one of the wanted configuration would be."""

import csv
import dataclasses
import itertools
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from balancers import MEMBERS, VIP, WEB1, WEB2, bare, full, id_of, member, monitor
from netns_host import Host, Web, alone, apply, host, until
from releases import DEBIAN, LATER, binary

from openlbaas.desired.spec import PersistenceSpec, PolicySpec, PoolSpec, RuleSpec, Spec
from openlbaas.drivers.haproxy_netns import control
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns

CHANGES = 60
MOST_MEMBERS = 6
_CHECK_ENABLED = 0x04
_COLUMNS = ("slim", "check_rise", "check_fall", "addr", "cookie", "mode", "algo")
VALUES = ("x", "a b", "#x", "a;b\\", "é", "-f", "z ")
Pool = Callable[[random.Random, PoolSpec], PoolSpec]


def replaced(thing: Any, **more: Any) -> Any:
    return msgspec.structs.replace(thing, **more)


def with_pool(spec: Spec, **more: Any) -> Spec:
    return replaced(spec, revision=spec.revision + 1, pools=(replaced(spec.pools[0], **more),))


def with_listener(spec: Spec, **more: Any) -> Spec:
    return replaced(spec, revision=spec.revision + 1, listeners=(replaced(spec.listeners[0], **more),))


class Tenant:
    """Changes one load balancer by chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.spec = with_listener(full(health_monitor=monitor()), connection_limit=500, policies=(self.refusing("x"),))
        self.numbers = itertools.count(10)
        self.told: list[Callable[[], Spec]] = [
            self.add, self.add, self.remove, self.weigh, self.weigh, self.move, self.switch, self.switch, self.limit, self.value,
            self.switch_pool, self.several,
        ]  # fmt: skip
        self.loaded: list[Callable[[], Spec]] = [self.monitor, self.algorithm, self.persistence, self.policies]

    def refusing(self, value: str) -> PolicySpec:
        rule = RuleSpec(id=id_of(8, 1), type="PATH", compare_type="CONTAINS", value=value)
        return PolicySpec(id=id_of(7, 1), action="REJECT", rules=(rule,))

    @property
    def members(self) -> tuple[Any, ...]:
        return self.spec.pools[0].members

    def altered(self, **more: Any) -> Spec:
        if not self.members:
            return self.add()
        chosen = self.chance.choice(self.members)
        return with_pool(
            self.spec, members=tuple(replaced(each, **more) if each == chosen else each for each in self.members)
        )

    def add(self) -> Spec:
        number = next(self.numbers)
        made = member(number, self.chance.choice((WEB1, WEB2)), self.chance.choice((80, 1000 + number)))
        return with_pool(self.spec, members=(*self.members, made)[-MOST_MEMBERS:])

    def remove(self) -> Spec:
        gone = self.chance.randrange(len(self.members)) if self.members else 0
        return with_pool(self.spec, members=(*self.members[:gone], *self.members[gone + 1 :]))

    def weigh(self) -> Spec:
        return self.altered(weight=self.chance.choice((0, 1, 2, 100, 256)))

    def move(self) -> Spec:
        return self.altered(address=self.chance.choice((WEB1, WEB2)), port=self.chance.choice((80, 3000, 3001)))

    def switch(self) -> Spec:
        return self.altered(admin_state_up=self.chance.random() < 0.5)

    def switch_pool(self) -> Spec:
        return with_pool(self.spec, admin_state_up=not self.spec.pools[0].admin_state_up)

    def limit(self) -> Spec:
        return with_listener(self.spec, connection_limit=self.chance.choice((1, 100, 500)))

    def value(self) -> Spec:
        policies = (self.refusing(self.chance.choice(VALUES)),) if self.spec.listeners[0].policies else ()
        return with_listener(self.spec, policies=policies)

    def several(self) -> Spec:
        before = self.spec
        for change in self.chance.choices(self.told[:-1], k=5):
            self.spec = change()
        made, self.spec = self.spec, before
        return made

    def monitor(self) -> Spec:
        asked = monitor(delay_s=self.chance.randint(1, 3), type=self.chance.choice(("HTTP", "TCP", "PING")))
        return with_pool(self.spec, health_monitor=self.chance.choice((None, asked)))

    def algorithm(self) -> Spec:
        return with_pool(self.spec, algorithm=self.chance.choice(("ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP")))

    def persistence(self) -> Spec:
        kinds = (None, PersistenceSpec(type="SOURCE_IP"), PersistenceSpec(type="HTTP_COOKIE"))
        return with_pool(self.spec, persistence=self.chance.choice(kinds))

    def policies(self) -> Spec:
        return with_listener(self.spec, policies=() if self.spec.listeners[0].policies else (self.refusing("x"),))


def picture(ask: Callable[[str], str], files: Path) -> dict[tuple[str, ...], tuple[str, ...]]:
    """See all that can be seen of a process, but for what is measured, numbered or on its way out."""
    _, head, *lines = ask("show servers state").strip().splitlines()
    columns = head.lstrip("# ").split()
    seen: dict[tuple[str, ...], tuple[str, ...]] = {}
    for row in (dict(zip(columns, line.split(), strict=True)) for line in lines if line):
        state = str(int(row["srv_admin_state"]) & 1)
        checked = str(int(row["srv_check_state"]) & _CHECK_ENABLED)
        seen["server", row["be_name"], row["srv_name"]] = (
            row["srv_addr"], row["srv_port"], row["srv_uweight"], state, checked,
        )  # fmt: skip
    for row in csv.DictReader(ask("show stat").removeprefix("# ").splitlines()):
        if row["svname"] == "BACKEND":
            # A tenth of what its frontends may have, which counts only for servers with limits of their own.
            row["slim"] = ""
        seen["stat", row["pxname"], row["svname"]] = tuple(row[column] for column in _COLUMNS)
    for path in files.glob("*.pattern"):
        patterns = (line.partition(" ")[2] for line in ask(f"show acl {path}").split("\n") if line)
        seen["patterns", path.name] = tuple(patterns)
    seen["limit",] = tuple(line for line in ask("show info").splitlines() if line.startswith("Maxconn:"))
    return seen


def fresh(program: str, folder: Path, number: int) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Start another process of the configuration, elsewhere, and see it."""
    place = Path(f"/run/fresh{number}")
    place.mkdir()
    text = (folder / "haproxy.conf").read_text().replace(f"bind {VIP}:", "bind 127.0.0.1:")
    text = text.replace(str(folder / "haproxy_stats.sock"), str(place / "s")).replace("expose-fd listeners", "")
    (place / "conf").write_text(text.replace(str(folder / "haproxy.state"), str(place / "none")))
    words = [program, "-f", str(place / "conf"), "-p", str(place / "pid")]
    subprocess.run(words, check=True, capture_output=True)
    try:
        return picture(lambda command: control.ask(place / "s", command), folder / "files")
    finally:
        process = (place / "pid").read_text().strip()
        subprocess.run(["kill", "-9", process], check=True)
        until(lambda: not Path("/proc", process).exists(), "its end")


def without_drains(made: dict[tuple[str, ...], tuple[str, ...]], spec: Spec) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Leave out what is switched off and no member any more."""
    members = {member.id for pool in spec.pools for member in pool.members}
    gone = {key[2] for key, is_ in made.items() if key[0] == "server" and key[2] not in members and is_[3] == "1"}
    return {key: is_ for key, is_ in made.items() if key[-1] not in gone}


def serving(made: Host) -> set[int]:
    return set(made.processes())


@pytest.mark.parametrize(("seed", "release"), [(1, DEBIAN), (2, DEBIAN), (3, DEBIAN), (4, LATER), (5, LATER)])
@alone
def test_whatever_changes_the_process_is_as_a_fresh_one_would_be(seed: int, release: str, tmp_path: Path) -> None:
    with host(tmp_path) as made:
        made.options = dataclasses.replace(made.options, binary=binary(release, made.folder))
        tenant = Tenant(random.Random(seed))
        driver = begun(made, tenant.spec)
        folder = made.folder / "lbaas/v2" / tenant.spec.id
        told, room = 0, tenant.spec.listeners[0].connection_limit
        for number in range(CHANGES):
            of_structure = tenant.chance.random() < 0.2
            change = tenant.chance.choice(tenant.loaded if of_structure else tenant.told)
            pid = (folder / "haproxy.pid").read_text()
            tenant.spec = change()
            apply(driver, tenant.spec)
            stayed = (folder / "haproxy.pid").read_text() == pid
            limit = tenant.spec.listeners[0].connection_limit
            # No process takes more connections than it began with.
            assert stayed or of_structure or limit > room, (number, change)
            room = room if stayed else limit
            told += stayed
            seen = picture(lambda command: control.ask(folder / "haproxy_stats.sock", command), folder / "files")
            assert without_drains(seen, tenant.spec) == fresh(made.options.binary, folder, number), (
                number,
                change,
                tenant.spec.pools,
            )
            assert (folder / "haproxy.conf").read_text() == (folder / "haproxy.conf.good").read_text()
        assert told > CHANGES // 2


def begun(made: Host, spec: Spec) -> HaproxyNetns:
    driver = made.driver()
    apply(driver, bare())
    for name, address in (("web1", WEB1), ("web2", WEB2)):
        made.neighbour(name, f"brq{spec.vip.network.id[:11]}" if spec.vip else "", f"{address}/24")
        Web(name, name, address)
    apply(driver, spec)
    assert len(MEMBERS) == len(serving(made)) + 1
    return driver
