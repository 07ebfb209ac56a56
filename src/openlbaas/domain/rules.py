"""What goes together, and what does not."""

import ipaddress

from openlbaas.domain.errors import Invalid, PersistenceInvalid, ProtocolMismatch
from openlbaas.domain.model import SessionPersistence
from openlbaas.domain.vocabulary import PersistenceType, Protocol

_COMPATIBLE = frozenset(
    {
        (Protocol.TCP, Protocol.TCP),
        (Protocol.HTTP, Protocol.HTTP),
        (Protocol.HTTPS, Protocol.HTTPS),
        (Protocol.TERMINATED_HTTPS, Protocol.HTTP),
    }
)


def check_protocols(listener: Protocol, pool: Protocol) -> None:
    """Let a pool serve a listener only where their protocols fit.

    Raises: ProtocolMismatch.
    """
    if (listener, pool) not in _COMPATIBLE:
        raise ProtocolMismatch(listener, pool)


def check_persistence(persistence: SessionPersistence | None) -> None:
    """Demand a cookie name for APP_COOKIE and refuse one for any other type.

    Raises: PersistenceInvalid.
    """
    if persistence is None:
        return
    if persistence.type is PersistenceType.APP_COOKIE:
        if not persistence.cookie_name:
            reason = "'cookie_name' should be specified for APP_COOKIE session persistence"
            raise PersistenceInvalid("persistence", reason)
    elif persistence.cookie_name is not None:
        reason = f"'cookie_name' is not allowed for {persistence.type} session persistence"
        raise PersistenceInvalid("persistence", reason)


def check_member_address(address: str) -> None:
    """Refuse addresses that would make a load balancer talk to itself or to nobody in particular.

    Raises: Invalid.
    """
    parsed = ipaddress.ip_address(address)
    if parsed.is_unspecified or parsed.is_loopback or parsed.is_multicast:
        raise Invalid("address", f"'{address}' is not the address of one server")
