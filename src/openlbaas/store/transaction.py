"""The store: what operations work through."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.engine import Connection

from openlbaas.store.balancers import Balancers
from openlbaas.store.engine import Transactions
from openlbaas.store.hosts import Hosts
from openlbaas.store.nets import Nets

T = TypeVar("T")


class Transaction:
    """Everything that one transaction can read and write.

    Order: whoever locks more than one thing locks subnet, then load balancer, then agent.
    """

    def __init__(self, connection: Connection) -> None:
        """Work inside a transaction that the store begins and ends."""
        self.balancers = Balancers(connection)
        self.hosts = Hosts(connection)
        self.nets = Nets(connection)


class Store:
    """A database, opened."""

    def __init__(self, connection: str) -> None:
        """Open the database named by a SQLAlchemy URL."""
        self.connection = connection
        self._transactions = Transactions(connection)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run a function in a transaction that may write; it may run more than once.

        Raises: whatever the function raises (nothing is then written); Raced; StoreBusy.
        """
        return self._transactions.write(lambda connection: work(Transaction(connection)))

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run a function on one consistent moment of the database.

        Raises: whatever the function raises; StoreBusy.
        """
        return self._transactions.read(lambda connection: work(Transaction(connection)))

    def close(self) -> None:
        """Close every connection."""
        self._transactions.close()
