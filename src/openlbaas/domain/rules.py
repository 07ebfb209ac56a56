"""What goes together, and what does not."""

import ipaddress
import re

from openlbaas.domain.errors import CertificateMissing, Invalid, PersistenceInvalid, ProtocolMismatch
from openlbaas.domain.l7_errors import (
    CompareTypeUnsupported,
    RuleKeyInvalid,
    RuleKeyMissing,
    RuleRegexInvalid,
    RuleValueInvalid,
)
from openlbaas.domain.model import L7Rule, SessionPersistence
from openlbaas.domain.vocabulary import CompareType, PersistenceType, Protocol, RuleType

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+")
_HEADER_VALUE = re.compile(r'[\x21-\x7e]+|"[\x20-\x7e\t]*"')
_FILE_TYPES_COMPARE = frozenset({CompareType.REGEX, CompareType.EQUAL_TO})
_KEYED = frozenset({RuleType.HEADER, RuleType.COOKIE})

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


def check_certificates(protocol: Protocol, default_ref: str | None, sni_refs: tuple[str, ...]) -> None:
    """Demand a certificate of a listener that ends TLS, and refuse any other's.

    Raises: CertificateMissing; Invalid.
    """
    if protocol is Protocol.TERMINATED_HTTPS:
        if not default_ref:
            raise CertificateMissing
    elif default_ref or sni_refs:
        field = "default_tls_container_ref" if default_ref else "sni_container_refs"
        raise Invalid(field, f"a {protocol} listener ends no TLS")


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


def check_l7_rule(rule: L7Rule) -> None:
    """Demand of a condition what lets it ever hold.

    Order:  expression, key, value, as the original, so that whoever has several wrong is told the same first.
    Raises: RuleRegexInvalid; RuleKeyMissing; RuleKeyInvalid; CompareTypeUnsupported; RuleValueInvalid.
    Source: RFC 7230 and RFC 6265 for what headers and cookies are made of.
    """
    if rule.compare_type is CompareType.REGEX:
        _check_expression(rule.value)
    if rule.type in _KEYED:
        if not rule.key:
            raise RuleKeyMissing
        if not _TOKEN.fullmatch(rule.key):
            raise RuleKeyInvalid
    if rule.type is RuleType.FILE_TYPE and rule.compare_type not in _FILE_TYPES_COMPARE:
        raise CompareTypeUnsupported(rule.type)
    if rule.compare_type is not CompareType.REGEX:
        _check_value(rule.type, rule.value)


def _check_expression(value: str) -> None:
    if not value.isprintable():
        raise RuleRegexInvalid("it has characters that can't be printed")
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise RuleRegexInvalid(str(error)) from None


def _check_value(type_: RuleType, value: str) -> None:
    if type_ is RuleType.COOKIE:
        if not _COOKIE_VALUE.fullmatch(value):
            raise RuleValueInvalid("cookie")
    elif not _HEADER_VALUE.fullmatch(value):
        raise RuleValueInvalid("header")
