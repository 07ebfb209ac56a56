"""Options that may stand before any command."""

from __future__ import annotations

from typing import NamedTuple


class GlobalOption(NamedTuple):
    """One option before the command.

    Shape:   short is "" or a dash and a letter; placeholder is "" when the option takes no value
    """

    name: str
    short: str
    placeholder: str
    help: str


GLOBAL_OPTIONS = (
    GlobalOption(
        "os-endpoint",
        "",
        "URL",
        "Address of the server, such as http://127.0.0.1:9696; of several, with commas (env OS_ENDPOINT).",
    ),
    GlobalOption("os-url", "", "URL", "The same under its other name (env OS_URL)."),
    GlobalOption("os-token", "", "TOKEN", "Token that says who is calling (env OS_TOKEN)."),
    GlobalOption("os-auth-type", "", "TYPE", "admin_token, token_endpoint or none (env OS_AUTH_TYPE)."),
    GlobalOption("os-project-id", "", "PROJECT", "Project to act for where no token says it (env OS_PROJECT_ID)."),
    GlobalOption("os-cacert", "", "FILE", "Certificates to trust for https (env OS_CACERT)."),
    GlobalOption("http-timeout", "", "SECONDS", "Give up on an answer after this time (default 60)."),
    GlobalOption("insecure", "", "", "Do not check the server's certificate."),
    GlobalOption("wait", "", "", "After a change, return only when the load balancer has taken it in."),
    GlobalOption("wait-timeout", "", "SECONDS", "Give up waiting after this time (default 300)."),
    GlobalOption("debug", "-v", "", "Show every request and answer on standard error; also --verbose."),
    GlobalOption("version", "", "", "Show the version and exit."),
    GlobalOption("help", "-h", "", "Show this help and exit."),
)
_OTHER_NAMES = {"verbose": "debug", "os-auth-strategy": "os-auth-type", "os-tenant-id": "os-project-id"}
_ANYWHERE = ("--wait", "--wait-timeout")


class BadOption(ValueError):
    """An option before the command that does not exist, or lacks its value."""


def split_global_options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Options before the command, by name, and the words from the command on; --wait is taken from behind it too.

    Raises:  BadOption
    """
    options: dict[str, str] = {}
    position = 0
    while position < len(words) and words[position].startswith("-"):
        position += _take(words, position, options)
    rest: list[str] = []
    while position < len(words):
        # Taken by hand and exactly as written, so that the commands' own options keep their abbreviations.
        if words[position].partition("=")[0] in _ANYWHERE:
            position += _take(words, position, options)
        else:
            rest.append(words[position])
            position += 1
    return options, rest


def _take(words: list[str], position: int, options: dict[str, str]) -> int:
    """Read the option at this position; answers how many words it took."""
    name, equals, value = words[position].partition("=")
    option = _named(name)
    if not option.placeholder:
        if equals:
            message = f"option --{option.name} takes no value"
            raise BadOption(message)
        options[option.name] = "yes"
        return 1
    if equals:
        options[option.name] = value
        return 1
    if position + 1 >= len(words):
        message = f"option --{option.name} needs a value"
        raise BadOption(message)
    options[option.name] = words[position + 1]
    return 2


def _named(word: str) -> GlobalOption:
    wanted = word.removeprefix("--")
    wanted = _OTHER_NAMES.get(wanted, wanted)
    for option in GLOBAL_OPTIONS:
        if word == option.short or (word.startswith("--") and wanted == option.name):
            return option
    begun = [option for option in GLOBAL_OPTIONS if word.startswith("--") and option.name.startswith(wanted)]
    if len(begun) == 1 and wanted:
        return begun[0]
    message = f"unknown option {word}"
    raise BadOption(message)
