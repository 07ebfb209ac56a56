"""What a load balancer takes of its host's memory is no more than it needs."""

import os
from pathlib import Path

import pytest
from balancers import full
from netns_host import alone, apply, host, ip

from openlbaas.drivers.haproxy_netns.limits import merge_memory

MERGEABLE = "ksm_merge_any: yes"


def told_of_merging() -> bool:
    """Tell whether this kernel says of a process whether its memory may be merged."""
    there = Path("/proc/self/ksm_stat")
    return there.exists() and "ksm_merge_any" in there.read_text()


@alone
def test_a_pair_of_interfaces_has_one_queue_each_way(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        apply(made.driver(), full())
        inside = ("-n", f"qlbaas-{full().id}", "-d", "link", "show", "ns-20000001-00")
        for shown in (ip("-d", "link", "show", "tap20000001-00"), ip(*inside)):
            assert "numtxqueues 1 " in shown
            assert "numrxqueues 1 " in shown


@pytest.mark.skipif(not told_of_merging(), reason="the kernel does not say")
@alone
def test_memory_is_merged_where_that_is_asked_for_and_nowhere_else(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        switch = made.folder / "run"
        switch.write_text("0\n")
        spec = full()
        apply(made.driver(), spec)
        (serving,) = made.processes()
        assert MERGEABLE not in Path(f"/proc/{serving}/ksm_stat").read_text()
        assert merge_memory(switch)
        assert switch.read_text() == "1"
        os.kill(serving, 9)
        apply(made.driver(), spec)
        (serving,) = made.processes()
        assert MERGEABLE in Path(f"/proc/{serving}/ksm_stat").read_text()
