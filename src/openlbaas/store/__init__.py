"""The database: the only room that speaks SQL."""

from openlbaas.store.transaction import Store, Transaction

__all__ = ["Store", "Transaction"]
