"""What reaches the judge, and whether what it cites was really handed in."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from evaluators.benchmarking.bootstrap import DRAWS
from evaluators.benchmarking.figures import figure, interval_of
from evaluators.benchmarking.gold import BenchmarkSet
from evaluators.benchmarking.results import Figure
from evaluators.evidence import plan_questions
from flows.walk import Screening
from flows.workbench import Workbench
from pipeline.models.dossier import Passage
from pipeline.models.shortlist import Row
from pipeline.models.verdicts import Citation

WINDOW = 40
"""Letters of a quote that are looked up at a time where it runs over two passages."""
READABLE = (".md", ".txt", ".py", ".sql", ".java", ".kt", ".go", ".rs", ".ts", ".js", ".rb", ".cs", ".yaml", ".toml")
"""Files whose bytes are their text; of others only the reading can be asked."""

Outcomes = Mapping[str, Sequence[Sequence[bool]]]
"""By set, what was found for each candidate."""


def retrieved_quotes(
    benchmark: BenchmarkSet, screening: Screening, *, bench: Workbench, lost: Collection[tuple[str, str]] = ()
) -> list[list[bool]]:
    """For each candidate and each gold quote: whether it stands in the evidence of its question.

    A quote that no passage holds counts as missed: whoever labelled it could read it.

    Args:
        benchmark: The set.
        screening: Of its candidates.
        bench: What it was screened with.
        lost: Candidate and text of quotes that nobody can have read; they are left out.
    """
    outcomes: list[list[bool]] = []
    for note in screening.readings:
        if note.candidate not in benchmark.levels:
            continue
        dossier = bench.readings[note.key].dossier
        passages = {passage.id: passage for passage in dossier.passages}
        plan = plan_questions(benchmark.scorecard, dossier, retriever=bench.retriever)
        shown = {question.subject: [passages[one.id] for one in question.evidence] for question in plan.questions}
        outcomes.append(
            [
                is_shown(quote, shown.get(subject, ()), passages.values())
                for subject, quote in _quotes(benchmark, note.candidate)
                if (note.candidate, quote) not in lost
            ]
        )
    return outcomes


def _quotes(benchmark: BenchmarkSet, candidate: str) -> Iterator[tuple[str, str]]:
    quotes = [(subject, gold.quote) for subject, gold in benchmark.levels[candidate].items()]
    quotes += [(subject, gold.quote) for subject, gold in benchmark.gates.get(candidate, {}).items()]
    return ((subject, quote) for subject, quote in quotes if quote)


def is_shown(quote: str, shown: Iterable[Passage], passages: Iterable[Passage]) -> bool:
    """Whether a quote stands in the shown passages: in one of them, or piece by piece if no passage holds it whole."""
    wanted, seen = letters(quote), [letters(passage.visible) for passage in shown]
    if any(wanted in text for text in seen):
        return True
    everything = [letters(passage.visible) for passage in passages]
    if any(wanted in text for text in everything) or len(wanted) <= WINDOW:
        return False
    pieces = [wanted[start : start + WINDOW] for start in range(0, len(wanted) - WINDOW + 1, WINDOW // 2)]
    # A piece that lies on the border of two passages is in neither.
    whole = [piece for piece in pieces if any(piece in text for text in everything)]
    return len(whole) >= len(pieces) / 2 and all(any(piece in text for text in seen) for piece in whole)


def verbatim(benchmark: BenchmarkSet, screening: Screening, *, bench: Workbench) -> list[list[bool]]:
    """For each candidate and each citation of the shortlist: whether its words stand in the file that it names.

    The bytes of the file are looked at, not what the pipeline made of them; where they are no text, the passage.
    """
    keys = {note.candidate: note.key for note in screening.readings}
    outcomes = []
    for row in screening.shortlist.rows:
        passages = {one.id: one for one in bench.readings[keys[row.candidate]].dossier.passages}
        files: dict[str, str] = {}
        outcomes.append(
            [_stands(citation, benchmark.candidates_folder / row.candidate, passages, files) for citation in cited(row)]
        )
    return outcomes


def cited(row: Row) -> Iterator[Citation]:
    """All quotes that a report may show for a candidate."""
    for criterion in row.assessment.criteria:
        for finding in criterion.findings:
            yield from finding.citations
    for gate in row.assessment.gates:
        yield from gate.supporting
        yield from gate.opposing


def _stands(citation: Citation, folder: Path, passages: Mapping[str, Passage], files: dict[str, str]) -> bool:
    passage = passages.get(citation.passage)
    if passage is None or citation.quote not in passage.visible or citation.quote_redacted not in passage.text:
        return False
    if citation.document not in files:
        path = folder / citation.document
        readable = path.suffix.lower() in READABLE and path.is_file()
        files[citation.document] = letters(without_targets(path.read_text("utf-8", "replace"))) if readable else ""
    text = files[citation.document]
    return not text or letters(citation.quote) in text


def without_targets(markdown: str) -> str:
    """Markdown without the addresses of its links, which no reader of the page sees."""
    return re.sub(r"\[([^\]]*)\]\([^)\s]*\)", r"\1", markdown)


def letters(text: str) -> str:
    """Letters and digits alone: markup, line breaks and typography are the reader's matter."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def share_figures(
    name: str,
    outcomes: Outcomes,
    *,
    judge: str,
    draws: int = DRAWS,
    note: str = "",
    why_none: Callable[[Collection[str]], str] = lambda _: "",
) -> Iterator[Figure]:
    """The share of true outcomes for each set and for all.

    Args:
        name: Of the figure.
        outcomes: By set and candidate.
        judge: Label.
        draws: Behind intervals.
        note: What to know about the figure.
        why_none: Says why some sets have no outcome at all.
    """
    parts: list[tuple[str, Outcomes]] = [(set_, {set_: own}) for set_, own in outcomes.items()]
    for set_, part in [*parts, ("all", outcomes)] if len(parts) > 1 else parts:
        cases = sum(len(mine) for own in part.values() for mine in own)
        yield figure(
            name,
            _share(part),
            judge=judge,
            set_=set_,
            interval=interval_of(part, _share, share=True, draws=draws) if cases else None,
            cases=cases,
            bases=sum(map(len, part.values())),
            unit="share",
            note=note if cases else why_none(part),
        )


def _share(part: Outcomes) -> float:
    flat = [outcome for own in part.values() for mine in own for outcome in mine]
    return sum(flat) / len(flat) if flat else float("nan")
