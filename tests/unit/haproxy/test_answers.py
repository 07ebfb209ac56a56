"""HAProxy's answers as 2.6.12 gave them."""

import pytest

from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.haproxy.answers import ServerState, alerts, connections, requests, servers_state, worth_keeping

HEAD = (
    "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
    "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state "
    "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr "
    "srv_agent_addr srv_agent_port\n"
)
UP = "3 p 1 up 127.0.0.1 2 0 1 1 2 15 3 3 6 0 0 0 - 18081 - 0 0 - - 0\n"
DOWN = "3 p 2 down ::1 0 0 1 1 2 8 2 0 6 0 0 0 - 18082 - 0 0 - - 0\n"
FRESH = "3 p 3 fresh ::1 2 0 1 1 2 1 0 2 6 0 0 0 - 18082 - 0 0 - - 0\n"
UNCHECKED = "3 p 4 unchecked 172.20.0.12 2 0 1 1 13 1 0 2 0 0 0 0 - 80 - 0 0 - - 0\n"
TOLD = "3 p 6 told ::1 2 0 5 1 2 15 3 3 6 0 0 0 - 18082 - 0 0 - - 0\n"
RETIRED = "3 p 5 retired 172.20.0.6 0 1 1 1 0 1 0 0 6 0 0 0 - 80 - 0 0 - - 0\n"


def test_health_of_servers() -> None:
    assert servers_state(HEAD + UP + DOWN + FRESH + UNCHECKED + RETIRED + "\n") == (
        ServerState("p", "up", MemberHealth.UP, 1, off=False, since_s=2),
        ServerState("p", "down", MemberHealth.DOWN, 1, off=False, since_s=2),
        ServerState("p", "fresh", None, 1, off=False, since_s=2),
        ServerState("p", "unchecked", MemberHealth.UNCHECKED, 1, off=False, since_s=13),
        ServerState("p", "retired", None, 1, off=True, since_s=0),
    )


@pytest.mark.parametrize("text", ["", "\n", "2\n# be_id\n", "Permission denied\n", HEAD + UP + DOWN[:20]])
def test_another_format_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="show servers state"):
        servers_state(text)


def test_only_what_is_checked_again_and_was_not_retired_is_kept() -> None:
    wanted = {("p", "up"): "127.0.0.1:18081", ("p", "down"): "[::1]:18082", ("p", "retired"): "172.20.0.6:80"}
    assert worth_keeping(HEAD + UP + DOWN + UNCHECKED + RETIRED + "\n", wanted) == HEAD + UP + DOWN
    assert worth_keeping(HEAD + UP, {}) == HEAD


@pytest.mark.parametrize("where", ["127.0.0.1:18082", "127.0.0.2:18081", "[::1]:18081"])
def test_what_was_known_of_another_address_is_not_kept(where: str) -> None:
    assert worth_keeping(HEAD + UP, {("p", "up"): where}) == HEAD


def test_a_weight_that_was_told_is_not_kept_for_the_configuration_has_it() -> None:
    assert worth_keeping(HEAD + TOLD, {("p", "told"): "[::1]:18082"}) == HEAD + TOLD.replace(" 5 1 ", " 1 1 ")


def test_clients_and_what_is_carried_for_them() -> None:
    assert connections("Name: HAProxy\nCurrConns: 3\nCumConns: 9\n") == 3
    assert connections("") == 0
    own = "0x55b1: proto=unix_stream src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=00\n"
    client = "0x55b2: proto=tcpv4 src=10.0.0.9:1 fe=l1 be=p1 srv=m1 ts=00\n"
    peers = "0x55b3: proto=tcpv4 src=127.0.0.1:5 fe=clients be=<NONE> srv=<none> ts=00\n"
    assert requests(own + peers) == 0
    assert requests(own + client + client) == 2


def test_a_refusal_is_cut_to_the_sense() -> None:
    said = (
        "[NOTICE]   (12) : haproxy version is 2.6.12\n"
        "[ALERT]    (12) : Starting frontend l1: cannot bind socket (Address already in use) [10.0.0.4:80]\n"
        "[ALERT]    (12) : config : parsing [/s/lb/haproxy.conf:9] : unknown keyword 'x' in 'global' section\n"
        "[ALERT]    (12) : config : Error(s) found in configuration file : /s/lb/haproxy.conf\n"
        "[ALERT]    (12) : config : Fatal errors found in configuration.\n"
    )
    told = alerts(said, "/s/lb")
    assert told.startswith("Starting frontend l1: cannot bind socket (Address already in use) [10.0.0.4:80]; ")
    assert "unknown keyword 'x'" in told
    assert "/s/" not in told
    assert "Fatal" not in told
    assert alerts("", "/s/lb")
