"""Words typed after a command become the values it works with.

Shape:   attributes of the object have a destination that begins with "body."; what was not given is absent
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from openlbaas.cli import file_content
from openlbaas.cli.extras import extra_values
from openlbaas.cli.readers import meaning, pairs_reader

if TYPE_CHECKING:
    from openlbaas.cli.grammar.model import Command, Option

PROGRAM = "openlbaas"
LIST_FORMATS = ("csv", "json", "table", "value", "yaml")
ONE_FORMATS = ("json", "shell", "table", "value", "yaml")
_BODY = "body."
_OLDER_SPELLINGS = frozenset(
    {
        "--admin_state_down",
        "--admin_state_up",
        "--allocation_pool",
        "--binding_profile",
        "--device_id",
        "--device_owner",
        "--fixed_ip",
        "--ip_version",
        "--mac_address",
        "--request_format",
        "--show_details",
        "--tenant_id",
        "--vnic_type",
    },
)
_CHANGES = frozenset({"create", "update", "unset", "delete"})


class UsageError(Exception):
    """What was typed can't be understood; the text holds the usage. Exit code 2."""


class Arguments(NamedTuple):
    """What was typed, sorted.

    Shape:   given maps attributes to values, not yet looked up; extras are the options the command does not know
    """

    given: dict[str, Any]
    extras: dict[str, Any]
    options: argparse.Namespace
    target: str = ""
    targets: tuple[str, ...] = ()
    parent: str = ""


class _HelpFormatter(argparse.HelpFormatter):
    """Knows the width of the terminal without importing shutil; argparse makes a formatter for every option added."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_help_width())


@cache
def _help_width() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns) - 2
    try:
        return max(os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1).columns, 40) - 2
    except (OSError, ValueError):
        return 78


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of leaving the process: the shell goes on after a mistake."""

    def error(self, message: str) -> NoReturn:
        """Refuse, with the usage and where to read more."""
        command = self.prog.partition(" ")[2]
        usage = f"{self.format_usage()}{self.prog}: error: {message}\n"
        text = f"{usage}Try '{PROGRAM} help {command}' for more information.\n"
        raise UsageError(text)


def parse(command: Command, words: list[str]) -> Arguments:
    """Read the words after a command.

    Raises:  UsageError; SystemExit(0) after -h, with the help printed
    """
    reader = parser(command)
    if command.style == "neutron":
        words = [_with_dashes(reader, word) for word in words]
    # All that stands behind a lone "--" is for the body, as in the neutron client.
    cut = words.index("--") if "--" in words and command.takes_extras else len(words)
    known, unknown = reader.parse_known_args(words[:cut])
    values = vars(known)
    unknown = _late_positional(command, values, unknown) + words[cut + 1 :]
    if unknown and not command.takes_extras:
        reader.error(f"unrecognized arguments: {' '.join(unknown)}")
    given = {
        name.removeprefix(_BODY): None if value is NOTHING else value
        for name, value in values.items()
        if name.startswith(_BODY) and value is not None
    }
    targets = values.get("targets") or ([values["target"]] if values.get("target") else [])
    extras = extra_values(unknown) if unknown else {}
    return Arguments(given, extras, known, values.get("target") or "", tuple(targets), values.get("parent") or "")


def _with_dashes(reader: Parser, word: str) -> str:
    """An option in its older spelling with underscores, where the neutron client knows it, in the one of today."""
    name, equals, value = word.partition("=")
    if name not in _OLDER_SPELLINGS:
        return word
    spelling = name.replace("_", "-")
    known = spelling in reader._option_string_actions  # noqa: SLF001 - argparse has no other way to ask
    return f"{spelling}{equals}{value}" if known else word


class _Nothing:
    """Stands for null, to tell it from an option that was not given."""

    def __repr__(self) -> str:
        return "null"


NOTHING = _Nothing()


def _late_positional(command: Command, values: dict[str, Any], unknown: list[str]) -> list[str]:
    """Take an optional positional that stands behind an option; argparse has closed it by then."""
    for option in command.options:
        name = _BODY + option.attribute
        optional = option.spelling(command.style).startswith("[")
        if optional and values.get(name) is None and unknown and not unknown[0].startswith("-"):
            values[name] = unknown[0]
            return unknown[1:]
    return unknown


def parser(command: Command) -> Parser:
    """The argparse parser of one command."""
    made = Parser(
        prog=f"{PROGRAM} {command.name}",
        description=command.about,
        argument_default=argparse.SUPPRESS,
        add_help=False,
        formatter_class=_HelpFormatter,
        epilog=_WAIT_HELP if command.resource.waits and command.verb in _CHANGES else None,
    )
    made.add_argument("-h", "--help", action="help", help="show this help message and exit")
    if command.output == "tree":
        _add_layout(made)
    elif command.output != "none":
        _add_output(made, command.output)
    if _shows_fields(command):
        _add_fields(made)
    if command.verb == "list":
        _add_paging(made, paged=command.resource.paged)
    if command.verb == "create":
        made.add_argument(
            "--tenant-id" if command.style == "neutron" else "--project",
            dest=f"{_BODY}tenant_id",
            metavar="TENANT_ID",
            help="The owner tenant ID.",
        )
    _add_options(made, command)
    _add_objects(made, command)
    if command.style == "neutron":
        _add_forgotten(made, command)
    return made


def _shows_fields(command: Command) -> bool:
    return command.verb in {"list", "show", "stats", "hosting_agent", "hosted_load_balancers"}


_WAIT_HELP = (
    "--wait returns only when the load balancer is ACTIVE again (or gone, or in ERROR, which is exit code 1); "
    "--wait-timeout SECONDS gives up after that time (default 300)."
)


def _add_options(made: Parser, command: Command) -> None:
    spellings = [(option.spelling(command.style), option) for option in command.options]
    rivals = [option.rivals for spelling, option in spellings if option.rivals and spelling.startswith("-")]
    groups: dict[str, Any] = {}
    for spelling, option in spellings:
        if not spelling.startswith("-"):
            optional: dict[str, Any] = {"nargs": "?", "default": None} if spelling.startswith("[") else {}
            made.add_argument(
                _BODY + option.attribute,
                metavar=spelling.strip("[]"),
                help=_escaped(option.help),
                **optional,
            )
            continue
        holder: Any = made
        if rivals.count(option.rivals) > 1:
            if option.rivals not in groups:
                groups[option.rivals] = made.add_mutually_exclusive_group()
            holder = groups[option.rivals]
        holder.add_argument(spelling, **_option_settings(option))


def _option_settings(option: Option) -> dict[str, Any]:
    settings: dict[str, Any] = {"dest": _BODY + option.attribute, "help": _escaped(option.help) or argparse.SUPPRESS}
    if option.kind == "constant":
        settings |= {"action": "store_const", "const": NOTHING if option.value is None else option.value}
    else:
        settings |= {"metavar": option.metavar or None, "required": option.required}
        settings |= _value_settings(option)
    if option.always is not None:
        settings["default"] = option.always
    return settings


def _value_settings(option: Option) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if option.kind == "integer":
        settings["type"] = int
    elif option.kind == "truth":
        settings |= {"choices": ("True", "true", "False", "false"), "metavar": "{True,False}"}
    elif option.kind == "repeat":
        settings["action"] = "append"
    elif option.kind == "several":
        settings["nargs"] = "+"
    elif option.kind in {"pairs", "pairs_list"}:
        settings["type"] = pairs_reader(option.keys)
        settings |= {"action": "append"} if option.kind == "pairs_list" else {}
    elif option.kind == "json":
        settings["type"] = meaning
    elif option.kind == "file":
        settings["type"] = file_content.text
    elif option.kind == "binary_file":
        settings["type"] = file_content.encoded
    elif option.any_case:
        settings["type"] = str.lower if option.choices and option.choices[0].islower() else str.upper
    if option.choices:
        settings["choices"] = tuple(map(int, option.choices)) if option.kind == "integer" else option.choices
    if not settings.get("metavar") and not option.metavar:
        settings["metavar"] = settings.get("metavar") or (None if option.choices else option.attribute.upper())
    return settings


def _add_objects(made: Parser, command: Command) -> None:
    """Positionals that name the object and what it lies in; Neutron puts the object first, the newer grammar last."""
    parent = command.resource.parent if command.takes_parent else None
    if command.takes_target and command.style == "neutron":
        _add_target(made, command)
    if parent:
        made.add_argument("parent", metavar=parent.label, help=parent.help)
    if command.takes_target and command.style == "modern":
        _add_target(made, command)


def _add_target(made: Parser, command: Command) -> None:
    resource = command.resource
    label = "LBAAS_AGENT" if command.verb == "hosted_load_balancers" else resource.label
    if command.verb == "delete":
        what = "ID(s) or name(s)" if resource.by_name else "ID(s)"
        made.add_argument("targets", metavar=label, nargs="+", help=f"{what} of {resource.title} to delete.")
        return
    what = "ID or name" if resource.by_name else "ID"
    purpose = "update" if command.verb in {"update", "unset"} else "look up"
    made.add_argument("target", metavar=label, help=f"{what} of {resource.title} to {purpose}.")


def _add_output(made: Parser, output: str) -> None:
    group = made.add_argument_group("output formatters", "output formatter options")
    formats = LIST_FORMATS if output == "list" else ONE_FORMATS
    group.add_argument(
        "-f",
        "--format",
        dest="formatter",
        choices=formats,
        default="table",
        help="the output format, defaults to table",
    )
    group.add_argument(
        "-c",
        "--column",
        dest="columns",
        action="append",
        default=None,
        metavar="COLUMN",
        help="specify the column(s) to include, can be repeated",
    )
    if output == "list":
        group.add_argument(
            "--quote",
            dest="quote_mode",
            choices=("all", "minimal", "none", "nonnumeric"),
            default="nonnumeric",
            help="csv: when to include quotes, defaults to nonnumeric",
        )
    group.add_argument("--noindent", action="store_true", default=False, help="json: one line, no indenting")
    if output == "one":
        group.add_argument("--prefix", default="", help="shell: add a prefix to all variable names")
    group.add_argument(
        "--max-width",
        type=int,
        metavar="<integer>",
        default=int(os.environ.get("CLIFF_MAX_TERM_WIDTH") or 0),
        help="table: most columns of the terminal to use, <1 for no limit; also by CLIFF_MAX_TERM_WIDTH",
    )
    group.add_argument(
        "--fit-width",
        action="store_true",
        default=bool(int(os.environ.get("CLIFF_FIT_WIDTH") or 0)),
        help="table: fit into the width of the terminal; also by CLIFF_FIT_WIDTH=1",
    )
    group.add_argument("--print-empty", action="store_true", default=False, help="table: print it even without rows")


def _add_layout(made: Parser) -> None:
    made.add_argument(
        "-f",
        "--format",
        dest="formatter",
        choices=("tree", "json"),
        default=None,
        help="a drawing (default on a terminal), or JSON (default for programs)",
    )


def _add_fields(made: Parser) -> None:
    made.add_argument(
        "-D",
        "--show-details",
        action="store_true",
        default=False,
        help="Show detailed information.",
    )
    made.add_argument(
        "-F",
        "--field",
        dest="fields",
        metavar="FIELD",
        action="append",
        default=None,
        help="Specify the field(s) to be returned by server. You can repeat this option.",
    )


def _add_forgotten(made: Parser, command: Command) -> None:
    """Options that the neutron client takes and hides; scripts of long ago have them."""
    made.add_argument("--request-format", choices=("json",), help=argparse.SUPPRESS)
    if command.output == "one":
        made.add_argument("--variable", dest="columns", action="append", default=None, help=argparse.SUPPRESS)
    if _shows_fields(command):
        made.add_argument("--fields", dest="fields", action="append", default=None, help=argparse.SUPPRESS)


def _add_paging(made: Parser, *, paged: bool) -> None:
    if paged:
        made.add_argument(
            "-P",
            "--page-size",
            dest="page_size",
            metavar="SIZE",
            type=int,
            default=None,
            help="Fetch this many rows per request.",
        )
    made.add_argument(
        "--sort-key",
        dest="sort_key",
        metavar="FIELD",
        action="append",
        default=None,
        help="Sort by this field; can be repeated. Each key takes the direction of the same place, or asc.",
    )
    made.add_argument(
        "--sort-dir",
        dest="sort_dir",
        metavar="{asc,desc}",
        action="append",
        default=None,
        choices=("asc", "desc"),
        help="Direction of the sort key of the same place; can be repeated.",
    )


def _escaped(about: str) -> str:
    return about.replace("%", "%%")
