"""The folder of a load balancer, also after a crash in the middle of making it."""

from pathlib import Path

from openlbaas.drivers.haproxy_netns.names import files
from openlbaas.drivers.haproxy_netns.records import make_folder, unfinished


def test_a_folder_that_was_made_but_not_opened_is_unfinished_until_made_again(tmp_path: Path) -> None:
    mine = files(str(tmp_path), "lb")
    assert not unfinished(mine)
    mine.folder.mkdir(mode=0o755, parents=True)
    assert unfinished(mine)
    make_folder(mine, 0)
    assert not unfinished(mine)
