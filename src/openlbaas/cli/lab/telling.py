"""What a lab says of itself to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlbaas.cli.lab import names as n
from openlbaas.cli.lab import parts, state
from openlbaas.cli.lab.processes import alive

if TYPE_CHECKING:
    from openlbaas.cli.lab.names import Names
    from openlbaas.cli.lab.state import State


def tour(lab: Names, made: State) -> str:
    """Say what can be done with a lab that came up."""
    members = "".join(
        f"    openlbaas lbaas-member-create --name {web.name} --subnet selfservice --address {web.address}"
        " --protocol-port 80 test_pool\n"
        for web in made.webs[:2]
    )
    at = "" if lab.folder == n.names(n.DEFAULT_FOLDER).folder else f" --dir {lab.folder}"
    return f"""
The lab is up. API {made.endpoint}, credentials {lab.folder}/openrc, everything else {lab.folder}/lab.json.

    source {lab.folder}/openrc          # for openlbaas, and for the stock clients
    openlbaas lbaas-loadbalancer-create --name test_lb selfservice
    openlbaas lbaas-listener-create --loadbalancer test_lb --protocol HTTP --protocol-port 80 --name test_listener
    openlbaas lbaas-pool-create --listener test_listener --protocol HTTP --lb-algorithm ROUND_ROBIN --name test_pool
{members}    openlbaas lab curl{at} http://VIP
    openlbaas lab exec{at} host1 -- ip netns
    openlbaas lab web stop{at} web1
    openlbaas lab down{at}
"""


def status(lab: Names, known: State) -> tuple[str, bool]:
    """Say of each part whether it runs, and whether all do."""
    rows = [
        (f"server{place}", state.endpoint(known, place), _server(lab, known, place))
        for place in range(1, known.servers + 1)
    ]
    for place, name in enumerate(known.host_names, 1):
        word = "up" if alive(lab, name) else "DOWN"
        rows.append((name, f"{lab.namespace(name)}, control {n.host_control_address(place)}", word))
        rows.append((f"{name} agent", str(lab.host_file(name)), _running(lab, f"{name}-agent")))
    rows += [(web.name, f"{lab.namespace(web.name)}, {web.address}", _running(lab, web.name)) for web in known.webs]
    rows.append(("client", f"{lab.namespace('client')}, {n.CLIENT_ADDRESS}", "up"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{name:{widths[0]}}  {where:{widths[1]}}  {word}" for name, where, word in rows]
    head = f"Lab in {lab.folder}" + ("" if known.ready else " (did not come up: `openlbaas lab down` removes it)")
    return "\n".join([head, *lines]), known.ready and not any("DOWN" in row[2] for row in rows)


def _server(lab: Names, known: State, place: int) -> str:
    running = _running(lab, f"server{place}")
    return running if "DOWN" in running or parts.answers(known, place) else f"{running}, DOES NOT ANSWER"


def _running(lab: Names, name: str) -> str:
    pid = alive(lab, name)
    return f"up, pid {pid}" if pid else "DOWN"
