"""TLS that ends here: certificates, versions and ciphers.

Source: Mozilla's "intermediate" recommendation, without the DHE ciphers, which need parameters of their own and serve
        only clients that know no elliptic curve.
"""

from collections.abc import Collection, Iterator

from openlbaas.desired.spec import CertificateSpec, ListenerSpec
from openlbaas.domain.errors import ConfigRejected
from openlbaas.domain.vocabulary import Protocol
from openlbaas.haproxy import words
from openlbaas.haproxy.rendered import Content, Plain, Secret

_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
_SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")


def ends_here(listener: ListenerSpec) -> bool:
    """Tell whether a listener ends TLS."""
    return listener.protocol == Protocol.TERMINATED_HTTPS


def global_lines(listeners: Collection[ListenerSpec]) -> Iterator[str]:
    """Write what holds for all listeners that end TLS; nothing where there is none."""
    if any(ends_here(listener) for listener in listeners):
        yield f"ssl-default-bind-ciphers {':'.join(_CIPHERS)}"
        yield f"ssl-default-bind-ciphersuites {':'.join(_SUITES)}"
        yield "ssl-default-bind-options prefer-client-ciphers ssl-min-ver TLSv1.2 no-tls-tickets"


def bind_words(listener: ListenerSpec, folder: str) -> str:
    """Write what follows the address of a listener: nothing unless it ends TLS."""
    if not ends_here(listener):
        return ""
    return f" ssl crt-list {words.file_path(f'{folder}/{_list_name(listener)}')} alpn h2,http/1.1"


def files(listener: ListenerSpec, folder: str) -> dict[str, Content]:
    """Write the certificates of a listener and the list of them, the default one first.

    Shape:  by the name of the file
    Raises: ConfigRejected.
    """
    if not ends_here(listener):
        return {}
    if not listener.certificates:
        raise ConfigRejected(f"the listener {listener.id[:64]} has no certificate that could be had")
    paths = (words.file_path(f"{folder}/{file_name(each)}") for each in listener.certificates)
    listed = Plain("".join(f"{path}\n" for path in paths))
    return {_list_name(listener): listed, **{file_name(each): Secret(each) for each in listener.certificates}}


def file_name(certificate: CertificateSpec) -> str:
    """Name the file of a certificate.

    Raises: ConfigRejected.
    """
    return f"{words.name(certificate.id)}.pem"


def _list_name(listener: ListenerSpec) -> str:
    return f"{words.name(listener.id)}.crt-list"
