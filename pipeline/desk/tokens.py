"""Tokens with which programs act as a user; only their hashes are kept."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import Connection, RowMapping, insert, select, update

from pipeline.audit_events import from_milliseconds
from pipeline.desk.accounts import user_from_row
from pipeline.desk.models import ApiToken, MadeToken, User
from pipeline.desk.schema import tokens_table, users_table
from pipeline.desk.store import Store, clean_text, storable
from pipeline.errors import DeskConflict, DeskError, UnknownToDesk

PREFIX = "shl_"
"""By which a scanner for secrets knows one that was left in a repository."""
MOST_TOKENS = 20
"""Of one user, at a time."""
LONGEST_DAYS = 3_650
_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_LABEL = 80


class Tokens:
    """The API tokens of all users. Every method may raise StorageError.

    A token lets a program do what its user may do, by what is known of them at that moment; it ends when it is revoked
    or expires, and does nothing while the account is disabled.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def make(self, user: str, *, label: str, by: str, days: int | None = None) -> MadeToken:
        """Make a token; it is shown this once.

        Args:
            user: Whose it is.
            label: What it is for.
            by: Name of the user who makes it, or `command line`.
            days: How long it holds; None for good.

        Raises:
            UnknownToDesk: There is no such user.
            DeskError: The label is missing or too long, or the number of days is none.
            DeskConflict: The user has too many.
        """
        label = clean_text(label, what="What the token is for", required=True)
        if len(label) > _LONGEST_LABEL:
            raise DeskError(f"What the token is for has {len(label)} characters; at most {_LONGEST_LABEL} are kept.")
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise DeskError(f"A token cannot hold for {days} days. Choose from 1 to {LONGEST_DAYS:,}, or no end.")
        token, now = PREFIX + secrets.token_urlsafe(32), self._store.now()
        expires = None if days is None else now + round(timedelta(days=days).total_seconds() * 1000)
        row: dict[str, str | int | None] = {"id": self._store.new_id(), "user": user, "label": label}
        row |= {"token_sha256": _sha256(token), "by": by, "created": now, "expires": expires}
        with self._store.writing("make a token") as connection:
            known = select(users_table.c.name).where(users_table.c.name == storable(user))
            if connection.execute(known).first() is None:
                raise UnknownToDesk(f"There is no user {user!r}.")
            if len(_holding(connection, user, now)) >= MOST_TOKENS:
                raise DeskConflict(f"{user!r} has {MOST_TOKENS} tokens already. Revoke one that is not used any more.")
            connection.execute(insert(tokens_table).values(**row))
            self._store.chain.append_within(
                connection, "token.made", actor=by, payload={"user": user, "token": row["id"], "label": label}
            )
            made = connection.execute(select(tokens_table).where(tokens_table.c.id == row["id"])).mappings().one()
            return MadeToken(token=token, made=_token(made))

    def user_of(self, token: str) -> User | None:
        """Whose token it is; None for one that does not hold, or whose user is disabled."""
        table, now = tokens_table, self._store.now()
        query = select(users_table, table.c.id, table.c.used, table.c.expires)
        query = query.join(table, table.c.user == users_table.c.name)
        query = query.where(
            table.c.token_sha256 == _sha256(token), table.c.revoked.is_(None), users_table.c.disabled.is_(False)
        )
        with self._store.reading("look up a token") as connection:
            row = connection.execute(query).mappings().first()
        if row is None or (row["expires"] is not None and row["expires"] <= now):
            return None
        # Not with every request: reading must not wait for whoever writes.
        if row["used"] is None or now - row["used"] > _SEEN_EVERY.total_seconds() * 1000:
            with self._store.writing("note the use of a token") as connection:
                connection.execute(update(table).where(table.c.id == row["id"]).values(used=now))
        return user_from_row(row)

    def all(self, user: str) -> tuple[ApiToken, ...]:
        """The tokens of a user that were not revoked, newest first; also those that have expired."""
        table = tokens_table
        query = select(table).where(table.c.user == storable(user), table.c.revoked.is_(None))
        with self._store.reading("read tokens") as connection:
            rows = connection.execute(query.order_by(table.c.created.desc(), table.c.id)).mappings()
            return tuple(_token(row) for row in rows)

    def revoke(self, id: str, *, by: str) -> ApiToken:
        """End a token for good.

        Raises:
            UnknownToDesk: There is no such token, or it was revoked already.
        """
        table = tokens_table
        with self._store.writing("revoke a token") as connection:
            mine = select(table).where(table.c.id == storable(id), table.c.revoked.is_(None))
            row = connection.execute(mine).mappings().first()
            if row is None:
                raise UnknownToDesk(f"There is no token {id!r}.")
            connection.execute(update(table).where(table.c.id == row["id"]).values(revoked=self._store.now()))
            payload = {"user": row["user"], "token": row["id"]}
            self._store.chain.append_within(connection, "token.revoked", actor=by, payload=payload)
            return _token(row)


def _holding(connection: Connection, user: str, now: int) -> tuple[str, ...]:
    table = tokens_table
    query = select(table.c.id).where(table.c.user == user, table.c.revoked.is_(None))
    query = query.where(table.c.expires.is_(None) | (table.c.expires > now))
    return tuple(connection.execute(query).scalars())


def _token(row: RowMapping) -> ApiToken:
    return ApiToken(
        id=row["id"],
        user=row["user"],
        label=row["label"],
        by=row["by"],
        created=from_milliseconds(row["created"]),
        expires=None if row["expires"] is None else from_milliseconds(row["expires"]),
        used=None if row["used"] is None else from_milliseconds(row["used"]),
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
