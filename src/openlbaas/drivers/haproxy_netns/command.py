"""The command that runs the HAProxy of one load balancer."""

from dataclasses import dataclass

from openlbaas.drivers.haproxy_netns.names import Files


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, for which files.

    Shape: no other process of the host has a command line that begins with the same words.
    """

    binary: str
    files: Files

    @property
    def beginning(self) -> tuple[str, ...]:
        """The words that every process of this load balancer begins with."""
        return (self.binary, "-f", str(self.files.config))

    def words(self, old: tuple[int, ...], *, handover: bool) -> tuple[str, ...]:
        """Write the whole command; the new process takes over from old ones."""
        sockets = ("-x", str(self.files.socket)) if handover else ()
        replaced = ("-sf", *map(str, old)) if old else ()
        return (*self.beginning, "-p", str(self.files.process), *sockets, *replaced)
