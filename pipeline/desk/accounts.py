"""Accounts of this installation: users, their roles, and the openings they have access to."""

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from pipeline.desk.access import ALLOWED, ANYWHERE
from pipeline.desk.models import LOCAL_OPERATOR, Action, Role, User
from pipeline.desk.passwords import check_password, hash_password
from pipeline.desk.schema import access_table, openings_table, sessions_table, users_table
from pipeline.desk.store import Store, clean_text, storable
from pipeline.errors import AccessDenied, DeskConflict, DeskError, UnknownToDesk

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
RESERVED = frozenset((LOCAL_OPERATOR.name, "shortlist"))
"""Actors of the audit chain that are no accounts."""


class Accounts:
    """The users. Every method may raise StorageError, and UnknownToDesk for a name that is none.

    `by` is who changes something: the name of a user, or `command line`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def exist(self) -> bool:
        """Whether there is any account; without one, the app is open to this machine alone."""
        with self._store.reading("look for accounts") as connection:
            return bool(connection.execute(select(func.count()).select_from(users_table)).scalar())

    def add(self, name: str, *, display: str, role: Role, password: str, by: str) -> User:
        """Make an account.

        Raises:
            DeskError: The name or the password cannot be used.
            DeskConflict: The name is taken, or it is the first account and no operator.
        """
        name = name.strip().lower()
        if not _NAME.fullmatch(name) or name in RESERVED:
            raise DeskError(f"{name!r} cannot be a user's name: 2 to 32 of a-z, 0-9, dot, dash and underscore.")
        check_password(password, name=name)
        display = clean_text(display, what="The display name") or name
        # Hashed before the transaction, which keeps others waiting.
        row: dict[str, str | int] = {
            "name": name,
            "display": display,
            "role": role,
            "password": hash_password(password),
        }
        row |= {"disabled": False, "created": self._store.now()}
        with self._store.writing("add a user") as connection:
            if connection.execute(select(users_table.c.name).where(users_table.c.name == name)).first():
                raise DeskConflict(f"There is a user {name!r} already.")
            if role != "operator" and not _operators(connection):
                raise DeskConflict("The first account must be an operator's: somebody has to add the others.")
            connection.execute(insert(users_table).values(**row))
            self._store.chain.append_within(connection, "user.added", actor=by, payload={"user": name, "role": role})
            return _user(connection, name)

    def get(self, name: str) -> User:
        """One user."""
        with self._store.reading("read a user") as connection:
            return _user(connection, name)

    def all(self) -> tuple[User, ...]:
        """All users, by name."""
        with self._store.reading("read users") as connection:
            rows = connection.execute(select(users_table).order_by(users_table.c.name)).mappings()
            return tuple(user_from_row(row) for row in rows)

    def set_password(self, name: str, password: str, *, by: str) -> None:
        """Give a user another password and end all their sessions.

        Raises:
            DeskError: The password cannot be used.
        """
        check_password(password, name=name)
        hashed = hash_password(password)
        with self._store.writing("set a password") as connection:
            _user(connection, name)
            connection.execute(update(users_table).where(users_table.c.name == name).values(password=hashed))
            _end_sessions(connection, name)
            payload = {"user": name, "changed": "password"}
            self._store.chain.append_within(connection, "user.changed", actor=by, payload=dict(payload))

    def change(
        self, name: str, *, by: str, role: Role | None = None, display: str | None = None, disabled: bool | None = None
    ) -> User:
        """Change what is given; another role, or being disabled, ends all sessions of the user.

        Raises:
            DeskConflict: No operator would be left.
        """
        values: dict[str, str | bool] = {}
        if role is not None:
            values["role"] = role
        if disabled is not None:
            values["disabled"] = disabled
        if display is not None:
            values["display"] = clean_text(display, what="The display name", required=True)
        with self._store.writing("change a user") as connection:
            now = _user(connection, name).model_dump()
            changed = {key: value for key, value in values.items() if now[key] != value}
            if not changed:
                return _user(connection, name)
            connection.execute(update(users_table).where(users_table.c.name == name).values(**changed))
            if not _operators(connection):
                raise DeskConflict(f"{name!r} is the only operator. Make another user an operator first.")
            if changed.keys() & {"role", "disabled"}:
                _end_sessions(connection, name)
            self._store.chain.append_within(connection, "user.changed", actor=by, payload={"user": name, **changed})
            return _user(connection, name)

    def openings_of(self, user: User) -> frozenset[str]:
        """Ids of the openings that a user has access to; operators have access to all."""
        with self._store.reading("read access") as connection:
            if _is_operator(connection, user):
                return frozenset(connection.execute(select(openings_table.c.id)).scalars())
            return frozenset(_granted(connection, user.name))

    def granted(self, name: str) -> frozenset[str]:
        """Ids of the openings that a user was given access to, whatever their role."""
        with self._store.reading("read access") as connection:
            return frozenset(_granted(connection, name))

    def users_of(self, opening: str) -> tuple[User, ...]:
        """Users with access to an opening, without operators, by name."""
        query = select(users_table).join(access_table, access_table.c.user == users_table.c.name)
        query = query.where(access_table.c.opening == opening, users_table.c.role != "operator")
        with self._store.reading("read access") as connection:
            rows = connection.execute(query.order_by(users_table.c.name)).mappings()
            return tuple(user_from_row(row) for row in rows)

    def set_access(self, name: str, openings: Iterable[str], *, by: str) -> frozenset[str]:
        """Give a user access to exactly these openings.

        Raises:
            UnknownToDesk: There is no such user or opening.
        """
        wanted = frozenset(openings)
        with self._store.writing("change access") as connection:
            _user(connection, name)
            known = frozenset(connection.execute(select(openings_table.c.id)).scalars())
            if missing := sorted(wanted - known):
                raise UnknownToDesk(f"There is no opening {missing[0]!r}.")
            before = frozenset(_granted(connection, name))
            for opening in sorted(before - wanted):
                there = (access_table.c.user == name) & (access_table.c.opening == opening)
                connection.execute(delete(access_table).where(there))
            for opening in sorted(wanted - before):
                connection.execute(insert(access_table).values(user=name, opening=opening))
            for opening in sorted(wanted ^ before):
                self._store.chain.append_within(
                    connection,
                    "access.changed",
                    actor=by,
                    opening=opening,
                    payload={"user": name, "access": opening in wanted},
                )
        return wanted

    def may(self, user: User, opening: str | None, action: Action) -> bool:
        """Whether a user may do something, by what is known of them now.

        Args:
            user: Who; role and state are looked up again, so that a change counts at once.
            opening: In which opening; None for what needs none.
            action: What.
        """
        return action in self.allowed(user, opening)

    def allowed(self, user: User, opening: str | None) -> frozenset[Action]:
        """All that a user may do, by what is known of them now.

        Args:
            user: Who; role and state are looked up again, so that a change counts at once.
            opening: In which opening; None for what needs none.
        """
        with self._store.reading("look up access") as connection:
            role = _role(connection, user)
            if role is None:
                return frozenset()
            if opening is None:
                return ALLOWED[role] & ANYWHERE
            if role == "operator" or opening in _granted(connection, user.name):
                return ALLOWED[role]
            return frozenset()

    def require(self, user: User, opening: str | None, action: Action) -> None:
        """Go on only if a user may do something.

        Raises:
            AccessDenied: They may not. It does not tell whether the opening exists.
        """
        if not self.may(user, opening, action):
            where = "" if opening is None else f" in opening {opening!r}"
            raise AccessDenied(f"{user.display} may not do that{where}. Ask an operator for access.")


def user_from_row(row: RowMapping) -> User:
    """A user without the password's hash."""
    return User(name=row["name"], display=row["display"], role=row["role"], disabled=row["disabled"])


def _user(connection: Connection, name: str) -> User:
    row = connection.execute(select(users_table).where(users_table.c.name == storable(name))).mappings().first()
    if row is None:
        raise UnknownToDesk(f"There is no user {name!r}.")
    return user_from_row(row)


def _role(connection: Connection, user: User) -> Role | None:
    """The role somebody acts in now; None if they may do nothing."""
    if user == LOCAL_OPERATOR:
        anybody = connection.execute(select(users_table.c.name).limit(1)).first()
        return None if anybody else "operator"
    row = connection.execute(select(users_table).where(users_table.c.name == user.name)).mappings().first()
    if row is None or row["disabled"]:
        return None
    return user_from_row(row).role


def _is_operator(connection: Connection, user: User) -> bool:
    return _role(connection, user) == "operator"


def _granted(connection: Connection, name: str) -> Sequence[str]:
    return connection.execute(select(access_table.c.opening).where(access_table.c.user == name)).scalars().all()


def _operators(connection: Connection) -> int:
    table = users_table
    query = select(func.count()).select_from(table).where(table.c.role == "operator", table.c.disabled.is_(False))
    return int(connection.execute(query).scalar() or 0)


def _end_sessions(connection: Connection, name: str) -> None:
    connection.execute(delete(sessions_table).where(sessions_table.c.user == name))
