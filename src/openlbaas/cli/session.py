"""Where the server is and who is calling, from options and the environment of the stock clients.

Source:  OS_AUTH_TYPE, OS_ENDPOINT (or OS_URL), OS_TOKEN, OS_PROJECT_ID and the options of the same names
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from openlbaas import __version__
from openlbaas.client.lbaas import Client
from openlbaas.client.transport import Endpoint, Transport, endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WITHOUT_KEYSTONE = frozenset({"", "none", "noauth", "admin_token", "token_endpoint"})
_NO_ENDPOINT = """\
No server is named. Set OS_ENDPOINT (and OS_TOKEN where the server wants one), for example:
    export OS_AUTH_TYPE=admin_token OS_ENDPOINT=http://127.0.0.1:9696 OS_TOKEN=...
or give --os-endpoint URL. To try OpenLBaaS on this machine: `openlbaas lab up` starts a private data centre and writes
an openrc file with these lines; `source DIR/openrc` reads it."""
_NO_KEYSTONE = """\
OS_AUTH_TYPE={kind} asks for a login at Keystone, which this version does not speak yet.
Use OS_AUTH_TYPE=admin_token with OS_ENDPOINT and OS_TOKEN."""


class SetupError(Exception):
    """The caller has not said enough, or something impossible, about the server. Exit code 1."""


class Session(NamedTuple):
    """What is needed to call the server.

    Units:   timeout_s in seconds, for each wait on the socket
    """

    server: Endpoint
    token: str
    project_id: str
    timeout_s: float
    ca_file: str
    insecure: bool
    others: tuple[Endpoint, ...] = ()


def session(options: Mapping[str, str], environment: Mapping[str, str]) -> Session:
    """The session that options, and then the environment, describe.

    Raises:  SetupError
    """

    def given(option: str, *variables: str) -> str:
        return options.get(option) or next((environment[name] for name in variables if environment.get(name)), "")

    url = options.get("os-endpoint") or given("os-url", "OS_ENDPOINT", "OS_URL")
    kind = given("os-auth-type", "OS_AUTH_TYPE")
    plain = kind.lower()
    if plain not in _WITHOUT_KEYSTONE or (not url and given("os-auth-url", "OS_AUTH_URL")):
        raise SetupError(_NO_KEYSTONE.format(kind=kind or "password"))
    if not url:
        raise SetupError(_NO_ENDPOINT)
    try:
        # The base path is added to every request; many a catalogue entry carries it already.
        servers = [endpoint(one.strip()) for one in url.split(",") if one.strip()]
        servers = [one._replace(prefix=one.prefix.removesuffix("/v2.0")) for one in servers] or [endpoint(url)]
        timeout_s = float(given("http-timeout") or 60)
    except ValueError as problem:
        raise SetupError(str(problem)) from problem
    return Session(
        server=servers[0],
        others=tuple(servers[1:]),
        token="" if plain in {"none", "noauth"} and not options.get("os-token") else given("os-token", "OS_TOKEN"),
        project_id=given("os-project-id", "OS_PROJECT_ID", "OS_TENANT_ID"),
        timeout_s=timeout_s,
        ca_file=given("os-cacert", "OS_CACERT"),
        insecure="insecure" in options,
    )


def client(described: Session, trace: Callable[[str], None] | None = None) -> Client:
    """A client for this session; it connects at the first request."""
    headers = {"Accept": "application/json", "User-Agent": f"openlbaas/{__version__}"}
    if described.token:
        headers["X-Auth-Token"] = described.token
    if described.project_id:
        headers["X-Project-Id"] = described.project_id
    return Client(
        Transport(
            described.server,
            headers,
            timeout_s=described.timeout_s,
            ca_file=described.ca_file,
            insecure=described.insecure,
            trace=trace,
            others=described.others,
        ),
    )
