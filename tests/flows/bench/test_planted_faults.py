"""`shortlist bench --quick` with the shipped thresholds must see a part that was made worse on purpose, and name it."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pytest

import evaluators.assessment
import pipeline.ranking
import pipeline.reading
import pipeline.scoring
from evaluators.evidence_judge.judge import EvidenceJudge
from flows.bench.running import shipped_thresholds
from pipeline.models.assessment import Assessment
from pipeline.models.documents import RedactedBlock, RedactedDocument
from pipeline.models.scorecard import Scorecard
from pipeline.models.verdicts import Answer, Finding, Quote, Request
from pipeline.scoring import Score
from tests.flows.bench.small_set import BENCHMARKS, Ran, bench, write_small_set

JUDGING = ("redaction", "hidden", "empty", "metamorphic")
SCORING = ("redaction", "hidden", "empty", "baselines")
REDACTION = ("metamorphic", "hidden", "empty", "baselines")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_small_set(tmp_path_factory.mktemp("data"))
    shutil.copytree(BENCHMARKS / "redaction", root / "redaction")
    return root


def quick(data: Path, out: Path, *, skip: tuple[str, ...]) -> Ran:
    skipped = [word for part in skip for word in ("--skip", part)]
    ran = bench(data, out, "--quick", "--thresholds", str(shipped_thresholds()), *skipped)
    assert ran.done.exception is None or isinstance(ran.done.exception, SystemExit), ran.done.exception
    return ran


# --- a judge that ignores its evidence -------------------------------------------------------------------------------


class SameForAll(EvidenceJudge):
    """Says the same of everybody, with whatever words come first as its proof."""

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        for request in requests:
            asked = json.loads(request.content)
            quotes = tuple(Quote(passage=one["id"], text=one["text"]) for one in asked["evidence"][:1])
            findings = (Finding(check=one["id"], p=0.7, quotes=quotes) for one in asked["rubric"]["checks"])
            yield Answer(key=request.key, findings=tuple(findings))


def test_a_judge_that_ignores_its_evidence_is_seen(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = quick(data, tmp_path / "honest", skip=JUDGING)
    monkeypatch.setattr("flows.wiring.EvidenceJudge", SameForAll)
    faulty = quick(data, tmp_path / "faulty", skip=JUDGING)
    assert faulty.done.exit_code == 1
    for figure in ("level_kappa", "check_precision", "calibration_error"):
        assert "missed" in faulty.line(f"│ {figure} "), figure
        assert "missed" not in honest.line(f"│ {figure} "), figure
    # What is left of an order comes from which files there are, and from tools.
    assert "missed" in faulty.line("│ tau_b ")
    assert "passed" in honest.line("│ tau_b ")
    assert any("missed" in faulty.line("│ tau_b_lead ", f"baseline:{name}") for name in ("tfidf", "length", "bm25"))


# --- a scorer that counts tools --------------------------------------------------------------------------------------


def counting(assessment: Assessment, scorecard: Scorecard) -> Score | None:
    """As the scorer, with two points more for every preferred tool that is named, and no word about it."""
    honest = pipeline.scoring.score(assessment, scorecard)
    if honest is None:
        return None
    return honest._replace(points=min(100.0, honest.points + 2.0 * len(assessment.preferences_matched)))


@pytest.mark.slow
def test_a_scorer_that_counts_tools_is_seen_by_pairs_that_a_first_look_keeps(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = quick(data, tmp_path / "honest", skip=SCORING)
    assert "passed" in honest.line("metamorphic", "tool_stuffing")
    assert {pair.relation for pair in honest.result.pairs} == {"tool_stuffing"}
    assert not honest.line("metamorphic", "padding")
    monkeypatch.setattr(pipeline.ranking, "score", counting)
    faulty = quick(data, tmp_path / "faulty", skip=SCORING)
    assert faulty.done.exit_code == 1
    assert "missed" in faulty.line("metamorphic", "tool_stuffing")


@pytest.mark.slow
def test_a_tool_part_that_no_shortlist_may_hold_is_a_miss_with_its_figure_and_no_crash(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.scoring, "tool_ceiling", lambda _: 30.0)
    ran = quick(data, tmp_path / "out", skip=SCORING)
    assert ran.done.exit_code == 1
    assert "missed" in ran.line("tool_points", "<= 2")
    figure = next(one for one in ran.result.figures if one.name == "tool_points")
    assert figure.value is not None
    assert 2 < figure.value <= 30
    assert "refused" in figure.note
    # Pairs whose scores a shortlist holds are still measured, and the others do not hold.
    assert "missed" in ran.line("metamorphic", "tool_stuffing")
    assert "not measured" in ran.line("│ tau_b ")
    assert (ran.out / "bench.html").is_file()


# --- a redactor that misses one locale -------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_redactor_that_misses_one_locale_is_seen_and_the_locale_named(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redact = pipeline.reading.redact

    def forgetful(documents, **known):  # type: ignore[no-untyped-def]
        if not any(letter in block.text.lower() for one in documents for block in one.blocks for letter in "łńśż"):
            return redact(documents, **known)
        return [
            RedactedDocument(
                **one.model_dump(exclude={"blocks", "notes", "hidden"}),
                hidden=one.hidden,
                blocks=tuple(RedactedBlock(visible=b.text, **b.model_dump()) for b in one.blocks),
            )
            for one in documents
        ]

    monkeypatch.setattr(pipeline.reading, "redact", forgetful)
    ran = quick(data, tmp_path / "out", skip=REDACTION)
    assert ran.done.exit_code == 1
    assert "missed" in ran.line("redaction_recall", "pl_PL")
    for locale in ("en_GB", "tr_TR", "de_DE"):
        assert "passed" in ran.line("redaction_recall", locale)


# --- a shortlist whose ranks are not those of its scores -------------------------------------------------------------


@pytest.fixture(scope="module")
def honest(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return quick(data, tmp_path_factory.mktemp("honest"), skip=(*JUDGING, "baselines"))


@pytest.mark.parametrize(
    ("ranks", "missed"),
    [
        (lambda own: [len(own) + 1 - rank for rank in own], ("│ tau_b ", "│ rank_follows_score ")),
        (lambda own: [1 + sorted(range(len(own)), key=own.__getitem__).index(n) for n in range(len(own))], ("twins",)),
    ],
    ids=["turned round", "ties parted"],
)
def test_ranks_that_are_not_those_of_the_scores_are_seen(
    data: Path,
    honest: Ran,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ranks: Callable[[Sequence[int]], list[int]],
    missed: tuple[str, ...],
) -> None:
    stand = pipeline.ranking.stand
    monkeypatch.setattr(pipeline.ranking, "stand", lambda own, *rest, **more: stand(ranks(own), *rest, **more))
    faulty = quick(data, tmp_path / "faulty", skip=(*JUDGING, "baselines"))
    assert faulty.done.exit_code == 1
    for line in missed:
        assert "missed" in faulty.line(line, "small"), line
        assert "passed" in honest.line(line, "small"), line


# --- a judge that says `met` of every must-have ----------------------------------------------------------------------


def test_one_answer_for_every_must_have_is_seen(
    data: Path, honest: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_gate = evaluators.assessment.judge_gate
    monkeypatch.setattr(
        evaluators.assessment, "judge_gate", lambda *asked: judge_gate(*asked).model_copy(update={"status": "met"})
    )
    faulty = quick(data, tmp_path / "faulty", skip=(*JUDGING, "baselines"))
    kappa = next(one for one in faulty.result.figures if (one.name, one.judge) == ("gate_kappa", "evidence"))
    assert kappa.value == 0.0
    assert "missed" in faulty.line("│ gate_kappa ", "small")
    assert "missed" in faulty.line("│ false_met ", "<= 0.48")
    assert "passed" in honest.line("│ gate_kappa ", "small")


# --- a judge that quotes what nobody wrote ---------------------------------------------------------------------------


class Misquoting(EvidenceJudge):
    """As the judge, with every quote in words of its own."""

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        for answer in super().answer(requests):
            findings = (
                one.model_copy(
                    update={
                        "quotes": tuple(Quote(passage=q.passage, text="As I remember it: done.") for q in one.quotes)
                    }
                )
                for one in answer.findings
            )
            yield answer.model_copy(update={"findings": tuple(findings)})


def test_a_judge_that_misquotes_is_seen_and_named(
    data: Path, honest: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "passed" in honest.line("│ withdrawn_quotes ", "small")
    monkeypatch.setattr("flows.wiring.EvidenceJudge", Misquoting)
    faulty = quick(data, tmp_path / "faulty", skip=(*JUDGING, "baselines"))
    assert "missed" in faulty.line("│ withdrawn_quotes ", "small")
    figures = {one.name: one for one in faulty.result.figures if not one.group and one.judge == "evidence"}
    assert figures["withdrawn_quotes"].value == 1.0
    assert "findings without their quote: c0" in figures["withdrawn_quotes"].note
    assert figures["verbatim_citations"].value is None
    assert "were withdrawn" in figures["verbatim_citations"].note
    # The terminal says which, below the table.
    assert "missed: withdrawn_quotes, small: " in faulty.done.stdout
