import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.chat.calibration import MIN_OF_EACH, MIN_ROWS
from evaluators.chat.calibration_questions import (
    DEFAULT_QUESTIONS,
    LARGEST,
    ROWS_A_CHECK,
    SMALLEST,
    CalibrationPlan,
    passage_labels,
    plan_calibration,
)
from evaluators.chat.calibration_rows import RESEMBLING, LabelledRows, load_labelled_rows
from evaluators.rubric_library import load_rubric_library
from evaluators.training.corpus import closed, load_corpus, requires_of
from evaluators.training.dossiers import dossier_labels
from pipeline.errors import ConfigurationError

DATASETS = Path(__file__).parents[3] / "datasets"
LIBRARY = load_rubric_library()
REQUIRES = requires_of(LIBRARY.values())
ROWS = load_labelled_rows(DATASETS / "calibration", rubrics=LIBRARY)
BY_ID = {row.id: row for row in ROWS.rows}
OWNERSHIP = LIBRARY["production_ownership"]


@pytest.fixture(scope="module")
def plan() -> CalibrationPlan:
    return plan_calibration(ROWS, library=LIBRARY)


def test_every_labelled_check_gets_enough_rows_of_either_kind(plan: CalibrationPlan) -> None:
    assert len(plan.questions) == DEFAULT_QUESTIONS
    asked = {f"{rubric.id}.{check.id}" for rubric in LIBRARY.values() for check in rubric.checks}
    asked -= {f"general.{check.id}" for check in LIBRARY["general"].checks}
    assert set(plan.rows) == asked
    for check, (rows, held) in plan.rows.items():
        assert rows >= MIN_ROWS, check
        assert min(held, rows - held) > 2 * MIN_OF_EACH, check
    assert [line.split(":")[0] for line in plan.lacking] == ["general"]
    assert "one's own" in plan.lacking[0]


def test_the_same_seed_asks_the_same_and_another_one_something_else(plan: CalibrationPlan) -> None:
    assert plan_calibration(ROWS, library=LIBRARY) == plan
    other = plan_calibration(ROWS, library=LIBRARY, rubrics=["communication"], limit=60, seed=8)
    assert not {question.rows for question in other.questions} & {question.rows for question in plan.questions}


def test_dossiers_are_small_and_by_one_author(plan: CalibrationPlan) -> None:
    for asked in plan.questions:
        assert SMALLEST <= len(asked.rows) == len(asked.question.evidence) <= LARGEST
        assert len({BY_ID[row].author for row in asked.rows}) == 1
        assert asked.author.split(":")[0] == BY_ID[asked.rows[0]].author
        assert list(asked.question.evidence) == sorted(asked.question.evidence, key=lambda passage: passage.id)
        assert all(passage.kind not in ("inventory", "addressed") for passage in asked.question.evidence)


def test_no_row_tells_twice_on_a_rubric(plan: CalibrationPlan) -> None:
    told = Counter(
        (asked.rubric, row)
        for asked in plan.questions
        for row in asked.rows
        if asked.rubric != "gate" or BY_ID[row].topic == asked.question.statement
    )
    assert set(told.values()) == {1}


def test_labels_are_those_of_the_dossiers_that_training_uses(plan: CalibrationPlan) -> None:
    compared = 0
    for asked in plan.questions:
        if asked.rubric == "gate":
            continue
        rubric = asked.question.rubric
        own = [frozenset(f"{rubric.id}.{check}" for check in BY_ID[row].labels[rubric.id]) for row in asked.rows]
        expected = dossier_labels(own, rubric, REQUIRES)
        for check, holds in asked.labels.items():
            assert holds == (f"{rubric.id}.{check}" in expected)
            compared += 1
    assert compared > 1_000


def test_labels_are_closed_under_what_checks_require(plan: CalibrationPlan) -> None:
    for asked in plan.questions:
        if asked.rubric != "gate":
            held = {check for check, holds in asked.labels.items() if holds}
            named = {f"{asked.rubric}.{check}" for check in held}
            assert closed(named, REQUIRES) == named


def test_a_gate_is_asked_with_one_passage_about_it_and_labelled_in_its_tense(plan: CalibrationPlan) -> None:
    gates = [asked for asked in plan.questions if asked.rubric == "gate"]
    assert {asked.question.about for asked in gates} == {"past", "future"}
    for asked in gates:
        mine = [row for row in asked.rows if BY_ID[row].topic == asked.question.statement]
        others = [BY_ID[row] for row in asked.rows if BY_ID[row].topic != asked.question.statement]
        assert len(mine) == 1
        assert all(row.about != asked.question.about for row in others)
        held = BY_ID[mine[0]].labels["gate"]
        assert dict(asked.labels) == {check: check in held for check in asked.labels}
        past = {"first_hand", "real", "denied"}
        assert set(asked.labels) == (past if asked.question.about == "past" else {"willing", "denied"})


def test_silence_beside_others_refusals_is_no_denial(plan: CalibrationPlan) -> None:
    silent = [
        asked
        for asked in plan.questions
        if asked.rubric == "gate"
        and not asked.labels["denied"]
        and any("denied" in BY_ID[row].labels["gate"] for row in asked.rows)
    ]
    assert len(silent) >= 10


def test_rows_shown_as_worked_examples_are_left_out(plan: CalibrationPlan) -> None:
    seen = frozenset(row for asked in plan.questions[::9] for row in asked.rows)
    again = plan_calibration(ROWS, library=LIBRARY, leave_out=seen)
    assert not seen & {row for asked in again.questions for row in asked.rows}
    assert min(rows for rows, _ in again.rows.values()) >= MIN_ROWS


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[n : n + 8]) for n in range(len(words) - 7)}


def test_no_question_repeats_a_development_role() -> None:
    files = [path for path in (DATASETS / "benchmarks").rglob("*") if path.is_file()]
    measured = {run for path in files for run in runs(path.read_text(encoding="utf-8", errors="replace"))}
    alike = {row.id for row in ROWS.rows if runs(f"{row.passage.text} | {row.topic}") & measured}
    assert alike <= RESEMBLING
    everything = plan_calibration(ROWS, library=LIBRARY, limit=10_000)
    assert not RESEMBLING & {row for asked in everything.questions for row in asked.rows}


def test_a_small_limit_serves_whole_rubrics_in_the_order_given() -> None:
    wanted = ("production_ownership", "gate", "communication", "failure_modes")
    plan = plan_calibration(ROWS, library=LIBRARY, rubrics=wanted, limit=4 * ROWS_A_CHECK + 20)
    served = Counter(asked.rubric for asked in plan.questions)
    assert sum(served.values()) <= 4 * ROWS_A_CHECK + 20
    assert set(served) == {"production_ownership", "gate", "communication"}
    assert all(rows >= MIN_ROWS for rows, _ in plan.rows.values())
    assert plan.lacking == ("failure_modes: all checks, since the limit on questions is too low, or too few rows "
                            "are labelled for it",)  # fmt: skip


def test_more_questions_reach_the_rows_that_denials_need() -> None:
    plan = plan_calibration(ROWS, library=LIBRARY, rubrics=["gate"], limit=260)
    assert plan.rows["gate.denied"][0] >= 200


def test_limits_and_rubrics_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="--questions 10"):
        plan_calibration(ROWS, library=LIBRARY, limit=10)
    with pytest.raises(ConfigurationError, match="'charm'"):
        plan_calibration(ROWS, library=LIBRARY, rubrics=["charm"])


def test_a_check_of_several_quotes_has_no_label_where_nobody_can_tell() -> None:
    supported = frozenset(("production", "supported"))
    whole = supported | {"owned", "outcome"}
    one = passage_labels(OWNERSHIP, [supported, frozenset()])
    assert (one["supported"], one["owned"], one["outcome"]) == (True, False, False)
    two = passage_labels(OWNERSHIP, [supported, supported])
    assert "owned" not in two
    assert two["outcome"] is False
    assert "outcome" not in passage_labels(OWNERSHIP, [supported, supported, frozenset({"outcome"})])
    assert passage_labels(OWNERSHIP, [supported, supported, whole])["outcome"] is True


def test_a_decision_is_not_gathered_from_two_passages_and_other_checks_are() -> None:
    tradeoff, testing = LIBRARY["tradeoff_reasoning"], LIBRARY["testing_and_operability"]
    cost = frozenset(("reason", "constraint", "cost"))
    apart = passage_labels(tradeoff, [frozenset({"reason"}), frozenset({"constraint", "cost"})])
    assert (apart["reason"], apart["cost"]) == (True, False)
    assert passage_labels(tradeoff, [cost, frozenset({"reason"})])["cost"] is True
    gathered = passage_labels(testing, [frozenset({"claimed", "meaningful"}), frozenset({"release"})])
    assert gathered["release"] is True


checks_of_ownership = st.frozensets(st.sampled_from([check.id for check in OWNERSHIP.checks]))


@given(rows=st.lists(checks_of_ownership, max_size=6))
def test_labels_of_a_dossier_do_not_depend_on_the_order_of_its_passages(rows: list[frozenset[str]]) -> None:
    labels = passage_labels(OWNERSHIP, rows)
    assert passage_labels(OWNERSHIP, rows[::-1]) == labels
    more = passage_labels(OWNERSHIP, [*rows, frozenset()])
    assert more == labels


def test_rows_are_read_as_training_reads_them() -> None:
    corpus = load_corpus(DATASETS / "calibration")
    known = {
        row.passage.text: {f"{rubric}.{check}" for rubric, checks in row.labels.items() for check in checks}
        for row in ROWS.rows
        if row.kind == "passage"
    }
    assert all(known[row.text] == row.checks for row in corpus.passages)
    assert len([row for row in ROWS.rows if row.kind == "passage"]) == len(corpus.passages)
    gates = {(row.topic, row.passage.text): row.labels["gate"] for row in ROWS.rows if row.kind == "gate"}
    for row in corpus.gates:
        found = gates[row.statement, row.text]
        assert ("denied" in found) == row.denied
        assert ("first_hand" in found, "real" in found) == (row.first_hand, row.real)
    assert len(gates) == len(corpus.gates)
    missions = {(row.topic, row.passage.text): row.labels["mission_fit"] for row in ROWS.rows if row.kind == "mission"}
    assert all(missions[row.role, row.text] == row.checks for row in corpus.missions)
    assert {role.mission for role in ROWS.roles.values()} == {role.mission for role in corpus.roles.values()}


def own_file(tmp_path: Path, *rows: dict[str, object]) -> LabelledRows:
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return load_labelled_rows(path, rubrics=LIBRARY)


def test_a_file_of_ones_own_calibrates_what_it_labels(tmp_path: Path) -> None:
    rows = [
        {
            "id": f"own-{n}",
            "form": "resume",
            "text": f"We moved depot {n} to night runs because the ramp holds {n} vans.",
            "checks": {"communication": ["explained"] if n % 3 else []},
        }
        for n in range(300)
    ]
    plan = plan_calibration(own_file(tmp_path, *rows), library=LIBRARY, rubrics=["communication", "failure_modes"])
    assert plan.rows["communication.explained"][0] >= MIN_ROWS
    assert [line.split(":")[0] for line in plan.lacking] == [
        "communication.assumptions",
        "communication.adapted",
        "failure_modes",
    ]
    assert {asked.author for asked in plan.questions} == {"mine"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"id": "a", "form": "resume", "text": "x", "checks": {"charm": []}}, "row 'a': there is no rubric 'charm'"),
        ({"id": "a", "form": "resume", "text": "x", "checks": {"communication": ["wit"]}}, "has no check 'wit'"),
        ({"id": "a", "form": "resume", "text": "x"}, "neither labels by rubric"),
        ({"id": "a", "form": "resume", "checks": {}}, "field 'text'"),
        ({"id": "a", "form": "resume", "text": "x", "role": "nowhere", "checks": []}, "'nowhere' stands in no"),
        ({"id": "a", "form": "resume", "text": "x", "score": 3, "checks": {}}, "field 'score'"),
    ],
)
def test_a_wrong_row_is_named_with_file_and_line(tmp_path: Path, row: dict[str, object], told: str) -> None:
    good: dict[str, object] = {"id": "b", "form": "resume", "text": "y", "checks": {"communication": []}}
    with pytest.raises(ConfigurationError, match=r"^mine\.jsonl, line 2") as caught:
        own_file(tmp_path, good, row)
    assert told in str(caught.value)


def test_files_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no"):
        load_labelled_rows(tmp_path, rubrics=LIBRARY)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_labelled_rows(tmp_path / "absent.jsonl", rubrics=LIBRARY)
    (tmp_path / "mine.jsonl").write_text("{\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="line 1: it is no JSON"):
        load_labelled_rows(tmp_path / "mine.jsonl", rubrics=LIBRARY)
    good: dict[str, object] = {"id": "b", "form": "resume", "text": "y", "checks": {"communication": []}}
    with pytest.raises(ConfigurationError, match=r"Two rows .* 'b'"):
        own_file(tmp_path, good, good)
