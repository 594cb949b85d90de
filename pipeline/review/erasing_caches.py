"""What runs keep beside the batch: originals, readings, and vectors for the search; taken away by what is in it."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from filelock import FileLock, Timeout
from pydantic import ValidationError

from pipeline.desk.places import readings_in, searchable_folder, vault_folder, vectors_folder
from pipeline.errors import DeskConflict, StorageError
from pipeline.models.reading import Reading
from pipeline.vault import Vault
from pipeline.whole_files import delete_unfinished, write_whole

_PATIENCE_SECONDS: Final = 60.0
"""How long somebody who searches or indexes is waited for."""


class Forgotten(NamedTuple):
    """What went from the caches."""

    originals: int
    readings: int
    indexes: int
    """Directories of vectors; the next search makes them again."""


def forget_originals(home: Path, hashes: Iterable[str]) -> int:
    """Delete files from the vault; whoever else sent the same bytes has them put there again by the next run."""
    vault, deleted = Vault(vault_folder(home)), 0
    for sha256 in hashes:
        path = vault.path(sha256)
        deleted += path.is_file()
        path.unlink(missing_ok=True)
    delete_unfinished(vault.root)
    return deleted


def forget_readings(home: Path, unwanted: Callable[[Path, Reading], bool]) -> tuple[int, int]:
    """Delete readings, and whatever the search knows of them; and what killed runs were writing, whoever it was about.

    Args:
        home: SHORTLIST_HOME.
        unwanted: Whether a reading in a file is to go; one that cannot be read goes in any case.

    Returns:
        How many readings and how many directories of vectors went.

    Raises:
        DeskConflict: Somebody searches for longer than a minute.
        StorageError: A directory of vectors cannot be deleted.
    """
    for folder in (readings_in(vault_folder(home)), searchable_folder(home)):
        delete_unfinished(folder)
    gone: list[Path] = []
    passages: set[str] = set()
    for path, reading in _readings(home):
        if reading is None or unwanted(path, reading):
            passages |= {passage.id for passage in reading.dossier.passages} if reading is not None else set()
            gone.append(path)
    if not gone:
        return 0, 0
    indexes = _forget_vectors(home, passages)
    _forget_in_search(home, {path.stem for path in gone})
    # Last, for they tell which vectors are to go: broken off before, the same again finds them.
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone), indexes


def _readings(home: Path) -> Iterator[tuple[Path, Reading | None]]:
    for path in sorted(readings_in(vault_folder(home)).glob("??/*.json")):
        try:
            yield path, Reading.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            yield path, None


def _forget_vectors(home: Path, passages: Collection[str]) -> int:
    """Delete every directory that holds a vector of these: a deletion inside one leaves vectors on the disk."""
    deleted = 0
    for directory in sorted(path for path in vectors_folder(home).glob("*") if path.is_dir()):
        try:
            held = FileLock(directory.with_name(f"{directory.name}.lock"), timeout=_PATIENCE_SECONDS).acquire()
        except Timeout as error:
            raise DeskConflict(
                "A search or a screening uses what has to be deleted. Do the same again in a minute to go on."
            ) from error
        with held:
            if _may_hold(directory, passages):
                try:
                    shutil.rmtree(directory)
                except OSError as error:
                    raise StorageError(f"{str(directory)!r} cannot be deleted ({error.strerror}).") from error
                deleted += 1
    return deleted


def _may_hold(directory: Path, passages: Collection[str]) -> bool:
    """Whether any of the passages may be in an index; one that cannot be looked into may hold anything."""
    wanted = list(passages)
    try:
        with closing(sqlite3.connect(f"file:{directory / 'chroma.sqlite3'}?mode=ro", uri=True)) as raw:
            for start in range(0, len(wanted), 500):
                chunk = wanted[start : start + 500]
                marks = ",".join("?" * len(chunk))
                if raw.execute(f"SELECT 1 FROM embeddings WHERE embedding_id IN ({marks}) LIMIT 1", chunk).fetchone():
                    return True
                queued = f"SELECT 1 FROM embeddings_queue WHERE id IN ({marks}) LIMIT 1"
                if raw.execute(queued, chunk).fetchone():
                    return True
    except sqlite3.Error:
        return True
    return False


def _forget_in_search(home: Path, readings: Collection[str]) -> None:
    """Take readings out of what the search looks through; what is left is indexed anew by the next search."""
    for path in sorted(searchable_folder(home).glob("*/*.json")):
        try:
            noted = json.loads(path.read_text(encoding="utf-8"))
            kept = [key for key in noted["readings"] if key not in readings]
        except (OSError, ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)
            continue
        write_whole(path, json.dumps({**noted, "readings": kept, "indexed": False}).encode())
