"""No two networks take the same of the physical world."""

from openlbaas.store import again as op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let one network have a physical network, and one a segment; any number have neither."""
    op.create_index("uniq_networks0physical", "networks", ["network_type", "physical_network"], unique=True)
    op.create_index("uniq_networks0segment", "networks", ["network_type", "segmentation_id"], unique=True)
