"""Reads and plays transcripts: requests and the answers they must get, as a person would write them down.

A transcript is a text file. Blocks are separated by blank lines; a line that starts with ``#`` is a comment::

    as tenant                                   (who asks from here on: admin, tenant, stranger, nobody)
    host applies                                (the host takes its feed and applies all of it)
    host refuses REASON                         (… and refuses all of it)
    host sees <lb> <member> DOWN                (… and reports the health of a member)
    host counts <lb> [{"process": "1", …}]      (… and reports what its processes have counted)
    another host2 reports                       (another host reports for the first time)
    another host2 applies                       (… and takes its feed and applies all of it)
    SECONDS s pass

    POST /v2.0/lbaas/pools
    {"pool": {…}}
    201 {"pool": {"id": "<pool>", …}}

In bodies and paths ``<word>`` stands for a value: the first answer that has it says which, ``<*>`` is any value. An
answer must be equal to what is written; after ``201 …`` (three dots, then the JSON) it may have more keys.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from openlbaas.dialects.host_v1 import Sample
from openlbaas.server.asgi import Application
from wire.asgi_caller import call
from world import Host, World

_REQUEST = re.compile(r"(GET|HEAD|POST|PUT|DELETE|PATCH) (\S+)$")
_WORD = re.compile(r"<([a-z0-9_]+)>")


@dataclass
class Player:
    """Plays transcripts against one application."""

    application: Application
    world: World
    host: Host
    words: dict[str, str] = field(default_factory=dict)
    others: dict[str, Host] = field(default_factory=dict)
    caller: str = "admin"

    def play(self, path: Path) -> None:
        """Play every block of a file."""
        for number, block in _blocks(path.read_text()):
            try:
                self._play(block)
            except AssertionError as error:
                raise AssertionError(f"{path.name}:{number}: {block[0]}\n{error}") from error

    def _play(self, block: list[str]) -> None:
        first = block[0]
        request = _REQUEST.match(first)
        if request is not None:
            self._ask(request[1], request[2], block[1:])
        elif first.startswith("as "):
            self.caller = first.removeprefix("as ")
        elif first == "host applies":
            self.host.settle()
        elif first.startswith("host refuses "):
            self.host.answer(*self.host.take(), refused=first.removeprefix("host refuses "))
        elif first.startswith("host sees "):
            balancer, member, seen = self._filled(first.removeprefix("host sees ")).split()
            self.host.see(balancer, **{member: seen})
        elif first.startswith("host counts "):
            balancer, _, samples = self._filled(" ".join(block)[len("host counts ") :]).partition(" ")
            self.host.count(balancer, *msgspec.json.decode(samples, type=list[Sample]))
        elif first.startswith("another "):
            self._have_another(*first.split()[1:])
        elif first.endswith(" s pass"):
            self.world.clock.now += float(first.removesuffix(" s pass"))
        else:
            raise AssertionError(f"not a line of a transcript: {first}")

    def _have_another(self, name: str, does: str) -> None:
        if does == "reports":
            self.others[name] = self.world.host(name)
        else:
            assert does == "applies"
            self.others[name].settle()

    def _ask(self, method: str, target: str, lines: list[str]) -> None:
        place = next(i for i, line in enumerate(lines) if re.match(r"[1-5][0-9][0-9]\b", line))
        body = self._filled("\n".join(lines[:place])).encode()
        status, _, expected = "\n".join(lines[place:]).partition(" ")
        headers = {} if self.caller == "nobody" else {"X-Auth-Token": self.caller}
        answer = call(self.application, method, self._filled(target), body, headers)
        assert re.fullmatch("req-[0-9a-f-]{36}", answer.headers["x-openstack-request-id"])
        assert answer.status == int(status), f"{answer.status} {answer.body.decode()}"
        if not expected:
            assert answer.body == b"", answer.body.decode()
            assert "content-type" not in answer.headers
            return
        assert answer.headers["content-type"] == "application/json", answer.headers
        more = expected.startswith("…")
        wanted = msgspec.json.decode(expected.removeprefix("…"))
        self._compare(wanted, answer.json, more, answer.body.decode())

    def _compare(self, wanted: Any, found: Any, more: bool, whole: str) -> None:
        if isinstance(wanted, dict) and isinstance(found, dict):
            missing = set(wanted) - set(found)
            surplus = set(found) - set(wanted)
            assert not missing, f"lacks {sorted(missing)}: {whole}"
            assert more or not surplus, f"has {sorted(surplus)} too: {whole}"
            for key, value in wanted.items():
                self._compare(value, found[key], more, whole)
        elif isinstance(wanted, list) and isinstance(found, list):
            assert len(wanted) == len(found), whole
            for one, other in zip(wanted, found, strict=True):
                self._compare(one, other, more, whole)
        elif isinstance(wanted, str) and (word := _WORD.fullmatch(wanted)) and word[1] not in self.words:
            assert isinstance(found, str), whole
            self.words[word[1]] = found
        elif wanted != "<*>":
            assert (self._filled(wanted) if isinstance(wanted, str) else wanted) == found, f"wanted {wanted}: {whole}"
            assert isinstance(wanted, bool) == isinstance(found, bool), whole

    def _filled(self, text: str) -> str:
        return _WORD.sub(lambda word: self.words.get(word[1], word[0]), text)


def _blocks(text: str) -> list[tuple[int, list[str]]]:
    """Cut a transcript into blocks, each with the number of its first line."""
    blocks: list[tuple[int, list[str]]] = []
    open_block = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            open_block = False
        elif not line.startswith("#"):
            if not open_block:
                blocks.append((number, []))
            blocks[-1][1].append(line)
            open_block = True
    return blocks
