"""Gold quotes that stand in none of their candidate's documents: a slip of whoever labelled, not of the judge."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from evaluators.benchmarking.gold import GATES, LEVELS, BenchmarkSet, GoldQuote
from flows.bench.recall import is_shown, letters, without_targets
from pipeline.models.dossier import Passage

MOST_NAMED = 20
"""Lines and names in one warning: with more, the file is at fault and not a line of it."""
_START = 60
"""Letters of a quote by which somebody finds it again."""


class LostQuote(NamedTuple):
    """A gold quote that was looked for everywhere."""

    quote: GoldQuote
    is_certain: bool
    """All files of the candidate are text, so nobody can have read it there; false where a PDF may hold it unread."""


def lost_quotes(benchmark: BenchmarkSet, passages: Mapping[str, tuple[Passage, ...]]) -> tuple[LostQuote, ...]:
    """Gold quotes that are neither in what was read of their candidate nor in the bytes of a text file.

    Markup, line breaks and typography are forgiven, as wherever quotes are looked up here.

    Args:
        benchmark: The set.
        passages: What was read, by candidate.
    """
    lost: list[LostQuote] = []
    for candidate in benchmark.candidates:
        read = passages.get(candidate, ())
        texts = [letters(passage.visible) for passage in read]
        files = _Files(benchmark.candidates_folder, candidate)
        for quote in benchmark.quotes:
            if quote.candidate != candidate or any(letters(quote.text) in text for text in texts):
                continue
            if not is_shown(quote.text, read, read) and not files.hold(quote.text):
                lost.append(LostQuote(quote, files.are_text))
    return tuple(sorted(lost, key=lambda one: benchmark.quotes.index(one.quote)))


def left_out(lost: Iterable[LostQuote]) -> frozenset[tuple[str, str]]:
    """Candidate and text of the quotes that nobody can have read."""
    return frozenset((one.quote.candidate, one.quote.text) for one in lost if one.is_certain)


def lost_note(lost: Iterable[Iterable[LostQuote]]) -> str:
    """How many quotes the figure of what was shown leaves out, of all sets; empty if none."""
    count = sum(one.is_certain and one.quote.file in (LEVELS, GATES) for own in lost for one in own)
    return f"gold quotes that stand in no document are left out: {count}" if count else ""


class _Files:
    """The text files of one candidate, read when a quote is first looked for in them."""

    def __init__(self, folder: Path, candidate: str) -> None:
        self._own = folder / candidate
        self._beside = (folder, candidate)
        self._texts: list[str] | None = None
        self.are_text = True
        """Whether every file is; known once something was looked for."""

    def hold(self, quote: str) -> bool:
        """Whether a quote stands in one of them."""
        if self._texts is None:
            self._texts = list(self._read())
        wanted = letters(quote)
        return any(wanted in text for text in self._texts)

    def _read(self) -> Iterator[str]:
        for path in self._paths():
            try:
                text = path.read_bytes().decode("utf-8")
            except (OSError, UnicodeDecodeError):
                self.are_text = False
                continue
            yield letters(text)
            yield letters(without_targets(text))

    def _paths(self) -> Iterable[Path]:
        if self._own.is_dir():
            return (path for path in sorted(self._own.rglob("*")) if path.is_file())
        folder, candidate = self._beside
        return (path for path in sorted(folder.iterdir()) if path.is_file() and candidate in (path.stem, path.name))


def unlabelled_warning(benchmark: BenchmarkSet) -> str | None:
    """Who is left out because nobody labelled them; None if that is nobody."""
    left = benchmark.unlabelled
    if not left:
        return None
    total = len(left) + len(benchmark.candidates)
    return (
        f"Warning: {LEVELS} has no row for {len(left)} of the {total} candidates of {benchmark.id!r}: {_listed(left)}. "
        "Only the others are screened and compared."
    )


def lost_warning(benchmark: BenchmarkSet, lost: Iterable[LostQuote]) -> str:
    """Which gold quotes were not found, and what that means for the figures."""
    lines = [
        f"  {one.quote.file}, line {one.quote.line}: quote not found in {one.quote.candidate!r}"
        f"{'' if one.is_certain else ' as far as its files could be read'}: {_start(one.quote.text)!r}"
        for one in lost
    ]
    more = [f"  and {len(lines) - MOST_NAMED} more"] if len(lines) > MOST_NAMED else []
    return "\n".join(
        [
            f"Warning: gold quotes of {benchmark.id!r} that stand in no document of their candidate. Copy the words as "
            "they stand there.",
            *lines[:MOST_NAMED],
            *more,
            "They are left out of retrieval_recall; where a file could not be read as text, they count as not shown.",
        ]
    )


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _start(text: str) -> str:
    return text if len(text) <= _START else f"{text[:_START].rstrip()} ..."
