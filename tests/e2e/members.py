"""Members for tests of features: one process that answers on many ports and says which of them it is.

    python members.py FOLDER ADDRESS FIRST_PLAIN FIRST_TLS COUNT

Every answer is JSON: the port, the method, the path and the headers that came. A file FOLDER/PORT holds the status for
paths below /health (200 without one). A path below /slow is answered when FOLDER/go is there. FOLDER/asked has one line
for each request: port, method, path. FOLDER/tls.pem is the certificate of the ports that speak TLS.
"""

import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
PAUSE_S = 0.01
GUARD = threading.Lock()
NEVER = threading.Event()


class Member(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        """Say what came."""
        port = self.server.server_address[1]
        with GUARD, (FOLDER / "asked").open("a") as asked:
            asked.write(f"{port} {self.command} {self.path}\n")
        while self.path.startswith("/slow") and not (FOLDER / "go").exists():
            NEVER.wait(PAUSE_S)
        status = FOLDER / str(port)
        code = int(status.read_text()) if self.path.startswith("/health") and status.exists() else 200
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = {"member": port, "method": self.command, "path": self.path, "headers": headers}
        body = json.dumps(said).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        if self.path.startswith("/login"):
            self.send_header("Set-Cookie", f"APP=session-of-{port}; Path=/")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_OPTIONS = answer  # noqa: N815 - names that the base class asks for

    def log_message(self, *_: object) -> None:
        """Stay silent."""


class Web(ThreadingHTTPServer):
    """Listens on one port."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Stay silent: whoever checks hangs up in the middle."""


def main() -> None:
    """Answer until killed."""
    address, plain, tls, count = sys.argv[2], *map(int, sys.argv[3:6])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / "tls.pem")
    for port in range(plain, plain + count):
        threading.Thread(target=Web((address, port), Member).serve_forever).start()
    for port in range(tls, tls + count):
        web = Web((address, port), Member)
        web.socket = context.wrap_socket(web.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=web.serve_forever).start()
    (FOLDER / "ready").touch()


if __name__ == "__main__":
    main()
