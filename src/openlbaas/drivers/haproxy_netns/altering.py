"""Telling a running HAProxy what changed, and seeing that it is so."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from openlbaas.drivers.haproxy_netns import control, records
from openlbaas.drivers.haproxy_netns.draining import Draining
from openlbaas.haproxy import bundles, runtime
from openlbaas.haproxy.answers import servers_state
from openlbaas.haproxy.policies import PATTERNS

_LONGEST_LINE = 8192
"""Letters in one line of commands: HAProxy takes no line that is longer than its buffer."""


@dataclass(frozen=True, slots=True)
class Altering:
    """One process, told over its socket.

    Shape: answering names those of some servers that answer, asked from within the namespace.
    """

    load_balancer_id: str
    socket: Path
    draining: Draining
    answering: Callable[[Iterable[runtime.Server]], frozenset[str]]

    def told(self, changes: Sequence[runtime.Change], files: Iterable[Path], wanted: str) -> bool:
        """Tell everything, and tell whether the process now is as the wanted configuration says.

        Order: what HAProxy may refuse comes first, so that a refusal leaves everything as it was.
        """
        try:
            return all(self._read(path) for path in files) and self._changed(changes, wanted)
        except (OSError, ValueError):
            return False

    def _read(self, path: Path) -> bool:
        content = records.read_text(path) or ""
        return self._patterns(path, content) if path.name.endswith(PATTERNS) else self._certificate(path, content)

    def _certificate(self, path: Path, bundle: str) -> bool:
        """Have a certificate read anew; none is, where HAProxy does not show the new one."""
        control.ask(self.socket, bundles.offer(str(path), bundle))
        control.ask(self.socket, f"commit ssl cert {path}")
        if bundles.holds(control.ask(self.socket, f"show ssl cert {path}"), bundle):
            return True
        control.ask(self.socket, f"abort ssl cert {path}")
        return False

    def _patterns(self, path: Path, content: str) -> bool:
        """Have patterns replaced all at once: no request ever meets none, or a part of them."""
        wanted = runtime.patterns(content)
        version = runtime.version_of(control.ask(self.socket, f"prepare acl {path}"))
        if version is None:
            return False
        for line in wanted:
            if control.ask(self.socket, runtime.pattern(str(path), version, line)).strip():
                return False
        control.ask(self.socket, f"commit acl @{version} {path}")
        return runtime.shown(control.ask(self.socket, f"show acl {path}")) == wanted

    def _changed(self, changes: Sequence[runtime.Change], wanted: str) -> bool:
        if not changes:
            return True
        new = runtime.begins(changes)
        answering = self.answering(new) if new else frozenset[str]()
        words = [self._words(change, answering) for change in changes]
        if any(runtime.complaints(control.ask(self.socket, line)) for line in _lines(words)):
            return False
        states = servers_state(control.ask(self.socket, "show servers state"))
        seen = {f"{state.backend}/{state.name}": (state.weight, state.off) for state in states}
        if any(runtime.differing(seen, runtime.wanted_servers(wanted))):
            return False
        self._drain(changes)
        return True

    def _words(self, change: runtime.Change, answering: frozenset[str]) -> str:
        """Write a change; a server that comes again while it drains is switched on where its line is the same."""
        if not isinstance(change, runtime.Add | runtime.Remove | runtime.Switch):
            return runtime.command(change)
        server = change.server
        before = self.draining.take(self.load_balancer_id, server.path)
        answers = server.path in answering
        if isinstance(change, runtime.Add) and before is not None and before.server is not None:
            same = (before.server.address, before.server.options) == (server.address, server.options)
            if same and not runtime.deleted(control.ask(self.socket, runtime.deletion(server.path))):
                return runtime.returned(server, answers=answers)
        return runtime.command(change, answers=answers)

    def _drain(self, changes: Sequence[runtime.Change]) -> None:
        removed = [change.server for change in changes if isinstance(change, runtime.Remove)]
        stay = [change.server for change in changes if isinstance(change, runtime.Switch) and change.server.disabled]
        self.draining.begin(self.load_balancer_id, removed, stay=False)
        self.draining.begin(self.load_balancer_id, stay, stay=True)
        self.draining.tidy(self.load_balancer_id, self.socket)


def _lines(words: Iterable[str]) -> list[str]:
    """Put commands into as few lines as HAProxy takes."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(word) < _LONGEST_LINE:
            lines[-1] = f"{lines[-1]}; {word}"
        else:
            lines.append(word)
    return lines
