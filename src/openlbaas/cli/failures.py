"""How failures are told to a person: what happened, which request it was, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlbaas.client.transport import UNAUTHORIZED, ClientError, Unreachable

if TYPE_CHECKING:
    from typing import TextIO


def tell(problem: ClientError, err: TextIO) -> None:
    """Print a refusal and the ids under which the server knows it."""
    print(problem.message, file=err)
    if problem.request_ids:
        print(f"Neutron server returns request_ids: {list(problem.request_ids)}", file=err)
    if isinstance(problem, Unreachable):
        print(
            "Is the server running? `openlbaas lab up` starts a lab on this machine, `openlbaas dev` a server and an"
            " agent; OS_ENDPOINT or --os-endpoint names another server.",
            file=err,
        )
    elif problem.status == UNAUTHORIZED:
        print("The server wants a valid token: set OS_TOKEN or give --os-token.", file=err)
