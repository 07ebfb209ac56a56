"""What can be wrong with certificates; the whole tree is drawn in :mod:`openlbaas.domain.errors`."""

from openlbaas.domain.errors import InUse, Invalid, NotFound, NotNow
from openlbaas.domain.vocabulary import Kind


class CertificateUnknown(NotFound):
    """A listener refers to a certificate that does not exist, or is another project's."""

    code = "certificate_unknown"

    def __init__(self, ref: str) -> None:
        super().__init__(Kind.CERTIFICATE, ref)
        self.ref = ref


class CertificateInvalid(Invalid):
    """What was given as a certificate is none that a listener could use.

    Shape: ref is a name that a person knows it by; reason never has a word of a key or a passphrase.
    """

    code = "certificate_invalid"

    def __init__(self, ref: str, reason: str) -> None:
        super().__init__("certificate", reason)
        self.ref = ref


class CertificateInUse(InUse):
    """A certificate that a listener refers to can't be deleted."""

    code = "certificate_in_use"


class CertificateUnreadable(NotNow):
    """The certificate is there, but its key can't be had; the reason is for whoever runs the servers."""

    code = "certificate_unreadable"

    def __init__(self, ref: str, reason: str) -> None:
        super().__init__(f"certificate {ref}: {reason}")
        self.ref = ref
        self.reason = reason
