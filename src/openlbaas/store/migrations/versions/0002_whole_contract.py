"""Layer 7, certificates, statistics, quotas and flavors."""

import sqlalchemy as sa

from openlbaas.store import again as op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what the whole contract needs."""
    op.create_table(
        "flavors",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=1024), nullable=False),
        sa.Column("service_type", sa.String(length=36), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "lbaas_certificates",
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("alternative_names", sa.JSON(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("not_before", sa.Double(), nullable=False),
        sa.Column("not_after", sa.Double(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("key_type", sa.String(length=32), nullable=False),
        sa.Column("warned_days", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_lbaas_certificates_name"), "lbaas_certificates", ["name"], unique=False)
    op.create_index(op.f("ix_lbaas_certificates_project_id"), "lbaas_certificates", ["project_id"], unique=False)
    op.create_table(
        "quotas",
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("resource", sa.String(length=64), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "resource"),
    )
    op.create_table(
        "serviceprofiles",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("description", sa.String(length=1024), nullable=False),
        sa.Column("driver", sa.String(length=1024), nullable=False),
        sa.Column("metainfo", sa.String(length=4095), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "flavorserviceprofilebindings",
        sa.Column("service_profile_id", sa.String(length=36), nullable=False),
        sa.Column("flavor_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["flavor_id"], ["flavors.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["service_profile_id"], ["serviceprofiles.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("service_profile_id", "flavor_id"),
    )
    op.create_table(
        "lbaas_l7policies",
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("loadbalancer_id", sa.String(length=36), nullable=False),
        sa.Column("listener_id", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("redirect_pool_id", sa.String(length=36), nullable=True),
        sa.Column("redirect_url", sa.String(length=255), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("admin_state_up", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["loadbalancer_id"],
            ["lbaas_loadbalancers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_lbaas_l7policies_listener_id"), "lbaas_l7policies", ["listener_id"], unique=False)
    op.create_index(op.f("ix_lbaas_l7policies_loadbalancer_id"), "lbaas_l7policies", ["loadbalancer_id"], unique=False)
    op.create_index(op.f("ix_lbaas_l7policies_name"), "lbaas_l7policies", ["name"], unique=False)
    op.create_index(op.f("ix_lbaas_l7policies_project_id"), "lbaas_l7policies", ["project_id"], unique=False)
    op.create_table(
        "lbaas_l7rules",
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("loadbalancer_id", sa.String(length=36), nullable=False),
        sa.Column("l7policy_id", sa.String(length=36), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("compare_type", sa.String(length=16), nullable=False),
        sa.Column("invert", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=True),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("admin_state_up", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["loadbalancer_id"],
            ["lbaas_loadbalancers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_lbaas_l7rules_l7policy_id"), "lbaas_l7rules", ["l7policy_id"], unique=False)
    op.create_index(op.f("ix_lbaas_l7rules_loadbalancer_id"), "lbaas_l7rules", ["loadbalancer_id"], unique=False)
    op.create_index(op.f("ix_lbaas_l7rules_project_id"), "lbaas_l7rules", ["project_id"], unique=False)
    op.create_table(
        "lbaas_loadbalancer_statistics",
        sa.Column("loadbalancer_id", sa.String(length=36), nullable=False),
        sa.Column("bytes_in", sa.BigInteger(), nullable=False),
        sa.Column("bytes_out", sa.BigInteger(), nullable=False),
        sa.Column("active_connections", sa.BigInteger(), nullable=False),
        sa.Column("total_connections", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["loadbalancer_id"], ["lbaas_loadbalancers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("loadbalancer_id"),
    )
    op.create_table(
        "lbaas_sni",
        sa.Column("listener_id", sa.String(length=36), nullable=False),
        sa.Column("tls_container_id", sa.String(length=128), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["listener_id"], ["lbaas_listeners.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("listener_id", "tls_container_id"),
    )
    op.add_column("lbaas_listeners", sa.Column("default_tls_container_id", sa.String(length=128), nullable=True))
    op.add_column("lbaas_loadbalancers", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))
