"""Openings, the versions of their scorecards, and what was uploaded for them."""

import hashlib
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import JsonValue
from sqlalchemy import Connection, RowMapping, insert, select, update

from pipeline.audit_chain import told_within
from pipeline.audit_events import ChainProblem, from_milliseconds
from pipeline.desk.models import Opening, ScorecardVersion, Upload, UploadSource
from pipeline.desk.schema import access_table, openings_table, scorecards_table, uploads_table, users_table
from pipeline.desk.store import Store, clean_text, slug, storable
from pipeline.errors import DeskConflict, DeskError, UnknownToDesk

LARGEST_SCORECARD = 1_000_000
"""Characters."""

_LAST_VERSION = 2**31 - 1
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


class Openings:
    """Roles that somebody hires for. Every method may raise StorageError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(
        self, title: str, *, by: str, id: str | None = None, blind: bool = True, cover_levels: bool = True
    ) -> Opening:
        """Make an opening; whoever makes it has access to it.

        Args:
            title: As people read it.
            by: Name of the user.
            id: A slug; made from the title if not given.
            blind: Whether names are covered.
            cover_levels: Whether levels are covered until their evidence was opened.

        Raises:
            DeskError: The title is empty or the id is none.
            DeskConflict: An opening with the given id exists.
        """
        title = clean_text(title, what="The title", required=True)
        if id is not None and not _SLUG.fullmatch(id):
            raise DeskError(f"{id!r} cannot be the id of an opening: up to 60 of a-z, 0-9 and dashes.")
        with self._store.writing("create an opening") as connection:
            known = set(connection.execute(select(openings_table.c.id)).scalars())
            if id is not None and id in known:
                raise DeskConflict(f"There is an opening {id!r} already. Choose another id.")
            chosen = id or _free(slug(title) or "opening", known)
            row = {"id": chosen, "title": title, "created": self._store.now(), "by": by, "scorecard_version": 0}
            row |= {"blind": blind, "cover_levels": cover_levels, "archived": False}
            connection.execute(insert(openings_table).values(**row))
            if connection.execute(select(users_table.c.name).where(users_table.c.name == by)).first():
                connection.execute(insert(access_table).values(user=by, opening=chosen))
            self._store.chain.append_within(
                connection,
                "opening.created",
                actor=by,
                opening=chosen,
                payload={"title": title, "blind": blind, "cover_levels": cover_levels},
            )
            return _opening(connection, chosen)

    def get(self, opening: str) -> Opening:
        """One opening.

        Raises:
            UnknownToDesk: There is none with this id.
        """
        with self._store.reading("read an opening") as connection:
            return _opening(connection, opening)

    def all(self, *, archived: bool = False) -> tuple[Opening, ...]:
        """All openings, by title; archived ones only if asked for."""
        query = select(openings_table).order_by(openings_table.c.title, openings_table.c.id)
        if not archived:
            query = query.where(openings_table.c.archived.is_(False))
        with self._store.reading("read openings") as connection:
            return tuple(_opening_from_row(row) for row in connection.execute(query).mappings())

    def change(
        self,
        opening: str,
        *,
        by: str,
        title: str | None = None,
        blind: bool | None = None,
        cover_levels: bool | None = None,
        archived: bool | None = None,
    ) -> Opening:
        """Change what is given; the rest stays.

        Raises:
            UnknownToDesk: There is no such opening.
        """
        given = {"blind": blind, "cover_levels": cover_levels, "archived": archived}
        values: dict[str, str | bool] = {name: value for name, value in given.items() if value is not None}
        if title is not None:
            values["title"] = clean_text(title, what="The title", required=True)
        with self._store.writing("change an opening") as connection:
            now = _opening(connection, opening).model_dump()
            changed = {name: value for name, value in values.items() if now[name] != value}
            if changed:
                connection.execute(update(openings_table).where(openings_table.c.id == opening).values(**changed))
                self._store.chain.append_within(
                    connection, "opening.changed", actor=by, opening=opening, payload=dict(changed)
                )
            return _opening(connection, opening)


class Scorecards:
    """The versions of scorecards. They are kept as text; whether one can be used is the editor's to check."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(
        self, opening: str, yaml: str, *, by: str, note: str = "", expected: int | None = None
    ) -> ScorecardVersion:
        """Keep a scorecard as the newest version; the same text again makes none.

        Args:
            opening: Id of the opening.
            yaml: The whole file.
            by: Name of the user.
            note: What changed and why.
            expected: The version that was edited.

        Raises:
            UnknownToDesk: There is no such opening.
            DeskError: The text is empty or too long.
            DeskConflict: Somebody saved another version meanwhile.
        """
        if not yaml.strip() or len(yaml) > LARGEST_SCORECARD or "\0" in yaml:
            raise DeskError(
                f"The scorecard is empty, holds zero bytes or is longer than {LARGEST_SCORECARD:,} letters."
            )
        try:
            digest = hashlib.sha256(yaml.encode()).hexdigest()
        except UnicodeEncodeError:
            raise DeskError("The scorecard holds characters that cannot be written. Type them again.") from None
        note = clean_text(note, what="The note")
        with self._store.writing("save a scorecard") as connection:
            newest = _opening(connection, opening).scorecard_version
            if expected is not None and expected != newest:
                raise DeskConflict(
                    f"Version {newest} was saved while version {expected} was edited. Compare the two, then save again."
                )
            if newest:
                last = _version(connection, opening, newest)
                if last.sha256 == digest:
                    return last
            row = {"opening": opening, "version": newest + 1, "yaml": yaml, "sha256": digest}
            row |= {"by": by, "at": self._store.now(), "note": note}
            connection.execute(insert(scorecards_table).values(**row))
            connection.execute(
                update(openings_table).where(openings_table.c.id == opening).values(scorecard_version=newest + 1)
            )
            payload: dict[str, JsonValue] = {"version": newest + 1, "sha256": digest, "note": note}
            self._store.chain.append_within(connection, "scorecard.saved", actor=by, opening=opening, payload=payload)
            return _version(connection, opening, newest + 1)

    def get(self, opening: str, version: int | None = None) -> ScorecardVersion:
        """One version, or the newest.

        Raises:
            UnknownToDesk: There is no such version.
        """
        with self._store.reading("read a scorecard") as connection:
            return _version(connection, opening, version or _opening(connection, opening).scorecard_version)

    def all(self, opening: str) -> tuple[ScorecardVersion, ...]:
        """All versions, newest first."""
        table = scorecards_table
        query = select(table).where(table.c.opening == opening).order_by(table.c.version.desc())
        with self._store.reading("read scorecards") as connection:
            return tuple(_version_from_row(row) for row in connection.execute(query).mappings())


class Uploads:
    """What was added to the batches of openings."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def new_id(self) -> str:
        """The id of an upload that is about to be received, for its folder."""
        return self._store.new_id()

    def add(
        self,
        opening: str,
        *,
        by: str,
        id: str,
        path: Path,
        source: UploadSource,
        files: int = 0,
        candidates: int = 0,
        note: str = "",
    ) -> Upload:
        """Note an upload that has been received whole.

        Args:
            opening: Id of the opening.
            by: Name of the user.
            id: From `new_id`.
            path: The folder that keeps what was sent.
            source: How it came.
            files: How many files it brought.
            candidates: Of how many candidates.
            note: Anything a person should know.

        Raises:
            UnknownToDesk: There is no such opening.
        """
        row = {"id": id, "opening": opening, "received": self._store.now(), "by": by, "path": str(path)}
        row |= {"source": source, "files": files, "candidates": candidates, "note": clean_text(note, what="The note")}
        with self._store.writing("note an upload") as connection:
            _opening(connection, opening)
            connection.execute(insert(uploads_table).values(**row))
            payload: dict[str, JsonValue] = {"upload": id, "source": source, "files": files, "candidates": candidates}
            self._store.chain.append_within(connection, "upload.added", actor=by, opening=opening, payload=payload)
            return _upload(connection, id)

    def note_replacement(
        self, opening: str, candidate: str, *, by: str, file: str, old_sha256: str | None, new_sha256: str, upload: str
    ) -> None:
        """Note that a file of a candidate took the place of another.

        Args:
            opening: Id of the opening.
            candidate: Whose file it is.
            by: Name of the user.
            file: Its name.
            old_sha256: Of the file before, or None if there was none of this name.
            new_sha256: Of the new one.
            upload: Id of the upload whose folder keeps the old one.
        """
        payload: dict[str, JsonValue] = {
            "file": file,
            "old_sha256": old_sha256,
            "new_sha256": new_sha256,
            "upload": upload,
        }
        self._store.chain.append("file.replaced", actor=by, opening=opening, candidate=candidate, payload=payload)

    def get(self, upload: str) -> Upload:
        """One upload.

        Raises:
            UnknownToDesk: There is none with this id.
        """
        with self._store.reading("read an upload") as connection:
            return _upload(connection, upload)

    def all(self, opening: str) -> tuple[Upload, ...]:
        """The uploads of an opening, newest first."""
        table = uploads_table
        query = select(table).where(table.c.opening == opening).order_by(table.c.received.desc(), table.c.id.desc())
        with self._store.reading("read uploads") as connection:
            return tuple(_upload_from_row(row) for row in connection.execute(query).mappings())


def changed_scorecards(connection: Connection) -> Iterator[ChainProblem]:
    """Versions of scorecards that are not as the audit chain tells of them, or that it does not tell of."""
    table = scorecards_table
    said = {
        (told.opening, str(told.data.get("version"))): (told.event.seq, told.data.get("sha256"))
        for told in told_within(connection, "scorecard.saved")
    }
    for row in connection.execute(select(table).order_by(table.c.opening, table.c.version)).mappings():
        seq, sha256 = said.pop((row["opening"], str(row["version"])), (None, None))
        if hashlib.sha256(str(row["yaml"]).encode()).hexdigest() != sha256:
            text = f"Version {row['version']} of the scorecard of {row['opening']!r} is not as it was saved."
            yield ChainProblem(kind="record_differs", seq=seq, text=text)
    for (opening, version), (seq, _) in said.items():
        text = f"Version {version} of the scorecard of {opening!r} was deleted."
        yield ChainProblem(kind="record_differs", seq=seq, text=text)


def _free(wanted: str, known: Collection[str]) -> str:
    if wanted not in known:
        return wanted
    return next(name for n in range(2, len(known) + 3) if (name := f"{wanted}-{n}") not in known)


def _opening(connection: Connection, opening: str) -> Opening:
    row = connection.execute(select(openings_table).where(openings_table.c.id == storable(opening))).mappings().first()
    if row is None:
        raise UnknownToDesk(f"There is no opening {opening!r}.")
    return _opening_from_row(row)


def _opening_from_row(row: RowMapping) -> Opening:
    return Opening.model_validate({**row, "created": from_milliseconds(row["created"])})


def _version(connection: Connection, opening: str, version: int) -> ScorecardVersion:
    table = scorecards_table
    query = select(table).where(table.c.opening == opening, table.c.version == version)
    # A number from an address may be larger than any column holds.
    row = connection.execute(query).mappings().first() if 0 <= version <= _LAST_VERSION else None
    if row is None:
        which = f"version {version} of the scorecard" if version else "scorecard yet"
        raise UnknownToDesk(f"Opening {opening!r} has no {which}.")
    return _version_from_row(row)


def _version_from_row(row: RowMapping) -> ScorecardVersion:
    return ScorecardVersion.model_validate({**row, "at": from_milliseconds(row["at"])})


def _upload(connection: Connection, upload: str) -> Upload:
    row = connection.execute(select(uploads_table).where(uploads_table.c.id == storable(upload))).mappings().first()
    if row is None:
        raise UnknownToDesk(f"There is no upload {upload!r}.")
    return _upload_from_row(row)


def _upload_from_row(row: RowMapping) -> Upload:
    return Upload.model_validate({**row, "received": from_milliseconds(row["received"])})
