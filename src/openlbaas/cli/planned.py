"""What the host of a load balancer would do for it, as a table of steps and a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlbaas.cli.actions import Setting, print_rows
from openlbaas.client.lbaas import LOAD_BALANCERS, Listing, Row

if TYPE_CHECKING:
    from openlbaas.cli.grammar.model import Command
    from openlbaas.cli.parsing import Arguments

_COLUMNS = ("action", "what", "why")
_SENTENCES = {
    "in_sync": "Nothing to do: what runs on {host} is what is wanted (revision {revision}).",
    "planned": "{host} would do this for revision {revision}, in this order.",
    "under_way": "{host} is working on revision {revision} at this moment: ask again.",
    "refused": "{host} can't carry out revision {revision}: {reason}",
    "unknown": "{host} does not know this load balancer yet: ask again.",
}


def plan(setting: Setting, command: Command, arguments: Arguments) -> int:
    """Print the steps; to a person also how it stands."""
    identity = setting.client.find(LOAD_BALANCERS, arguments.target)
    found: Row = setting.client.get(f"/lbaas/loadbalancers/{identity}/plan")["plan"]
    if arguments.options.formatter == "table":
        print(_sentence(found), file=setting.out)
        if not found["steps"]:
            return 0
    print_rows(setting, command, arguments, Listing(found["steps"], frozenset()), _COLUMNS)
    return 0


def _sentence(found: Row) -> str:
    whole = _SENTENCES.get(found["state"], "{host} says: {state}.").format(**found)
    if found["reason"] and found["state"] != "refused":
        whole += f" The last try failed: {found['reason']}"
    if found["again_in_s"] is not None:
        whole += f" It is tried again in {found['again_in_s']:.1f} s."
    return whole
