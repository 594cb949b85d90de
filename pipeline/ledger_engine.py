"""Opening the ledger's database: pragmas, migrations, and marks that show which lease owners still live."""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from pipeline.errors import ConfigurationError, StorageError
from pipeline.ledger_schema import HEAD

BUSY_MILLISECONDS = 30_000
"""How long a write waits for another process's write; theirs take milliseconds."""

WRITERS_LOCK = 0x53484F52544C5354
"""Of PostgreSQL's advisory lock that whoever writes holds; it spells SHORTLST."""

BEGIN_OPTION = "shortlist_begin"
"""Execution option: the statement that begins a transaction; empty for what cannot stand in one."""


def open_engine(where: str | Path) -> Engine:
    """Make the engine for a path or a database URL; nothing is connected yet.

    Raises:
        ConfigurationError: The URL cannot be used.
    """
    url = _url(where)
    if url.get_backend_name() == "postgresql":
        return _open_postgresql(url)
    if url.get_backend_name() != "sqlite":
        raise ConfigurationError(
            f"The ledger cannot be kept in {url.get_backend_name()!r}; give a file path, a sqlite:/// URL or a "
            "postgresql:// URL."
        )
    if (file := database_file(url)) is not None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_private(file)
    engine = create_engine(url)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(file: Path) -> None:
    """Make a new database for its owner alone: SQLite gives the files that it makes beside it the same permissions."""
    with contextlib.suppress(FileExistsError):
        # Never one that is there: to close it would drop this process's locks on it.
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _open_postgresql(url: URL) -> Engine:
    # One driver, in Python alone and freely licensed, whatever driver the URL leaves out or names.
    url = url.set(drivername="postgresql+pg8000")
    try:
        # A server that was started again closes every connection without telling.
        engine = create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"A ledger in PostgreSQL needs {error.name!r}. Install shortlist with its extra: "
            "pip install 'shortlist[postgres]'."
        ) from error
    event.listen(engine, "begin", _begin_postgresql)
    return engine


class Database:
    """Transactions on an open database; an error in one comes out as a StorageError."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, where: str | Path) -> Self:
        """Open the database at a path or URL, creating or migrating it where needed.

        Raises:
            ConfigurationError: The URL cannot be used.
            StorageError: The database cannot be opened, or a newer version of this program wrote it.
        """
        try:
            database = cls(open_engine(where))
            try:
                with storage_errors(database.engine, doing="open it"):
                    migrate(database.engine, marks=OwnerMarks.beside(database.engine))
            except BaseException:
                database.close()
                raise
        except OSError as error:
            raise StorageError(
                f"The ledger {str(where)!r} cannot be created: {error}. Choose another place."
            ) from error
        return database

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    @contextmanager
    def reading(self, doing: str) -> Iterator[Connection]:
        """A transaction that only reads.

        Args:
            doing: What for, for the error message.
        """
        with storage_errors(self.engine, doing=doing), self.engine.connect() as plain:
            connection = plain.execution_options(**{BEGIN_OPTION: "BEGIN"})
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self, doing: str) -> Iterator[Connection]:
        """A transaction that writes; it excludes all others that do, in every process."""
        with storage_errors(self.engine, doing=doing), self.engine.begin() as connection:
            yield connection

    def empty_log(self) -> None:
        """Fold SQLite's write-ahead log into the file: until then it holds pages as they were before a deletion."""
        if self.engine.dialect.name != "sqlite":
            return
        with storage_errors(self.engine, doing="empty its log"), self.engine.connect() as plain:
            connection = plain.execution_options(**{BEGIN_OPTION: ""})
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def migrate(engine: Engine, *, marks: "OwnerMarks") -> None:
    """Bring the database to the newest migration; several processes may do so at once.

    Raises:
        StorageError: The database was written by a newer version of this program.
    """
    with marks.exclusive():
        if engine.dialect.name == "sqlite":
            _use_write_ahead_log(engine)
        _migrate(engine)


def _use_write_ahead_log(engine: Engine) -> None:
    # Once for the file, which remembers it. Two processes that switch a new file at once fail without waiting.
    with engine.connect() as plain:
        connection = plain.execution_options(**{BEGIN_OPTION: ""})
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")


def _migrate(engine: Engine) -> None:
    with engine.begin() as connection:
        version = _version(connection)
        if version == HEAD:
            return
        if version is not None and version > HEAD:
            raise StorageError(
                f"The ledger {str(engine.url)!r} has version {version!r}, newer than {HEAD!r}, which this program "
                "knows. Install the version of shortlist that wrote it, or name another ledger."
            )
        # Imported here: opening a ledger that is up to date does not pay for it.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def storage_errors(engine: Engine, *, doing: str) -> Iterator[None]:
    """Turn a database error into a StorageError that says what could not be done.

    The driver's message is kept, the statement and its parameters are not: they hold quotes from candidates.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        plain = error if isinstance(error, sqlite3.Error) else getattr(error, "orig", None)
        cause = str(plain or type(error).__name__)
        raise StorageError(
            f"The ledger {str(engine.url)!r} could not be used to {doing}: {cause}. "
            "Check that its folder exists, is writable and has room, then run again; nothing answered is lost."
        ) from error


class OwnerMarks:
    """File locks beside the database, one per process that holds leases.

    The kernel drops such a lock when its process dies, so that leases of a killed run are taken over at once and
    not after they expire. A database without a file has no marks; there only the expiry counts.

    Args:
        directory: Where the locks lie, or None for a database without a file.
    """

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._mark: FileLock | None = None
        # Not derived from content: two processes that do the same work must still be told apart.
        self.token = secrets.token_hex(16)

    @classmethod
    def beside(cls, engine: Engine) -> "OwnerMarks":
        """Marks for this database."""
        file = database_file(engine.url)
        return cls(None if file is None else Path(f"{file}.owners"))

    def hold(self) -> None:
        """Show that this process lives; call before the first lease."""
        if self._directory is None or self._mark is not None:
            return
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        mark = FileLock(self._path(self.token), thread_local=False)
        mark.acquire()
        self._mark = mark

    def drop(self) -> None:
        """Take the mark away; this process holds no leases any more."""
        if self._mark is not None:
            self._mark.release()
            self._mark = None
            self._path(self.token).unlink(missing_ok=True)

    def is_dead(self, token: str) -> bool:
        """Whether the process behind this token is known to be gone."""
        if self._directory is None or token == self.token:
            return False
        path = self._path(token)
        if not path.exists():
            return True
        probe = FileLock(path, thread_local=False)
        try:
            probe.acquire(blocking=False)
        except Timeout:
            return False
        probe.release()
        path.unlink(missing_ok=True)
        return True

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other processes from creating or migrating the same database meanwhile."""
        if self._directory is None:
            yield
            return
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(self._directory / "migration.lock"):
            yield

    def _path(self, token: str) -> Path:
        assert self._directory is not None
        return self._directory / f"{token}.lock"


def database_file(where: str | Path | URL) -> Path | None:
    """The file of a database, or None for one that is no file of this machine.

    Raises:
        ConfigurationError: The URL cannot be used.
    """
    url = where if isinstance(where, URL) else _url(where)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def _url(where: str | Path) -> URL:
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    try:
        return make_url(where)
    except ArgumentError as error:
        raise ConfigurationError(
            f"The ledger URL {where!r} cannot be read ({error}); give a file path, a sqlite:/// URL or a "
            "postgresql:// URL."
        ) from error


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver's own transactions start late and commit before DDL; `_begin` starts ours instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    # With WAL a power cut can lose the last commits but never damages the file; a killed process loses nothing.
    cursor.execute("PRAGMA synchronous = NORMAL")
    # What erasing a candidate takes away must not stay readable in free pages of the file.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A reader that turns writer in mid-transaction fails at once instead of waiting, so writers say so at the start.
    statement = connection.get_execution_options().get(BEGIN_OPTION, "BEGIN IMMEDIATE")
    if statement:
        connection.exec_driver_sql(statement)


def _begin_postgresql(connection: Connection) -> None:
    # The same promises as SQLite's: one writer at a time, and a reader sees one state from beginning to end.
    statement = connection.get_execution_options().get(BEGIN_OPTION)
    if statement is None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")
    elif statement:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version
