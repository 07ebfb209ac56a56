"""A MariaDB or a PostgreSQL of one's own, for a lab or for tests: below one folder, on a socket, gone when it ends.

Both are Debian's; nothing of an installed service is used or touched. They write through to the disk less often than a
real one must: what a process acknowledged survives its end, but not that of the machine.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

KINDS = ("mariadb", "postgresql")
NAME = "openlbaas"
FALLS_BY = {"mariadb": signal.SIGKILL, "postgresql": signal.SIGQUIT}
"""What ends each at once, as a crash would: it mends what it has on disk when it starts again. PostgreSQL is many
processes and has memory that outlives them, so it is told to fall."""
_POSTGRES = Path("/usr/lib/postgresql")
_ENOUGH_CONNECTIONS = 300
_LONGEST_SOCKET = 100


class NoDatabase(Exception):
    """A database can't be started here; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Database:
    """A database below a folder.

    Shape: command runs it in the foreground until SIGTERM (MariaDB) or SIGINT (PostgreSQL).
    """

    kind: str
    folder: Path
    command: tuple[str, ...]

    @property
    def socket(self) -> Path:
        """Name the socket; it exists when the database listens."""
        return _socket(self.kind, self.folder)

    def connection(self, name: str = NAME) -> str:
        """Write the SQLAlchemy URL of a database in it."""
        return connection(self.kind, self.folder, name)

    def create(self, name: str = NAME) -> str:
        """Make an empty database in it and name its URL.

        Raises: sqlalchemy's OperationalError while it does not listen.
        """
        self._run(f"CREATE DATABASE {name}")
        return self.connection(name)

    def answers(self) -> bool:
        """Tell whether it takes statements now."""
        from sqlalchemy.exc import OperationalError

        try:
            self._run("SELECT 1")
        except OperationalError:
            return False
        return True

    def _run(self, statement: str) -> None:
        import sqlalchemy as sa

        engine = sa.create_engine(self.connection("" if self.kind == "mariadb" else "postgres"))
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
                plain.exec_driver_sql(statement)
        finally:
            engine.dispose()


def connection(kind: str, folder: Path, name: str = NAME) -> str:
    """Write the SQLAlchemy URL of a database in the database server below a folder."""
    if kind == "mariadb":
        return f"mysql+pymysql://root@localhost/{name}?unix_socket={_socket(kind, folder)}&charset=utf8mb4"
    return f"postgresql+psycopg://{NAME}@/{name}?host={folder}"


def made(kind: str, folder: Path) -> Database:
    """Make the files of a database in an empty folder that everybody may pass through, and say how it is run.

    Raises: NoDatabase.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if len(os.fsencode(folder)) > _LONGEST_SOCKET - len(".s.PGSQL.5432.lock"):
        message = f"{folder} is too long a path for a socket: choose a shorter one"
        raise NoDatabase(message)
    return _mariadb(folder) if kind == "mariadb" else _postgresql(folder)


def _socket(kind: str, folder: Path) -> Path:
    return folder / ("mariadb.sock" if kind == "mariadb" else ".s.PGSQL.5432")


def _mariadb(folder: Path) -> Database:
    install, server = shutil.which("mariadb-install-db"), shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
    if install is None or server is None:
        message = "MariaDB is not installed: apt-get install mariadb-server"
        raise NoDatabase(message)
    data = folder / "data"
    if not (data / "mysql").is_dir():
        _run(install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
             "--skip-test-db", "--user=root")  # fmt: skip
    command = (
        server, "--no-defaults", f"--datadir={data}", f"--socket={folder / 'mariadb.sock'}", "--skip-networking",
        f"--pid-file={folder / 'mariadb.pid'}", "--user=root", "--skip-log-bin", "--performance-schema=off",
        "--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M",
        f"--max-connections={_ENOUGH_CONNECTIONS}", "--character-set-server=utf8mb4",
        "--innodb-lock-wait-timeout=10",
    )  # fmt: skip
    return Database("mariadb", folder, command)


def _postgresql(folder: Path) -> Database:
    programs = next((each / "bin" for each in sorted(_POSTGRES.glob("*"), reverse=True)), None)
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = None
    if programs is None or user is None:
        message = "PostgreSQL is not installed: apt-get install postgresql"
        raise NoDatabase(message)
    data = folder / "data"
    # It refuses to run as root.
    os.chown(folder, user.pw_uid, user.pw_gid)
    become = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    if not data.is_dir():
        _run(*become, str(programs / "initdb"), "-A", "trust", "-U", NAME, "-E", "UTF8", "--locale=C.UTF-8", "-N",
             "-D", str(data))  # fmt: skip
    settings = {
        "listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off", "full_page_writes": "off",
        "deadlock_timeout": "50ms", "shared_buffers": "32MB",
        "max_connections": str(_ENOUGH_CONNECTIONS),
    }  # fmt: skip
    options = (word for name, value in settings.items() for word in ("-c", f"{name}={value}"))
    return Database("postgresql", folder, (*become, str(programs / "postgres"), "-D", str(data), *options))


def _run(*words: str) -> None:
    ran = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/")
    if ran.returncode:
        message = f"{words[-1]}: {ran.stdout}{ran.stderr}"
        raise NoDatabase(message)
