"""Hashes of the data beside the sets, so that nobody compares figures of different ones.

A hash depends on contents alone and not on where they lie: a package and a repository with equal data have equal ones.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import evaluators.benchmarking.relations.bases as lists
from evaluators.benchmarking.gold import BenchmarkSet, folder_hash
from flows.bench.metamorphic import demo_folder, demo_sources, hostile_folder, is_whole

PARTS = ("metamorphic", "redaction", "hidden", "empty")
"""Those with data of their own."""


def data_hashes(sets: Sequence[BenchmarkSet], root: Path, *, parts: Iterable[str] = PARTS) -> dict[str, str]:
    """Hex sha256 by part.

    Args:
        sets: Which are measured.
        root: Where they lie.
        parts: Of `PARTS`; others are passed over.
    """
    return {part: _digest(_contents(part, sets, root)) for part in parts if part in PARTS}


def _digest(contents: Iterable[tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for name, hashed in contents:
        digest.update(f"{name}\0{hashed}\n".encode())
    return digest.hexdigest()


def _contents(part: str, sets: Sequence[BenchmarkSet], root: Path) -> Iterator[tuple[str, str]]:
    """Everything that a part's figures come from and that is in no set, under a name that does not depend on places."""
    if part != "metamorphic":
        yield from _hashed(part, root / part)
        return
    yield from _hashed("pairs", root / "pairs")
    yield from _hashed("identities", root / "identities.yaml")
    # Names, tools, employers and filler of which twins are made.
    yield from _hashed("words", Path(lists.__file__).with_name("words.yaml"))
    yield from _hashed("hostile", hostile_folder(root))
    demo = demo_folder(root)
    if demo is None or not is_whole(sets, root):
        return
    for name in ("scorecard.yaml", "brief.md", "starter"):
        yield from _hashed(f"demo/{name}", demo / name)
    yield from _hashed("demo_sources", demo_sources(root))


def _hashed(name: str, path: Path | None) -> Iterator[tuple[str, str]]:
    if path is not None and path.is_dir():
        yield name, folder_hash(path)
    elif path is not None and path.is_file():
        yield name, hashlib.sha256(path.read_bytes()).hexdigest()
