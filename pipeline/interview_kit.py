"""An interview kit for one candidate: three parts, aimed at gaps and at the candidate's own file and line.

    live         their own code or notes, and a requirement that changes
    design       a system-design talk inside the role's own constraints
    behavioural  what they did, and the must-haves that the documents leave open

It is made from a row of `shortlist.json`, the scorecard and the candidate's files by code alone: equal inputs give
equal kits. The words are in `interview_kit.yaml`.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, get_args

from pipeline.interview_live import QUOTED_CHARS, clause, holds, live_questions
from pipeline.interview_models import InterviewKit, KitFile, KitPart, KitPartId, KitQuestion
from pipeline.interview_places import quoted
from pipeline.interview_words import Limit, Words, kit_words
from pipeline.models.report import ReportedFinding, ReportedQuote, ReportedRow
from pipeline.models.scorecard import Criterion, Scorecard
from pipeline.phrases import check_phrase, criterion_title, shortened

MOST_CONSTRAINTS: Final = 4
MOST_DESIGN_GAPS: Final = 2
MOST_GAPS: Final = 4
MOST_CLAIMS: Final = 2
MOST_UNJUDGED: Final = 3
FEWEST_WORDS: Final = 7
"""Of a quote that somebody is asked to tell more about; a shorter one says too little to begin from."""


def make_kit(row: ReportedRow, scorecard: Scorecard, *, files: Sequence[KitFile] = ()) -> InterviewKit:
    """Put the kit together.

    Args:
        row: The candidate, blind or not; the kit shows no more than the row does.
        scorecard: The role.
        files: The candidate's documents under the names that the row gives them, the take-home's among them. Without
            them places are those that the row names, and the live session starts from a quote.
    """
    makers: Mapping[KitPartId, Iterator[KitQuestion]] = {
        "live": live_questions(row, scorecard, files),
        "design": _design(row, scorecard, files),
        "behavioural": _behavioural(row, scorecard, files),
    }
    titles = {criterion.id: criterion_title(criterion) for criterion in scorecard.criteria}
    words = kit_words().parts
    parts = tuple(
        KitPart(
            id=part,
            title=words[part].title,
            minutes=words[part].minutes,
            prepare=words[part].prepare,
            opening=words[part].opening,
            questions=tuple(makers[part]),
            rates=tuple(titles[name] for name in words[part].rates if name in titles),
        )
        for part in get_args(KitPartId)
    )
    return InterviewKit(label=row.label, role=scorecard.title, parts=parts, open_points=row.questions)


def _design(row: ReportedRow, scorecard: Scorecard, files: Sequence[KitFile]) -> Iterator[KitQuestion]:
    """One problem, the role's own: their nearest experience held against it, its limits, then what is not shown yet."""
    words = kit_words().design
    yield _asked(words["start"], mission=" ".join(scorecard.mission.split()))
    nearest = _nearest(row)
    if nearest is not None:
        yield _asked(words["own"], nearest, files)
    used: set[str] = set()
    for constraint in scorecard.constraints[:MOST_CONSTRAINTS]:
        limit = _limit(constraint, used)
        used.add(limit.kind)
        yield KitQuestion(
            question=limit.ask.format(constraint=clause(constraint)[:1].upper() + clause(constraint)[1:]),
            why=words["limit"].why,
            listen_for=limit.listen_for,
            weak=limit.weak,
        )
    yield from _design_gaps(row, scorecard)
    for flag in row.flags:
        if flag.id in ("stage_mismatch", "happy_path_only", "unexplained"):
            yield KitQuestion(question=flag.question, why=flag.detail, document=flag.document, place=flag.place)
            return


def _nearest(row: ReportedRow) -> ReportedQuote | None:
    """The words that come nearest to the mission, else those that carry most of another judgment."""
    for name in ("mission_fit", "tradeoff_reasoning", "production_ownership", *row.criteria):
        found = row.criteria[name].findings if name in row.criteria else ()
        for finding in sorted(found, key=lambda one: -one.p):
            telling = next((quote for quote in finding.quotes if _is_telling(quote)), None)
            if finding.state != "missing" and telling is not None:
                return telling
    return None


def _is_telling(quote: ReportedQuote) -> bool:
    return len(quote.quote.split()) >= FEWEST_WORDS


def _limit(constraint: str, used: set[str]) -> Limit:
    """How to ask for a constraint; no way of asking twice while there is another that fits."""
    fitting = [limit for limit in kit_words().limits if holds(limit.look, constraint)]
    return next((limit for limit in fitting if limit.kind not in used), fitting[-1])


def _design_gaps(row: ReportedRow, scorecard: Scorecard) -> Iterator[KitQuestion]:
    """What the documents do not show is asked of the design on the board."""
    asked = 0
    for criterion, gap in _open(row, scorecard):
        question = kit_words().gaps.get(criterion.rubric.id, {}).get(gap.check)
        if question is None or asked == MOST_DESIGN_GAPS:
            continue
        asked += 1
        missing = check_phrase(criterion, criterion.rubric.check(gap.check)).missing
        yield KitQuestion(
            question=question,
            why=kit_words().design["gap"].why.format(missing=missing),
            listen_for=_listen_for(criterion.rubric.id, gap.check),
        )


def _behavioural(row: ReportedRow, scorecard: Scorecard, files: Sequence[KitFile]) -> Iterator[KitQuestion]:
    """Open must-haves, then the heaviest criteria's first gaps, then what carries most, each as a story to tell."""
    words = kit_words().behavioural
    statements = {gate.id: gate for gate in scorecard.non_negotiables}
    for gate_id, gate in row.gates.items():
        if gate.status == "met":
            continue
        quote = gate.quotes[0] if gate.quotes else None
        yield _asked(
            words[statements[gate_id].about], quote, files, statement=" ".join(statements[gate_id].statement.split())
        ).model_copy(update={"why": words[gate.status].why})
    yield from _gaps(row, scorecard, files)
    yield from _claims(row, scorecard, files)


def _gaps(row: ReportedRow, scorecard: Scorecard, files: Sequence[KitFile]) -> Iterator[KitQuestion]:
    yield from islice(_unjudged(row, scorecard), MOST_UNJUDGED)
    seen: set[tuple[str, str]] = set()
    for criterion, gap in _open(row, scorecard):
        if len(seen) == MOST_GAPS:
            return
        phrase = check_phrase(criterion, criterion.rubric.check(gap.check))
        basis = next(iter(gap.quotes), None)
        # A quote that several criteria rest on is held before them once.
        if basis is not None and (basis.document, basis.quote) in seen:
            basis = None
        seen.add((basis.document, basis.quote) if basis else (criterion.id, gap.check))
        yield _placed(
            KitQuestion(
                question=phrase.follow_up if basis is not None else phrase.ask,
                why=phrase.missing,
                listen_for=_listen_for(criterion.rubric.id, gap.check),
            ),
            basis,
            files,
        )


def _unjudged(row: ReportedRow, scorecard: Scorecard) -> Iterator[KitQuestion]:
    for criterion in _by_weight(scorecard):
        reported = row.criteria.get(criterion.id)
        if reported is not None and reported.level is None:
            asked = _asked(kit_words().behavioural["unjudged"], statement=" ".join(criterion.statement.split()))
            why = reported.not_judged.removeprefix("Not judged: ")
            yield asked.model_copy(update={"why": f"{criterion_title(criterion)}: {why}"})


def _claims(row: ReportedRow, scorecard: Scorecard, files: Sequence[KitFile]) -> Iterator[KitQuestion]:
    """What carries most, to be told again: documents can be invented, the details of a story hardly."""
    words = kit_words().behavioural
    told: set[str] = set()
    for gate in scorecard.non_negotiables:
        reported_gate = row.gates.get(gate.id)
        if reported_gate is not None and reported_gate.status == "met" and reported_gate.quotes:
            quote = reported_gate.quotes[0]
            if quote.quote not in told and len(told) < MOST_CLAIMS:
                told.add(quote.quote)
                asked = _asked(words["gate_claim"], quote, files)
                statement = " ".join(gate.statement.split())
                yield asked.model_copy(update={"why": words["gate_claim"].why.format(statement=statement)})
    for criterion in _by_weight(scorecard):
        reported = row.criteria.get(criterion.id)
        met = [finding for finding in reported.findings if finding.met] if reported is not None else []
        telling = [quote for finding in met for quote in finding.quotes[:1] if _is_telling(quote)]
        if criterion.kind == "judgment" and telling and telling[-1].quote not in told:
            asked = _asked(words["claim"], telling[-1], files)
            title = criterion_title(criterion).lower()
            yield asked.model_copy(update={"why": words["claim"].why.format(title=title)})
            return


def _open(row: ReportedRow, scorecard: Scorecard) -> Iterator[tuple[Criterion, ReportedFinding]]:
    """The first gap of every criterion that was judged, the heaviest first."""
    for criterion in _by_weight(scorecard):
        reported = row.criteria.get(criterion.id)
        if reported is None or reported.level is None:
            continue
        gap = next((finding for finding in reported.findings if finding.state != "found"), None)
        if gap is not None:
            yield criterion, gap


def _by_weight(scorecard: Scorecard) -> list[Criterion]:
    return sorted(scorecard.criteria, key=lambda one: -one.weight)


def _asked(
    words: Words, quote: ReportedQuote | None = None, files: Sequence[KitFile] = (), **values: str
) -> KitQuestion:
    asked = KitQuestion(
        question=words.ask.format(**values), why=words.why, listen_for=words.listen_for, weak=words.weak
    )
    return _placed(asked, quote, files)


def _placed(asked: KitQuestion, quote: ReportedQuote | None, files: Sequence[KitFile]) -> KitQuestion:
    if quote is None:
        return asked
    found = quoted(files, quote)
    return asked.model_copy(
        update={
            "quote": shortened(quote.quote, QUOTED_CHARS),
            "document": quote.document,
            "place": found.place if found is not None and found.place else quote.place,
        }
    )


def _listen_for(rubric: str, check: str) -> tuple[str, ...]:
    return kit_words().listen_for.get(rubric, {}).get(check, ())
