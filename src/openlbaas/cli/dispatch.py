"""From words to an exit code: find the command, run it, tell what went wrong."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from openlbaas.cli.failures import tell
from openlbaas.cli.global_options import BadOption, split_global_options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO

    from openlbaas.cli.grammar.model import Command
    from openlbaas.client.lbaas import Client

_DEFAULT_WAIT_S = "300"

# Verbs that live in rooms of their own: module, and whether it wants to see the verb itself.
OTHER_VERBS: dict[str, tuple[str, bool]] = {
    "lab": ("openlbaas.cli.lab.main", False),
    "dev": ("openlbaas.cli.dev", False),
    "config": ("openlbaas.cli.settings_commands", True),
    "db": ("openlbaas.cli.settings_commands", True),
}
_OF_HOSTS = frozenset({"hosts_of", "move", "show_host", "drain_host", "undrain_host", "fail", "rebalance"})
OWN_VERBS = ("help", "complete", "shell")


class Caller:
    """Who calls from where, and the connection, which is opened at the first request and kept."""

    def __init__(
        self,
        options: Mapping[str, str],
        environment: Mapping[str, str],
        out: TextIO,
        err: TextIO,
    ) -> None:
        """Keep it for the commands to come."""
        self.options = options
        self.environment = environment
        self.out = out
        self.err = err
        self._client: Client | None = None

    def client(self) -> Client:
        """The connection to the server.

        Raises:  session.SetupError
        """
        if self._client is None:
            from openlbaas.cli.session import client, session

            trace = self._trace if "debug" in self.options else None
            self._client = client(session(self.options, self.environment), trace)
        return self._client

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()

    def _trace(self, line: str) -> None:
        print(line, file=self.err)


def run(words: list[str]) -> int:
    """Run one command line of the program, or the shell when there is no command on it."""
    if words and words[0] in OTHER_VERBS:
        return _other_verb(words)
    try:
        options, rest = split_global_options(words)
    except BadOption as problem:
        print(f"openlbaas: {problem}\nTry 'openlbaas help' for more information.", file=sys.stderr)
        return 2
    if "version" in options:
        from openlbaas import __version__

        print(f"openlbaas {__version__}")
        return 0
    caller = Caller(options, os.environ, sys.stdout, sys.stderr)
    try:
        if "help" in options:
            return _help(rest, caller)
        if not rest or rest == ["shell"]:
            from openlbaas.cli.shell import shell

            return shell(caller, sys.stdin)
        return run_words(rest, caller)
    finally:
        caller.close()


def run_words(words: list[str], caller: Caller) -> int:
    """Run one command, given without options before it."""
    if words[0] in OTHER_VERBS:
        return _other_verb(words)
    if words[0] == "help":
        return _help(words[1:], caller)
    if words[0] == "complete":
        from openlbaas.cli.completion import complete

        return complete(words[1:], caller.out, caller.err)
    from openlbaas.cli.find_command import find_command, unknown_command

    found = find_command(words)
    if found is None:
        print(unknown_command(words), file=caller.err)
        return 2
    command, rest = found
    return run_command(command, rest, caller)


def run_command(command: Command, words: list[str], caller: Caller) -> int:
    """Run a command of the table with the words that follow it."""
    from openlbaas.cli.actions import CommandError, Setting
    from openlbaas.cli.extras import BadExtra
    from openlbaas.cli.output import UnknownColumn
    from openlbaas.cli.parsing import UsageError, parse
    from openlbaas.cli.session import SetupError
    from openlbaas.client.transport import ClientError

    try:
        arguments = parse(command, words)
        setting = Setting(caller.client(), caller.out, caller.err, _wait_s(caller.options), caller.environment)
        return _action(command)(setting, command, arguments)
    except UsageError as problem:
        caller.err.write(str(problem))
        return 2
    except BadExtra as problem:
        print(f"openlbaas {command.name}: {problem}", file=caller.err)
        return 2
    except SystemExit as finished:  # argparse after --help
        return int(finished.code or 0)
    except ClientError as problem:
        tell(problem, caller.err)
        return 1
    except (CommandError, SetupError, UnknownColumn) as problem:
        print(problem, file=caller.err)
        return 1


def _action(command: Command) -> Callable[..., int]:
    from openlbaas.cli import actions

    shared: dict[str, Callable[..., int]] = {
        "create": actions.create,
        "list": actions.list_,
        "show": actions.show,
        "update": actions.update,
        "unset": actions.update,
        "delete": actions.delete,
    }
    if command.action in shared:
        return shared[command.action]
    room = "host_actions" if command.action in _OF_HOSTS else "single_actions"
    action: Callable[..., int] = getattr(import_module(f"openlbaas.cli.{room}"), command.action)
    return action


def _wait_s(options: Mapping[str, str]) -> float | None:
    from openlbaas.cli.session import SetupError

    if "wait" not in options:
        return None
    try:
        return float(options.get("wait-timeout", _DEFAULT_WAIT_S))
    except ValueError as problem:
        message = f"--wait-timeout wants a number of seconds, not {options['wait-timeout']!r}"
        raise SetupError(message) from problem


def _other_verb(words: list[str]) -> int:
    module, wants_verb = OTHER_VERBS[words[0]]
    result: int = import_module(module).main(words if wants_verb else words[1:])
    return result


def _help(words: list[str], caller: Caller) -> int:
    from openlbaas.cli.help import print_help

    if words and words[0] in OTHER_VERBS:
        return _other_verb([*words, "--help"])
    return print_help(words, caller.out, caller.err)
