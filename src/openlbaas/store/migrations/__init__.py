"""The schema, one file per step; run by Alembic."""
