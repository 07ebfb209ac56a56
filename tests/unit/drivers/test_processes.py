"""What this process allows itself and what it starts."""

import os
import resource
from collections.abc import Callable

from openlbaas.drivers.haproxy_netns.processes import allow_open_files


def apart(work: Callable[[], tuple[int, ...]]) -> tuple[int, ...]:
    """Do something in a process of its own, and name the numbers that came of it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, " ".join(map(str, work())).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as told:
        return tuple(map(int, told.read().split()))


def limits(soft: int, hard: int) -> tuple[int, ...]:
    """Begin with these limits and name how many files processes may open, and both limits afterwards."""

    def work() -> tuple[int, ...]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return allow_open_files(), *resource.getrlimit(resource.RLIMIT_NOFILE)

    return apart(work)


def test_as_many_files_as_may_be() -> None:
    possible, soft, hard = limits(256, 512)
    assert possible == hard
    # Not even root may allow more in every container.
    assert hard in {512, 1_048_576}
    assert soft == min(hard, 65_536)
