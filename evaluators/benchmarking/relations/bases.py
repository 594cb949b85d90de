"""What twins are made of: submissions as files, with what is known of the person behind them."""

import random
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import yaml
from pydantic import Field

from pipeline.models.base import FrozenModel

Files: TypeAlias = Mapping[str, bytes]
"""One candidate's files by their path in the candidate's folder."""
Origin = Literal["written", "assembled"]

RESUME = "resume.md"
_TEXT_SUFFIX = re.compile(
    r"\.(?:md|txt|rst|py|[tj]sx?|java|kt|go|rs|rb|php|c|cs|cpp|h|exs?|sql|sh|ya?ml|toml)", re.IGNORECASE
)


class Known(FrozenModel):
    """Who is behind a text and where they worked and learned, as it is spelt there."""

    name: str
    employers: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()


class Base(NamedTuple):
    """A submission that twins are made of."""

    id: str
    """Role and name, unique among all bases."""
    role: str
    origin: Origin
    files: Files
    known: Known | None = None
    rendered: Path | None = None
    """Where other programs' renderings of its resume lie."""
    wanted: tuple[str, ...] = ()
    """Tools that the role would like to see; whoever stuffs a list puts these into it first."""

    @property
    def label(self) -> str:
        """How a result names it, so that bounds can count the written ones alone."""
        return f"{self.origin}:{self.id}"

    @property
    def resume(self) -> str:
        """Its resume as Markdown."""
        return self.files[RESUME].decode()

    def with_resume(self, text: str) -> Files:
        """The same files with another resume."""
        return {**self.files, RESUME: text.encode()}

    def dice(self, purpose: str) -> random.Random:
        """Chance that depends on the base and the purpose alone."""
        return random.Random(f"{purpose}/{self.id}")


class Twins(NamedTuple):
    """Two submissions that differ in one intended thing."""

    relation: str
    pair: str
    base: Base
    before: Files
    after: Files
    note: str = ""
    channel: str = ""
    """Of an injection: where the payload stands."""


class Person(FrozenModel):
    """Somebody invented."""

    first: str
    last: str
    pronoun: Literal["she", "he"]

    @property
    def name(self) -> str:
        """First names, then last names."""
        return f"{self.first} {self.last}"


class Words(FrozenModel):
    """The lists that twins are made of."""

    people: tuple[Person, ...]
    cities: tuple[str, ...]
    titles: tuple[str, ...]
    employers: tuple[str, ...]
    schools: tuple[str, ...]
    tools: tuple[str, ...] = Field(min_length=50)
    filler: tuple[str, ...]


@cache
def words() -> Words:
    """The shipped lists."""
    path = Path(__file__).with_name("words.yaml")
    return Words.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def read_files(folder: Path) -> dict[str, bytes]:
    """A candidate's folder, without what is written about the candidate."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found if path.name != "meta.yaml"}


def is_text(name: str) -> bool:
    """Whether a file's words can be edited."""
    return _TEXT_SUFFIX.fullmatch(Path(name).suffix) is not None


def is_takehome(name: str) -> bool:
    """Whether a file belongs to the take-home."""
    return name.startswith("takehome/")
