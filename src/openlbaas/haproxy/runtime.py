"""Which differences between two configurations a running HAProxy can be told, and how it is told.

Everything that is not known here to be possible needs a new process. What is possible depends on the release:
:mod:`openlbaas.haproxy.versions`.
Source: HAProxy 2.6 management guide, "add server", "del server", "set server", "set maxconn", "prepare acl".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from openlbaas.haproxy.versions import Ability

_ALTERABLE = frozenset({"roundrobin", "leastconn", "source"})
_LIMIT = "maxconn"
_ESCAPED = frozenset("\\ \t;")
_WELL_SAID = ("New server registered.", "IP changed from ", "port changed from ", "no need to change ")


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

    @property
    def watched(self) -> bool:
        """Tell whether anyone checks it."""
        return "inter" in self.options


@dataclass(frozen=True, slots=True)
class Add:
    """Put a server into a backend.

    Shape: extra are the words that the backend gives to servers of the file by default; cookie says that it gives them
    cookies.
    """

    server: Server
    extra: tuple[str, ...] = ()
    cookie: bool = False


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a server out of a backend."""

    server: Server


@dataclass(frozen=True, slots=True)
class Weigh:
    """Give a server another weight."""

    server: Server


@dataclass(frozen=True, slots=True)
class Move:
    """Have a server be somewhere else."""

    server: Server


@dataclass(frozen=True, slots=True)
class Switch:
    """Let a server have requests, or no new one."""

    server: Server


@dataclass(frozen=True, slots=True)
class Limit:
    """Let a frontend have so many connections; the whole process, where no frontend is named."""

    frontend: str | None
    connections: int


@dataclass(frozen=True, slots=True)
class Untold:
    """Why a running process can't be told.

    Shape: why is half a sentence for people, which names the section by its configuration's words.
    """

    why: str


Change = Add | Remove | Weigh | Move | Switch | Limit
_NEEDED = {
    Add: Ability.SERVERS,
    Remove: Ability.SERVERS,
    Weigh: Ability.WEIGHTS,
    Move: Ability.ADDRESSES,
    Switch: Ability.STATES,
    Limit: Ability.LIMITS,
}


@dataclass(slots=True)
class _Block:
    """A section: the lines that only a new process can change, and what a running one can."""

    fixed: list[str] = field(default_factory=list)
    servers: dict[str, Server] = field(default_factory=dict)
    limit: int | None = None
    extra: tuple[str, ...] = ()
    balance: str = ""
    cookie: bool = False


def changes(running: str, wanted: str, able: frozenset[Ability]) -> tuple[Change, ...] | Untold:
    """Say what a process that runs one configuration must be told to run another, or why it can't be told.

    Shape: both were rendered here; nothing to tell is an empty tuple. What comes is told before what goes, so that a
    backend is never without a server in between.
    """
    if running == wanted:
        return ()
    old, new = _blocks(running), _blocks(wanted)
    fixed = next(_fixed(old, new), None)
    if fixed is not None:
        return Untold(fixed)
    found = _limits(old, new)
    for head, block in new.items():
        told = _servers(head, old[head], block)
        if isinstance(told, Untold):
            return told
        found += told
    for change in found:
        if _NEEDED[type(change)] not in able:
            return Untold(f"this release of HAProxy can't be told that {_NEEDED[type(change)].value}")
    return tuple(sorted(found, key=_goes))


def _fixed(old: Mapping[str, "_Block"], new: Mapping[str, "_Block"]) -> Iterator[str]:
    """Name differences that only a new process can have."""
    for head in new:
        if head not in old:
            yield f"{head} is new"
    for head, block in old.items():
        if head not in new:
            yield f"{head} goes"
        elif block.fixed != new[head].fixed:
            came = [line.strip() for line in new[head].fixed if line not in block.fixed]
            went = [line.strip() for line in block.fixed if line not in new[head].fixed]
            words = [f"`{line}` {verb}" for lines, verb in ((came, "comes"), (went, "goes")) for line in lines[:2]]
            yield f"{head}: {', '.join(words) or 'its lines come in another order'}"


def gone(told: Iterable[Change]) -> tuple[tuple[str, str], ...]:
    """Name the servers that are to get no new request, as pairs of backend and server."""
    servers = (change.server for change in told if not isinstance(change, Limit) and _goes(change))
    return tuple((server.backend, server.name) for server in servers)


def _goes(change: Change) -> bool:
    return isinstance(change, Remove) or (isinstance(change, Switch) and change.server.disabled)


def _limits(old: Mapping[str, _Block], new: Mapping[str, _Block]) -> list[Change]:
    """Compare limits: a frontend without one has that of the process."""
    most, before = new["global"].limit or 0, old["global"].limit or 0
    found: list[Change] = [Limit(None, most)] if most != before else []
    for head, block in new.items():
        kind, _, name = head.partition(" ")
        if kind == "frontend" and (block.limit or most) != (old[head].limit or before):
            found.append(Limit(name, block.limit or most))
    return found


def _servers(head: str, old: _Block, new: _Block) -> list[Change] | Untold:
    if old.servers == new.servers and [*old.servers] == [*new.servers]:
        return []
    if new.balance not in _ALTERABLE:
        return Untold(f"{head}: with `balance {new.balance}` no server comes or goes")
    kept = [name for name in old.servers if name in new.servers]
    # HAProxy puts what is added behind what is there; another order would be another hash or another turn.
    if [*kept, *(name for name in new.servers if name not in old.servers)] != list(new.servers):
        return Untold(f"{head}: its servers come in another order")
    found: list[Change] = []
    for name, server in new.servers.items():
        before = old.servers.get(name)
        if before is None:
            found.append(Add(server, new.extra if server.checked else (), new.cookie))
        elif before.options != server.options:
            return Untold(f"{head}: server {name} is checked otherwise")
        else:
            found += [Move(server)] if before.address != server.address else []
            found += [Weigh(server)] if before.weight != server.weight else []
            found += [Switch(server)] if before.disabled != server.disabled else []
    return found + [Remove(server) for name, server in old.servers.items() if name not in new.servers]


def _blocks(text: str) -> dict[str, _Block]:
    """Read a configuration that was rendered here, section by section."""
    blocks: dict[str, _Block] = {"global": _Block()}
    block, head = blocks["global"], ""
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
        case ("dynamic-cookie-key", _):
            block.cookie = True
            block.fixed.append(line)
        case ("balance", algorithm):
            block.balance = algorithm
            block.fixed.append(line)
        case _:
            block.fixed.append(line)


def begins(told: Iterable[Change]) -> tuple[Server, ...]:
    """Name the servers that are watched and get requests only from now on."""
    return tuple(
        change.server
        for change in told
        if isinstance(change, Add | Switch) and change.server.watched and not change.server.disabled
    )


def command(change: Change, *, answers: bool = True) -> str:
    """Write what a process is told for a change, in one line: nothing may reach a server between two words of it.

    Shape: answers says whether a server that gets requests from now on was found to answer; if not, it begins without,
    until its first good check. A server that goes is given no more requests; :func:`deletion` is what follows.
    """
    match change:
        case Add(server, extra, cookie):
            words = " ".join(("add server", server.path, server.address, "weight", str(server.weight), *server.options))
            # What is added has no cookie until all of its backend are made anew, as what they were.
            named = [f"enable dynamic-cookie backend {server.backend}"] if cookie else []
            health = [f"enable health {server.path}"] if server.checked else []
            # By way of draining, for only who goes into maintenance is not checked there.
            states = ("drain", "maint") if server.disabled else ("ready",)
            on = [f"set server {server.path} state {state}" for state in states]
            return "; ".join(
                [f"{words} {' '.join(extra)}".strip(), *named, *health, *on, *_down(server, answers=answers)]
            )
        case Remove(server):
            return f"set server {server.path} state maint"
        case Weigh(server):
            return f"set server {server.path} weight {server.weight}"
        case Move(server):
            address, _, port = server.address.rpartition(":")
            return f"set server {server.path} addr {address.strip('[]')} port {port}"
        case Switch(server):
            state = f"set server {server.path} state {'maint' if server.disabled else 'ready'}"
            return "; ".join([state, *_down(server, answers=answers)])
        case Limit(frontend, connections):
            whom = "global" if frontend is None else f"frontend {frontend}"
            return f"set maxconn {whom} {connections}"


def _down(server: Server, *, answers: bool) -> list[str]:
    silent = server.watched and not server.disabled and not answers
    return [f"set server {server.path} health down"] if silent else []


def returned(server: Server, *, answers: bool) -> str:
    """Write what lets a server that is still there, switched off, serve as one that is added."""
    weight = command(Weigh(server))
    return f"{weight}; {command(Switch(server), answers=answers)}"


def deletion(path: str) -> str:
    """Write the command that deletes a server that is switched off; it is refused while connections to it last."""
    return f"del server {path}"


def deleted(answer: str) -> bool:
    """Tell whether a server is no more."""
    return "Server deleted." in answer or "No such server." in answer


def complaints(answer: str) -> tuple[str, ...]:
    """Name what an answer to commands says beyond that they were carried out."""
    return tuple(line for line in answer.splitlines() if line.strip() and not line.startswith(_WELL_SAID))


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


def pattern(path: str, version: int, line: str) -> str:
    """Write the command that adds a line of a file of patterns to a version of what was read from it."""
    escaped = "".join(f"\\{letter}" if letter in _ESCAPED else letter for letter in line)
    return f"add acl @{version} {path} {escaped}"


def patterns(content: str) -> tuple[str, ...]:
    """Read a file of patterns as HAProxy does: without comments and the blanks that lines begin with."""
    lines = (line.lstrip(" \t") for line in content.split("\n") if not line.startswith("#"))
    return tuple(line for line in lines if line)


def version_of(answer: str) -> int | None:
    """Read which version ``prepare acl`` made; None when it made none."""
    _, said, number = answer.strip().rpartition("New version created: ")
    return int(number) if said and number.isdecimal() else None


def shown(answer: str) -> tuple[str, ...]:
    """Read the patterns from the answer to ``show acl``."""
    return tuple(line.partition(" ")[2] for line in answer.split("\n") if line)
