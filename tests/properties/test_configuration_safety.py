"""No text that a tenant or a server can send adds a line or a word to a configuration, or changes another one.

Each place where text from outside ends up is filled with a harmless value and with a hostile one. What HAProxy reads of
both is compared, word by word, by its own rules of quoting: only the word of the place may differ, and it must be
exactly what was sent. What can't be written so is refused.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from openlbaas.desired.spec import (
    AddressSpec,
    CertificateSpec,
    HealthMonitorSpec,
    ListenerSpec,
    MemberSpec,
    NetworkSpec,
    PersistenceSpec,
    PolicySpec,
    PoolSpec,
    RuleSpec,
    Spec,
    VipSpec,
)
from openlbaas.domain.errors import ConfigRejected
from openlbaas.haproxy.render import Surroundings, render
from openlbaas.haproxy.rendered import Plain, Rendered

FOLDER = "/s"
AROUND = Surroundings(
    stats_socket=f"{FOLDER}/sock",
    state_file=f"{FOLDER}/state",
    files_folder=f"{FOLDER}/files",
    hints_socket=f"{FOLDER}/hints",
)
VIP = VipSpec(port_id="v", mac_address="m", network=NetworkSpec(id="n"), addresses=(AddressSpec("10.0.0.4", 24),))
INJECTION = "x\n    server evil 192.0.2.66:80"
NASTY = (
    *("", " ", "\t", "\n", "\r", "\0", "x\n", "\nx", "x\0y", "x\r\ny", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"),
    *("'", '"', "''", '""', "'''", "'\\''", "\\", "\\\\", "\\'", "x\\", '\\"', "`", "$HOME", "${HOME}", '"$HOME"'),
    *(
        "#",
        "#x",
        " #x",
        "x #y",
        "%",
        "%%",
        "%[env(HOME)]",
        "%H",
        "{",
        "}",
        "{ }",
        " }",
        "||",
        "or",
        "!",
        "if",
        "unless",
    ),
    *(
        "-f",
        "-i",
        "--",
        "-m",
        "(",
        ")",
        "a)",
        "a,b",
        "a;b",
        ";",
        "<<",
        "é",
        "日本",
        "\U0001f600",
        "\ud800",
        "*",
        "[",
        "]",
    ),
    *("x y", " x", "x ", '"x y"', '" x"', '"#"', '"\\""', '"', "x" * 255, "'" * 255, "é" * 255, "\n" * 255, INJECTION),
    *("/x y", "/'x", '/"x', "/#", "/x\n", "200\n", "200 ", "200,\n204", "http://x/\n", "http://x/%0a'\"#$HOME%[src]"),
)


class Place(NamedTuple):
    """Where text ends up: a harmless value, a spec with any value there, and how the value is written in its word."""

    harmless: str
    spec: Callable[[str], Spec]
    written: Callable[[str], str] = str


def balanced(rule: dict[str, Any], policy: dict[str, Any], listener: dict[str, Any], pool: dict[str, Any]) -> Spec:
    """Make a load balancer that has one of everything, with some things otherwise."""
    rules = (RuleSpec(**{"id": "r1", "type": "HEADER", "compare_type": "EQUAL_TO", "value": "v", "key": "k"} | rule),)
    policies = (
        PolicySpec(**{"id": "q1", "action": "REDIRECT_TO_URL", "redirect_url": "http://x/", "rules": rules} | policy),
    )
    given_listener = {"id": "l1", "protocol": "HTTP", "port": 80, "default_pool_id": "p1", "policies": policies}
    monitor = HealthMonitorSpec(id="h1", type="HTTP", delay_s=1, timeout_s=1, fall=2)
    members = (MemberSpec(id="m1", address="10.0.0.1", port=80),)
    given_pool = {"id": "p1", "protocol": "HTTP", "algorithm": "ROUND_ROBIN", "members": members}
    return Spec(
        id="lb1",
        revision=1,
        project_id="p",
        vip=VIP,
        listeners=(ListenerSpec(**given_listener | listener),),
        pools=(PoolSpec(**given_pool | {"health_monitor": monitor} | pool),),
    )


def spec(kind: str, **more: Any) -> Spec:
    """Make that load balancer with something otherwise about one kind of thing."""
    return balanced(*({name: more if name == kind else {}}[name] for name in ("rule", "policy", "listener", "pool")))


def monitor(**more: Any) -> Spec:
    return spec("pool", health_monitor=HealthMonitorSpec(**{"id": "h1", "type": "HTTP", "delay_s": 1} | more))


def monitored(field: str) -> Callable[[str], Spec]:
    return lambda text: monitor(timeout_s=1, fall=2, **{field: text})


def member(field: str) -> Callable[[str], Spec]:
    given_member = {"id": "m1", "address": "10.0.0.1", "port": 80}
    return lambda text: spec("pool", members=(MemberSpec(**given_member | {field: text}),))


def cookie(text: str) -> Spec:
    return spec("pool", persistence=PersistenceSpec(type="APP_COOKIE", cookie_name=text))


def keyed(text: str) -> str:
    """Write a name as it is among the arguments of a fetch."""
    return text if all(letter.isascii() and (letter.isalnum() or letter in "._-") for letter in text) else f'"{text}"'


def certified(text: str) -> Spec:
    made = CertificateSpec(id=text, fingerprint=text, sealed=text)
    return spec("listener", protocol="TERMINATED_HTTPS", certificates=(made,))


PLACES = {
    "cookie name": Place("harmless", cookie, keyed),
    "url path": Place("/harmless", monitored("url_path")),
    "codes": Place("299", monitored("expected_codes")),
    "method": Place("OPTIONS", monitored("http_method")),
    "type of a monitor": Place("HTTP", monitored("type")),
    "key of a header": Place("harmless", lambda text: spec("rule", key=text), keyed),
    "key of a cookie": Place("harmless", lambda text: spec("rule", type="COOKIE", key=text), keyed),
    "type of a rule": Place("PATH", lambda text: spec("rule", type=text)),
    "compare type": Place("EQUAL_TO", lambda text: spec("rule", compare_type=text)),
    "URL": Place(
        "http://harmless/", lambda text: spec("policy", redirect_url=text), lambda text: text.replace("%", "%%")
    ),
    "action": Place("REJECT", lambda text: spec("policy", action=text)),
    "pool of a policy": Place("p1", lambda text: spec("policy", action="REDIRECT_TO_POOL", redirect_pool_id=text)),
    "id of a load balancer": Place("harmless", lambda text: msgspec.structs.replace(spec("pool"), id=text)),
    "id of a rule": Place("harmless", lambda text: spec("rule", id=text)),
    "id of a policy": Place("harmless", lambda text: spec("policy", id=text)),
    "id of a listener": Place("harmless", lambda text: spec("listener", id=text)),
    "id of a pool": Place("harmless", lambda text: spec("pool", id=text)),
    "id of a member": Place("harmless", member("id")),
    "id of a certificate": Place("harmless", certified),
    "address": Place("192.0.2.99", member("address"), lambda text: f"[{text}]" if ":" in text else text),
    "algorithm": Place("LEAST_CONNECTIONS", lambda text: spec("pool", algorithm=text)),
    "persistence": Place("HTTP_COOKIE", lambda text: spec("pool", persistence=PersistenceSpec(type=text))),
    "protocol": Place("HTTP", lambda text: spec("listener", protocol=text)),
}
VALUES = [
    {"type": type_, "compare_type": compare_type}
    for type_ in ("HOST_NAME", "PATH", "HEADER", "COOKIE", "FILE_TYPE")
    for compare_type in ("EQUAL_TO", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "REGEX")
]
ANY = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=255),
    st.text(alphabet="ab'\"\\#$%{}()[]|&;,!*-/:. \t\n\r\0é", max_size=40),
    st.lists(st.sampled_from(NASTY), max_size=4).map("".join),
)


def words(line: str) -> list[str]:
    """Read a line as HAProxy does; what it expands or escapes outside single quotes has no place in what we write.

    Source: HAProxy 2.6 configuration manual, 2.2 "Quoting and escaping".
    """
    found: list[str] = []
    quoted = begun = False
    letters = iter(line)
    for letter in letters:
        if quoted:
            if letter == "'":
                quoted = False
            else:
                found[-1] += letter
            continue
        if letter == " ":
            begun = False
            continue
        if letter == "#":
            break
        assert letter not in '"$\t', f"{letter!r} outside quotes: {line!r}"
        if not begun:
            begun = True
            found.append("")
        if letter == "'":
            quoted = True
        elif letter == "\\":
            assert next(letters) == "'", line
            found[-1] += "'"
        else:
            found[-1] += letter
    assert not quoted, line
    return found


def read(made: Rendered) -> list[list[str]]:
    """Read every line."""
    assert all(letter in "\n\t" or " " <= letter <= "~" for letter in made.text)
    return [words(line) for line in made.text.split("\n")]


def tried(made: Spec) -> Rendered | None:
    """Write a configuration; None where it is refused."""
    try:
        return render(made, AROUND)
    except ConfigRejected:
        return None


def differences(one: list[list[str]], other: list[list[str]]) -> Iterator[tuple[str, str]]:
    """Name the words in which two configurations differ; they must have as many lines, each with as many words."""
    assert [len(line) for line in one] == [len(line) for line in other]
    for line, changed in zip(one, other, strict=True):
        yield from ((word, new) for word, new in zip(line, changed, strict=True) if word != new)


ONE_OF_A_FEW = frozenset(
    {"type of a monitor", "type of a rule", "compare type", "action", "algorithm", "persistence", "protocol", "method"}
)


@pytest.mark.parametrize("name", PLACES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(ANY)
def test_a_place_takes_one_word_and_nothing_else_changes(name: str, text: str) -> None:
    check(name, text)


@pytest.mark.parametrize("name", PLACES)
def test_every_place_stands_every_nasty_text(name: str) -> None:
    for text in NASTY:
        check(name, text)


def check(name: str, text: str) -> None:
    """Fill a place with a text."""
    place = PLACES[name]
    harmless, made = tried(place.spec(place.harmless)), tried(place.spec(text))
    assert harmless is not None
    if made is None:
        return
    found = read(made)
    if name in ONE_OF_A_FEW:
        assert text.isascii()
        assert text.replace("_", "").isalpha()
        return
    before, after = place.written(place.harmless), place.written(text)
    for old, new in differences(read(harmless), found):
        if name == "codes":
            assert {old, new} <= {"rstatus", "status", "299", text}
        else:
            assert new == old.replace(before, after), (old, new)
    for content in made.files.values():
        assert isinstance(content, Plain) == (name != "id of a certificate") or isinstance(content, Plain)


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: "-".join(kind.values()))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(ANY)
@example("#")
@example(" x")
@example('""')
def test_a_value_stands_in_a_file_or_is_one_word(kind: dict[str, str], text: str) -> None:
    made = tried(spec("rule", **kind, value=text))
    if made is None:
        assert any(ord(letter) < 0x20 or ord(letter) >= 0x7F for letter in text) or len(text) > 250
        return
    lines = read(made)
    (_, _, _, *rest), *again = [line for line in lines if line[:1] == ["acl"]]
    assert [line[3:] for line in again] == ([rest] if kind["type"] == "HEADER" and "," in text else [])
    bare = [line for line in lines if line[:1] != ["acl"]]
    assert bare == [line for line in read(tried(spec("rule", **kind)) or made) if line[:1] != ["acl"]]
    wanted = meant(text, kind["compare_type"])
    if made.files:
        ((name, content),) = made.files.items()
        assert rest[-2:] == ["-f", f"{FOLDER}/files/{name}"]
        assert isinstance(content, Plain)
        assert in_file(content.content) == wanted
    elif wanted:
        assert rest[-2:] == ["--", wanted]
    else:
        assert rest in (["-m", "found"], ["-m", "len", "0"])


def meant(text: str, compare_type: str) -> str:
    """Name what is compared with: the inside of double quotes, save in an expression."""
    if compare_type == "REGEX":
        return f"\\x{ord(text[0]):02x}{text[1:]}" if text[:1] in (" ", "\t") else text
    if len(text) > 1 and text[0] == text[-1] == '"':
        letters = iter(text[1:-1])
        return "".join(next(letters, letter) if letter == "\\" else letter for letter in letters)
    return text


def in_file(content: str) -> str:
    """Read the one pattern of a file as HAProxy does.

    Source: HAProxy 2.6, src/pattern.c, pat_ref_read_from_file.
    """
    assert content.endswith("\n")
    (line,) = content[:-1].split("\n")
    assert not line.startswith("#")
    assert "\r" not in line
    assert line.strip(" \t")
    return line.lstrip(" \t")


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="HAProxy is not installed")
def test_haproxy_takes_all_that_is_not_refused(tmp_path: Path) -> None:
    rules = [(kind, text) for kind in VALUES if kind["compare_type"] != "REGEX" for text in NASTY]
    specs = [spec("rule", **kind, value=text) for kind, text in rules]
    specs += [PLACES[name].spec(text) for name in PLACES if name != "id of a certificate" for text in NASTY]
    accepted = [each for each in specs if tried(each) is not None]
    assert len(accepted) > len(specs) // 4
    for start in range(0, len(accepted), 200):
        accepts(together(accepted[start : start + 200]), tmp_path)


def together(specs: list[Spec]) -> Spec:
    """Put the listeners and pools of several load balancers into one, each under an id of its own."""
    listeners, pools = [], []
    for number, each in enumerate(specs):
        (listener,), (pool,) = each.listeners, each.pools
        policies = tuple(
            msgspec.structs.replace(
                policy,
                id=f"q{number}",
                redirect_pool_id=policy.redirect_pool_id and f"p{number}",
                rules=tuple(msgspec.structs.replace(rule, id=f"r{number}") for rule in policy.rules),
            )
            for policy in listener.policies
        )
        own = {"id": f"l{number}", "default_pool_id": f"p{number}", "policies": policies}
        listeners.append(msgspec.structs.replace(listener, **own, port=1000 + number, connection_limit=1))
        pools.append(msgspec.structs.replace(pool, id=f"p{number}"))
    return msgspec.structs.replace(specs[0], id="lb", listeners=tuple(listeners), pools=tuple(pools))


def accepts(made: Spec, folder: Path) -> None:
    """Have HAProxy read a configuration."""
    whole = render(made, AROUND)
    assert whole is not None
    (folder / "files").mkdir(exist_ok=True)
    (folder / "state").write_text("1\n")
    for name, content in whole.files.items():
        assert isinstance(content, Plain)
        (folder / "files" / name).write_text(f"# {content.mark}\n{content.content}")
    (folder / "conf").write_text(whole.text.replace(f" {FOLDER}/", f" {folder}/"))
    said = subprocess.run(
        ["haproxy", "-c", "-f", folder / "conf"], capture_output=True, text=True, check=False, timeout=30
    )
    assert said.returncode == 0, said.stderr
    assert "WARNING" not in said.stderr
