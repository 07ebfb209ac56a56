"""Changes of members."""

from collections.abc import Sequence

from openlbaas.domain.changes.steps import (
    advanced,
    by_id,
    changeable,
    new_mark,
    next_revision,
    updated,
    with_part,
    without,
)
from openlbaas.domain.commands import CreateMember, DeleteMember, UpdateMember
from openlbaas.domain.errors import MemberExists, NotFound
from openlbaas.domain.model import Member
from openlbaas.domain.rules import check_member_address
from openlbaas.domain.tree import Tree, find, living
from openlbaas.domain.vocabulary import Kind


def create(tree: Tree, commands: Sequence[CreateMember], ids: Sequence[str]) -> Tree:
    """Put servers into a pool, all of them or none.

    Raises: NotFound for the pool; Immutable; MemberExists; Invalid.
    """
    taken = {(m.pool_id, m.address, m.protocol_port) for m in living(tree.members)}
    made = []
    for command, id_ in zip(commands, ids, strict=False):
        changeable(tree.pools, Kind.POOL, command.pool_id)
        check_member_address(command.address)
        place = (command.pool_id, command.address, command.protocol_port)
        if place in taken:
            raise MemberExists(*place)
        taken.add(place)
        made.append(_member(tree, command, id_))
    return advanced(tree, members=(*tree.members, *sorted(made, key=by_id)))


def _member(tree: Tree, command: CreateMember, id: str) -> Member:  # noqa: A002 - the field's own word
    return Member(
        id=id,
        project_id=command.project_id,
        pool_id=command.pool_id,
        name=command.name,
        address=command.address,
        protocol_port=command.protocol_port,
        weight=command.weight,
        subnet_id=command.subnet_id,
        admin_state_up=command.admin_state_up,
        mark=new_mark(tree),
    )


def update(tree: Tree, command: UpdateMember) -> Tree:
    """Change a member.

    Raises: NotFound, also when it is in another pool; Immutable.
    """
    _check_place(tree, command.id, command.pool_id)
    before = changeable(tree.members, Kind.MEMBER, command.id)
    after = updated(before, command, next_revision(tree))
    return tree if after is before else advanced(tree, members=with_part(tree.members, after))


def delete(tree: Tree, command: DeleteMember) -> Tree:
    """Take a server out of a pool.

    Raises: NotFound, also when it is in another pool; Immutable.
    """
    _check_place(tree, command.id, command.pool_id)
    return without(tree, Kind.MEMBER, command.id)


def _check_place(tree: Tree, member_id: str, pool_id: str) -> None:
    if find(tree.members, Kind.MEMBER, member_id).pool_id != pool_id:
        raise NotFound(Kind.MEMBER, member_id)
