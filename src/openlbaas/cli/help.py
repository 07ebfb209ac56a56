"""The help: all commands, those that begin alike, or one in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlbaas.cli.find_command import find_command, unknown_command
from openlbaas.cli.global_options import GLOBAL_OPTIONS
from openlbaas.cli.grammar.commands import commands

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

OTHER_ABOUT = {
    "lab up|status|exec|curl|web|down": "A private data centre on this machine, to try everything.",
    "lab kill|boot|cut|heal|demo|...": "Let hosts, agents and servers of it die and come back; `lab --help` lists all.",
    "dev": "Server and agent for real use on this host, in the foreground.",
    "db upgrade|current|check": "The schema of the database.",
    "config sample|show": "Options of server and agent, and where each value comes from.",
    "complete bash|zsh": "Print the completion script of a shell.",
    "help [COMMAND]": "Show this, or the help of a command.",
    "shell": "The interactive shell; also when no command is given.",
}


def print_help(words: list[str], out: TextIO, err: TextIO) -> int:
    """Print help about these words, or about everything when there are none."""
    if not words:
        out.write(overview())
        return 0
    found = find_command(words)
    if found:
        from openlbaas.cli.parsing import parser

        out.write(parser(found[0]).format_help())
        return 0
    begun = [name for name in commands() if name.startswith(" ".join(words))]
    if begun:
        out.write(_table((name, commands()[name].about) for name in begun))
        return 0
    print(unknown_command(words), file=err)
    return 2


def overview() -> str:
    """Everything that can be typed, one line each."""
    options = ((_written(option.name, option.short, option.placeholder), option.help) for option in GLOBAL_OPTIONS)
    neutron = [(name, command.about) for name, command in commands().items() if command.style == "neutron"]
    modern = [(name, command.about) for name, command in commands().items() if command.style == "modern"]
    return (
        "usage: openlbaas [OPTION...] [COMMAND [ARGUMENT...]]\n\n"
        "Without a command an interactive shell opens.\n\n"
        f"options:\n{_table(options)}\n"
        f"this machine:\n{_table(OTHER_ABOUT.items())}\n"
        f"commands:\n{_table(sorted(modern))}\n"
        f"commands of the neutron client:\n{_table(sorted(neutron))}\n"
        "'openlbaas help COMMAND' shows the options of a command.\n"
    )


def _written(name: str, short: str, placeholder: str) -> str:
    return " ".join(filter(None, [f"{short}," if short else "", f"--{name}", placeholder]))


def _table(rows: Iterable[tuple[str, str]]) -> str:
    listed = list(rows)
    width = max(len(name) for name, _ in listed)
    return "".join(f"  {name.ljust(width)}  {about}\n" for name, about in listed)
