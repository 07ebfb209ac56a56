"""Certificates on the wire: every transcript of them, played, and what must never be said."""

import base64
import json
import logging
from pathlib import Path

import pytest

from openlbaas.sealing import opened
from openlbaas.server.asgi import Application
from pki import Made, days, issued, rsa_key
from wire.asgi_caller import call
from wire.transcript import Player
from world import HOST_SECRET, World

HERE = Path(__file__).parent / "transcripts" / "certificates"
NOW = 1_000_000.0


def authority() -> tuple[Made, Made]:
    """Make a root and an intermediate authority."""
    root = issued("Root", authority=True)
    return root, issued("Intermediate", root, authority=True)


def words() -> dict[str, str]:
    """Name the texts that transcripts upload, as JSON spells them."""
    root, between = authority()
    web = issued("www.example.com", between, hosts=("www.example.com", "10.0.0.1"), ends=days(45.5, after=NOW))
    renewed = issued("www.example.com", between, hosts=("www.example.com",), ends=days(90.5, after=NOW))
    other = issued("other.example.com", key=rsa_key(), ends=days(400, after=NOW))
    expired = issued("old.example.com", ends=days(-3, after=NOW))
    texts = {
        "root": root.pem,
        "between": between.pem,
        "web": web.pem,
        "web_key": web.key_pem,
        "web_locked": web.locked("open sesame"),
        "renewed": renewed.pem,
        "renewed_key": renewed.key_pem,
        "other": other.pem,
        "other_key": other.key_pem,
        "other_p12": base64.b64encode(other.pkcs12("open sesame")).decode(),
        "expired": expired.pem,
        "expired_key": expired.key_pem,
    }
    return {name: json.dumps(text)[1:-1] for name, text in texts.items()}


@pytest.mark.parametrize("path", sorted(HERE.glob("*.txt")), ids=lambda path: path.stem)
def test_transcript(path: Path, player: Player) -> None:
    player.words |= words()
    player.play(path)


def test_a_host_can_open_what_its_listeners_show(player: Player, plane: World) -> None:
    player.words |= words()
    player.play(HERE / "life.txt")
    spec = player.host.running[player.words["lb"]]
    listener = next(one for one in spec.listeners if one.protocol == "TERMINATED_HTTPS")
    bundles = [opened(HOST_SECRET, one.sealed, one.id).decode() for one in listener.certificates]
    expected = [player.words[name].replace("\\n", "\n") for name in ("renewed", "between")]
    assert bundles[0].startswith("".join(expected))
    assert bundles[0].endswith("-----END PRIVATE KEY-----\n")
    assert bundles[1].startswith(player.words["other"].replace("\\n", "\n"))
    assert len(listener.certificates) == 2


def test_a_replaced_certificate_is_the_only_news(player: Player) -> None:
    player.words |= words()
    player.play(HERE / "life.txt")
    position = player.host.position
    player.play(HERE / "replace.part")
    assert player.world.woken[-1] == "host1"
    (spec,) = player.host.settle()
    assert spec.id == player.words["lb"]
    assert player.host.position == position + 1


@pytest.mark.parametrize("wrong", ["certificate", "private_key", "intermediates", "passphrase", "pkcs12", "name"])
def test_no_refusal_repeats_a_key(app: Application, caplog: pytest.LogCaptureFixture, wrong: str) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "c2VjcmV0" * 40000
    body = {"certificate": "x", "private_key": "x", wrong: secret, "tenant_id": "project"}
    for attributes in (body, {**body, wrong: [secret]}, {**body, "private_key": {"a": secret}}):
        answer = call(app, "POST", "/v2.0/lbaas/certificates", json.dumps({"certificate": attributes}).encode(),
                      {"X-Auth-Token": "admin"})  # fmt: skip
        assert answer.status in (400, 413), answer.body[:200]
        if wrong != "name":
            assert secret[:64].encode() not in answer.body
    assert secret[:64] not in caplog.text
