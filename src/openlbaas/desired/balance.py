"""Which load balancers to move so that hosts have as many of them as one another."""

from collections.abc import Callable, Mapping, Sequence


def evened(
    hosted: Mapping[str, Sequence[str]], rooms: Mapping[str, int], fits: Callable[[str, str], bool]
) -> list[tuple[str, str, str]]:
    """Name the fewest moves after which no two hosts differ by more than one, as far as load balancers fit.

    Shape: hosted names the load balancers of each agent, every agent among them; rooms how many an agent takes, 0 for
    any number; fits tells whether a load balancer can be on an agent. A move is load balancer, from, to; nothing is
    moved twice.
    """
    left = {agent: list(ids) for agent, ids in hosted.items()}
    loads = {agent: len(ids) for agent, ids in hosted.items()}
    moves: list[tuple[str, str, str]] = []
    while (found := _next(left, loads, rooms, fits)) is not None:
        load_balancer, source, target = found
        left[source].remove(load_balancer)
        loads[source] -= 1
        loads[target] += 1
        moves.append(found)
    return moves


def _next(
    left: Mapping[str, Sequence[str]],
    loads: Mapping[str, int],
    rooms: Mapping[str, int],
    fits: Callable[[str, str], bool],
) -> tuple[str, str, str] | None:
    """Take one from the fullest host that can give, to the emptiest that can take it."""
    for source in sorted(loads, key=lambda agent: (-loads[agent], agent)):
        for target in sorted(loads, key=lambda agent: (loads[agent], agent)):
            if loads[source] - loads[target] <= 1:
                break
            if rooms.get(target, 0) and loads[target] >= rooms[target]:
                continue
            for load_balancer in left[source]:
                if fits(load_balancer, target):
                    return load_balancer, source, target
    return None
