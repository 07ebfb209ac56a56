"""Rows and small shapes that the tables of the network core share."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from openlbaas.dialects.fields import Field, shown
from openlbaas.dialects.values import Check, Convert, text, to_bool
from openlbaas.domain.errors import NotSupported

ID = shown("id")
TENANT_ID = shown("tenant_id")
PROJECT_ID = shown("project_id")
NAME = Field("name", "name", check=text(255))
DESCRIPTION = Field("description", "description", check=text(255))
ADMIN_STATE_UP = Field("admin_state_up", "admin_state_up", convert=to_bool)


def instant(at: float) -> str:
    """Spell an instant as the core does.

    Units: at is seconds since the epoch, UTC.
    """
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def only(allowed: Any, feature: str) -> Convert:
    """Refuse every value but the one (or null or empty) that needs no more than is built.

    Raises: NotSupported.
    """

    def build(value: Any) -> None:
        if value and value != allowed:
            raise NotSupported(feature)

    return build


def every(what: str, check: Check) -> Check:
    """Ask for a list of distinct values that *check* allows each."""

    def checked(value: Any) -> str | None:
        if not isinstance(value, list):
            return f"Invalid data format for {what}: '{value}'"
        reason = next((reason for one in value if (reason := check(one)) is not None), None)
        if reason is None:
            twice = next((one for i, one in enumerate(value) if one in value[:i]), None)
            return None if twice is None else f"Duplicate {what} '{twice}'"
        return reason

    return checked


def pairs(what: str, names: Sequence[str], checks: Sequence[Check]) -> Check:
    """Ask for an object of exactly these keys."""

    def check(value: Any) -> str | None:
        if not isinstance(value, dict) or set(value) != set(names):
            return f"Invalid data format for {what}: '{value}'"
        return next(
            (reason for name, is_right in zip(names, checks, strict=True) if (reason := is_right(value[name]))), None
        )

    return check
