"""The rows of the table from which both grammars are made.

Shape:   `neutron` is the spelling of the neutron client, `modern` that of the newer grammar; "" means: not in it.
         A spelling that begins with a dash is an option, any other is the name of a positional argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openlbaas.client.lbaas import Collection

Style = Literal["neutron", "modern"]
Kind = Literal[
    "text", "integer", "truth", "constant", "repeat", "several", "pairs", "pairs_list", "file", "binary_file", "json"
]
Output = Literal["one", "list", "tree", "none"]
Given = dict[str, Any]


class Option(NamedTuple):
    """One attribute that can be given on the command line.

    Shape:   kind says how words become the value sent: truth is sent as the word True or False; constant sends
             `value`; repeat may be given again; several takes the words that follow; pairs is key=value,key=value
             with these `keys`; json is sent as what it means; file is sent as its text, binary_file as its bytes in
             base64. any_case says that choices may be typed in capitals or not. An option without help is not shown
    """

    attribute: str
    neutron: str
    modern: str
    help: str
    kind: Kind = "text"
    metavar: str = ""
    choices: tuple[str, ...] = ()
    any_case: bool = False
    required: bool = False
    look_in: Collection | None = None
    value: object = None
    always: object = None
    rivals: str = ""
    keys: tuple[str, ...] = ()

    def spelling(self, style: Style) -> str:
        """How this option is written in one of the grammars."""
        return self.neutron if style == "neutron" else self.modern


class Parent(NamedTuple):
    """The object in which another lies, always given as a positional argument."""

    collection: Collection
    label: str
    help: str


class Resource(NamedTuple):
    """A kind of object that can be created, listed, shown, changed and deleted.

    Shape:   neutron and modern are the words before the verb; reported is its name in messages about several;
             cells make a column readable in tables, those of readable_always in all formats of the neutron client;
             check answers a sentence when a create lacks something that no single option requires
    """

    collection: Collection
    neutron: str
    modern: str
    reported: str
    title: str
    article: str
    label: str
    columns: tuple[str, ...]
    modern_columns: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ("create", "list", "show", "update", "delete")
    create: tuple[Option, ...] = ()
    update: tuple[Option, ...] = ()
    filters: tuple[Option, ...] = ()
    parent: Parent | None = None
    check: Callable[[Given, Style], str] | None = None
    update_check: Callable[[Given, Style], str] | None = None
    by_name: bool = True
    waits: bool = False
    paged: bool = True
    indent: int | None = None
    cells: Mapping[str, Callable[[Any], Any]] = {}
    readable_always: frozenset[str] = frozenset()


class Command(NamedTuple):
    """One thing that can be typed.

    Shape:   action names the function in cli.actions that does it; takes_target: the object's name or id is an argument
    """

    name: str
    style: Style
    resource: Resource
    verb: str
    action: str
    about: str
    output: Output = "none"
    takes_target: bool = False
    takes_parent: bool = False
    takes_extras: bool = False
    options: tuple[Option, ...] = ()


def text(attribute: str, about: str, *, spelling: str = "", **more: Any) -> Option:
    """An option of the same spelling in both grammars, by default the attribute with dashes."""
    flag = spelling or f"--{attribute.replace('_', '-')}"
    return Option(attribute, flag, flag, about, **more)


def admin_state_at_creation(about: str = "Set admin state up to false.") -> tuple[Option, ...]:
    """Up unless said otherwise: --admin-state-down, or --enable and --disable."""
    return (
        Option(
            "admin_state_up",
            "--admin-state-down",
            "--disable",
            about,
            kind="constant",
            value=False,
            always=True,
            rivals="admin",
        ),
        Option(
            "admin_state_up",
            "",
            "--enable",
            "Set admin state up to true (default).",
            kind="constant",
            value=True,
            always=True,
            rivals="admin",
        ),
    )


def admin_state_at_update(thing: str) -> tuple[Option, ...]:
    """--admin-state-up {True,False}, or --enable and --disable."""
    return (
        Option(
            "admin_state_up",
            "--admin-state-up",
            "",
            f'Update the administrative state of the {thing} (True meaning "Up").',
            kind="truth",
        ),
        Option(
            "admin_state_up",
            "",
            "--enable",
            f"Let the {thing} take part in traffic.",
            kind="constant",
            value=True,
            rivals="admin",
        ),
        Option(
            "admin_state_up",
            "",
            "--disable",
            f"Take the {thing} out of traffic.",
            kind="constant",
            value=False,
            rivals="admin",
        ),
    )


def filters(*attributes: str) -> tuple[Option, ...]:
    """Filters of a list; in Neutron's grammar any unknown option is one already."""
    return tuple(
        Option(attribute, "", f"--{attribute.replace('_', '-')}", f"Show only those with this {attribute}.")
        for attribute in attributes
    )
