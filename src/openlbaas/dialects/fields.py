"""Attribute tables: one row per attribute of a resource, and the one way all bodies are read by them.

A row says how an attribute is spelt on the wire and in the domain, whether a create or an update may carry it, how it
is converted and checked, and what stands for it when it is left out. :class:`Table` reads bodies by its rows, in the
order and with the words of the original, so a new attribute is one new row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from openlbaas.dialects.values import Check, Convert, Unconvertible, filled
from openlbaas.domain.caller import Caller
from openlbaas.domain.errors import Forbidden, Refusal

REQUIRED: Final = object()
"""The default of an attribute that a create must carry."""

LEFT_OUT: Final = object()
"""The default of an attribute that a command has its own default for."""

FOREIGN_PROJECT = (
    "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or "
    "advsvc privileges"
)
_project_is_named = filled(255)


class Unacceptable(Refusal):
    """A request that no command can be made of.

    Shape: type and message are what the wire shows.
    """

    code = "unacceptable"

    def __init__(self, message: str, type: str = "HTTPBadRequest", status: int = 400) -> None:  # noqa: A002 - wire word
        """Take the message to show, its type and its HTTP status."""
        super().__init__(message)
        self.message = message
        self.type = type
        self.status = status


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute.

    Shape: name is the wire's word; to is the domain's, or None when the attribute only has to be checked; build turns
    the checked value into the domain's; admin True means that only administrators may set it.
    """

    name: str
    to: str | None = None
    post: bool = True
    put: bool = True
    convert: Convert | None = None
    check: Check | None = None
    build: Convert | None = None
    default: Any = LEFT_OUT
    admin: bool = False

    def read(self, value: Any) -> Any:
        """Turn a value of the wire into the domain's.

        Order:  convert, then check, then build.
        Raises: Unacceptable.
        """
        if self.convert is not None:
            try:
                value = self.convert(value)
            except Unconvertible as unconvertible:
                raise Unacceptable(f"Invalid input for operation: {unconvertible}.", "InvalidInput") from None
        if self.check is not None and (reason := self.check(value)) is not None:
            raise invalid(self.name, reason)
        return value if self.build is None else self.build(value)


def invalid(name: str, reason: str) -> Unacceptable:
    """Say what is wrong with one attribute."""
    return Unacceptable(f"Invalid input for {name}. Reason: {reason}.")


def shown(name: str) -> Field:
    """Make the row of an attribute that only replies carry."""
    return Field(name, post=False, put=False)


@dataclass(frozen=True)
class Table:
    """All attributes of one resource.

    Shape: bulk True means that a create may carry several objects under the plural.
    """

    singular: str
    plural: str
    fields: tuple[Field, ...]
    bulk: bool = False

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Every row by its wire name."""
        return {row.name: row for row in self.fields}

    @cached_property
    def wire_names(self) -> dict[str, str]:
        """The wire's word for each of the domain's."""
        return {row.to: row.name for row in self.fields if row.to is not None}

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """What stands for each attribute that a create leaves out, as if it had been sent."""
        return {row.name: row.default for row in self.fields if row.default not in (REQUIRED, LEFT_OUT)}

    def creations(self, body: Any, caller: Caller) -> tuple[dict[str, Any], ...]:
        """Read the body of a create into one set of domain values per object.

        Shape:  one, or several when the body has the plural key and the resource takes it.
        Raises: Unacceptable.
        """
        _must_be_object(body)
        if self.plural not in body:
            return (self._creation(self._unwrapped(body), caller),)
        if not self.bulk:
            raise Unacceptable("Bulk operation not supported")
        items = body[self.plural]
        if not items or not isinstance(items, list):
            raise Unacceptable("Resources required")
        return tuple(self._creation(self._item(item), caller) for item in items)

    def update(self, body: Any, caller: Caller) -> dict[str, Any]:
        """Read the body of an update into the domain values it carries.

        Raises: Unacceptable.
        """
        _must_be_object(body)
        attributes = self._owned(self._unwrapped(body), caller)
        self._must_be_known(attributes)
        for name in attributes:
            if name == "tenant_id" or not self.by_name[name].put:
                raise Unacceptable(f"Cannot update read-only attribute {name}")
        return dict(self._values(attributes, caller))

    def _unwrapped(self, body: dict[str, Any]) -> dict[str, Any]:
        attributes = body.get(self.singular)
        if attributes is None:
            raise Unacceptable(f"Unable to find '{self.singular}' in request body")
        return self._must_be_attributes(attributes)

    def _item(self, item: Any) -> dict[str, Any]:
        wrapped = isinstance(item, dict) and self.singular in item
        return self._must_be_attributes(item[self.singular] if wrapped else item)

    def _must_be_attributes(self, attributes: Any) -> dict[str, Any]:
        if not isinstance(attributes, dict):
            raise Unacceptable(f"Object '{self.singular}' contains invalid data")
        return attributes

    def _creation(self, attributes: dict[str, Any], caller: Caller) -> dict[str, Any]:
        attributes = self._owned(attributes, caller)
        project_id = attributes.pop("tenant_id", caller.project_id)
        self._must_be_known(attributes)
        for row in self.fields:
            if row.name in attributes and not row.post:
                raise Unacceptable(f"Attribute '{row.name}' not allowed in POST")
            if row.name not in attributes and row.post and row.default is REQUIRED:
                raise Unacceptable(f"Failed to parse request. Required attribute '{row.name}' not specified")
        if (reason := _project_is_named(project_id)) is not None:
            raise invalid("tenant_id", reason)
        return {"project_id": project_id, **dict(self._values({**self.defaults, **attributes}, caller))}

    def _owned(self, attributes: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Settle on tenant_id for the project, and that the caller may name it."""
        owned = {name: value for name, value in attributes.items() if name != "project_id"}
        project_id = attributes.get("project_id")
        if "project_id" in attributes and owned.setdefault("tenant_id", project_id) != project_id:
            raise Unacceptable("'project_id' and 'tenant_id' do not match")
        if "tenant_id" in owned and not caller.is_admin and owned["tenant_id"] != caller.project_id:
            raise Unacceptable(FOREIGN_PROJECT)
        return owned

    def _must_be_known(self, attributes: dict[str, Any]) -> None:
        unknown = sorted(name for name in attributes if name not in self.by_name and name != "tenant_id")
        if unknown:
            raise Unacceptable(f"Unrecognized attribute(s) '{', '.join(unknown)}'")

    def _values(self, attributes: dict[str, Any], caller: Caller) -> Iterator[tuple[str, Any]]:
        """Read every attribute given, in the order of the table."""
        for row in self.fields:
            if row.name not in attributes:
                continue
            value = row.read(attributes[row.name])
            if row.admin and not caller.is_admin and attributes[row.name] is not row.default:
                raise Forbidden(f"set {row.name} of a {self.singular}")
            if row.to is not None:
                yield row.to, value


def _must_be_object(body: Any) -> None:
    if not body:
        raise Unacceptable("Resource body required")
    if not isinstance(body, dict):
        raise Unacceptable("Body contains invalid data")
