"""What all load balancers of a host share of its kernel, made large enough for many of them."""

import os
from pathlib import Path

import structlog

from openlbaas.drivers.haproxy_netns import kernel

_NEIGHBOURS = {"gc_thresh1": 8192, "gc_thresh2": 16384, "gc_thresh3": 32768}
_PARAMETERS = Path("/proc/sys/net")
_MERGING = Path("/sys/kernel/mm/ksm/run")
_OFF = "0"
_LOG = structlog.get_logger()


def allow_neighbours(parameters: Path = _PARAMETERS) -> tuple[str, ...]:
    """Let the kernel know enough neighbours, and name what was raised for that; nothing is ever lowered.

    Shape: one table serves all namespaces, and each load balancer has its members in it. The kernel's own limit, 1,024,
        is reached with some hundred load balancers; then connections fail for seconds. Only the machine's first
        namespace has the parameters: an agent elsewhere leaves them to whoever runs the machine.
    """
    raised = []
    for family in ("ipv4", "ipv6"):
        for name, enough in _NEIGHBOURS.items():
            parameter = parameters / family / "neigh/default" / name
            try:
                if int(parameter.read_text()) < enough:
                    parameter.write_text(str(enough))
                    raised.append(f"net.{family}.neigh.default.{name}")
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as problem:
                _LOG.warning("the kernel knows few neighbours", parameter=str(parameter), reason=str(problem))
    if raised:
        _LOG.info("the kernel may know more neighbours now", raised=raised)
    return tuple(raised)


def merge_memory(switch: Path = _MERGING) -> bool:
    """Have the kernel keep equal pages of the HAProxies that are started from now on once; tell whether it does.

    Shape: what other programs did not ask for is left alone; what they asked for is done as well.
    """
    try:
        kernel.merge_memory()
        if switch.read_text().strip() == _OFF:
            switch.write_text("1")
    except OSError as problem:
        _LOG.warning("memory can't be merged", reason=os.strerror(problem.errno or 0))
        return False
    return True
