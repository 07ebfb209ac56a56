"""Where other hosts are, remembered."""

from pathlib import Path

from openlbaas.drivers.haproxy_netns.marks import Mark, Marks
from openlbaas.drivers.haproxy_netns.peers import Peers


def test_what_was_told_last_outlives_the_agent(tmp_path: Path) -> None:
    file = tmp_path / "state" / "tunnels.json"
    peers = Peers(file, "10.0.0.1")
    assert peers.addresses == frozenset()
    peers.learn(("10.0.0.1", "10.0.0.2", "fd00::2", "no address"))
    assert peers.addresses == {"10.0.0.2"}
    assert Peers(file, "10.0.0.2").addresses == {"10.0.0.1"}
    assert Peers(file, "fd00::1").addresses == {"fd00::2"}
    assert Peers(file, "").addresses == frozenset()
    peers.learn(("10.0.0.1",))
    assert Peers(file, "10.0.0.1").addresses == frozenset()


def test_a_file_that_is_broken_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "tunnels.json"
    for text in ("", "{", '["no address"]', '{"a": 1}'):
        file.write_text(text)
        assert Peers(file, "10.0.0.1").addresses == frozenset()


def test_marks_of_earlier_releases_are_those_of_bridges_we_made(tmp_path: Path) -> None:
    marks = Marks(tmp_path / "bridges")
    assert marks.read("brq1") is None
    assert marks.tunnels() == []
    marks.write("brq1", Mark(uplinks=("vxlan-7",)))
    (tmp_path / "bridges" / "brq2").touch()
    (tmp_path / "bridges" / "brq3").write_text("{broken")
    marks.write("brq4", Mark(made=False, uplinks=("eth1",)))
    assert [marks.read(name) for name in ("brq2", "brq3")] == [Mark(), Mark()]
    assert marks.read("brq4") == Mark(made=False, uplinks=("eth1",))
    assert marks.tunnels() == ["vxlan-7"]
    marks.remove("brq1")
    marks.remove("brq1")
    assert not marks.has("brq1")
