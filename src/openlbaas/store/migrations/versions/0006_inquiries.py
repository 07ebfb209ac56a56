"""What somebody wants to know of a host."""

import sqlalchemy as sa

from openlbaas.store import again as op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let questions and answers go through the database: who asks and who is asked may be at different servers."""
    op.create_table(
        "lbaas_inquiries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("loadbalancer_id", sa.String(length=36), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_lbaas_inquiries_agent_id"), "lbaas_inquiries", ["agent_id"], unique=False)
