"""Agents for tests of what is decided about hosts."""

from openlbaas.domain.agents import Agent


def agent(
    host: str,
    *,
    up: bool = True,
    beat: float = 100.0,
    drivers: tuple[str, ...] = ("haproxy_ns",),
    zone: str | None = None,
    draining: bool = False,
    failed_at: float | None = None,
    **told: object,
) -> Agent:
    """Make an agent whose id is its host's name."""
    configurations = {"device_drivers": list(drivers), **told}
    return Agent(host, host, "t", "b", "q", zone, "", up, 0.0, 0.0, beat, configurations, draining, failed_at)
