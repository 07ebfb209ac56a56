"""Where HAProxy's files may be."""

from pathlib import Path

import pytest

from openlbaas.drivers.haproxy_netns.place import check
from openlbaas.drivers.haproxy_netns.processes import Identity

NOBODY = Identity(65534, 65534)


def test_a_path_that_leaves_no_room_for_the_socket_is_refused() -> None:
    check("/var/lib/openlbaas/lbaas", NOBODY)
    with pytest.raises(ValueError, match="is too long for a socket below it: it may have 38 bytes"):
        check("/" + "x" * 40, NOBODY)


def test_a_folder_that_lets_nobody_in_is_named(tmp_path: Path) -> None:
    closed = Path("/tmp") / f"olb{tmp_path.stat().st_ino}"
    closed.mkdir(mode=0o700)
    try:
        with pytest.raises(ValueError, match=f"{closed} lets nobody else in"):
            check(str(closed / "state"), NOBODY)
        closed.chmod(0o711)
        check(str(closed / "state"), NOBODY)
    finally:
        closed.rmdir()
