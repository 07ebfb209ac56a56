"""Everybody is an administrator: for a server that only its own machine can reach."""

from collections.abc import Mapping

from openlbaas.domain.caller import Caller


class NoAuth:
    """Believes every caller, and the project it names."""

    def __init__(self, project_id: str) -> None:
        """Take the project of callers that name none."""
        self.project_id = project_id

    def __call__(self, headers: Mapping[str, str]) -> Caller:
        """Name the caller; see :class:`openlbaas.identity.interface.Identify`."""
        project_id = headers.get("x-project-id") or self.project_id
        return Caller(project_id=project_id, user="noauth", roles=frozenset({"admin"}))
