"""The store: what operations work through."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.engine import Connection

from openlbaas.store.balancers import Balancers
from openlbaas.store.certificates import Certificates
from openlbaas.store.engine import Pool, Transactions
from openlbaas.store.events import Events
from openlbaas.store.flavors import Flavors
from openlbaas.store.hosts import Hosts
from openlbaas.store.inquiries import Inquiries
from openlbaas.store.moves import Moves
from openlbaas.store.nets import Nets
from openlbaas.store.pairs import Pairs
from openlbaas.store.quotas import Quotas
from openlbaas.store.statistics import StatisticsRows
from openlbaas.store.trees import Remembered

T = TypeVar("T")


class Transaction:
    """Everything that one transaction can read and write.

    Order: whoever locks more than one thing locks quota, then certificate, then subnet, then load balancer, then agent.
    """

    def __init__(self, connection: Connection, remembered: Remembered) -> None:
        """Work inside a transaction that the store begins and ends."""
        self.balancers = Balancers(connection, remembered)
        self.hosts = Hosts(connection)
        self.moves = Moves(connection)
        self.pairs = Pairs(connection)
        self.nets = Nets(connection)
        self.quotas = Quotas(connection)
        self.flavors = Flavors(connection)
        self.certificates = Certificates(connection)
        self.statistics = StatisticsRows(connection)
        self.events = Events(connection)
        self.inquiries = Inquiries(connection)


class Store:
    """A database, opened."""

    def __init__(self, connection: str, pool: Pool | None = None) -> None:
        """Open the database named by a SQLAlchemy URL."""
        self.connection = connection
        self._transactions = Transactions(connection, pool or Pool())
        self._remembered = Remembered()

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run a function in a transaction that may write; it may run more than once.

        Raises: whatever the function raises (nothing is then written); Raced; StoreBusy.
        """
        last: Transaction | None = None

        def attempt(connection: Connection) -> T:
            nonlocal last
            last = Transaction(connection, self._remembered)
            return work(last)

        done = self._transactions.write(attempt)
        if last is not None:
            last.balancers.committed()
        return done

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run a function on one consistent moment of the database.

        Raises: whatever the function raises; StoreBusy.
        """
        return self._transactions.read(lambda connection: work(Transaction(connection, self._remembered)))

    def close(self) -> None:
        """Close every connection."""
        self._transactions.close()
