"""Which differences between two configurations a running HAProxy can be told, and how it is told.

Everything that is not known here to be possible needs a new process: the table is what `changes` recognises. Facts:
HAProxy 2.6 management guide, "add server", "del server", "set server", "set maxconn frontend", "prepare acl"; measured
on the releases that tests/integration runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

_ALTERABLE = frozenset({"roundrobin", "leastconn", "source"})
_LIMIT = "maxconn"


@dataclass(frozen=True, slots=True)
class Server:
    """One server line.

    Shape: options are all words after the weight, but for the one that switches the server off.
    """

    backend: str
    name: str
    address: str
    weight: int
    options: tuple[str, ...]
    disabled: bool

    @property
    def path(self) -> str:
        """Name the server as commands do."""
        return f"{self.backend}/{self.name}"

    @property
    def checked(self) -> bool:
        """Tell whether HAProxy checks it."""
        return "check" in self.options


@dataclass(frozen=True, slots=True)
class Add:
    """Put a server into a backend; extra are the words that its backend gives to servers of the file by default."""

    server: Server
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a server out of a backend."""

    server: Server


@dataclass(frozen=True, slots=True)
class Weigh:
    """Give a server another weight."""

    server: Server


@dataclass(frozen=True, slots=True)
class Switch:
    """Let a server have requests, or no new one."""

    server: Server


@dataclass(frozen=True, slots=True)
class Limit:
    """Let a frontend have so many connections."""

    frontend: str
    connections: int


Change = Add | Remove | Weigh | Switch | Limit


@dataclass(slots=True)
class _Block:
    """A section: the lines that only a new process can change, and what a running one can."""

    fixed: list[str] = field(default_factory=list)
    servers: dict[str, Server] = field(default_factory=dict)
    limit: int | None = None
    extra: tuple[str, ...] = ()
    balance: str = ""


def changes(running: str, wanted: str) -> tuple[Change, ...] | None:
    """Say what a process that runs one configuration must be told to run another; None when it can't be told.

    Shape: both were rendered here; nothing to tell is an empty tuple. What comes is told before what goes, so that a
    backend is never without a server in between.
    """
    old, new = _blocks(running), _blocks(wanted)
    if old.keys() != new.keys() or any(old[head].fixed != new[head].fixed for head in new):
        return None
    largest = old["global"].limit or 0
    if (new["global"].limit or 0) > largest:
        return None
    found: list[Change] = []
    for head, block in new.items():
        kind, _, name = head.partition(" ")
        if kind == "frontend" and block.limit != old[head].limit:
            found.append(Limit(name, block.limit or largest))
        elif kind == "backend":
            told = _servers(old[head], block)
            if told is None:
                return None
            found += told
    return tuple(sorted(found, key=lambda change: isinstance(change, Remove)))


def _servers(old: _Block, new: _Block) -> list[Change] | None:
    if old.servers == new.servers:
        return []
    if new.balance not in _ALTERABLE:
        return None
    kept = [name for name in old.servers if name in new.servers]
    # HAProxy puts what is added behind what is there; another order would be another hash or another turn.
    if [*kept, *(name for name in new.servers if name not in old.servers)] != list(new.servers):
        return None
    found: list[Change] = []
    for name, server in new.servers.items():
        before = old.servers.get(name)
        if before is None:
            found.append(Add(server, new.extra if server.checked else ()))
        elif (before.address, before.options) != (server.address, server.options):
            return None
        else:
            found += [Weigh(server)] if before.weight != server.weight else []
            found += [Switch(server)] if before.disabled != server.disabled else []
    return found + [Remove(server) for name, server in old.servers.items() if name not in new.servers]


def _blocks(text: str) -> dict[str, _Block]:
    """Read a configuration that was rendered here, section by section."""
    blocks: dict[str, _Block] = {}
    block = _Block()
    head = ""
    for line in text.splitlines():
        parts = tuple(line.split())
        if not parts or line.startswith("#"):
            continue
        if not line[0].isspace():
            head = line
            block = blocks[head] = _Block()
        else:
            _read(block, head, line, parts)
    return blocks


def _read(block: _Block, head: str, line: str, parts: tuple[str, ...]) -> None:
    match parts:
        case ("server", name, address, "weight", weight, *options):
            disabled = options[-1:] == ["disabled"]
            kept = tuple(options[:-1] if disabled else options)
            block.servers[name] = Server(head.partition(" ")[2], name, address, int(weight), kept, disabled)
        case (word, number) if word == _LIMIT and number.isdecimal():
            block.limit = int(number)
        case ("default-server", *words):
            block.extra = tuple(words)
            block.fixed.append(line)
        case ("balance", algorithm):
            block.balance = algorithm
            block.fixed.append(line)
        case _:
            block.fixed.append(line)


def commands(change: Change, *, answers: bool = True) -> tuple[str, ...]:
    """Write what a process is told for a change, each command one line.

    Shape: answers says whether a server that is added was found to answer; one that is checked and did not begins
    without requests, until its first good check.
    """
    match change:
        case Add(server, extra):
            words = " ".join(("add server", server.path, server.address, "weight", str(server.weight), *server.options))
            more = " ".join(extra)
            begin = [f"{words} {more}".strip()]
            if server.checked:
                begin.append(f"enable health {server.path}")
            if not server.disabled:
                begin.append(f"enable server {server.path}")
            if server.checked and not answers:
                begin.append(f"set server {server.path} health down")
            # One line: nothing may reach the server between two of them.
            return ("; ".join(begin),)
        case Remove(server):
            return (f"set server {server.path} state maint", f"del server {server.path}")
        case Weigh(server):
            return (f"set server {server.path} weight {server.weight}",)
        case Switch(server):
            return (f"set server {server.path} state {'maint' if server.disabled else 'ready'}",)
        case Limit(frontend, connections):
            return (f"set maxconn frontend {frontend} {connections}",)


def wanted_servers(text: str) -> Mapping[str, Server]:
    """Name every server of a configuration by its path."""
    return {server.path: server for block in _blocks(text).values() for server in block.servers.values()}


def differing(seen: Mapping[str, tuple[int, bool]], wanted: Mapping[str, Server]) -> Iterator[str]:
    """Name the servers whose state in the process is not the wanted one.

    Shape: seen has weight and whether it is switched off, by path; one that is switched off and not wanted may stay
    for as long as connections to it last.
    """
    for path, server in wanted.items():
        if seen.get(path) != (server.weight, server.disabled):
            yield path
    for path, (_, disabled) in seen.items():
        if path not in wanted and not disabled:
            yield path


def patterns(old: str, new: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Compare two files of patterns line by line: what goes, and what comes; lines of comment count for nothing."""
    before, after = ([x for x in text.splitlines() if x and not x.startswith("#")] for text in (old, new))
    pairs = list(zip_longest(before, after))
    return (
        tuple(a for a, b in pairs if a is not None and a != b),
        tuple(b for a, b in pairs if b is not None and a != b),
    )
