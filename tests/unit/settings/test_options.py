"""Every option says what it is for, and what is read of it is what is declared."""

import dataclasses

import pytest
from oslo_config import cfg

from openlbaas.settings import values
from openlbaas.settings.options import GROUPS

DECLARED = [(group, option) for group, options in GROUPS.items() for option in options]


@pytest.mark.parametrize(("group", "option"), DECLARED, ids=[f"{group}.{option.name}" for group, option in DECLARED])
def test_help_is_a_sentence(group: str, option: cfg.Opt) -> None:
    assert option.help.endswith("."), group
    assert option.help[0].isupper()


def test_every_option_becomes_a_value() -> None:
    groups = [values.Api, values.Database, values.Identity, values.HostProtocol, values.AgentOptions, values.Haproxy]
    groups += [
        values.Keepalived,
        values.Scheduling,
        values.NetworkOptions,
        values.Quotas,
        values.Certificates,
        values.Log,
        values.Wiring,
    ]
    read = sum(len(dataclasses.fields(group)) for group in groups)
    # Two values come from one option: the agent's state path is the general one; and providers are a value of their own.
    # One option has no value: certificates can only be kept in one way.
    # Without enable_vxlan a host has no tunnel_address.
    assert read + 3 == len(DECLARED)
