"""A real server on the loopback that answers what was recorded, and a way to run the program against it."""

from __future__ import annotations

import io
import json
import shlex
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from openlbaas.cli.dispatch import Caller, run_words
from openlbaas.cli.global_options import split_global_options

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).parent / "golden"
# The original repeats the parent of a list in the query; ours leaves it in the path alone.
_REPEATED = ("pool_id", "l7policy_id")


def cases() -> dict[str, Any]:
    """Every recorded command: what was typed, printed, asked and answered."""
    return json.loads((GOLDEN / "cases.json").read_text())


def key(method: str, target: str) -> tuple[str, str]:
    """A request without what may differ: order of the query, the repeated parent."""
    split = urlsplit(target)
    query = [pair for pair in parse_qsl(split.query) if pair[0] not in _REPEATED or "/lbaas/" not in split.path]
    return method, f"{split.path}?{urlencode(sorted(query))}".rstrip("?")


@dataclass
class Replay:
    """Answers to give, requests that came.

    Shape:   an answer is used once, the last of its kind for ever; unknown requests are answered 418
    """

    url: str = ""
    answers: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    roles: str = ""

    def answer(self, method: str, target: str, body: object, status: int = 200) -> None:
        """Prepare one answer."""
        text = body if isinstance(body, str) else json.dumps(body)
        reply = {"status": status, "request_id": "req-test", "body": text}
        self.answers.setdefault(key(method, target), []).append(reply)

    def load(self, case: dict[str, Any]) -> None:
        """Prepare the answers of a recorded command."""
        for exchange in case["exchanges"]:
            self.answers.setdefault(key(exchange["method"], exchange["path"]), []).append(exchange["reply"])

    def take(self, method: str, target: str, body: object) -> dict[str, Any]:
        """The answer to a request that came in."""
        self.requests.append((*key(method, target), body))
        replies = self.answers.get(key(method, target))
        if not replies:
            return {"status": 418, "request_id": "req-unexpected", "body": f"nothing recorded for {method} {target}"}
        return replies.pop(0) if len(replies) > 1 else replies[0]


def _handler(replay: Replay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One packet per answer: two would wait for each other's acknowledgement, 40 ms a time.
        wbufsize = 65536

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            replay.headers.append(dict(self.headers))
            reply = replay.take(self.command, self.path, body)
            content = reply["body"].encode()
            self.send_response(reply["status"])
            self.send_header("X-Openstack-Request-Id", reply["request_id"])
            if replay.roles:
                self.send_header("X-OpenLBaaS-Roles", replay.roles)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            """Say nothing on standard error."""

    return Handler


@pytest.fixture(scope="session")
def _server() -> Iterator[Replay]:
    made = Replay()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def replay(_server: Replay) -> Replay:
    """The server, with nothing prepared and nothing asked yet."""
    _server.answers.clear()
    _server.requests.clear()
    _server.headers.clear()
    _server.roles = ""
    return _server


@dataclass
class Outcome:
    """What a command printed and its exit code."""

    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    """Standard error of somebody who sits at a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def typed(line: str, url: str, *, err: io.StringIO | None = None, **environment: str) -> Outcome:
    """Run one line as the program would, without starting a process."""
    options, words = split_global_options(shlex.split(line))
    out, errors = io.StringIO(), err or io.StringIO()
    caller = Caller(options, {"OS_ENDPOINT": url, "OS_TOKEN": "x", **environment}, out, errors)
    try:
        code = run_words(words, caller)
    finally:
        caller.close()
    return Outcome(code, out.getvalue(), errors.getvalue())
