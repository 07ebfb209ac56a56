"""Where in the configuration files an option is written: what `config show --with-source` and the log name."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from oslo_config import cfg

from openlbaas.settings.options import DEFAULT, GROUPS

_SECTION = re.compile(r"\[(?P<name>[^\]]*)\]\s*$")
_ASSIGNMENT = re.compile(r"(?P<name>[^\s#;:=][^:=]*?)\s*[:=]")


@dataclass(frozen=True, slots=True)
class Written:
    """One assignment in a file; lines count from 1, and the group is spelt as in the file."""

    group: str
    name: str
    file: str
    line: int


def files(conf: cfg.ConfigOpts) -> list[str]:
    """List the files that were read, in the order in which later ones win."""
    folders = [Path(name) for name in conf.config_dir or []]
    inside = [str(path) for folder in folders for path in sorted(folder.glob("*.conf"))]
    return [*(conf.config_file or []), *inside]


def written(names: Iterable[str]) -> Iterator[Written]:
    """List the assignments of files that oslo.config has read without complaint, in their order."""
    for name in names:
        group = DEFAULT
        for number, text in enumerate(Path(name).read_text(encoding="utf-8").splitlines(), start=1):
            if section := _SECTION.match(text):
                group = section["name"]
            elif assignment := _ASSIGNMENT.match(text):
                yield Written(group, assignment["name"], name, number)


def places(group: str, option: cfg.Opt) -> set[tuple[str, str]]:
    """List the group and name under which an option may be written: its own, and those of the original.

    Shape: groups in lower case, as oslo.config compares them.
    """
    own = {(group.lower(), str(option.dest)), (group.lower(), option.name)}
    old = {(str(o.group or group).lower(), str(o.name or option.name)) for o in option.deprecated_opts}
    return own | old


def source(conf: cfg.ConfigOpts, group: str, option: cfg.Opt) -> str:
    """Name where the value of an option comes from: FILE:LINE, `environment NAME`, `command line` or `default`."""
    found = conf.get_location(option.dest, None if group == DEFAULT else group)
    if found is None:
        return "default"
    location = found.location.name
    if location == "user":
        wanted = places(group, option)
        lines = [w for w in written(files(conf)) if (w.group.lower(), w.name) in wanted]
        return f"{lines[-1].file}:{lines[-1].line}" if lines else "file"
    if location == "environment":
        return f"environment {found.detail}"
    return "command line" if location == "command_line" else "default"


def unread(conf: cfg.ConfigOpts) -> Sequence[str]:
    """List the options of the files that nothing here reads, as group.name, each once.

    An original's files have many: they are named to the operator, and otherwise left alone.
    """
    known = {place for group, options in GROUPS.items() for option in options for place in places(group, option)}
    every = (f"{w.group}.{w.name}" for w in written(files(conf)) if (w.group.lower(), w.name) not in known)
    return list(dict.fromkeys(every))
