"""The grammar of python-neutronclient 6.4.0, option by option: options.json holds what its own parsers say.

Shape:   per command its options (spellings, how many words each takes, and where they are so: required, choices, case
         into which it is put, number, hidden from the help), how many words each positional takes, and the options
         that exclude each other
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openlbaas.cli.grammar.commands import commands
from openlbaas.cli.parsing import UsageError, parse, parser

from .conftest import GOLDEN

if TYPE_CHECKING:
    import argparse

ORIGINAL: dict[str, dict[str, Any]] = json.loads((GOLDEN / "options.json").read_text())
LBAAS_COMMANDS = 39
# Ours takes true and false in small letters too.
WIDER = {("port-update", "--admin-state-up"), ("port-update", "--admin_state_up")}
_TAKES = {None: "one", 0: "nothing", "+": "several", "?": "one or none"}


def _takes(action: argparse.Action) -> str:
    return "one, repeated" if type(action).__name__ == "_AppendAction" else _TAKES[action.nargs]  # type: ignore[index]


def _described(action: argparse.Action) -> dict[str, Any]:
    """An option of ours in the words of the recording."""
    reading = getattr(action.type, "__name__", "")
    found: dict[str, Any] = {"takes": _takes(action)}
    found |= {"required": True} if action.required else {}
    found |= {"choices": list(action.choices)} if action.choices else {}
    found |= {"case": reading} if reading in {"upper", "lower"} else {}
    return found | ({"number": True} if action.type is int else {})


def _actions(name: str) -> dict[str, argparse.Action]:
    return {spelling: action for action in parser(commands()[name])._actions for spelling in action.option_strings}


def test_every_lbaas_command_was_recorded() -> None:
    """The recording is whole."""
    assert sum(name.startswith("lbaas-") for name in ORIGINAL) == LBAAS_COMMANDS


@pytest.mark.parametrize("name", ORIGINAL)
def test_options_are_the_originals(name: str) -> None:
    """Each option is here, takes as many words, is required where it was, and knows the same choices."""
    ours = _actions(name)
    expected: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for option in ORIGINAL[name]["options"]:
        for spelling in option["spellings"]:
            here = ours.get(spelling) or (ours.get(spelling.replace("_", "-")) if option.get("hidden") else None)
            expected[spelling] = {key: option[key] for key in option.keys() - {"spellings", "hidden"}}
            found[spelling] = _described(here) if here else "missing"
            if (name, spelling) in WIDER:
                assert set(expected[spelling].pop("choices")) < set(found[spelling].pop("choices"))
    assert found == expected


@pytest.mark.parametrize("name", ORIGINAL)
def test_positionals_are_the_originals(name: str) -> None:
    """As many words name objects, in the same places."""
    found = [_takes(action) for action in parser(commands()[name])._actions if not action.option_strings]
    assert found == ORIGINAL[name]["positionals"]


@pytest.mark.parametrize("name", [name for name in ORIGINAL if ORIGINAL[name]["rivals"]])
def test_rivals_exclude_each_other(name: str) -> None:
    """What the original does not take together, ours does not either."""
    groups = parser(commands()[name])._mutually_exclusive_groups
    together = [{action.option_strings[0] for action in group._group_actions} for group in groups]
    for rivals in ORIGINAL[name]["rivals"]:
        assert any(set(rivals) <= group for group in together), rivals


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("lbaas-pool-create --tenant_id t --protocol http --lb-algorithm source_ip", {"tenant_id": "t"}),
        ("port-create n --fixed_ip ip_address=10.0.0.5", {"fixed_ips": [{"ip_address": "10.0.0.5"}]}),
        ("port-create n --vnic_type=Direct", {"binding:vnic_type": "direct"}),
        ('port-create n --binding-profile {"a":1}', {"binding:profile": {"a": 1}}),
        ("subnet-create n --enable-dhcp=False 10.0.0.0/24", {"enable_dhcp": False, "cidr": "10.0.0.0/24"}),
        ("quota-update --tenant_id t --router 3", {"tenant": "t", "router": "3"}),
        ("lbaas-pool-list --request-format json", {}),
    ],
)
def test_older_spellings(line: str, given: dict[str, Any]) -> None:
    """What the original takes without telling in its help is understood, and never sent as an attribute."""
    words = line.split()
    arguments = parse(commands()[words[0]], words[1:])
    assert given.items() <= arguments.given.items()
    assert arguments.extras == {}


def test_what_is_no_json_is_refused() -> None:
    """A slip in JSON is told, not sent."""
    with pytest.raises(UsageError, match="is not JSON"):
        parse(commands()["port-create"], ["n", "--binding-profile", "{a"])
