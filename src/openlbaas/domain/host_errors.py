"""What can go wrong when a host is asked something."""

from openlbaas.domain.errors import NotNow


class HostSilent(NotNow):
    """The host of a load balancer does not answer, or there is none."""

    code = "host_silent"

    def __init__(self, load_balancer_id: str, why: str) -> None:
        """Take why nobody answers, as a whole sentence that says what to do."""
        super().__init__(why)
        self.load_balancer_id = load_balancer_id
        self.why = why
