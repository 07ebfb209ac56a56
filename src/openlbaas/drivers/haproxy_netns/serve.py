"""Carrying out what concerns HAProxy itself: its file, its processes and handing over from one to the next."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from openlbaas.domain.errors import ConfigRejected
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.haproxy_netns import control, kept, names, probing, processes, records
from openlbaas.drivers.haproxy_netns.altering import Altering
from openlbaas.drivers.haproxy_netns.command import Command
from openlbaas.drivers.haproxy_netns.draining import Draining
from openlbaas.drivers.haproxy_netns.lingering import Line, Lingering
from openlbaas.drivers.haproxy_netns.namespaces import Namespaces
from openlbaas.drivers.haproxy_netns.ping_targets import state_file
from openlbaas.drivers.haproxy_netns.pinging import Pinging
from openlbaas.haproxy import answers, backends
from openlbaas.haproxy import plan as p
from openlbaas.haproxy.rendered import Content, Plain
from openlbaas.haproxy.runtime import Server, gone
from openlbaas.sealing import SealBroken, opened

_AT_A_TIME = 100
"""Commands in one line, which HAProxy's buffer limits."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the processes of every load balancer of this host run on."""

    namespaces: Namespaces
    identity: processes.Identity
    lingering: Lingering
    pinging: Pinging
    draining: Draining
    secret: str = field(repr=False)


class Serve:
    """The HAProxy of one load balancer."""

    def __init__(self, load_balancer_id: str, command: Command, ground: Ground) -> None:
        """Take the load balancer, and what to run on what."""
        self._id = load_balancer_id
        self._command = command
        self._files = command.files
        self._namespaces = ground.namespaces
        self._namespace = names.namespace(load_balancer_id)
        self._identity = ground.identity
        self._lingering = ground.lingering
        self._pinging = ground.pinging
        self._draining = ground.draining
        self._secret = ground.secret
        self._retired: tuple[tuple[str, str], ...] = ()

    def out(self, step: p.Step) -> None:
        """Carry one step out.

        Raises: ConfigRejected; StepFailed; OSError.
        """
        match step:
            case p.Put(files):
                self._put(files)
            case p.Write(text):
                records.write(self._files.config, text.encode())
            case p.Retire(servers):
                self._retire(servers)
            case p.Load(old, handover):
                self._load(old, handover=handover)
            case p.Alter():
                self._alter(step)
            case p.Sweep(names):
                kept.remove(self._files.named, names)
                kept.remove(self._files.loaded, names)
            case p.Stop():
                self._stop(step.processes)
            case p.Clear():
                self._clear()

    def revive(self) -> None:
        """Take every member that is checked for one that works, as at a start; the next checks tell."""
        with suppress(OSError, ValueError):
            known = answers.servers_state(control.ask(self._files.socket, "show servers state"))
            down = [f"{server.backend}/{server.name}" for server in known if server.health is MemberHealth.DOWN]
            for first in range(0, len(down), _AT_A_TIME):
                some = down[first : first + _AT_A_TIME]
                control.ask(self._files.socket, ";".join(f"set server {path} health up" for path in some))

    def _clear(self) -> None:
        files = self._files
        records.remove(files.good, files.config, files.process, files.socket, files.server_state)
        kept.remove_all(files.named)
        kept.remove_all(files.loaded)

    def _put(self, files: Mapping[str, Content]) -> None:
        """Put files in place; of certificates that can't be opened, none."""
        contents = {name: self._content(name, content) for name, content in files.items()}
        for name, content in files.items():
            mode = kept.READABLE if isinstance(content, Plain) else kept.SECRET
            kept.put(self._files.named / name, kept.marked(content.mark, contents[name]), mode, self._identity.group)

    def _content(self, name: str, content: Content) -> bytes:
        if isinstance(content, Plain):
            return content.content.encode()
        certificate = content.certificate
        try:
            return opened(self._secret, certificate.sealed, certificate.id)
        except SealBroken as error:
            raise ConfigRejected(f"the certificate {name} can't be opened on this host: {error}") from error

    def _alter(self, step: p.Alter) -> None:
        """Tell the process that serves, and load everything anew if it does not do as it was told.

        Order: the good files change last, so an end before that is seen, and then everything is loaded anew.
        """
        text = records.read_text(self._files.config) or ""
        altering = Altering(self._id, self._files.socket, self._draining, self._answering)
        if altering.told(step.changes, [self._files.named / name for name in step.names], text):
            if gone(step.changes):
                self._lingering.condemn(self._id)
            kept.take(self._files.named, self._files.loaded, self._identity.group)
            records.write(self._files.good, text.encode())
            return
        self._retire(gone(step.changes))
        try:
            self._load(step.load.old, handover=step.load.handover)
        except ConfigRejected:
            if step.changes:
                # The process may have been told a part of what was refused as a whole.
                self._start(step.load.old, handover=step.load.handover)
            raise

    def _answering(self, servers: Iterable[Server]) -> frozenset[str]:
        return self._namespaces.inside(self._namespace, lambda: probing.answering(servers))

    def _retire(self, servers: tuple[tuple[str, str], ...]) -> None:
        """Set servers to maintenance; should a process have ended meanwhile, it gives them nothing anyway."""
        self._retired = servers
        self._set_state(servers, "maint")
        self._lingering.condemn(self._id)

    def _set_state(self, servers: tuple[tuple[str, str], ...], state: str) -> None:
        with suppress(OSError):
            for backend, name in servers:
                control.ask(self._files.socket, f"set server {backend}/{name} state {state}")

    def _load(self, old: tuple[int, ...], *, handover: bool) -> None:
        self._remember_servers(running=handover)
        replaced = records.read_process(self._files.process)
        line = self._line() if handover else None
        code, said = self._start(old, handover=handover)
        if code and handover and "get the sockets from the old process" in said:
            code, said = self._start(old, handover=False)
        if code:
            if line is not None:
                line.close()
            self._fall_back(serving=bool(old))
            raise ConfigRejected(f"HAProxy refused the configuration: {answers.alerts(said, str(self._files.folder))}")
        text = records.read_text(self._files.config) or ""
        processes.until_deaf(old)
        if line is not None and replaced is not None:
            self._lingering.hold(self._id, line, replaced)
        self._draining.forget(self._id)
        kept.take(self._files.named, self._files.loaded, self._identity.group)
        records.write(self._files.good, text.encode())

    def _line(self) -> Line | None:
        """Open a line to the process that is about to be replaced."""
        try:
            return Line(self._files.socket)
        except OSError:
            return None

    def _start(self, old: tuple[int, ...], *, handover: bool) -> tuple[int, str]:
        kept.let_read(self._files.named, self._identity.group)
        words = self._command.words(old, handover=handover)
        folder = str(self._files.folder)
        return self._namespaces.inside(self._namespace, lambda: processes.run(words, self._identity, folder))

    def _remember_servers(self, *, running: bool) -> None:
        """Let the next process begin with what this one knows of its servers, or with what pings say alone."""
        checked = backends.checked(records.read_text(self._files.config) or "")
        known = state_file(self._pinging.down(self._id), checked)
        if running:
            with suppress(OSError, ValueError):
                known = answers.worth_keeping(control.ask(self._files.socket, "show servers state"), checked)
        if known is None:
            records.remove(self._files.server_state)
        else:
            records.write(self._files.server_state, known.encode())

    def _fall_back(self, *, serving: bool) -> None:
        """Have the last good configuration back, and serve by it: what was refused serves nobody."""
        self._put_back()
        if serving:
            self._set_state(self._retired, "ready")
        elif self._files.config.exists():
            self._start((), handover=False)

    def _put_back(self) -> None:
        kept.take(self._files.loaded, self._files.named, self._identity.group)
        good = records.read_text(self._files.good)
        if good is None:
            records.remove(self._files.config)
        else:
            records.write(self._files.config, good.encode())

    def _stop(self, known: tuple[int, ...]) -> None:
        """End what is known, and whatever else of this load balancer is in its namespace."""
        self._lingering.forget(self._id)
        self._draining.leave(self._id)
        begins = self._command.beginning
        processes.end(tuple(process for process in known if processes.runs(process, begins)))
        inode = self._namespaces.inode(self._namespace)
        if inode is not None:
            processes.end(processes.running(begins, inode))
