"""``openlbaas lab``: a private data centre on this machine."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from openlbaas.cli.lab import verbs
from openlbaas.cli.lab.names import names
from openlbaas.cli.lab.processes import LabError
from openlbaas.cli.lab.state import read_ready
from openlbaas.cli.lab.up import DEFAULT_FOLDER, tour, up
from openlbaas.client.transport import ClientError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Run one verb; the answer is an exit status."""
    asked = _parser().parse_args(list(argv))
    if os.geteuid() != 0:
        sys.stderr.write("openlbaas lab makes network namespaces, which only root may: run it with sudo.\n")
        return 1
    lab = names(asked.dir)
    try:
        if asked.verb == "up":
            up(lab, asked)
            print(tour(lab, read_ready(lab)))
            return 0
        answer: int = asked.run(lab, asked)
    except (LabError, ClientError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="openlbaas lab", description="A private data centre on this machine.")
    added = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, help_: str, run: object = None) -> argparse.ArgumentParser:
        made = added.add_parser(name, help=help_, description=help_)
        made.add_argument("--dir", default=DEFAULT_FOLDER, help="folder of the lab (default: %(default)s)")
        made.set_defaults(run=run)
        return made

    one = verb("up", "bring a lab up and print a short tour")
    one.add_argument("--hosts", type=int, default=1, help="how many hosts (default: %(default)s)")
    one.add_argument("--webs", type=int, default=2, help="how many web servers (default: %(default)s)")
    one.add_argument("--port", type=int, default=9696, help="port of the API on 127.0.0.1 (default: %(default)s)")
    one.set_defaults(servers=1)
    verb("status", "show what there is and what runs", verbs.status)
    one = verb("exec", "run a command in the client, on a host or on a web server", verbs.execute)
    one.add_argument("where", metavar="client|HOST|WEB")
    one.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    one = verb("curl", "ask a URL from the client and print the body", verbs.curl)
    one.add_argument("words", nargs=argparse.REMAINDER, metavar="URL", help="a URL, and other words for curl")
    one = verb("web", "add, stop or start a web server", verbs.web)
    one.add_argument("act", choices=("add", "stop", "start"))
    # `lab web stop --dir D web2` reads as well as `lab web --dir D stop web2`.
    one.add_argument("name")
    one = verb("boot", "start a host, or only its agent where the host is up", verbs.boot)
    one.add_argument("host")
    one = verb("kill-agent", "kill a host's agent, as a crash would", verbs.kill_agent)
    one.add_argument("host")
    one = verb("kill-server", "kill a server, as a crash would", verbs.kill_server)
    one.add_argument("server", type=int, nargs="?", default=1)
    one = verb("start-server", "start a server that was killed", verbs.start_server)
    one.add_argument("server", type=int, nargs="?", default=1)
    verb("down", "remove everything of a lab", verbs.down)
    return parser
