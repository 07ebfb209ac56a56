"""The files that make a server and agents run as parts of a lab."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

from openlbaas.cli.lab import names as n

if TYPE_CHECKING:
    from pathlib import Path

    from openlbaas.cli.lab.names import Names
    from openlbaas.cli.lab.state import State

REPORT_INTERVAL_S = 1.0
AGENT_DOWN_TIME_S = 5.0
FAILOVER_DOWN_TIME_S = 3.0
MEASURE_INTERVAL_S = 2.0
HEAL_INTERVAL_S = 12.0


def write_configuration(lab: Names, state: State) -> None:
    """Write the options of servers and agents, and the tokens."""
    write_private(lab.tokens, tokens(state.token, state.project_id))
    write_private(lab.server_file, server_options(lab, state))
    for name in state.host_names:
        lab.host_folder(name).mkdir(parents=True, exist_ok=True)
        (lab.folder / name).symlink_to(lab.host_folder(name))
        write_private(lab.host_file(name), agent_options(lab, state, name))


def tokens(token: str, project_id: str) -> str:
    """Write the tokens file: one administrator, known by the hash of the token."""
    entry = {
        "sha256": hashlib.sha256(token.encode()).hexdigest(),
        "project_id": project_id,
        "user": "admin",
        "roles": ["admin", "member"],
    }
    return json.dumps({"tokens": [entry]}, indent=1)


def server_options(lab: Names, state: State) -> str:
    """Write the options of the servers."""
    return f"""\
# Written by `openlbaas lab up`.
[DEFAULT]
bind_host = 127.0.0.1
bind_port = {state.port}
state_path = {lab.folder}
agent_down_time = {FAILOVER_DOWN_TIME_S if state.several else AGENT_DOWN_TIME_S:g}
allow_automatic_lbaas_agent_failover = {state.several}

[database]
connection = {state.connection(lab)}

[identity]
driver = tokens
tokens_file = {lab.tokens}

[host_protocol]
token = {state.host_token}

# As many as the machine can take.
[quotas]
quota_loadbalancer = -1
quota_pool = -1
"""


def agent_options(lab: Names, state: State, host: str) -> str:
    """Write the options of one host's agent."""
    servers = ",".join(
        f"http://{n.server_control_address(place)}:{n.CONTROL_PORT}" for place in range(1, state.servers + 1)
    )
    mappings = f"\n[linux_bridge]\nphysical_interface_mappings = {n.PHYSICAL_NETWORK}:eth1\n" if state.several else ""
    return f"""\
# Written by `openlbaas lab up`.
[DEFAULT]
state_path = {lab.host_folder(host)}

[host_protocol]
token = {state.host_token}
servers = {servers}

[agent]
host = {host}
report_interval = {REPORT_INTERVAL_S:g}
measure_interval = {MEASURE_INTERVAL_S:g}
heal_interval = {HEAL_INTERVAL_S:g}
{mappings}"""


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
