"""Why a load balancer is not moved; the whole tree is drawn in :mod:`openlbaas.domain.errors`."""

from openlbaas.domain.errors import Refusal


class HostUnfit(Refusal):
    """The host that was named can't have the load balancer."""

    code = "host_unfit"

    def __init__(self, host: str, load_balancer_id: str, why: str) -> None:
        super().__init__(f"{host} can't have load balancer {load_balancer_id}: {why}")
        self.host = host
        self.load_balancer_id = load_balancer_id
        self.why = why


class HostAlive(Refusal):
    """A host that is heard of is said to be dead."""

    code = "host_alive"

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is heard of")
        self.host = host
