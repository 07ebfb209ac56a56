"""Each binding of a load balancer has a number that only grows."""

import sqlalchemy as sa

from openlbaas.store import again as op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Number the bindings that there are as the first ones."""
    op.create_table(
        "lbaas_placements",
        sa.Column("loadbalancer_id", sa.String(length=36), nullable=False),
        sa.Column("claim", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["loadbalancer_id"], ["lbaas_loadbalancers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("loadbalancer_id"),
    )
    op.execute(
        "INSERT INTO lbaas_placements (loadbalancer_id, claim) "
        "SELECT loadbalancer_id, 1 FROM lbaas_loadbalanceragentbindings "
        "WHERE loadbalancer_id NOT IN (SELECT loadbalancer_id FROM lbaas_placements)"
    )
