"""Who is eligible, and what is said when nobody is."""

from openlbaas.desired.liveness import alive
from openlbaas.desired.placement import Nowhere, Placed, placement
from openlbaas.domain.agents import Agent


def agent(host: str, *, up: bool = True, beat: float = 100.0, drivers: tuple[str, ...] = ("haproxy_ns",)) -> Agent:
    told = {"device_drivers": list(drivers)}
    return Agent(host, host, "t", "b", "q", None, "", up, 0.0, 0.0, beat, told)


def place(*agents: Agent) -> Placed | Nowhere:
    return placement(agents, "haproxy_ns", lambda able: able[-1], now=105.0, agent_down_time_s=10.0)


def test_only_live_enabled_agents_with_the_driver_are_chosen() -> None:
    chosen = place(agent("a"), agent("b"), agent("off", up=False), agent("dead", beat=94.9), agent("x", drivers=()))
    assert isinstance(chosen, Placed)
    assert chosen.agent.host == "b"
    assert "2 live and enabled hosts" in chosen.why


def test_nowhere_says_what_to_look_at() -> None:
    nowhere = place(agent("off", up=False), agent("dead", beat=0.0))
    assert isinstance(nowhere, Nowhere)
    assert nowhere.why.startswith("of 2 hosts 1 are enabled, 0 of these were heard of within 10 s")


def test_a_heartbeat_counts_until_the_limit() -> None:
    assert alive(90.0, now=100.0, agent_down_time_s=10.0)
    assert not alive(89.9, now=100.0, agent_down_time_s=10.0)
