"""Who is asking."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A project, acting through one of its users.

    Shape: roles are lower case; an administrator sees and changes the things of every project.
    """

    project_id: str
    user: str = ""
    roles: frozenset[str] = frozenset()

    @property
    def is_admin(self) -> bool:
        """Tell whether this caller may act for every project."""
        return "admin" in self.roles

    def may_touch(self, project_id: str) -> bool:
        """Tell whether a thing of *project_id* is this caller's to see and change."""
        return self.is_admin or project_id == self.project_id
