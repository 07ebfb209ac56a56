"""What a command is called says what it does: no two kinds of thing share an action of their own."""

from openlbaas.cli.grammar.single import single_commands


def test_an_action_belongs_to_one_kind() -> None:
    kinds = {
        (command.action, command.resource.title)
        for style in ("neutron", "modern")
        for command in single_commands(style)
    }
    actions = [action for action, _ in kinds]
    assert sorted(actions) == sorted(set(actions))
