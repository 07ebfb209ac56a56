"""Reads recordings of the original: what its client asked, step by step, and what was answered.

A recording is a text file::

    === 004-lb-create                          (a step; "(not recorded)" after its number where only its effect was)
    $ neutron lbaas-loadbalancer-create …      (what was typed)
    - <web2> is down                           (what happened to the host before; see replay.py)

    POST /v2.0/lbaas/loadbalancers             (a request: its line, its body if it had one, status and body of the
    {"loadbalancer": {…}}                       reply; after "201 …" the reply may have more than is written)
    201 {"loadbalancer": {"id": "<test_lb>", …}}

``<word>`` stands for an id, an address or a time of that day: the first reply that has it says what it is here.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

_REQUEST = re.compile(r"(GET|HEAD|POST|PUT|DELETE) (\S+)$")
_REPLY = re.compile(r"([1-5][0-9][0-9])( … ?| |$)")


@dataclass(frozen=True)
class Asked:
    """One request and its reply; ``partly`` means that the reply may have more than is written."""

    method: str
    target: str
    body: str
    status: int
    reply: Any
    partly: bool


@dataclass(frozen=True)
class Step:
    """One command of the original's client with every request that it made."""

    number: str
    happens: tuple[str, ...]
    asked: tuple[Asked, ...]


def steps(path: Path) -> list[Step]:
    """Read every step of a recording."""
    _, *texts = re.split(r"^=== ", path.read_text(), flags=re.MULTILINE)
    return [_step(text) for text in texts]


def _step(text: str) -> Step:
    head, *blocks = re.split(r"\n\n", text.strip("\n"))
    first, *lines = head.splitlines()
    happens = tuple(line.removeprefix("- ") for line in lines if line.startswith("- "))
    return Step(first[:3], happens, tuple(_asked(block.splitlines()) for block in blocks))


def _asked(lines: list[str]) -> Asked:
    request = _REQUEST.match(lines[0])
    assert request is not None, f"not a request: {lines[0]}"
    place = next(i for i, line in enumerate(lines) if i and _REPLY.match(line))
    reply = _REPLY.match(lines[place])
    assert reply is not None
    content = "\n".join([lines[place][reply.end() :], *lines[place + 1 :]]).strip()
    return Asked(
        method=request[1],
        target=request[2],
        body="\n".join(lines[1:place]),
        status=int(reply[1]),
        reply=msgspec.json.decode(content) if content else None,
        partly="…" in reply[2],
    )
