"""Certificates on the command line: files are read, and keys are nowhere but in them and in the request."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from .conftest import Replay, typed

if TYPE_CHECKING:
    from pathlib import Path

ID = "2ce2166a-3c9b-44da-ad78-a11c09ed20ae"
CERTIFICATE = {"id": ID, "name": "web", "subject": "www.example.com"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a certificate."""
    (tmp_path / "web.crt").write_text("LEAF\n")
    (tmp_path / "web.key").write_text("KEY\n")
    (tmp_path / "chain.crt").write_text("CHAIN\n")
    (tmp_path / "phrase").write_text("open sesame\n")
    (tmp_path / "web.p12").write_bytes(b"\x30\xff\x00")
    return tmp_path


@pytest.mark.parametrize("words", ["lbaas-certificate-create", "loadbalancer certificate create"])
def test_pem_files_are_sent_as_their_text(words: str, folder: Path, replay: Replay) -> None:
    replay.answer("POST", "/v2.0/lbaas/certificates", {"certificate": CERTIFICATE}, 201)
    outcome = typed(
        f"{words} --name web --certificate {folder}/web.crt --private-key {folder}/web.key"
        f" --intermediates {folder}/chain.crt --passphrase-file {folder}/phrase",
        replay.url,
    )
    assert (outcome.code, outcome.err) == (0, "")
    sent = {"name": "web", "certificate": "LEAF", "private_key": "KEY", "intermediates": "CHAIN"}
    body = {"certificate": {**sent, "passphrase": "open sesame"}}
    assert replay.requests[-1] == ("POST", "/v2.0/lbaas/certificates", body)
    assert "www.example.com" in outcome.out
    assert "KEY" not in outcome.out
    assert "sesame" not in outcome.out


@pytest.mark.parametrize(
    ("words", "method"),
    [
        ("lbaas-certificate-create", "POST"),
        ("loadbalancer certificate create", "POST"),
        ("loadbalancer certificate set", "PUT"),
    ],
)
def test_a_pkcs12_file_is_sent_in_base64(words: str, method: str, folder: Path, replay: Replay) -> None:
    path = f"/v2.0/lbaas/certificates{f'/{ID}' if method == 'PUT' else ''}"
    replay.answer("GET", "/v2.0/lbaas/certificates?name=web&fields=id", {"certificates": [{"id": ID}]})
    replay.answer(method, path, {"certificate": CERTIFICATE})
    outcome = typed(f"{words} --pkcs12 {folder}/web.p12 {'web' if method == 'PUT' else ''}", replay.url)
    assert (outcome.code, outcome.err) == (0, "")
    encoded = base64.b64encode(b"\x30\xff\x00").decode()
    assert replay.requests[-1] == (method, path, {"certificate": {"pkcs12": encoded}})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("--certificate {0}/web.crt", "A certificate is --certificate FILE with --private-key FILE, or --pkcs12 FILE."),
        (
            "--pkcs12 {0}/web.p12 --private-key {0}/web.key",
            "--private-key does not go with --pkcs12, which holds both.",
        ),
        ("--certificate {0}/none.crt", "none.crt can't be read: No such file or directory"),
        ("--certificate {0}/web.p12", "web.p12 is not text"),
    ],
)
def test_what_is_no_certificate_is_never_sent(options: str, told: str, folder: Path, replay: Replay) -> None:
    outcome = typed(f"loadbalancer certificate create {options.format(folder)}", replay.url)
    assert outcome.code in (1, 2)
    assert told in outcome.err
    assert replay.requests == []


def test_a_name_can_be_taken_away_but_not_a_key(replay: Replay) -> None:
    outcome = typed("loadbalancer certificate unset --private-key web", replay.url)
    assert outcome.code == 2
    replay.answer("GET", "/v2.0/lbaas/certificates?name=web&fields=id", {"certificates": [{"id": ID}]})
    replay.answer("PUT", f"/v2.0/lbaas/certificates/{ID}", {"certificate": CERTIFICATE})
    assert typed("loadbalancer certificate unset --name web", replay.url).code == 0
    assert replay.requests[-1][2] == {"certificate": {"name": ""}}


def test_a_listener_changes_its_certificates(replay: Replay) -> None:
    replay.answer("GET", "/v2.0/lbaas/listeners?name=l1&fields=id", {"listeners": [{"id": ID}]})
    replay.answer("PUT", f"/v2.0/lbaas/listeners/{ID}", {"listener": {"id": ID}})
    line = "loadbalancer listener set --default-tls-container-ref one --sni-container-refs two three -- l1"
    assert typed(line.replace("-- ", ""), replay.url).code == 2
    line = "loadbalancer listener set --sni-container-refs two three --default-tls-container-ref one l1"
    assert typed(line, replay.url).code == 0
    sent = {"default_tls_container_ref": "one", "sni_container_refs": ["two", "three"]}
    assert replay.requests[-1][2] == {"listener": sent}
