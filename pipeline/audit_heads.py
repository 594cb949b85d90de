"""Heads of the audit chain as `run.json` files remember them."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pipeline.audit_events import ChainProblem, KnownHead
from pipeline.errors import ConfigurationError


class RememberedHeads(NamedTuple):
    """What was found in run records."""

    heads: tuple[KnownHead, ...]
    without: tuple[Path, ...]
    """Records that name no head: made before there was a chain."""
    unreadable: tuple[ChainProblem, ...] = ()
    """Records that somebody changed, or that the disk lost."""


def remembered_heads(paths: Iterable[Path], *, own: bool = False) -> RememberedHeads:
    """Read the heads out of `run.json` files; each counts once.

    Args:
        paths: Files, or folders that are searched with everything in them.
        own: They are known to be run records; one that cannot be read is a problem, and the others still count.

    Raises:
        ConfigurationError: A path is not there, or a file is no run record.
    """
    heads: dict[Path, KnownHead] = {}
    without: list[Path] = []
    unreadable: list[ChainProblem] = []
    for path in _records(paths):
        try:
            head = _head(path)
        except ConfigurationError:
            if not own:
                raise
            text = f"{str(path)!r} cannot be read any more, so its head could not be looked for: somebody changed it."
            unreadable.append(ChainProblem(kind="not_checked", seq=None, text=text))
            continue
        if head is None:
            without.append(path)
        else:
            heads[path] = head
    return RememberedHeads(tuple(heads.values()), tuple(without), tuple(unreadable))


def _records(paths: Iterable[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found |= dict.fromkeys(one.resolve() for one in sorted(path.rglob("run.json")))
        elif path.is_file():
            found[path.resolve()] = None
        else:
            raise ConfigurationError(
                f"There is no run record at {str(path)!r}. Name a run.json or a folder of results."
            )
    return list(found)


def _head(path: Path) -> KnownHead | None:
    try:
        record = json.loads(path.read_bytes())
        run_id, head = record["run_id"], record["audit_head"]
        said = record["shortlist_sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{str(path)!r} cannot be read as a run record ({type(error).__name__}). Name the run.json of a screening."
        ) from error
    if head is None:
        return None
    # The file itself, not what the record says of it: both may have been changed.
    shortlist = path.with_name("shortlist.json")
    sha256 = hashlib.sha256(shortlist.read_bytes()).hexdigest() if shortlist.is_file() else said
    return KnownHead(source=str(path), hash=str(head), run_id=str(run_id), shortlist_sha256=str(sha256))
