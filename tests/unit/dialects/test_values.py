"""Converters and checks, each with what it takes and what it says to the rest."""

import pytest

from openlbaas.dialects import values as v
from openlbaas.domain.vocabulary import Protocol


@pytest.mark.parametrize("value", [True, 1, "1", "t", "True", " ON ", "y", "yes"])
def test_words_for_true(value: object) -> None:
    assert v.to_bool(value) is True


@pytest.mark.parametrize("value", [False, 0, "0", "F", "false", "off", "n", "No"])
def test_words_for_false(value: object) -> None:
    assert v.to_bool(value) is False


@pytest.mark.parametrize("value", [None, 2, "maybe", "", [], {}, 1.0])
def test_no_word_for_either(value: object) -> None:
    with pytest.raises(v.Unconvertible, match="cannot be converted to boolean"):
        v.to_bool(value)


@pytest.mark.parametrize(("value", "number"), [("80", 80), (80.9, 80), (True, 1), (" 7 ", 7), (-3, -3)])
def test_integers(value: object, number: int) -> None:
    assert v.to_int(value) == number


@pytest.mark.parametrize("value", [None, "", "x", [], {}, "1.5", float("inf"), float("nan"), "9" * 5000])
def test_no_integers(value: object) -> None:
    with pytest.raises(v.Unconvertible, match="is not an integer"):
        v.to_int(value)


def test_lists() -> None:
    assert v.to_list(None) == []
    assert v.to_list("a") == ["a"]
    assert v.to_list(["a"]) == ["a"]


@pytest.mark.parametrize(
    ("check", "value", "reason"),
    [
        (v.text(3), "abc", None),
        (v.text(3), "abcd", "'abcd' exceeds maximum length of 3"),
        (v.text(3), None, "'None' is not a valid string"),
        (v.text(3), {"a": 1}, "'{'a': 1}' is not a valid string"),
        (v.text(9), "a\0b", "'a\0b' is not a valid string"),
        (v.text(9), "a\nb", None),
        (v.or_null(v.text(3)), None, None),
        (v.filled(9), " ", "' ' Blank strings are not permitted"),
        (v.is_uuid, "2ce2166a-3c9b-44da-ad78-a11c09ed20ae", None),
        (v.is_uuid, "2CE2166A3C9B44DAAD78A11C09ED20AE", None),
        (v.is_uuid, "{2ce2166a-3c9b-44da-ad78-a11c09ed20ae}", "'{2ce2166a-3c9b-44da-ad78-a11c09ed20ae}' is not a valid UUID"),
        (v.is_uuid, 5, "'5' is not a valid UUID"),
        (v.is_address, "172.20.0.6", None),
        (v.is_address, "fd00::6", None),
        (v.is_address, "172.20.0", "'172.20.0' is not a valid IP address"),
        (v.is_address, "fe80::1%eth0", "'fe80::1%eth0' is not a valid IP address"),
        (v.is_address, "1.2.3.04", "'1.2.3.04' is not an accepted IP address, '1.2.3.4' is recommended"),
        (v.is_address, "1.2.3.0400", "'1.2.3.0400' is not a valid IP address"),
        (v.is_address, "1.2.3.4\n", "'1.2.3.4\n' is not a valid IP address"),
        (v.is_address, 16909060, "'16909060' is not a valid IP address"),
        (v.is_cidr, "10.0.0.7/24", None),
        (v.is_cidr, "10.0.0.0", "'10.0.0.0' isn't a recognized IP subnet cidr, '10.0.0.0/32' is recommended"),
        (v.is_cidr, "10.0.0.0/33", "'10.0.0.0/33' is not a valid IP subnet"),
        (v.is_mac, "fa:16:3e:00:00:01", None),
        (v.is_mac, "01:00:5e:00:00:01", "'01:00:5e:00:00:01' is not a valid MAC address"),
        (v.within(1, 9), 0, "'0' is too small - must be at least '1'"),
        (v.within(1, 9), 10, "'10' is too large - must be no larger than '9'"),
        (v.integer_within(0, 256), "5", None),
        (v.integer_within(0, 256), True, "'True' is not an integer:boolean"),
        (v.integer_within(0, 256), "five", "'five' is not an integer"),
        (v.integer_within(0, 256), 5.5, "'5.5' is not an integer"),
        (v.integer_within(0, 256), -1, "'-1' is too small - must be at least '0'"),
        (v.limit_or_unlimited, -1, None),
        (v.limit_or_unlimited, -2, "'-2' is not a valid value, because it cannot be less than -1"),
        (v.seconds, 1, None),
        (v.seconds, 0, "'0' is too small - must be at least '1'"),
        (v.seconds, 2073601, "'2073601' is too large - must be no larger than '2073600'"),
        (v.seconds, -1, "'-1' should be non-negative"),
        (v.seconds, v.LARGEST + 1, "'2147483648' is not a valid value, because it is more than 2147483647"),
        (v.one_of(Protocol), "HTTP", None),
        (v.one_of(Protocol), "http", "http is not in valid_values"),
        (v.one_of(Protocol), ["HTTP"], "['HTTP'] is not in valid_values"),
        (v.matching("[a-z]+", 3), "abc", None),
        (v.matching("[a-z]+", 3), "abc\n", "'abc\n' is not a valid input"),
        (v.matching("[a-z]+", 3), "abcd", "'abcd' exceeds maximum length of 3"),
        (v.matching("[0-9]+", 3), "٣", "'٣' is not a valid input"),
    ],
)  # fmt: skip
def test_reason(check: v.Check, value: object, reason: str | None) -> None:
    assert check(value) == reason


def test_blanks_round_commas_are_taken_away() -> None:
    assert v.closed_up("200 , 202,  204") == "200,202,204"
    assert v.closed_up("200\n,202") == "200\n,202"
    assert v.closed_up(5) == 5
