"""What one call of the command line costs, against a server on the loopback that answers at once.

    python benchmarks/cli.py [RUNS [PROGRAM...]]

Bar: under 200 ms of wall time, warm. The stock `neutron` 6.4.0 took 268 ms (min 246) where the original was recorded.
Stock clients found on the PATH, or named as PROGRAM, are measured beside ours by the same request. Compiled modules
are left to be cached, as on any installation: PYTHONDONTWRITEBYTECODE is taken out of the environment.
"""

import json
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from harness import show

ROW = {
    "id": "2ce2166a-3c9b-44da-ad78-a11c09ed20ae",
    "tenant_id": "f51c4ada9f7d4fd8ab740b3257e4eadc",
    "name": "test_lb",
    "vip_address": "172.20.0.107",
    "operating_status": "ONLINE",
    "provisioning_status": "ACTIVE",
    "provider": "haproxy",
}
BODY = json.dumps({"loadbalancers": [ROW]}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
COMMAND = "lbaas-loadbalancer-list"


def serve(listener: socket.socket) -> None:
    """Give the same answer to everybody."""
    while True:
        connection, _ = listener.accept()
        with connection:
            while connection.recv(65536):
                connection.sendall(ANSWER)


def measure(program: str, endpoint: str, runs: int) -> tuple[list[float], list[float]]:
    """Time a program: wall and CPU of each run, in milliseconds."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = kept | {"OS_AUTH_TYPE": "admin_token", "OS_ENDPOINT": endpoint, "OS_TOKEN": "x"}
    wall, cpu = [], []
    for number in range(runs + 1):
        began = time.perf_counter()
        process = subprocess.Popen(
            [program, COMMAND], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or b"test_lb" not in printed:
            message = f"{program} {COMMAND} ended with {process.returncode} and printed {printed!r}"
            raise RuntimeError(message)
        # The first run fills the caches.
        if number:
            wall.append((time.perf_counter() - began) * 1000)
            cpu.append((usage.ru_utime + usage.ru_stime) * 1000)
    return wall, cpu


def main() -> None:
    """Measure ours, and the stock clients that are there."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 21
    ours = str(Path(sys.executable).with_name("openlbaas"))
    stock = [found for name in (sys.argv[2:] or ["neutron"]) if (found := shutil.which(name))]
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
    server.start()
    rows: list[tuple[str, list[float], str, str]] = []
    try:
        for program in [ours, *stock]:
            wall, cpu = measure(program, f"http://127.0.0.1:{listener.getsockname()[1]}", runs)
            rows.append((f"{program} {COMMAND}, wall", wall, "ms", "< 200" if program == ours else ""))
            rows.append((f"{program} {COMMAND}, CPU", cpu, "ms", ""))
    finally:
        server.terminate()
        server.join()
    show(rows)


if __name__ == "__main__":
    main()
