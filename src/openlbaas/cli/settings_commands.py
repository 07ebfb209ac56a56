"""``openlbaas config`` and ``openlbaas db``: the operator's look at options and schema."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from io import StringIO

from oslo_config import cfg, generator

from openlbaas.settings.options import DEFAULT, GROUPS
from openlbaas.settings.reading import MISTAKES, parsed, settings, told
from openlbaas.settings.sources import source, unread

MASK = "****"


def main(argv: Sequence[str]) -> int:
    """Run `config sample|show|check …` or `db upgrade|current|check …`; the answer is an exit status."""
    if argv and argv[0] == "db":
        # The schema belongs to the server's rooms, which the command line does without.
        ran = subprocess.run([sys.executable, "-m", "openlbaas.store.command", *argv[1:]], check=False)
        return ran.returncode
    parser = argparse.ArgumentParser(prog="openlbaas config")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("sample", help="print a configuration file with every option, its help and its default")
    show = verbs.add_parser("show", help="print the value of every option as this machine would use it")
    show.add_argument("--with-source", action="store_true", help="say where each value comes from")
    verbs.add_parser("check", help="say whether the configuration can be used, and which of its options nobody reads")
    chosen, rest = parser.parse_known_args(argv[1:])
    try:
        return _run(chosen, rest)
    except MISTAKES as error:
        sys.stderr.write(f"openlbaas config: {told(error)}\n")
        return 1


def _run(chosen: argparse.Namespace, rest: Sequence[str]) -> int:
    if chosen.verb == "sample":
        sys.stdout.write(sample())
        return 0
    conf = parsed(rest, "openlbaas config")
    settings(conf)
    if chosen.verb == "show":
        sys.stdout.write(shown(conf, with_source=chosen.with_source))
        return 0
    for name in unread(conf):
        print(f"nobody reads {name}")
    print("the configuration can be used")
    return 0


def sample() -> str:
    """Write a configuration file with every option commented out."""
    conf = cfg.ConfigOpts()
    generator.register_cli_opts(conf)
    found_by = ["--namespace", "openlbaas"]
    conf(found_by, project="openlbaas", prog="sample", default_config_files=[], default_config_dirs=[])
    out = StringIO()
    generator.generate(conf, output_file=out)
    return out.getvalue().rstrip("\n") + "\n"


def shown(conf: cfg.ConfigOpts, *, with_source: bool) -> str:
    """Write every option with its value, as a configuration file that could be read again."""
    lines = []
    for group, options in GROUPS.items():
        lines.append(f"[{group}]")
        scope = conf if group == DEFAULT else conf[group]
        for option in options:
            value = _masked(option, scope[option.dest])
            origin = f"  # {source(conf, group, option)}" if with_source else ""
            lines.append(f"{option.name} = {value}{origin}")
        lines.append("")
    return "\n".join(lines)


def _masked(option: cfg.Opt, value: object) -> object:
    if option.secret and value and not str(value).startswith("sqlite:"):
        return MASK
    return ",".join(str(one) for one in value) if isinstance(value, list) else value
