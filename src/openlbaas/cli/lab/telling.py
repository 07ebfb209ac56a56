"""What a lab says of itself to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlbaas.cli.lab import names as n
from openlbaas.cli.lab import parts, state
from openlbaas.cli.lab.processes import alive
from openlbaas.cli.plain_table import plain_table

if TYPE_CHECKING:
    from openlbaas.cli.lab.names import Names
    from openlbaas.cli.lab.state import State

_TOUR_OF_MANY = """\
    openlbaas lbaas-agent-hosting-loadbalancer test_lb
    openlbaas lab kill{at} HOST             # its load balancers go to another; `lab boot` lets it come back
    openlbaas lab cut{at} HOST --control    # also --tenant, --all; `lab heal` heals
    openlbaas lab status{at}
"""


def tour(lab: Names, made: State) -> str:
    """Say what can be done with a lab that came up."""
    members = "".join(
        f"    openlbaas lbaas-member-create --name {web.name} --subnet selfservice --address {web.address}"
        " --protocol-port 80 test_pool\n"
        for web in made.webs[:2]
    )
    at = "" if lab.folder == n.names(n.DEFAULT_FOLDER).folder else f" --dir {lab.folder}"
    more = _TOUR_OF_MANY.format(at=at) if made.several else ""
    return f"""
The lab is up. API {made.endpoint}, credentials {lab.folder}/openrc, everything else {lab.folder}/lab.json.

    source {lab.folder}/openrc          # for openlbaas, and for the stock clients
    openlbaas lbaas-loadbalancer-create --name test_lb selfservice
    openlbaas lbaas-listener-create --loadbalancer test_lb --protocol HTTP --protocol-port 80 --name test_listener
    openlbaas lbaas-pool-create --listener test_listener --protocol HTTP --lb-algorithm ROUND_ROBIN --name test_pool
{members}    openlbaas lab curl{at} http://VIP
    openlbaas lab exec{at} host1 -- ip netns
    openlbaas lab web stop{at} web1
{more}    openlbaas lab down{at}
"""


def status(lab: Names, known: State) -> tuple[str, bool]:
    """Say of each part whether it runs, and whether all do and none is cut off."""
    rows = [row for place in range(1, known.hosts + 1) for row in _host(lab, known, place)]
    rows += [
        _row(lab, f"server{place}", state.endpoint(known, place), mute=not parts.answers(known, place))
        for place in range(1, known.servers + 1)
    ]
    if known.database_runs:
        rows.append(_row(lab, "database", known.connection(lab)))
    else:
        rows.append(("database", known.connection(lab), "up" if lab.database.exists() else "DOWN", ""))
    rows += [_row(lab, web.name, f"{lab.namespace(web.name)}, {web.address}") for web in known.webs]
    rows.append(("client", f"{lab.namespace('client')}, {n.CLIENT_ADDRESS}", "up", ""))
    head = f"Lab in {lab.folder}" + ("" if known.ready else " (did not come up: `openlbaas lab down` removes it)")
    table = plain_table(("part", "where", "state", "pid"), rows, numbers_right=False)
    return f"{head}\n{table}", known.ready and all(row[2] == "up" for row in rows)


_Row = tuple[str, str, str, int | str]


def _host(lab: Names, known: State, place: int) -> list[_Row]:
    """A host and its agent."""
    name = n.host(place)
    _, where, word, pid = _row(lab, name, f"{lab.namespace(name)}, {n.host_control_address(place)}")
    cut = known.cut.get(name, ())
    if cut:
        word += f", CUT OFF from {' and '.join(cut)}"
    return [(name, where, word, pid), _row(lab, f"{name}-agent", str(lab.host_file(name)))]


def _row(lab: Names, name: str, where: str, *, mute: bool = False) -> _Row:
    pid = alive(lab, name)
    if pid is None:
        return name, where, "DOWN", ""
    return name, where, "up, DOES NOT ANSWER" if mute else "up", pid
