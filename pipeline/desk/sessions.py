"""Signing in, staying signed in, signing out; with attempts slowed down."""

import hashlib
import secrets
from datetime import timedelta
from threading import BoundedSemaphore

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from pipeline.audit_events import from_milliseconds
from pipeline.desk.accounts import user_from_row
from pipeline.desk.models import Session, SignedIn
from pipeline.desk.passwords import hash_password, is_outdated, matches
from pipeline.desk.schema import attempts_table, sessions_table, users_table
from pipeline.desk.store import Store, storable
from pipeline.errors import SignInRefused

IDLE = timedelta(hours=12)
"""How long a session lasts without being used."""
LIFETIME = timedelta(days=7)
"""How long it lasts in any case."""
ROTATION = timedelta(hours=1)
"""How old a token becomes before it is due for another."""
GRACE = timedelta(seconds=60)
"""How long the token before still holds: pages ask for several things at once."""
FREE_ATTEMPTS = 4
"""Wrong passwords under one name before the waiting begins; typing errors are nobody's attack."""
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=15)
"""The wait doubles up to here, which leaves a guesser a hundred attempts a day."""
FORGET_ATTEMPTS = timedelta(days=1)
MOST_AT_THE_DOOR = 8
"""Attempts that are looked at or wait for it; a crowd that waited longer would keep everybody's pages from coming."""
CROWD_WAIT = timedelta(seconds=5)
_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_NAME = 200

REFUSED = "That name and password do not belong together."
CROWD = "Many people are signing in right now. Try again in a few seconds."


class Sessions:
    """Who is signed in. Every method may raise StorageError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # A hash takes 64 MiB: a crowd at the door must not take all of the machine's memory.
        self._hashing = BoundedSemaphore(2)
        self._door = BoundedSemaphore(MOST_AT_THE_DOOR)

    def sign_in(self, name: str, password: str) -> SignedIn:
        """Begin a session.

        Raises:
            SignInRefused: Wrong name or password, a disabled account, too many attempts, or too many people at once.
                The first two take equally long.
        """
        row = self._known(name, password)
        fresh = hash_password(password) if is_outdated(row["password"]) else None
        return self._begin(row, fresh_hash=fresh)

    def confirm(self, name: str, password: str) -> None:
        """Make sure that whoever holds a session is its user, before something that a borrowed one must not do.

        Raises:
            SignInRefused: As by `sign_in`; wrong passwords count as they do there.
        """
        row = self._known(name, password)
        with self._store.writing("forget wrong passwords") as connection:
            _forget_attempts(connection, row["name"])

    def _known(self, name: str, password: str) -> RowMapping:
        if not self._door.acquire(blocking=False):
            raise SignInRefused(CROWD, wait=CROWD_WAIT.total_seconds())
        try:
            return self._compared(name.strip().lower()[:_LONGEST_NAME], password)
        finally:
            self._door.release()

    def _compared(self, name: str, password: str) -> RowMapping:
        attempts = self._reserve_attempt(name)
        with self._store.reading("look up a user") as connection:
            query = select(users_table).where(users_table.c.name == storable(name))
            row = connection.execute(query).mappings().first()
        with self._hashing:
            right = matches(password, None if row is None else row["password"])
        if row is None or row["disabled"] or not right:
            # Not every typing error, and not one event for each name that a stranger makes up.
            if attempts >= FREE_ATTEMPTS:
                self._store.chain.append("sign_in.failed", actor="unknown" if row is None else row["name"])
            raise SignInRefused(REFUSED)
        return row

    def get(self, token: str) -> Session | None:
        """The session of a token, or None if it is over, or its user was disabled."""
        with self._store.reading("look up a session") as connection:
            row = self._row(connection, token)
        if row is None:
            return None
        now = self._store.now()
        if now - row["seen"] > _ms(_SEEN_EVERY):
            table = sessions_table
            with self._store.writing("renew a session") as connection:
                mine = update(table).where(table.c.token_sha256 == _sha256(token))
                connection.execute(mine.values(seen=now))
        return self._session(row)

    def rotate(self, token: str) -> SignedIn | None:
        """Give a token for a new one; the old one holds for another minute.

        Returns:
            None if the session is over.
        """
        with self._store.writing("renew a token") as connection:
            row = self._row(connection, token)
            if row is None:
                return None
            now, table = self._store.now(), sessions_table
            # The token's age is what makes it due; one that was just given away is no longer.
            ends = min(row["expires"], now + _ms(GRACE))
            connection.execute(
                update(table).where(table.c.token_sha256 == row["token_sha256"]).values(expires=ends, issued=now)
            )
            return self._issue(connection, row, began=row["began"], csrf=row["csrf"])

    def sign_out(self, token: str) -> None:
        """End a session; all tokens of it, also one that was rotated away."""
        with self._store.writing("end a session") as connection:
            row = self._row(connection, token)
            if row is not None:
                table = sessions_table
                connection.execute(delete(table).where(table.c.user == row["user"], table.c.began == row["began"]))
                self._store.chain.append_within(connection, "signed_out", actor=row["user"])

    def _begin(self, user: RowMapping, *, fresh_hash: str | None) -> SignedIn:
        now = self._store.now()
        with self._store.writing("begin a session") as connection:
            _forget_attempts(connection, user["name"])
            connection.execute(delete(sessions_table).where(sessions_table.c.expires < now))
            # Looked up again: the account may have changed while the password was compared.
            mine = select(users_table).where(users_table.c.name == user["name"])
            current = connection.execute(mine).mappings().one()
            if current["disabled"] or current["password"] != user["password"]:
                raise SignInRefused(REFUSED)
            if fresh_hash is not None:
                table = users_table
                connection.execute(update(table).where(table.c.name == user["name"]).values(password=fresh_hash))
            self._store.chain.append_within(connection, "signed_in", actor=user["name"])
            return self._issue(connection, current, began=now, csrf=secrets.token_urlsafe(32))

    def _issue(self, connection: Connection, user: RowMapping, *, began: int, csrf: str) -> SignedIn:
        now, token = self._store.now(), secrets.token_urlsafe(32)
        row = {"token_sha256": _sha256(token), "user": user["name"], "csrf": csrf, "began": began}
        row |= {"issued": now, "seen": now, "expires": began + _ms(LIFETIME)}
        connection.execute(insert(sessions_table).values(**row))
        found = self._row(connection, token)
        assert found is not None  # It was written by the statement before.
        return SignedIn(token=token, session=self._session(found))

    def _row(self, connection: Connection, token: str) -> RowMapping | None:
        """The session and its user, while both hold."""
        sessions, now = sessions_table, self._store.now()
        query = select(sessions, users_table).join(users_table, users_table.c.name == sessions.c.user)
        query = query.where(
            sessions.c.token_sha256 == _sha256(token),
            sessions.c.expires > now,
            sessions.c.seen > now - _ms(IDLE),
            users_table.c.disabled.is_(False),
        )
        return connection.execute(query).mappings().first()

    def _session(self, row: RowMapping) -> Session:
        return Session(
            user=user_from_row(row),
            csrf=row["csrf"],
            expires=from_milliseconds(min(row["expires"], self._store.now() + _ms(IDLE))),
            due=self._store.now() - row["issued"] > _ms(ROTATION),
        )

    def _reserve_attempt(self, name: str) -> int:
        """Count an attempt before it is looked at, so that many at once gain nothing; returns the count.

        Names without an account are counted too: who is asked to wait must not learn which names exist.
        """
        table, key, now = attempts_table, _sha256(name), self._store.now()
        with self._store.writing("count an attempt to sign in") as connection:
            connection.execute(delete(table).where(table.c.last < now - _ms(FORGET_ATTEMPTS)))
            row = connection.execute(select(table).where(table.c.name_sha256 == key)).mappings().first()
            if row is not None and row["next_allowed"] > now:
                wait = (row["next_allowed"] - now) / 1000
                raise SignInRefused(f"Too many attempts. Try again in {_spoken(wait)}.", wait=wait)
            failures = 1 if row is None else row["failures"] + 1
            values = {"failures": failures, "next_allowed": now + wait_after(failures), "last": now}
            if row is None:
                connection.execute(insert(table).values(name_sha256=key, **values))
            else:
                connection.execute(update(table).where(table.c.name_sha256 == key).values(**values))
        return int(failures)


def _forget_attempts(connection: Connection, name: str) -> None:
    connection.execute(delete(attempts_table).where(attempts_table.c.name_sha256 == _sha256(name)))


def wait_after(failures: int) -> int:
    """Milliseconds until the next attempt is looked at, after so many wrong ones."""
    if failures < FREE_ATTEMPTS:
        return 0
    doublings = min(failures - FREE_ATTEMPTS, 20)
    return min(_ms(FIRST_WAIT) << doublings, _ms(LONGEST_WAIT))


def _spoken(seconds: float) -> str:
    if seconds <= 90:
        return f"{max(1, round(seconds))} seconds"
    return f"{round(seconds / 60)} minutes"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _ms(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)
