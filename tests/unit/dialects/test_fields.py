"""The order in which a body is looked at, and that every row is obeyed; exact messages are in the transcripts."""

from typing import Any

import pytest

from openlbaas.dialects.fields import REQUIRED, Field, Table, Unacceptable, shown
from openlbaas.dialects.values import text, to_int, within
from openlbaas.domain.caller import Caller
from openlbaas.domain.errors import Forbidden

ADMIN = Caller("home", roles=frozenset({"admin"}))
TENANT = Caller("home")
TABLE = Table(
    "box",
    "boxes",
    (
        shown("id"),
        Field("label", "name", check=text(5)),
        Field("size", "size_mm", put=False, convert=to_int, check=within(1, 9), default=REQUIRED),
        Field("colour", "colour", check=text(9), default="grey"),
        Field("secret", "secret", check=text(9), admin=True),
        Field("checked_only", check=text(9)),
    ),
    bulk=True,
)


def creation(**attributes: Any) -> dict[str, Any]:
    (values,) = TABLE.creations({"box": attributes}, TENANT)
    return values


def message_of(body: Any, caller: Caller = TENANT, *, update: bool = False) -> str:
    with pytest.raises(Unacceptable) as caught:
        TABLE.update(body, caller) if update else TABLE.creations(body, caller)
    return caught.value.message


def test_values_are_converted_and_renamed_and_defaulted() -> None:
    assert creation(label="a", size="3") == {"project_id": "home", "name": "a", "size_mm": 3, "colour": "grey"}


def test_attributes_without_a_domain_name_are_only_checked() -> None:
    assert "checked_only" not in creation(size=1, checked_only="x")
    assert "checked_only" in message_of({"box": {"size": 1, "checked_only": 5}})


def test_an_update_carries_only_what_was_sent() -> None:
    assert TABLE.update({"box": {"label": "b"}}, TENANT) == {"name": "b"}
    assert TABLE.update({"box": {}}, TENANT) == {}


def test_unknown_attributes_are_told_before_missing_ones() -> None:
    assert message_of({"box": {"weight": 1}}) == "Unrecognized attribute(s) 'weight'"


def test_the_project_is_settled_before_anything_else() -> None:
    body = {"box": {"weight": 1, "tenant_id": "a", "project_id": "b"}}
    assert message_of(body, ADMIN) == "'project_id' and 'tenant_id' do not match"
    assert "requires admin" in message_of({"box": {"weight": 1, "tenant_id": "away"}})


def test_only_an_administrator_names_another_project() -> None:
    (values,) = TABLE.creations({"box": {"size": 1, "project_id": "away"}}, ADMIN)
    assert values["project_id"] == "away"


def test_only_an_administrator_sets_what_is_the_administrators() -> None:
    assert TABLE.creations({"box": {"size": 1, "secret": "x"}}, ADMIN)[0]["secret"] == "x"
    with pytest.raises(Forbidden):
        TABLE.creations({"box": {"size": 1, "secret": "x"}}, TENANT)
    with pytest.raises(Forbidden):
        TABLE.update({"box": {"secret": "x"}}, TENANT)


def test_read_only_is_told_before_a_wrong_value() -> None:
    assert message_of({"box": {"size": "x"}}, update=True) == "Cannot update read-only attribute size"


def test_several_are_read_wrapped_or_bare() -> None:
    both = TABLE.creations({"boxes": [{"size": 1}, {"box": {"size": 2}}]}, TENANT)
    assert [values["size_mm"] for values in both] == [1, 2]


@pytest.mark.parametrize("items", [[], None, {}, "x"])
def test_several_are_some(items: Any) -> None:
    assert message_of({"boxes": items}) == "Resources required"


@pytest.mark.parametrize("item", [None, 5, "x", [1], {"box": None}])
def test_each_of_several_is_an_object(item: Any) -> None:
    assert message_of({"boxes": [item]}) == "Object 'box' contains invalid data"


def test_wire_names_are_found_by_domain_names() -> None:
    assert TABLE.wire_names["size_mm"] == "size"
