"""Text that nobody sees must not reach a judge, and text that everybody sees must not be held against anybody."""

import csv
import hashlib
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from evaluators.benchmarking.bootstrap import share_interval
from evaluators.benchmarking.figures import figure
from evaluators.benchmarking.gold import BenchmarkSet
from evaluators.benchmarking.results import Figure
from flows.bench.recall import letters
from pipeline.documents.reading import DocumentReader
from pipeline.errors import SubmissionError
from pipeline.models.documents import Document
from pipeline.models.submissions import SubmittedFile

FOLDER = "hidden"
RENDERED = "rendered"
"""Folder of a set with the same resumes in other formats."""
QUICK_STEP = 4


class Carrier(NamedTuple):
    """A file with a text that is hidden, or only looks as if it were."""

    name: str
    content: bytes
    text: str
    hidden: bool

    @property
    def format(self) -> str:
        """By its suffix."""
        return self.name.rpartition(".")[2]


def hidden_figures(
    root: Path, sets: Sequence[BenchmarkSet], *, judge: str, reader: DocumentReader, quick: bool = False
) -> Iterator[Figure]:
    """Recall by format over files that hide something, and false flags over files that hide nothing."""
    carriers = list(read_carriers(root / FOLDER))
    if not carriers:
        for name in ("hidden_recall", "hidden_false_flags"):
            note = f"the data have no {FOLDER}/"
            yield figure(name, float("nan"), judge=judge, set_=FOLDER, cases=0, bases=0, note=note)
        return
    held: dict[str, list[bool]] = {"": []}
    flagged: dict[str, list[bool]] = {"": []}
    missed: list[str] = []
    for carrier in carriers[:: QUICK_STEP if quick else 1]:
        document = _read(carrier.name, carrier.content, reader)
        if carrier.hidden:
            found = document is not None and is_set_aside(carrier.text, document)
            missed += [] if found else [carrier.name]
            for group in ("", carrier.format):
                held.setdefault(group, []).append(found)
        else:
            for group in ("", "look-alikes"):
                flagged.setdefault(group, []).append(document is None or bool(document.hidden))
    for path in rendered(sets)[:: QUICK_STEP if quick else 1]:
        document = _read(path.name, path.read_bytes(), reader)
        for group in ("", "rendered resumes"):
            flagged.setdefault(group, []).append(document is None or bool(document.hidden))
    note = f"not set aside: {', '.join(missed[:5])}" if missed else ""
    yield from _shares("hidden_recall", held, judge=judge, note=note)
    yield from _shares("hidden_false_flags", flagged, judge=judge, lower=True)


def read_carriers(folder: Path) -> Iterator[Carrier]:
    """The files of the archive with what `files.csv` says about them."""
    table, archive = folder / "files.csv", folder / "files.tar.xz"
    if not (table.is_file() and archive.is_file()):
        return
    with table.open(encoding="utf-8", newline="") as file, tarfile.open(archive, "r:xz") as members:
        for row in csv.DictReader(file):
            member = members.extractfile(row["file"])
            if member is not None:
                yield Carrier(row["file"], member.read(), row["text"], row["hidden"] == "true")


def is_set_aside(text: str, document: Document) -> bool:
    """Whether a hidden text is in no visible block, and is shown to people as hidden."""
    visible = letters(" ".join(block.text for block in document.blocks))
    hidden = letters(" ".join(one.text for one in document.hidden))
    return letters(text) not in visible and letters(text) in hidden


def rendered(sets: Sequence[BenchmarkSet]) -> list[Path]:
    """Resumes of the sets that were rendered in other formats."""
    folders = [benchmark.folder / RENDERED for benchmark in sets]
    return [path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("resume.*"))]


def _read(name: str, content: bytes, reader: DocumentReader) -> Document | None:
    file = SubmittedFile(name=name, role="resume", sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    try:
        return reader.read(file, content)
    except SubmissionError:
        return None


def _shares(
    name: str, outcomes: Mapping[str, Sequence[bool]], *, judge: str, lower: bool = False, note: str = ""
) -> Iterator[Figure]:
    for group, found in outcomes.items():
        yield figure(
            name,
            sum(found) / len(found) if found else float("nan"),
            judge=judge,
            set_=FOLDER,
            group=group,
            interval=share_interval(sum(found), len(found)),
            cases=len(found),
            bases=len(found),
            better="lower" if lower else "higher",
            unit="share",
            note=note if not group else "",
        )
