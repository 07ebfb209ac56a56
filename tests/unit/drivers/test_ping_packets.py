"""Echo requests and answers as bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlbaas.drivers.haproxy_netns.ping_packets import TOKEN_BYTES, Echo, reply, request

ECHO = Echo(token=b"12345678", key=7, number=65_537)
REPLY_TYPE = {4: b"\0", 6: b"\x81"}


def answer(version: int, packet: bytes) -> bytes:
    """Answer a request, as the kernel of the other side does."""
    return REPLY_TYPE[version] + packet[1:2] + b"\xab\xcd\x12\x34" + packet[6:]


def test_a_request_has_type_sequence_and_content_in_their_places() -> None:
    content = b"12345678" + (7).to_bytes(4, "big") + (65_537).to_bytes(8, "big")
    assert request(4, ECHO) == b"\x08\0\0\0\0\0\0\x01" + content
    assert request(6, ECHO) == b"\x80\0\0\0\0\0\0\x01" + content


@given(
    st.sampled_from([4, 6]),
    st.builds(
        Echo,
        st.binary(min_size=TOKEN_BYTES, max_size=TOKEN_BYTES),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**64 - 1),
    ),
)
def test_an_answer_brings_back_what_was_sent(version: int, echo: Echo) -> None:
    assert reply(version, answer(version, request(version, echo))) == echo


@pytest.mark.parametrize("version", [4, 6])
def test_a_request_is_no_answer(version: int) -> None:
    assert reply(version, request(version, ECHO)) is None


def test_an_answer_of_the_other_version_is_none() -> None:
    assert reply(4, answer(6, request(6, ECHO))) is None


@given(st.sampled_from([4, 6]), st.binary(max_size=40))
def test_no_bytes_are_too_strange_to_be_read(version: int, packet: bytes) -> None:
    found = reply(version, packet)
    assert found is None or len(packet) == len(request(version, ECHO))
