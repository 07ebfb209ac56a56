"""What an upgrade costs those who are being served: an older release's server and agent are replaced by today's.

    python benchmarks/upgrade.py COMMIT

Checks COMMIT out beside this tree, sets it up, brings a lab up by it with load balancers of several kinds, and asks
through them all the time while first the server and then the agent is killed and this tree's is started in its place.
HAProxies that are the same afterwards were adopted; others were reloaded, which may cost no request either.
"""

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from chain import LBAAS
from ground import Load, failures, load, serving
from harness import Lab, lab, until

_PIDFD_GETFD, _HIGH = 438, 100
TOP = Path(__file__).resolve().parents[1]
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "source address": {"session_persistence": {"type": "SOURCE_IP"}},
    "cookie": {"session_persistence": {"type": "HTTP_COOKIE"}},
    "least connections": {"lb_algorithm": "LEAST_CONNECTIONS"},
}


def checked_out(commit: str, folder: Path) -> Path:
    """Check a commit out and set it up; name its programs' folder."""
    subprocess.run(["git", "-C", str(TOP), "worktree", "add", "--detach", str(folder), commit], check=True)
    subprocess.run([str(folder / "scripts" / "setup")], check=True, stdout=subprocess.DEVNULL)
    return folder / ".venv" / "bin"


def balancer(made: Lab, name: str, more: dict[str, Any]) -> dict[str, Any]:
    """Make a load balancer in front of the lab's web servers."""
    api, subnet = made.api, made.told["subnet_id"]
    found = api.create(f"{LBAAS}/loadbalancers", "loadbalancer", vip_subnet_id=subnet, name=name)
    listener = api.create(
        f"{LBAAS}/listeners", "listener", loadbalancer_id=found["id"], protocol="HTTP", protocol_port=80
    )
    pool = {"listener_id": listener["id"], "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN", **more}
    pool_id = api.create(f"{LBAAS}/pools", "pool", **pool)["id"]
    for web in made.told["webs"]:
        where = {"subnet_id": subnet, "address": web["address"], "protocol_port": 80}
        api.create(f"{LBAAS}/pools/{pool_id}/members", "member", **where)
    path = f"{LBAAS}/healthmonitors"
    api.create(path, "healthmonitor", pool_id=pool_id, type="HTTP", delay=1, timeout=1, max_retries=2)
    until(lambda: api.status(found["id"]) == "ACTIVE", "ACTIVE")
    return {**found, "pool_id": pool_id}


def handed(process: int, environment: dict[str, str]) -> list[int]:
    """Take the sockets that a process was handed when it started."""
    pidfd = os.pidfd_open(process)
    count = int(environment.get("LISTEN_FDS", "0"))
    found = [ctypes.CDLL(None, use_errno=True).syscall(_PIDFD_GETFD, pidfd, 3 + place, 0) for place in range(count)]
    os.close(pidfd)
    return [fcntl.fcntl(each, fcntl.F_DUPFD, _HIGH) for each in found]


def replaced(process: int, programs: Path, log: Path, *first: str) -> subprocess.Popen[bytes]:
    """Kill a process and run this tree's program of its name in its place, with the same words and surroundings."""
    proc = Path(f"/proc/{process}")
    words = (proc / "cmdline").read_bytes().decode().split("\0")[:-1]
    again = [str(programs / "python"), *words[words.index("-m") :]]
    around = dict(line.split("=", 1) for line in (proc / "environ").read_bytes().decode().split("\0") if "=" in line)
    sockets = handed(process, around)
    gate_read, gate_write = os.pipe()
    gate = fcntl.fcntl(gate_read, fcntl.F_DUPFD, _HIGH)
    moves = "".join(f"exec {3 + place}<&{each} {each}<&-; " for place, each in enumerate(sockets))
    script = f'{moves}read line <&{gate}; exec "$@" {gate}<&-'
    inside = ["nsenter", "-t", str(process), "-n", "-m", "--", "bash", "-c", script, "bash", *again]
    with log.open("ab") as out:
        new = subprocess.Popen(
            inside, env=around, stdout=out, stderr=out, pass_fds=(gate, *sockets), cwd="/", start_new_session=True
        )
    until(lambda: Path(f"/proc/{new.pid}/comm").read_text().strip() == "bash", "the new one, which waits")
    for command in first:
        subprocess.run([str(programs / "openlbaas"), *command.split()], check=True, env=around)
    os.kill(process, signal.SIGKILL)
    until(lambda: not proc.exists() or (proc / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z", "its end")
    os.write(gate_write, b"go\n")
    return new


def told(made: Lab) -> dict[str, Any]:
    """Read what the lab says of itself."""
    found: dict[str, Any] = json.loads((made.folder / "lab.json").read_text())
    return found


def main() -> None:
    """Run and print."""
    commit = sys.argv[1]
    tree = Path(tempfile.mkdtemp(prefix="openlbaas-before-")) / "tree"
    programs = Path(sys.executable).parent
    try:
        old = checked_out(commit, tree)
        with lab(programs=old) as made:
            balancers = {name: balancer(made, name, more) for name, more in KINDS.items()}
            before = {name: serving(each["id"]) for name, each in balancers.items()}
            namespace = made.told["client"]["namespace"]
            loads: list[Load] = [
                load(namespace, f"http://{each['vip_address']}/", 2, keep_alive=keep)
                for each in balancers.values()
                for keep in (True, False)
            ]
            time.sleep(1)
            known = told(made)
            old_server = known["servers"][0]["pid"]
            words = Path(f"/proc/{old_server}/cmdline").read_bytes().decode().split("\0")
            upgrade = f"db upgrade --config-file {words[words.index('--config-file') + 1]}"
            server = replaced(old_server, programs, made.folder / "new-server.log", upgrade)
            made.api.hang_up()
            until(lambda: answers(made), "the new server")
            agent = replaced(known["hosts"][0]["agent_pid"], programs, made.folder / "new-agent.log")
            for each in balancers.values():
                made.api.call("PUT", f"{LBAAS}/loadbalancers/{each['id']}", {"loadbalancer": {"name": "after"}})
            time.sleep(10)
            for each in balancers.values():
                until(lambda id_=each["id"]: made.api.status(id_) == "ACTIVE", "ACTIVE by the new agent")
            counted = [each.end() for each in loads]
            after = {name: serving(each["id"]) for name, each in balancers.items()}
            for name in KINDS:
                print(f"{name}: {'adopted' if before[name] == after[name] else 'reloaded'}")
            failed = sum(failures(each) for each in counted)
            print(f"{failed} failed of {sum(each['requests'] for each in counted)} requests")
            for process in (agent, server):
                process.terminate()
                process.wait()
    finally:
        subprocess.run(["git", "-C", str(TOP), "worktree", "remove", "--force", str(tree)], check=False)
    sys.exit(1 if failed else 0)


def answers(made: Lab) -> bool:
    """Tell whether the API answers."""
    try:
        return made.api.call("GET", f"{LBAAS}/loadbalancers").status == 200
    except OSError:
        made.api.hang_up()
        return False


if __name__ == "__main__":
    main()
