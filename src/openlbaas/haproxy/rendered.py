"""A configuration as HAProxy reads it: the text, and the files that the text names."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from openlbaas.desired.spec import CertificateSpec

_LETTERS_OF_A_MARK = 32


@dataclass(frozen=True, slots=True)
class Plain:
    """A file whose content stands here."""

    content: str

    @property
    def mark(self) -> str:
        """Name the content."""
        return hashlib.sha256(self.content.encode()).hexdigest()[:_LETTERS_OF_A_MARK]


@dataclass(frozen=True, slots=True)
class Secret:
    """A file whose content only the host can open: the bundle of a certificate."""

    certificate: CertificateSpec = field(repr=False)

    @property
    def mark(self) -> str:
        """Name the content."""
        return hashlib.sha256(self.certificate.fingerprint.encode()).hexdigest()[:_LETTERS_OF_A_MARK]


Content = Plain | Secret


@dataclass(frozen=True, slots=True)
class Rendered:
    """A whole configuration.

    Shape: files are by their names in the load balancer's folder of files. Each begins with a line of its mark, which
    HAProxy takes for a comment; so what a file holds can be told without reading more of it.
    """

    text: str
    files: Mapping[str, Content] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def marks(self) -> dict[str, str]:
        """Name the content of each file."""
        return {name: content.mark for name, content in self.files.items()}
