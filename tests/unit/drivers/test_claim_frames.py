"""Frames come back as they were said, and nothing else counts."""

import random

import pytest

from openlbaas.desired.fencing import Claim, State
from openlbaas.drivers.haproxy_netns.claim_frames import ETHERTYPE, MOST, Entry, Seal, frames, heard

SEAL = Seal.of("secret")
NETWORK, HOST = SEAL.network("net"), SEAL.host("host1")
SMALLEST_MTU = 1280


def entries(count: int) -> list[Entry]:
    states = list(State)
    return [
        Entry(SEAL.name(f"lb{place}"), Claim(place * 2**33, HOST, states[place % 3]), place % 2)
        for place in range(count)
    ]


@pytest.mark.parametrize("count", [1, MOST, MOST + 1, 5 * MOST])
def test_what_is_said_is_heard(count: int) -> None:
    said = entries(count)
    made = list(frames(SEAL, NETWORK, HOST, said))
    assert len(made) == -(-count // MOST)
    assert max(map(len, made)) <= 14 + SMALLEST_MTU
    understood = [heard(SEAL, NETWORK, frame + b"\0" * 30) for frame in made]
    assert [entry for some in understood for entry in some or ()] == said
    assert all(frame[12:14] == ETHERTYPE.to_bytes(2, "big") for frame in made)


def test_nothing_to_say_is_no_frame() -> None:
    assert list(frames(SEAL, NETWORK, HOST, [])) == []


def test_another_network_another_cloud_and_damage_do_not_count() -> None:
    (frame,) = frames(SEAL, NETWORK, HOST, entries(3))
    assert heard(SEAL, SEAL.network("another"), frame) is None
    assert heard(Seal.of("another"), NETWORK, frame) is None
    for length in range(len(frame)):
        assert heard(SEAL, NETWORK, frame[:length]) is None
    for place in range(14, len(frame)):
        # Two bytes of the head are not used yet, and signed all the same.
        assert heard(SEAL, NETWORK, frame[:place] + bytes([frame[place] ^ 1]) + frame[place + 1 :]) is None


def test_any_bytes_are_no_frame() -> None:
    chance = random.Random(7)
    for length in range(200):
        assert heard(SEAL, NETWORK, chance.randbytes(length)) is None


def test_a_state_of_a_later_release_is_no_frame() -> None:
    (frame,) = frames(SEAL, NETWORK, HOST, entries(1))
    content = frame[14:-17] + b"\x09"
    assert heard(SEAL, NETWORK, frame[:14] + content + SEAL.tag(content)) is None


def test_a_tenant_learns_neither_load_balancer_nor_host() -> None:
    load_balancer = "d1c7a5be-7a30-4b5e-9f5c-0123456789ab"
    entry = Entry(SEAL.name(load_balancer), Claim(1, HOST, State.SERVING))
    (frame,) = frames(SEAL, NETWORK, HOST, [entry])
    for secret in (load_balancer.encode(), bytes.fromhex(load_balancer.replace("-", "")), b"host1", b"secret"):
        assert secret not in frame
    assert SEAL.name(load_balancer) != Seal.of("another").name(load_balancer)
