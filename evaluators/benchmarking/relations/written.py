"""Bases and twins that people wrote: the candidates of the sets, the bases of the pairs, variants and pairs.

<set>/candidates/<id>/              see evaluators.benchmarking.gold
<set>/variants.yaml, variants/<id>/
pairs/bases/<role>/<id>/            shorter submissions
pairs/*.yaml                        {id, role, base, files: [{file, edits: [{find, replace}]} | {file, text}], note}
identities.yaml                     role -> base -> name, employers, schools
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import Field, TypeAdapter, model_validator

from evaluators.benchmarking.gold import BenchmarkSet
from evaluators.benchmarking.relations.bases import RESUME, Base, Known, Twins, read_files
from evaluators.benchmarking.relations.table import OF_KIND, RELATIONS
from evaluators.benchmarking.variants import FOLDER as VARIANTS
from evaluators.benchmarking.yaml_files import load_yaml, read_as
from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel

T = TypeVar("T")
Identities = Mapping[str, Mapping[str, Known]]
"""By role and base."""

PAIRS = "pairs"
DEMO = "demo"
"""The demo's candidates are of a role that has no set."""


class Edit(FrozenModel):
    """One replacement; what is sought occurs exactly once."""

    find: str = Field(min_length=1)
    replace: str


class EditedFile(FrozenModel):
    """One file of a base and what becomes of it."""

    file: str
    edits: tuple[Edit, ...] = ()
    text: str | None = None
    """Path of the whole new text, from the folder of the pairs."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "EditedFile":
        if bool(self.edits) == (self.text is not None):
            raise ValueError(f"file {self.file!r} needs either edits or text")
        return self


class WrittenPair(FrozenModel):
    """A base with one change that somebody wrote."""

    id: str
    role: str
    base: str
    """Path of the base from the folder of the pairs, or of a candidate from the folder above."""
    files: tuple[EditedFile, ...] = Field(min_length=1)
    note: str = ""

    @property
    def base_id(self) -> str:
        """Role and name of the base."""
        parts = PurePosixPath(self.base).parts
        return f"{self.role}/{parts[-1]}"


def load_identities(root: Path) -> Identities:
    """Who is behind each text; empty when nobody wrote it down.

    Raises:
        ConfigurationError: The file cannot be used.
    """
    return _loaded(root / "identities.yaml", TypeAdapter(dict[str, dict[str, Known]])) or {}


def candidate_bases(benchmark: BenchmarkSet, identities: Identities) -> Iterator[Base]:
    """The labelled candidates of a set whose resume is Markdown."""
    known = identities.get(benchmark.id, {})
    for name in benchmark.candidates:
        folder = benchmark.candidates_folder / name
        if (folder / RESUME).is_file():
            rendered = benchmark.folder / "rendered" / name
            yield Base(f"{benchmark.id}/{name}", benchmark.id, "written", read_files(folder), known.get(name), rendered)


def pair_bases(root: Path, role: str, identities: Identities) -> Iterator[Base]:
    """The shorter submissions of a role."""
    folder = root / PAIRS / "bases" / role
    known = identities.get(role, {})
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (path / RESUME).is_file():
            rendered = root / PAIRS / "rendered" / role / path.name
            yield Base(f"{role}/{path.name}", role, "written", read_files(path), known.get(path.name), rendered)


def demo_bases(sources: Path, role: str, identities: Identities) -> Iterator[Base]:
    """The demo's candidates as they were written, if their sources are at hand."""
    known = identities.get(DEMO, {})
    for path in sorted(sources.iterdir()) if sources.is_dir() else ():
        if (path / RESUME).is_file():
            files = {name: content for name, content in read_files(path).items() if name != "white_text.txt"}
            yield Base(f"{role}/{path.name}", role, "written", files, known.get(path.name))


def variant_twins(benchmark: BenchmarkSet) -> Iterator[Twins]:
    """The variants of a set, each beside its base."""
    for variant in benchmark.variants:
        base = Base(
            f"{benchmark.id}/{variant.base}",
            benchmark.id,
            "written",
            read_files(benchmark.candidates_folder / variant.base),
        )
        after = read_files(benchmark.folder / VARIANTS / variant.id)
        yield Twins(OF_KIND[variant.kind], variant.id, base, base.files, after, variant.note)


def load_pairs(root: Path) -> tuple[tuple[Path, WrittenPair], ...]:
    """All written pairs with the file they stand in, whose name is their relation.

    Raises:
        ConfigurationError: A file of pairs cannot be used.
    """
    folder = root / PAIRS
    pairs: list[tuple[Path, WrittenPair]] = []
    for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
        if path.stem not in RELATIONS:
            raise ConfigurationError(f"{str(path)!r} names no relation; there is {', '.join(RELATIONS)}. Rename it.")
        pairs += [(path, pair) for pair in _loaded(path, TypeAdapter(tuple[WrittenPair, ...])) or ()]
    return tuple(pairs)


def pair_twins(pairs: Iterable[tuple[Path, WrittenPair]], role: str, bases: Iterable[Base]) -> Iterator[Twins]:
    """The written pairs of a role.

    Raises:
        ConfigurationError: A pair does not fit its base; the message names pair and file.
    """
    by_id = {base.id: base for base in bases}
    for path, pair in pairs:
        if pair.role == role:
            yield _twins(pair, path, by_id)


def _twins(pair: WrittenPair, path: Path, bases: Mapping[str, Base]) -> Twins:
    where = f"pair {pair.id!r} of {str(path)!r}"
    base = bases.get(pair.base_id)
    if base is None:
        raise ConfigurationError(f"The base {pair.base!r} of {where} is not there. Correct the path.")
    after = dict(base.files)
    for edited in pair.files:
        if edited.file not in after:
            raise ConfigurationError(f"{where}: the base has no file {edited.file!r}. Correct the name.")
        if edited.text is not None:
            try:
                after[edited.file] = (path.parent / edited.text).read_bytes()
            except OSError as error:
                raise ConfigurationError(f"{where}: {edited.text!r} cannot be read: {error.strerror}.") from error
        else:
            after[edited.file] = edited_text(
                after[edited.file].decode(), edited.edits, where=where, file=edited.file
            ).encode()
    return Twins(path.stem, pair.id, base, base.files, after, pair.note)


def edited_text(text: str, edits: Iterable[Edit], *, where: str, file: str) -> str:
    """The text with every edit made; all are sought in the text as it was.

    Args:
        text: The text.
        edits: Each occurs exactly once and none overlaps another.
        where: Names the pair in a message.
        file: Names the file in a message.

    Raises:
        ConfigurationError: Something occurs never or more than once, or two edits overlap.
    """
    places: list[tuple[int, Edit]] = []
    for edit in edits:
        start = text.find(edit.find)
        if start < 0 or text.find(edit.find, start + 1) >= 0:  # overlapping ones too: "aa" stands twice in "aaa"
            times = "never" if start < 0 else "more than once"
            raise ConfigurationError(
                f"{where}: {edit.find[:60]!r} occurs {times} in {file!r}; it must occur exactly once. Correct it."
            )
        places.append((start, edit))
    edited, end = "", 0
    for start, edit in sorted(places, key=lambda place: place[0]):
        if start < end:
            raise ConfigurationError(f"{where}: {edit.find[:60]!r} overlaps another edit of {file!r}. Join them.")
        edited += text[end:start] + edit.replace
        end = start + len(edit.find)
    return edited + text[end:]


def _loaded(path: Path, adapter: TypeAdapter[T]) -> T | None:
    if not path.is_file():
        return None
    content = load_yaml(path)
    return None if content is None else read_as(content, adapter, path=path)
