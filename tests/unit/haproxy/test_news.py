"""HAProxy's lines about servers, as 2.6.12 wrote them."""

import pytest

from openlbaas.haproxy.news import told

ID = "3e978fac-65b8-44c4-97f4-9583e902b38b"
HEAD = f"<129>Nov 23 20:00:04 localhost qlbaas-{ID}[29224]: "
LEFT = "2 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue."


@pytest.mark.parametrize(
    "said",
    [
        f"Server b/bad is DOWN. {LEFT}",
        f'Server b/bad is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms. {LEFT}',
        f"Server b/good is UP, reason: Layer7 check passed, code: 200, check duration: 1ms. {LEFT}",
        "Server b/good is UP/READY (leaving forced maintenance).",
        "Health check for server b/good succeeded, reason: Layer7 check passed, code: 200, status: 3/3 UP.",
    ],
)
def test_news_of_a_server(said: str) -> None:
    assert told(f"{HEAD}{said}\n".encode()) == ID
    assert told(f"<129>Nov 23 20:00:04 qlbaas-{ID}[1]: {said}".encode()) == ID


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\n",
        f"{HEAD}backend b has no server available!",
        f"{HEAD}Server b/bad is going DOWN for maintenance. {LEFT}",
        f"{HEAD}Health check for server b/bad failed, reason: Layer4 timeout, status: 0/2 DOWN.",
        f"{HEAD}Proxy f stopped (cumulated conns: FE: 1, BE: 0).",
        f"{HEAD}10.0.0.9:1 [23/Nov/2026] f b/s 0/0 qlbaas-x[1]: Server b/s is DOWN",
        "<129>Nov 23 20:00:04 localhost haproxy[1]: Server b/s is DOWN.",
        f"<129>Nov 23 20:00:04 localhost qlbaas-{ID}/..[1]: Server b/s is DOWN.",
        f"Server b/s is DOWN, says {HEAD}",
    ],
)
def test_anything_else_is_no_news(line: str) -> None:
    assert told(line.encode()) is None
    assert told(line.encode() + b"\xff\x00") is None
