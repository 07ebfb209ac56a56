"""HAProxy's counters, from answers in the form of 2.6.12."""

import pytest

from openlbaas.haproxy.counting import Counts, counts

NAMES = (
    "pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,hrsp_1xx,"
    "hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,req_rate,req_tot,conn_tot,"
)
HEAD = f"# {NAMES}\n"
FRONTEND = "l,FRONTEND,,,1,4,2000,7,900,4000,0,0,2,,,,,OPEN,0,5,0,2,0,0,1,9,7,\n"
SERVER = "p,m,0,0,0,1,,6,700,3900,,0,,3,1,0,0,UP,0,5,0,0,1,0,,6,,\n"
OVER_TCP = "q,n,0,0,2,3,,40,12345678901234,5,,0,,0,0,0,0,no check,,,,,,,,,,\n"
BACKEND = "p,BACKEND,0,0,0,1,200,6,700,3900,0,0,,3,1,0,0,UP,0,5,0,0,1,0,,6,,\n"


def test_numbers_of_each_kind_by_name() -> None:
    found = counts(HEAD + FRONTEND + SERVER + OVER_TCP + BACKEND + "\n")
    one = {"bytes_in": 700, "bytes_out": 3900, "total_connections": 6, "requests": 6, "responses_2xx": 5}
    one |= {"responses_5xx": 1, "connection_errors": 3, "response_errors": 1}
    assert found == Counts(
        frontends={
            "l": {
                "bytes_in": 900,
                "bytes_out": 4000,
                "active_connections": 1,
                "total_connections": 7,
                "requests": 9,
                "responses_2xx": 5,
                "responses_4xx": 2,
                "request_errors": 2,
            }
        },
        backends={"p": one},
        servers={
            "m": one,
            "n": {
                "bytes_in": 12345678901234,
                "bytes_out": 5,
                "active_connections": 2,
                "total_connections": 40,
            },
        },
    )


def test_another_answer_may_stand_before_it() -> None:
    assert counts("1\n# be_id be_name srv_id\n3 p 1\n\n" + HEAD + FRONTEND) == counts(HEAD + FRONTEND)


def test_lines_that_are_cut_off_count_nothing() -> None:
    assert counts(HEAD + SERVER + BACKEND[:30]) == counts(HEAD + SERVER)
    assert counts(HEAD) == Counts()


def test_columns_are_found_by_their_names() -> None:
    turned = [",".join(reversed(line.rstrip("\n").split(",")[:-1])) for line in (NAMES, SERVER)]
    pair = "pxname,svname,"
    assert counts(f"# {pair}{turned[0]},\np,m,{turned[1]},\n") == counts(HEAD + SERVER)


@pytest.mark.parametrize(
    "text",
    ["", "Permission denied\n", "# pxname,svname,\np,m,\n", HEAD + SERVER.replace("700", "many")],
)
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        counts(text)
