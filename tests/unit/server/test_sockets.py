"""Which sockets a server takes."""

import os
import socket

import pytest

from openlbaas.server.sockets import NotAddressed, inherited, only_this_machine, opened


def test_none_are_handed_down() -> None:
    assert inherited({}) == []


def test_those_of_another_process_are_left_alone() -> None:
    assert inherited({"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid() + 1)}) == []


def test_nonsense_is_refused() -> None:
    with pytest.raises(NotAddressed, match="LISTEN_FDS=x"):
        inherited({"LISTEN_FDS": "x"})


def test_a_port_in_use_is_named() -> None:
    with opened("127.0.0.1", 0) as first, pytest.raises(NotAddressed, match="in use"):
        opened("127.0.0.1", first.getsockname()[1])


@pytest.mark.parametrize(("host", "local"), [("127.0.0.1", True), ("0.0.0.0", False)])
def test_who_can_reach_a_socket(host: str, local: bool) -> None:
    with opened(host, 0) as listening:
        assert only_this_machine(listening) is local


def test_a_unix_socket_is_of_this_machine() -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        assert only_this_machine(listening)
