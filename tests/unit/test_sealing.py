import subprocess
import sys

import pytest

from openlbaas.sealing import SealBroken, opened, sealed

CONTENT = b"-----BEGIN PRIVATE KEY-----\n\x00\xff"


def test_what_was_sealed_can_be_opened():
    assert opened("secret", sealed("secret", CONTENT, "name"), "name") == CONTENT


def test_the_same_content_has_the_same_seal():
    assert sealed("secret", CONTENT, "name") == sealed("secret", CONTENT, "name")


def test_the_content_is_not_to_be_seen():
    assert b"PRIVATE" not in sealed("secret", CONTENT, "name").encode()
    assert sealed("secret", CONTENT, "name") != sealed("secret", CONTENT + b"!", "name")


@pytest.mark.parametrize(
    ("secret", "name"), [("other", "name"), ("secret", "other"), ("", "name")], ids=["secret", "name", "none"]
)
def test_another_secret_or_name_opens_nothing(secret: str, name: str):
    with pytest.raises(SealBroken):
        opened(secret, sealed("secret", CONTENT, "name"), name)


@pytest.mark.parametrize("damaged", ["", "AAAA", "not base64!", "ä", "A" * 400])
def test_damage_is_noticed(damaged: str):
    with pytest.raises(SealBroken):
        opened("secret", damaged, "name")


@pytest.mark.parametrize(("secret", "content"), [("", CONTENT), ("secret", b"")])
def test_nothing_is_sealed_with_nothing(secret: str, content: bytes):
    with pytest.raises(ValueError, match="empty"):
        sealed(secret, content, "name")


def test_a_process_that_seals_nothing_does_not_load_the_library():
    program = "import sys, openlbaas.sealing; sys.exit(any(name.startswith('cryptography') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
