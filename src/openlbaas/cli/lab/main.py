"""``openlbaas lab``: its verbs and their options.

Exit codes: 0 done · 1 refused or failed · 2 not understood; of `exec` and `curl`, those of the command
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from openlbaas.cli.lab import names as n
from openlbaas.cli.lab.processes import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MOST_WEBS = 90
_MOST_PORT = 65535


def main(argv: Sequence[str]) -> int:
    """Run one verb."""
    from openlbaas.client.transport import ClientError

    parser = _parser()
    try:
        chosen = parser.parse_args(_set_apart(argv))
    except SystemExit as finished:  # argparse after --help, or after words that it does not know
        return int(finished.code or 0)
    try:
        return _run(chosen, n.names(chosen.dir))
    except LabError as problem:
        print(f"openlbaas lab: {problem}", file=sys.stderr)
    except ClientError as problem:
        print(f"openlbaas lab: {problem.message} {' '.join(problem.request_ids)}".rstrip(), file=sys.stderr)
    return 1


def _set_apart(argv: Sequence[str]) -> Sequence[str]:
    """Put two dashes before options that are curl's, which argparse would take for its own."""
    words = list(argv)
    if words[:1] != ["curl"]:
        return words
    place = 1
    if words[1:2] == ["--dir"]:
        place = 3
    elif words[1:2] and words[1].startswith("--dir="):
        place = 2
    own = place >= len(words) or words[place] in {"-h", "--help", "--"}
    return words if own else [*words[:place], "--", *words[place:]]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="openlbaas lab", description="A private data centre on this machine, in namespaces. Needs root."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    up = _verb(verbs, "up", "make a lab")
    up.add_argument("--hosts", type=_number(1, n.MOST_HOSTS), default=1, help="hosts, each with an agent (1)")
    up.add_argument("--webs", type=_number(0, _MOST_WEBS), default=2, help="web servers (2)")
    up.add_argument("--servers", type=_number(1, n.MOST_SERVERS), default=1, help="API servers (1)")
    up.add_argument("--port", type=_number(1, _MOST_PORT), default=9696, help="port of the API on 127.0.0.1 (9696)")
    up.add_argument("--database", choices=("sqlite", "mariadb", "postgresql"), default="sqlite", help="(sqlite)")
    _verb(verbs, "status", "say what runs; exit code 1 when something does not")
    execute = _verb(verbs, "exec", "run a command in the place of the client, a host or a web server")
    execute.add_argument("place", metavar="client|HOST|WEB")
    execute.add_argument("command", nargs=argparse.REMAINDER, metavar="-- CMD ...")
    asking = _verb(verbs, "curl", "ask a URL from the client's place and print the body")
    asking.add_argument("words", nargs=argparse.REMAINDER, metavar="URL", help="URL, and options of curl")
    webs = _verb(verbs, "web", "add, stop or start a web server").add_subparsers(
        dest="web_verb", required=True, metavar="add|stop|start"
    )
    for word, text in (("add", "one more web server"), ("stop", "stop a web server"), ("start", "start it again")):
        web = webs.add_parser(word, help=text, description=f"{text[0].upper()}{text[1:]}.")
        # Taken after both words; what is not given here must not hide what was given before.
        web.add_argument("--dir", default=argparse.SUPPRESS, help="the lab's folder")
        web.add_argument("name", metavar="NAME")
    _accidents(verbs)
    _verb(verbs, "down", "remove the lab and all that it made, in whatever state it is")
    return parser


def _accidents(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verbs by which things go wrong, and come back."""
    for word, text in (
        ("kill", "kill a host and all that is on it at once, as a power cut would"),
        ("boot", "let a dead host come back as after a reboot"),
        ("kill-agent", "kill a host's agent as a crash would; its load balancers go on"),
        ("start-agent", "start it again"),
        ("heal", "give a host back the networks that it was cut off from"),
    ):
        _verb(verbs, word, text).add_argument("host", metavar="HOST")
    cut = _verb(verbs, "cut", "cut a host off from networks, without its noticing; both unless one is named")
    cut.add_argument("host", metavar="HOST")
    planes = cut.add_mutually_exclusive_group()
    for words, text in ((["control"], "from the servers"), (["tenant"], "from clients, members and other hosts")):
        planes.add_argument(f"--{words[0]}", dest="planes", action="store_const", const=words, help=text)
    planes.add_argument("--all", dest="planes", action="store_const", const=["control", "tenant"], help="from both")
    for word, text in (("kill-server", "kill a server as a crash would"), ("start-server", "start it again")):
        _verb(verbs, word, text).add_argument("server", type=int, nargs="?", default=1, metavar="N")
    _verb(verbs, "kill-database", "let the database server fall, as in a crash")
    _verb(verbs, "start-database", "start it again")
    demo = _verb(verbs, "demo", "let something die while a client asks a VIP every 10 ms, and tell the gap")
    accidents = demo.add_mutually_exclusive_group()
    for word, text in (
        ("failover", "the host that serves; also when nothing is named"),
        ("agent", "the agent of that host"),
        ("server", "a server"),
    ):
        accidents.add_argument(f"--{word}", dest="accident", action="store_const", const=word, help=text)


def _verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser], word: str, text: str) -> argparse.ArgumentParser:
    verb = verbs.add_parser(word, help=text, description=f"{text[0].upper()}{text[1:]}.")
    verb.add_argument("--dir", default=n.DEFAULT_FOLDER, help=f"the lab's folder ({n.DEFAULT_FOLDER})")
    return verb


def _number(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not least <= int(text) <= most:
            message = f"{text} is not between {least} and {most}"
            raise argparse.ArgumentTypeError(message)
        return int(text)

    return number


def _run(chosen: argparse.Namespace, lab: n.Names) -> int:
    from openlbaas.cli.lab import state, verbs

    verb = chosen.verb
    if verb == "exec":
        return verbs.execute(lab, chosen.place, _command(chosen.command))
    if verb == "curl":
        return verbs.curl(lab, _command(chosen.words))
    if verb == "status":
        from openlbaas.cli.lab.telling import status

        text, well = status(lab, state.read(lab))
        print(text)
        return 0 if well else 1
    if verb == "demo":
        from openlbaas.cli.lab import accidents

        return accidents.main(lab, chosen.accident or "failover")
    if verb != "up":
        # Down must work in a folder that is gone; it leaves none behind that it had to make for its lock.
        with state.locked(lab):
            print(_change(chosen, lab))
        if verb == "down" and lab.folder.is_dir() and not any(lab.folder.iterdir()):
            lab.folder.rmdir()
        return 0
    return _up(chosen, lab)


def _up(chosen: argparse.Namespace, lab: n.Names) -> int:
    from openlbaas.cli.lab import state
    from openlbaas.cli.lab.bring_up import Wanted, bring_up
    from openlbaas.cli.lab.telling import tour

    with state.locked(lab):
        wanted = Wanted(chosen.hosts, chosen.servers, chosen.webs, chosen.port, chosen.database)
        made = bring_up(lab, wanted, lambda line: print(line, flush=True))
    print(tour(lab, made), end="")
    return 0


def _change(chosen: argparse.Namespace, lab: n.Names) -> str:
    """Carry out a verb that changes a lab; the answer is a sentence on what was done."""
    from openlbaas.cli.lab import hosts, verbs

    verb = chosen.verb
    if verb == "down":
        from openlbaas.cli.lab.take_down import take_down

        return f"the lab in {lab.folder} is gone" if take_down(lab) else f"there was no lab in {lab.folder}"
    if verb == "web":
        act = {"add": verbs.web_add, "stop": verbs.web_stop, "start": verbs.web_start}[chosen.web_verb]
        return act(lab, chosen.name)
    if verb in {"kill-server", "start-server"}:
        return (verbs.kill_server if verb == "kill-server" else verbs.start_server)(lab, chosen.server)
    if verb in {"kill-database", "start-database"}:
        return (verbs.kill_database if verb == "kill-database" else verbs.start_database)(lab)
    if verb == "cut":
        return hosts.cut(lab, chosen.host, chosen.planes or ["control", "tenant"])
    acts = {
        "kill": hosts.kill,
        "boot": hosts.boot,
        "kill-agent": hosts.kill_agent,
        "start-agent": hosts.start_agent,
        "heal": hosts.heal,
    }
    return acts[verb](lab, chosen.host)


def _command(words: Sequence[str]) -> Sequence[str]:
    """Take away the two dashes that set a command apart.

    Raises: LabError when nothing is left
    """
    command = words[1:] if words and words[0] == "--" else words
    if not command:
        message = "Nothing to run."
        raise LabError(message)
    return command
