"""A host for a test: network, mounts and processes of its own, on this machine, gone as a whole when it is left."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from waits import eventually

BEGIN = """
set -e
mkdir -p /run/netns
mount -t tmpfs tmpfs /run/netns
mount -t sysfs sysfs /sys
ip link set lo up
exec sleep infinity
"""


@dataclass(frozen=True)
class SmallHost:
    """The host, by the process that holds it."""

    pid: int

    def words(self, *command: str) -> list[str]:
        """How a command is begun so that it runs on the host."""
        return ["nsenter", "-t", str(self.pid), "-n", "-m", "-p", "--", *command]

    def run(self, *command: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command on the host to its end."""
        return subprocess.run(
            self.words(*command), env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def says(self, *command: str) -> str:
        """Run a command on the host and hand back what it prints, whatever its status."""
        return self.run(*command).stdout

    def pids(self, pattern: str) -> set[str]:
        """Number the processes of the host whose command line matches."""
        return set(self.says("pgrep", "-f", pattern).split())


@contextmanager
def small_host() -> Iterator[SmallHost]:
    """Hold a host until the end of the block; whatever runs on it ends with it."""
    words = ["unshare", "-n", "-m", "-p", "-f", "--mount-proc", "--kill-child", "sh", "-c", BEGIN]
    with subprocess.Popen(words) as holder:
        try:
            first: list[str] = []

            def holds() -> bool:
                first[:] = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()
                return bool(first) and Path(f"/proc/{first[0]}/comm").read_text() == "sleep\n"

            eventually(holds, "the host to be made")
            yield SmallHost(int(first[0]))
        finally:
            holder.kill()
