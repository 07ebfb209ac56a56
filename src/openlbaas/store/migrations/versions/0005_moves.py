"""Hosts are drained or said to be dead, and load balancers are handed over."""

import sqlalchemy as sa

from openlbaas.store import again as op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what moves need."""
    op.add_column("agents", sa.Column("draining", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("agents", sa.Column("failed_at", sa.Double(), nullable=True))
    op.add_column("lbaas_placements", sa.Column("lost_at", sa.Double(), nullable=True))
    op.add_column("lbaas_placements", sa.Column("home_agent_id", sa.String(length=36), nullable=True))
    op.create_table(
        "lbaas_handovers",
        sa.Column("loadbalancer_id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("claim", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=False),
        sa.Column("why", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
        sa.ForeignKeyConstraint(["loadbalancer_id"], ["lbaas_loadbalancers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("loadbalancer_id"),
    )
    op.create_index(op.f("ix_lbaas_handovers_agent_id"), "lbaas_handovers", ["agent_id"], unique=False)
