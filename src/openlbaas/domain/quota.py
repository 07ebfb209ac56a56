"""How much of each kind of thing a project may have."""

from collections.abc import Mapping
from dataclasses import dataclass

from openlbaas.domain.errors import Forbidden, Refusal
from openlbaas.domain.vocabulary import Kind

UNLIMITED = -1
"""Every negative limit means this."""

LIMITED = (
    Kind.NETWORK,
    Kind.SUBNET,
    Kind.PORT,
    Kind.LOAD_BALANCER,
    Kind.LISTENER,
    Kind.POOL,
    Kind.MEMBER,
    Kind.HEALTH_MONITOR,
    Kind.L7_POLICY,
)
"""What can be limited, in the order in which it is shown."""

Limits = Mapping[Kind, int]


@dataclass(frozen=True, slots=True)
class Quota:
    """The limits of one project.

    Shape: limits has every kind of LIMITED; UNLIMITED where there is none.
    """

    project_id: str
    limits: Limits


def effective(project_id: str, own: Limits, defaults: Limits) -> Quota:
    """Put what was set for a project before what holds for all."""
    return Quota(project_id, {kind: own.get(kind, defaults.get(kind, UNLIMITED)) for kind in LIMITED})


class AdministratorNeeded(Forbidden):
    """Only an administrator may."""

    code = "administrator_needed"

    def __init__(self, action: str, reason: str) -> None:
        """Name what was tried, and say in a clause why it takes an administrator."""
        super().__init__(action)
        self.reason = reason


class QuotaNotSet(Refusal):
    """The project has no limits of its own that could be taken away."""

    code = "quota_not_set"

    def __init__(self, project_id: str) -> None:
        super().__init__(f"project {project_id} has no quota of its own")
        self.project_id = project_id
