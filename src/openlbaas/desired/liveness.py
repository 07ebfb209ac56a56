"""Which hosts are heard of."""


def alive(heartbeat_at: float, *, now: float, agent_down_time_s: float) -> bool:
    """Tell whether a heartbeat is young enough.

    Units: heartbeat_at and now are seconds since the epoch, UTC; agent_down_time_s is seconds.
    """
    return now - heartbeat_at <= agent_down_time_s
