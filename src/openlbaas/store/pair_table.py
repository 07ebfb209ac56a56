"""The table of load balancers of two hosts, which makes METADATA whole; see :mod:`openlbaas.store.tables`."""

import sqlalchemy as sa

from openlbaas.store.tables import METADATA

__all__ = ("METADATA", "pairs")

# Load balancers of two hosts: the first is the one that they are bound to. Seats, by which both have ports of their
# own, stay with the hosts when these change places.
pairs = sa.Table(
    "lbaas_pairs",
    METADATA,
    sa.Column(
        "loadbalancer_id",
        sa.String(36),
        sa.ForeignKey("lbaas_loadbalancers.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("network_id", sa.String(36), nullable=False),
    sa.Column("router_id", sa.Integer, nullable=False),
    sa.Column("port1_id", sa.String(36), nullable=False),
    sa.Column("port2_id", sa.String(36), nullable=False),
    sa.Column("seat", sa.Integer, nullable=False),
    sa.Column("leads", sa.Integer),
    sa.Column("applied", sa.BigInteger, nullable=False),
    sa.Column("role", sa.String(16)),
    sa.Column("standby_agent_id", sa.String(36), sa.ForeignKey("agents.id"), index=True),
    sa.Column("standby_claim", sa.BigInteger),
    sa.Column("standby_applied", sa.BigInteger),
    sa.Column("standby_role", sa.String(16)),
    sa.Index("uniq_lbaas_pairs0router", "network_id", "router_id", unique=True),
)
