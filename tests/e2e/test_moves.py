"""Load balancers that are moved while they are used."""

from pathlib import Path

import pytest
from cloud import cloud
from waits import eventually

pytestmark = pytest.mark.root

# A question every hundredth of a second, and a handover of at most some tens of them.
MOST_LOST = 10


def test_moved_drained_and_taken_back_while_it_answers(tmp_path: Path) -> None:
    with cloud(tmp_path, 2) as made:
        load_balancer_id, address = made.chain()
        made.until_active(load_balancer_id)
        old = made.where(load_balancer_id)
        (new,) = set(made.hosts) - {old}
        asking = made.asking(address)
        made.move(load_balancer_id, new)
        assert made.where(load_balancer_id) == new
        made.api.send("PUT", f"/lbaas/hosts/{new}/drain")
        eventually(lambda: made.states()[new] == ("drained", 0, 0), "the host to be empty")
        made.until_active(load_balancer_id)
        assert made.where(load_balancer_id) == old
        made.api.send("PUT", f"/lbaas/hosts/{new}/undrain")
        made.api.send("PUT", f"/lbaas/hosts/{old}/failover", {"failover": {"force": True}})
        made.until_active(load_balancer_id)
        assert made.where(load_balancer_id) == new
        asking.again_since(asking.answered[-1])
        asking.end()
        assert len(asking.failed) <= 3 * MOST_LOST, asking.failed
        texts = made.texts("moved")
        assert [text.split(":")[0] for text in texts] == [
            f"moved from {old} to {new}",
            f"moved from {new} to {old}",
            f"moved from {old} to {new}",
        ]
        assert all("served until then" in text for text in texts[:2])
