"""The demo: a lab comes up, the article is walked through with every claim checked, and all of it goes away again.

Run as ``python -m openlbaas.cli.lab.demo``; ``scripts/demo`` sets the machine up first.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from openlbaas.cli.lab import pace, parts, wiring
from openlbaas.cli.lab.names import names
from openlbaas.cli.lab.processes import LabError
from openlbaas.cli.lab.stage import Lie, Stage
from openlbaas.cli.lab.state import exists, read_ready
from openlbaas.cli.lab.take_down import take_down
from openlbaas.cli.lab.walkthrough import STEPS, Walk
from openlbaas.client.transport import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from openlbaas.cli.lab.names import Names

_INTERRUPTED = 130


def main(argv: Sequence[str]) -> int:
    """Perform the demo; 0 when every claim held, 1 at the first lie, 130 when interrupted."""
    asked = _parser().parse_args(list(argv))
    if os.geteuid() != 0:
        sys.stderr.write("The demo makes network namespaces, which only root may: run it with sudo.\n")
        return 1
    lab = names(asked.dir or tempfile.mkdtemp(prefix="openlbaas-demo-"))
    if exists(lab):
        sys.stderr.write(
            f"There is a lab in {lab.folder} already: `openlbaas lab down --dir {lab.folder}` removes it.\n"
        )
        return 1
    signal.signal(signal.SIGTERM, interrupted)
    kept = False
    try:
        stage = Stage(sys.stdout, tenant_environment(), colours=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
        status = play(stage, lambda: perform(stage, lab, asked.port or wiring.free_ports(), keep=asked.keep))
        kept = asked.keep and status == 0
    finally:
        # Nothing stops the cleaning, not even a second Ctrl-C.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if not kept:
            _clean(lab, temporary=not asked.dir)
    if kept:
        print(how_to_use(lab))
    return status


def play(stage: Stage, performance: Callable[[], None]) -> int:
    """Let something be performed on a stage; the answer is an exit status."""
    began = time.monotonic()
    try:
        performance()
    except Lie as lie:
        stage.expose(lie)
        return 1
    except (LabError, ClientError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except (LookupError, ValueError, subprocess.TimeoutExpired) as problem:
        # What a command printed is not what it should print, or it does not end.
        stage.expose(Lie("what the last command printed can be read", "a table or JSON with its fields", repr(problem)))
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return _INTERRUPTED
    stage.summary(time.monotonic() - began)
    return 0


def perform(stage: Stage, lab: Names, port: int, *, keep: bool) -> None:
    """Bring the lab up and take every step; what is kept has a load balancer in it again.

    Raises: Lie; LabError; ClientError
    """
    stage.say("$ is this machine; client#, web1#, host1# are typed after `openlbaas lab exec NAME -- sh`.")
    up = f"openlbaas lab up --dir {lab.folder} --port {port}"
    # What it says on how to go on is for whoever keeps the lab.
    piped = f'"$0" -m openlbaas.cli.main {up.partition(" ")[2]} | grep "^\\["'
    stage.run(f"{up} | grep '^\\['", ["sh", "-c", piped, sys.executable], status=None)
    state = read_ready(lab)
    stage.run(f"source {lab.folder}/openrc", ["true"])
    stage.environment = {
        **stage.environment,
        "OS_AUTH_TYPE": "admin_token",
        "OS_ENDPOINT": state.endpoint,
        "OS_TOKEN": state.token,
    }
    walk = Walk(stage, lab)
    for step in STEPS:
        step(walk)
    pace.measure(stage, lab, state)
    if keep:
        with closing(parts.client_of(state)) as client:
            pace.make(client, state, "demo")


def how_to_use(lab: Names) -> str:
    """Say what can be done with a lab that was kept."""
    programs = Path(sys.executable).parent
    return f"""
The lab goes on, with a load balancer demo_lb in it:

    export PATH={programs}:$PATH
    source {lab.folder}/openrc              # for openlbaas and for the stock clients
    openlbaas lbaas-loadbalancer-list
    openlbaas lab curl --dir {lab.folder} http://$(openlbaas lbaas-loadbalancer-show demo_lb -f value -c vip_address)/
    openlbaas lab web stop --dir {lab.folder} web2
    openlbaas lab exec --dir {lab.folder} host1 -- ip netns
    openlbaas lab down --dir {lab.folder}   # takes everything away
"""


def tenant_environment() -> dict[str, str]:
    """Ours, without another cloud's credentials, and with the folders of an administrator's programs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    return {**kept, "PATH": f"{kept.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"}


def _clean(lab: Names, *, temporary: bool) -> None:
    take_down(lab)
    if temporary:
        shutil.rmtree(lab.folder, ignore_errors=True)


def interrupted(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Take a signal for Ctrl-C."""
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/demo", description="The article's walk, with every claim checked.")
    parser.add_argument("--keep", action="store_true", help="leave the lab running and print how to use it")
    parser.add_argument("--dir", type=Path, help="folder of the lab (default: a temporary one)")
    parser.add_argument("--port", type=int, default=0, help="port of the API on 127.0.0.1 (default: a free one)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
