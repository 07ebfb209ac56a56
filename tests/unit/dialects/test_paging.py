"""Pages: every way through a list meets every row once."""

from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from openlbaas.dialects.paging import Listed, listing, query

VISIBLE = frozenset({"id", "name", "up", "size", "tags", "owner"})
HIDDEN = frozenset({"secret"})


def rows(count: int) -> list[Listed]:
    return [
        Listed(
            {"id": str(i), "name": f"n{i % 3}", "up": i % 2 == 0, "size": i, "tags": [{"id": f"t{i}"}], "owner": None},
            {"secret": f"s{i}"},
        )
        for i in range(count)
    ]


def asked(text: str, count: int = 6, longest: int = -1) -> dict[str, list[dict[str, object]]]:
    found = query(parse_qsl(text, keep_blank_values=True), longest=longest)
    return listing("things", rows(count), found, visible=VISIBLE, hidden=HIDDEN, url="http://h/things")


def ids(text: str, count: int = 6, longest: int = -1) -> list[object]:
    return [row["id"] for row in asked(text, count, longest)["things"]]


def test_filters() -> None:
    assert ids("name=n1") == ["1", "4"]
    assert ids("name=n1&name=n2&up=true") == ["2", "4"]
    assert ids("size=3") == ["3"]
    assert ids("tags=t5") == ["5"]
    assert ids("tags=id%3Dt5") == ["5"]
    assert ids("owner=") == ["0", "1", "2", "3", "4", "5"]
    assert ids("owner=me") == []
    assert ids("secret=s2") == ["2"]
    assert ids("unheard_of=1&name=n0") == ["0", "3"]


def test_what_is_hidden_is_not_shown() -> None:
    assert "secret" not in asked("fields=secret&fields=id")["things"][0]


def test_sorts_are_stable_and_null_is_last() -> None:
    assert ids("sort_key=name&sort_dir=asc") == ["0", "3", "1", "4", "2", "5"]
    assert ids("sort_key=name&sort_dir=desc&sort_key=size&sort_dir=desc") == ["5", "2", "4", "1", "3", "0"]


def test_the_longest_page_holds_whatever_was_asked() -> None:
    assert ids("", longest=2) == ["0", "1"]
    assert ids("limit=5", longest=2) == ["0", "1"]
    assert ids("limit=1", longest=2) == ["0"]


def test_no_limit_no_links() -> None:
    assert list(asked("limit=0")) == ["things"]


@given(st.integers(0, 9), st.integers(1, 4), st.booleans())
def test_following_links_meets_every_row_once(count: int, limit: int, backwards: bool) -> None:
    text, seen, rel = f"limit={limit}", [], "next"
    if backwards:
        text, rel = f"{text}&page_reverse=True", "previous"
    for _ in range(count + 2):
        page = asked(text, count)
        found = [str(row["id"]) for row in page["things"]]
        seen = [*found, *seen] if backwards else [*seen, *found]
        link = next((str(one["href"]) for one in page.get("things_links", []) if one["rel"] == rel), None)
        if link is None or not found:
            break
        text = urlsplit(link).query
    assert seen == [str(i) for i in range(count)]
