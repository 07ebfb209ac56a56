"""Writes docs/reference/cli.md from the table of commands.

Run it as `python -m openlbaas.cli.reference > docs/reference/cli.md`.
"""

from __future__ import annotations

import sys
from argparse import SUPPRESS
from typing import TYPE_CHECKING

from openlbaas.cli.global_options import GLOBAL_OPTIONS, GlobalOption
from openlbaas.cli.grammar.commands import RESOURCES, commands
from openlbaas.cli.help import OTHER_ABOUT
from openlbaas.cli.parsing import parser

if TYPE_CHECKING:
    import argparse

    from openlbaas.cli.grammar.model import Command

_HEAD = """\
# The command openlbaas

This page is generated from the program (`python -m openlbaas.cli.reference`); a test holds it up to date.

Every command exists in two spellings: that of the neutron client (`lbaas-loadbalancer-create`, `subnet-list`, ...) and
a newer one (`loadbalancer create`, `subnet list`, ...). Both take their options from the same table. Without a command
the interactive shell opens, in which everything below can be typed without the leading `openlbaas`; lines from a file
or a pipe work too. Commands may be shortened as long as they stay unique, long options as well.

The neutron client's commands behave as in that client:

- options they do not know go to the server under their own name: `--max-retries-down 4`; behind the name, `type=int`,
  `list=true` and `action=clear` (null) change what is made of the value;
- a change prints `Created a new ...:` and the object, `Updated ...: x` or `Deleted ...(s): a, b`;
- lists have that client's columns, with tenant_id for an administrator.

The newer commands refuse unknown options, print the object after a create and nothing after other changes, and show
tenant_id and the operating status in lists. `loadbalancer tree` draws a load balancer with its listeners, policies,
rules, pools, members and health monitors; `loadbalancer status` draws what the statuses tree holds on a terminal and
prints it as JSON to a program. A drawing is never wider than the terminal: ids are left out of it first. Colours come
on a terminal only, and not where `NO_COLOR` is set or `TERM=dumb`, unless `--color` says otherwise. In a terminal that
takes nothing but ASCII, strokes stand for boxes and escapes for letters; what does not print, in a name that somebody
else chose, is always shown as an escape.

Exit codes: 0 done; 1 refused, not found, not reachable, or ERROR after `--wait`; 2 not understood.

## Options before the command

"""
_COMMON = frozenset(
    {
        "--format",
        "--column",
        "--quote",
        "--noindent",
        "--prefix",
        "--max-width",
        "--fit-width",
        "--print-empty",
        "--show-details",
        "--field",
        "--page-size",
        "--sort-key",
        "--sort-dir",
        "--help",
    },
)


def reference() -> str:
    """The whole page."""
    options = [(_spelling(each), each.help) for each in GLOBAL_OPTIONS]
    return "".join(
        [
            _HEAD,
            _table("option", options),
            "\n## On this machine\n\n",
            _table("command", list(OTHER_ABOUT.items())),
            "\n## Options of every command that prints objects\n\n",
            _table("option", _common_options()),
            "\n`--wait` and `--wait-timeout SECONDS` may stand behind any command that changes load balancers.\n",
            *(_section(title, pair) for title, pair in _pairs().items()),
        ],
    )


def _pairs() -> dict[str, list[Command]]:
    """Commands that do the same in both grammars, by what they do, in the order of the resources."""
    order = [resource.collection for resource in RESOURCES]
    known = sorted(
        commands().values(),
        key=lambda each: order.index(each.resource.collection) if each.resource.collection in order else len(order),
    )
    pairs: dict[str, list[Command]] = {}
    for command in known:
        pairs.setdefault(command.about.rstrip("."), []).append(command)
    return pairs


def _section(title: str, same: list[Command]) -> str:
    blocks = "".join(_usage(command) for command in same)
    rows = {row: None for command in same for row in _own_options(command)}
    options = f"\n{_table('argument', list(rows))}" if rows else ""
    return f"\n## {title}\n\n```text\n{blocks}```\n{options}"


def _usage(command: Command) -> str:
    """One line: the command, its own options and arguments."""
    own = [_argument(action) for action in _shown(command) if not _is_common(action)]
    return " ".join(["openlbaas", command.name, *own]) + "\n"


def _argument(action: argparse.Action) -> str:
    if not action.option_strings:
        name = str(action.metavar)
        return {"+": f"{name} [{name} ...]", "?": f"[{name}]"}.get(str(action.nargs), name)
    written = _with_value(action)
    return written if action.required else f"[{written}]"


def _with_value(action: argparse.Action) -> str:
    spelling = max(action.option_strings, key=len)
    if action.nargs == 0:
        return spelling
    value = str(action.metavar or f"{{{','.join(map(str, action.choices or ()))}}}")
    return f"{spelling} {value}" + (f" [{value} ...]" if action.nargs == "+" else "")


def _own_options(command: Command) -> list[tuple[str, str]]:
    return [
        (_with_value(action) if action.option_strings else str(action.metavar), (action.help or "").replace("%%", "%"))
        for action in _shown(command)
        if not _is_common(action)
    ]


def _shown(command: Command) -> list[argparse.Action]:
    """The options and arguments that the help of a command shows."""
    return [action for action in parser(command)._actions if action.help != SUPPRESS]  # noqa: SLF001 - argparse has no other way to ask


def _common_options() -> list[tuple[str, str]]:
    found: dict[str, argparse.Action] = {}
    choices: dict[str, set[str]] = {}
    for command in commands().values():
        for action in filter(_is_common, _shown(command)):
            name = max(action.option_strings, key=len)
            found.setdefault(name, action)
            choices.setdefault(name, set()).update(map(str, action.choices or ()))
    return [_common_row(name, action, choices[name]) for name, action in found.items()]


def _common_row(name: str, action: argparse.Action, choices: set[str]) -> tuple[str, str]:
    shorter = [spelling for spelling in action.option_strings if spelling != name]
    written = name if choices else _with_value(action).removesuffix(" {}")
    return ", ".join([*shorter, written]), str(action.help) + (f" ({', '.join(sorted(choices))})" if choices else "")


def _is_common(action: argparse.Action) -> bool:
    return bool(_COMMON.intersection(action.option_strings)) and "tree" not in (action.choices or ())


def _spelling(option: GlobalOption) -> str:
    return ", ".join(filter(None, [option.short, f"--{option.name} {option.placeholder}".strip()]))


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    lines = "".join(f"| `{_cell(name)}` | {_cell(about)} |\n" for name, about in rows)
    return f"| {title} | meaning |\n|---|---|\n{lines}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(reference())
