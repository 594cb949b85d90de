"""`variants.yaml` of a set: candidates that were written again with one intended change."""

from collections.abc import Collection
from pathlib import Path

from pydantic import TypeAdapter

from evaluators.benchmarking.relations.table import EXPECTED, OF_KIND
from evaluators.benchmarking.yaml_files import load_yaml, read_as
from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel

FILE, FOLDER = "variants.yaml", "variants"


class Variant(FrozenModel):
    """A candidate's twin with one intended change."""

    id: str
    base: str
    kind: str
    """One of `OF_KIND`."""
    expect: str = ""
    """What the kind stands for, for whoever reads the file; it may be left out."""
    note: str = ""


def load_variants(folder: Path, candidates: Collection[str]) -> tuple[Variant, ...]:
    """The variants of a set; none if it has no such file.

    Args:
        folder: Of the set.
        candidates: All that lie in it, labelled or not.

    Raises:
        ConfigurationError: The file cannot be used, or an entry is about something that is not there.
    """
    path = folder / FILE
    if not path.is_file():
        return ()
    variants = read_as(load_yaml(path) or (), TypeAdapter(tuple[Variant, ...]), path=path)
    seen: set[str] = set()
    for number, variant in enumerate(variants, start=1):
        problem = _problem(variant, folder, candidates)
        if problem is None and variant.id in seen:
            problem = "another entry has the same id. Give it one of its own"
        if problem is not None:
            raise ConfigurationError(f"{str(path)!r}, entry {number} ({variant.id!r}): {problem}.")
        seen.add(variant.id)
    return variants


def _problem(variant: Variant, folder: Path, candidates: Collection[str]) -> str | None:
    """What is wrong with a variant and what to do about it, or None."""
    if variant.kind not in OF_KIND:
        return f"the kind {variant.kind!r} is not known. Choose one of {', '.join(OF_KIND)}"
    if variant.expect not in ("", EXPECTED[variant.kind]):
        return (
            f"it expects {variant.expect!r}, but {variant.kind!r} is held to {EXPECTED[variant.kind]!r}. Write that, "
            "leave `expect` out, or correct the kind"
        )
    if variant.base not in candidates or not (folder / "candidates" / variant.base).is_dir():
        return (
            f"the base {variant.base!r} is no folder in 'candidates'. Name one of those that are there, such as "
            f"{', '.join(sorted(candidates)[:3])}"
        )
    own = folder / FOLDER / variant.id
    if not own.is_dir() or not any(path.is_file() for path in own.rglob("*")):
        return f"the folder {str(own)!r} is missing or empty. Put the changed files there, or take the entry out"
    return None
