"""What somebody wants to know of hosts, in one transaction."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from openlbaas.store import tables as t


class Inquiries:
    """Reads and writes of questions and answers in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work inside a transaction that somebody else begins and ends."""
        self._connection = connection

    def ask(self, id: str, agent_id: str, load_balancer_id: str, now: float) -> None:  # noqa: A002 - the field's word
        """Write a question."""
        row = {"id": id, "agent_id": agent_id, "loadbalancer_id": load_balancer_id, "asked_at": now}
        self._connection.execute(sa.insert(t.inquiries), row)

    def open(self, agent_id: str, since: float) -> list[tuple[str, str]]:
        """List what an agent was asked since an instant and has not answered, as ids and load balancers' ids."""
        table = t.inquiries
        select = sa.select(table.c.id, table.c.loadbalancer_id).where(
            table.c.agent_id == agent_id, table.c.asked_at >= since, table.c.answer.is_(None)
        )
        return [(row.id, row.loadbalancer_id) for row in self._connection.execute(select.order_by(table.c.asked_at))]

    def answer(self, id: str, agent_id: str, answer: dict[str, Any]) -> None:  # noqa: A002 - the field's word
        """Write an answer; nothing happens when nobody waits for it any more."""
        table = t.inquiries
        mine = (table.c.id == id) & (table.c.agent_id == agent_id)
        self._connection.execute(sa.update(table).where(mine).values(answer=answer))

    def answered(self, id: str) -> dict[str, Any] | None:  # noqa: A002 - the field's word
        """Name an answer, once there is one."""
        select = sa.select(t.inquiries.c.answer).where(t.inquiries.c.id == id)
        found: dict[str, Any] | None = self._connection.execute(select).scalar_one_or_none()
        return found

    def prune(self, before: float) -> None:
        """Forget what was asked before an instant, in seconds since the epoch, UTC."""
        self._connection.execute(sa.delete(t.inquiries).where(t.inquiries.c.asked_at < before))
