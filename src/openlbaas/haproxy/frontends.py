"""What listens: one frontend for each listener."""

from collections.abc import Collection, Iterator

from openlbaas.desired.spec import ListenerSpec
from openlbaas.haproxy import policies, terminated, words

MOST_CONNECTIONS = 400_000
"""More would need more open files than an ordinary kernel gives to one process."""


def lines(listener: ListenerSpec, addresses: Collection[str], pools: Collection[str], folder: str) -> Iterator[str]:
    """Write a frontend.

    Shape:  addresses are those of the VIP, as words; pools are the ids of those that there are; folder is that of
            files
    Raises: ConfigRejected.
    """
    mode = words.mode(listener.protocol)
    most = limit(listener)
    yield "option tcplog"
    if most:
        yield f"maxconn {min(most, MOST_CONNECTIONS)}"
    if mode == "http":
        yield "option forwardfor"
        yield "option http-no-delay"
        yield "option idle-close-on-response"
    for address in addresses:
        yield f"bind {address}:{words.port(listener.port)}{terminated.bind_words(listener, folder)}"
    yield f"mode {mode}"
    if terminated.ends_here(listener):
        yield "http-request set-header X-Forwarded-Proto https"
    yield from policies.lines(listener, pools, folder)
    if listener.default_pool_id is not None and listener.default_pool_id in pools:
        yield f"default_backend {words.name(listener.default_pool_id)}"


def limit(listener: ListenerSpec) -> int:
    """Name a listener's limit, or 0 when it has none; the API's -1 and 0 both mean none."""
    return max(listener.connection_limit, 0)
