"""Two hosts can serve a load balancer by turns."""

import sqlalchemy as sa

from openlbaas.store import again as op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what pairs need."""
    op.add_column(
        "lbaas_loadbalancers", sa.Column("topology", sa.String(length=16), server_default="SINGLE", nullable=False)
    )
    op.create_table(
        "lbaas_pairs",
        sa.Column("loadbalancer_id", sa.String(length=36), nullable=False),
        sa.Column("network_id", sa.String(length=36), nullable=False),
        sa.Column("router_id", sa.Integer(), nullable=False),
        sa.Column("port1_id", sa.String(length=36), nullable=False),
        sa.Column("port2_id", sa.String(length=36), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Integer(), nullable=True),
        sa.Column("applied", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("standby_agent_id", sa.String(length=36), nullable=True),
        sa.Column("standby_claim", sa.BigInteger(), nullable=True),
        sa.Column("standby_applied", sa.BigInteger(), nullable=True),
        sa.Column("standby_role", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["loadbalancer_id"], ["lbaas_loadbalancers.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["standby_agent_id"], ["agents.id"]),
        sa.PrimaryKeyConstraint("loadbalancer_id"),
    )
    op.create_index(op.f("ix_lbaas_pairs_standby_agent_id"), "lbaas_pairs", ["standby_agent_id"], unique=False)
    op.create_index("uniq_lbaas_pairs0router", "lbaas_pairs", ["network_id", "router_id"], unique=True)
