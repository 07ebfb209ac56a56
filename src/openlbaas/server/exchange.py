"""One request and one reply, as values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from openlbaas.dialects.neutron_errors import WireError
from openlbaas.domain.caller import Caller
from openlbaas.operations.services import Services

if TYPE_CHECKING:
    from openlbaas.settings import Settings

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked.

    Shape: method is upper case; path is as it was sent, without its query; segments are the parts of the path,
    unquoted; header names are lower case; url is where this server was reached, without a slash at its end; id names
    this request in its reply and in logs.
    """

    id: str
    method: str
    path: str
    segments: tuple[str, ...]
    query: str
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; without a body there is no content type either.

    Shape: again, where there is no answer yet, is what to ask a moment later.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    again: "Callable[[], Reply] | None" = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with everything it is answered from.

    Shape: params are the ids of the path, parent first.
    """

    services: Services
    settings: "Settings"
    caller: Caller
    request: Request
    params: tuple[str, ...]


def json_reply(status: int, content: Any) -> Reply:
    """Answer with JSON."""
    return Reply(status, msgspec.json.encode(content))


def error_reply(error: WireError) -> Reply:
    """Answer with an error in its envelope."""
    headers = () if error.retry_after_s is None else (("Retry-After", str(error.retry_after_s)),)
    return Reply(error.status, msgspec.json.encode(error.body()), headers=headers)
