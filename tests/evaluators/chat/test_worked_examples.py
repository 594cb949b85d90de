import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.chat.schema import check_list
from evaluators.chat.worked_examples import (
    COUNTER_SORTS,
    Example,
    WorkedExamples,
    calibration_folder,
    example_row_ids,
    load_pools,
    load_worked_examples,
)
from evaluators.grounding import COUNTS_FROM, MIN_CODE_QUOTE_CHARS, MIN_QUOTE_WORDS, find_quote
from evaluators.rubric_library import load_rubric_library
from evaluators.training.corpus import closed, load_corpus, requires_of
from pipeline.embeddings import load_default_embedder
from pipeline.errors import ConfigurationError
from pipeline.models.dossier import EvidencePassage, Question
from pipeline.models.scorecard import Check, RoleContext, Rubric, Scorecard
from pipeline.scorecard import load_scorecard
from prompts.loader import load_prompt

DATASETS = Path(__file__).parents[3] / "datasets"
LIBRARY = load_rubric_library()
POOLS = load_pools()
EXAMPLES = load_worked_examples(load_default_embedder())
SIX = sorted(set(POOLS) - {"gate", "mission_fit", "general"})
FOUR = {"stuffed", "template", "brief", "theatre"}
STATEMENTS = [
    "Explains choices on caching and queues by the constraint that decided them.",
    "Thinks about nurses, sensors and night shifts before machines.",
    "Keeps old trains running in winter.",
]
ROLE = RoleContext(mission="Move seat booking off the harbour system.", scope=(), constraints=(), stage="growth")
DEVELOPMENT = ("billing-reliability", "clinical-integration")
SUBJECTS = re.compile(
    r"\b(?:invoic\w*|metering|oauth2?|jwt|subscriptions?|hl7|fhir|clinical|hospitals?|patients?|lockers?|parcels?)\b",
    re.IGNORECASE,
)
"""What the development roles and the demo are about."""


def question(rubric: str | Rubric, statement: str = STATEMENTS[0], *, evidence: str = "", **other: Any) -> Question:
    resolved = LIBRARY[rubric] if isinstance(rubric, str) else rubric
    kind = resolved.id if resolved.id in ("gate", "mission_fit") else "rubric"
    passages = (EvidencePassage(id="a" * 16, text=evidence, kind="narrative", sense="work"),) if evidence else ()
    return Question(
        subject="x", kind=kind, statement=statement, rubric=resolved, role=ROLE, evidence=passages, **other
    )  # fmt: skip


def questions() -> Iterator[Question]:
    for statement in STATEMENTS:
        yield from (question(rubric, statement) for rubric in LIBRARY if rubric != "gate")
        yield question("gate", statement, about="past")
        yield question("gate", statement, about="future")


def scorecards() -> Iterator[Scorecard]:
    for path in (*sorted(DATASETS.glob("benchmarks/*/scorecard.yaml")), DATASETS / "demo" / "scorecard.yaml"):
        yield load_scorecard(path, library=LIBRARY)


def scorecard_questions() -> Iterator[Question]:
    for card in scorecards():
        for gate in card.non_negotiables:
            yield Question(
                subject=gate.id, kind="gate", statement=gate.statement, about=gate.about, rubric=card.gate_rubric,
                role=card.role, evidence=(),
            )  # fmt: skip
        for criterion in card.criteria:
            kind: Any = "mission_fit" if criterion.rubric.id == "mission_fit" else "rubric"
            yield Question(
                subject=criterion.id, kind=kind, statement=criterion.statement, rubric=criterion.rubric,
                role=card.role, evidence=(),
            )  # fmt: skip


def shown(text: str) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """Each example of a rendered text: its text, its passages by label, its findings."""
    found = []
    for part in re.split(r"^Example \d+\.\n", text, flags=re.MULTILINE)[1:]:
        body, _, rest = part.partition("\nAnswer: ")
        pieces = re.split(r"^\[(P\d+) [^\]]*\]\n", body, flags=re.MULTILINE)
        found.append((part, dict(zip(pieces[1::2], pieces[2::2], strict=True)), json.loads(rest.splitlines()[0])))
    return found


def every_example() -> list[Example]:
    return [example for pool in POOLS.values() for example in pool.examples]


def test_every_library_rubric_has_a_pool_that_answers_its_checks_in_their_order() -> None:
    assert set(POOLS) == set(LIBRARY)
    for name, pool in POOLS.items():
        assert pool.checks == tuple(check.id for check in LIBRARY[name].checks)


def test_all_candidates_of_a_criterion_are_read_by_the_same_examples() -> None:
    for rubric in LIBRARY:
        texts = [EXAMPLES.for_question(question(rubric, evidence=evidence)) for evidence in ("", "Rust.", "Cobol.")]
        assert len(set(texts)) == 1
    again = load_worked_examples(load_default_embedder())
    assert again.hash == EXAMPLES.hash
    assert [again.for_question(one) for one in questions()] == [EXAMPLES.for_question(one) for one in questions()]


def test_another_criterion_is_shown_other_examples() -> None:
    for rubric in ("tradeoff_reasoning", "failure_modes", "data_and_api_design", "mission_fit", "general", "gate"):
        assert len({EXAMPLES.for_question(question(rubric, statement)) for statement in STATEMENTS}) > 1, rubric


def test_each_example_is_chosen_by_nearness_to_the_criterion() -> None:
    pool = POOLS["general"]
    for header in {example.header for example in pool.examples}:
        text = EXAMPLES.for_question(question("general", header))
        assert text.index(f"Criterion of the next examples: {header}") < text.index("Example 1.")


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_order_of_a_pool_decides_nothing(data: st.DataObject) -> None:
    pool = POOLS[data.draw(st.sampled_from(sorted(POOLS)))]
    shuffled = pool._replace(examples=tuple(data.draw(st.permutations(pool.examples))))
    asked = question(pool.rubric, data.draw(st.sampled_from(STATEMENTS)))
    other = WorkedExamples(load_default_embedder(), pools={**POOLS, pool.rubric: shuffled})
    assert other.for_question(asked) == EXAMPLES.for_question(asked)


@pytest.mark.parametrize("rubric", SIX)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_mix_of_a_rubric_holds_genuine_partial_and_each_sort_of_counter_example(
    rubric: str, statement: str
) -> None:
    sorts = [example.sort for example in EXAMPLES.chosen(question(rubric, statement))]
    assert {"full", "terse", "partial"} | FOUR <= set(sorts)
    assert len(sorts) == len(set(sorts))


def test_the_rubric_about_one_decision_shows_that_two_do_not_add_up() -> None:
    sorts = [example.sort for example in EXAMPLES.chosen(question("tradeoff_reasoning"))]
    assert "split" in sorts


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_mix_of_a_general_criterion_is_whole_too(statement: str) -> None:
    sorts = {example.sort for example in EXAMPLES.chosen(question("general", statement))}
    assert sorts == {"full", "terse", "partial"} | FOUR


@pytest.mark.parametrize("statement", STATEMENTS)
def test_mission_fit_shows_another_industry_that_solved_it_and_the_same_one_that_did_not(statement: str) -> None:
    chosen = EXAMPLES.chosen(question("mission_fit", statement))
    sorts = [example.sort for example in chosen]
    assert {"solved", "elsewhere", "part", "near"} <= set(sorts)
    assert set(sorts) & set(COUNTER_SORTS)
    assert len({example.header for example in chosen}) == 2
    assert {role.split("\n")[0] for role in POOLS["mission_fit"].headers.values()} & set(
        EXAMPLES.for_question(question("mission_fit", statement)).splitlines()
    )


@pytest.mark.parametrize("statement", STATEMENTS)
def test_gates_show_met_denied_and_unknown_and_keep_past_and_future_apart(statement: str) -> None:
    past = EXAMPLES.chosen(question("gate", statement, about="past"))
    future = EXAMPLES.chosen(question("gate", statement, about="future"))
    assert {"met", "denied", "exercise", "silent"} <= {example.sort for example in past}
    assert {"willing", "denied", "before", "open"} == {example.sort for example in future}
    assert {example.about for example in past} == {"past"}
    assert {example.about for example in future} == {"future"}


def test_no_past_requirement_is_answered_by_willingness() -> None:
    for example in POOLS["gate"].examples:
        if example.about == "past":
            assert "willing" not in example.answer


def test_each_quote_stands_in_the_passage_that_is_named_and_is_long_enough_to_count() -> None:
    seen = 0
    for asked in questions():
        for part, passages, answer in shown(EXAMPLES.for_question(asked)):
            assert list(answer["findings"]) == [check.id for check in asked.rubric.checks]
            for finding in answer["findings"].values():
                assert list(finding) == ["quotes", "met", "p"]
                assert finding["met"] == (finding["p"] >= 0.5)
                for quote in finding["quotes"]:
                    seen += 1
                    passage = passages[quote["passage"]]
                    assert find_quote(quote["text"], passage) is not None
                    code = f"[{quote['passage']} co" in part
                    long = len(re.sub(r"\s", "", quote["text"])) >= MIN_CODE_QUOTE_CHARS
                    assert long if code else len(quote["text"].split()) >= MIN_QUOTE_WORDS, quote
    assert seen > 200


def test_a_finding_that_counts_has_the_quotes_it_needs_and_rests_on_met_checks() -> None:
    for pool in POOLS.values():
        for example in pool.examples:
            for check in LIBRARY[pool.rubric].checks:
                stated = example.answer.get(check.id)
                if stated is None or stated.p < COUNTS_FROM:
                    continue
                assert stated.quotes, (example.id, check.id)
                if stated.p >= 0.5:
                    assert len(stated.quotes) >= check.quotes, (example.id, check.id)
                    for required in check.requires:
                        assert example.answer[required].p >= 0.5, (example.id, check.id)


def test_answers_agree_with_the_labels_unless_a_reason_is_given() -> None:
    corpus = load_corpus()
    requires = requires_of(LIBRARY.values())
    labels = {row.id: closed(row.checks, requires) for row in corpus.passages}
    compared = 0
    for pool in POOLS.values():
        for example in pool.examples:
            if not set(example.rows) <= set(labels) or not example.rows:
                continue
            held = set().union(*(labels[row] for row in example.rows))
            for check in set(pool.checks) - example.differs:
                met = check in example.answer and example.answer[check].p >= 0.5
                # Of two decisions, or three failures, more or less can hold together than of each alone.
                if met and (check != "several" or len(example.rows) == 1):
                    assert f"{pool.rubric}.{check}" in held, (example.id, check)
                if not met and len(example.rows) == 1:
                    assert f"{pool.rubric}.{check}" not in held, (example.id, check)
                compared += 1
    assert compared > 400


def test_mission_answers_agree_with_the_labels() -> None:
    rows = _rows("mission")
    for example in POOLS["mission_fit"].examples:
        (row,) = example.rows
        assert rows[row]["role"] == example.header
        assert {check for check, stated in example.answer.items() if stated.p >= 0.5} == set(rows[row]["checks"])


def test_gate_answers_agree_with_the_labels_unless_a_reason_is_given() -> None:
    rows = _rows("gates")
    for example in POOLS["gate"].examples:
        (row,) = example.rows
        label = rows[row]
        assert label["statement"] == example.header
        met = {check for check, stated in example.answer.items() if stated.p >= 0.5}
        assert ("denied" in met) == label["denied"], row
        if example.about == "future":
            assert ("willing" in met) == (label["status"] == "met"), row
            continue
        for check in {"first_hand", "real"} - example.differs:
            # What is denied is neither; the file labels some of it real.
            assert (check in met) == (label[check] and not label["denied"]), (row, check)


def test_no_example_repeats_words_of_the_development_roles_or_the_demo() -> None:
    files = [path for name in DEVELOPMENT for path in (DATASETS / "benchmarks" / name).rglob("*") if path.is_file()]
    files += [path for path in (DATASETS / "demo_sources").rglob("*") if path.is_file()]
    files.append(DATASETS / "demo" / "scorecard.yaml")
    measured = {run for path in files for run in _runs(path.read_text(encoding="utf-8", errors="replace"))}
    assert measured
    for example in every_example():
        said = " | ".join((example.header, *(passage.text for passage in example.passages), example.why))
        assert not _runs(said) & measured, example.id
        assert SUBJECTS.search(said) is None, example.id


def test_what_an_author_noted_on_a_row_is_never_shown() -> None:
    files = ("resume", "takehome", "hard", "gates", "mission")
    notes = {row["id"]: row["note"] for name in files for row in _rows(name).values()}
    for asked in questions():
        text = EXAMPLES.for_question(asked)
        for example in EXAMPLES.chosen(asked):
            for row in example.rows:
                if len(notes.get(row, "").split()) > 3:
                    assert notes[row] not in text


def test_a_terse_example_stands_beside_a_sentence_that_addresses_the_reader() -> None:
    for rubric in SIX:
        for example in POOLS[rubric].examples:
            if example.sort == "terse":
                noise = example.passages[-1].text
                assert not any(
                    find_quote(quote, noise) for stated in example.answer.values() for quote in stated.quotes
                )
                assert re.search(r"left aside|passed over|addresses whoever", example.why)


def test_a_rubric_of_ones_own_is_shown_the_form_by_other_checks() -> None:
    own = Rubric(id="mentoring", checks=(Check(id="pairs", question="Do they pair?", points=4),))
    text = EXAMPLES.for_question(question(own))
    assert "other checks than yours" in text
    assert '"stated"' in text
    reused = Rubric(id="failure_modes", checks=own.checks)
    assert EXAMPLES.for_question(question(reused)) == text


def test_static_parts_are_long_enough_to_be_cached_and_short_enough_to_be_read() -> None:
    for asked in scorecard_questions():
        prompt = load_prompt(asked.kind)
        values: dict[str, str] = {
            "mission": asked.role.mission,
            "stage": asked.role.stage,
            "scope": "\n".join(asked.role.scope),
            "constraints": "\n".join(asked.role.constraints),
            "statement": asked.statement,
            "about": asked.about or "past",
            "gathering": "one decision" if asked.rubric.together else "all passages",
            "checks": check_list(asked.rubric),
            "examples": EXAMPLES.for_question(asked),
            "evidence": "",
        }
        system = prompt.render(**{name: values[name] for name in prompt.variables}).system
        # 1,024 tokens of English, of about four characters; twice that is kept by every provider.
        assert 8_192 < len(system) < 20_000, asked.subject


def test_rows_of_the_pools_are_named_so_that_calibration_can_leave_them_out() -> None:
    ids = example_row_ids()
    known = {row for path in calibration_folder().glob("*.jsonl") for row in _rows(path.stem)}
    assert len(ids) > 100
    assert ids <= known


def test_an_example_that_misquotes_is_refused_and_named(tmp_path: Path) -> None:
    folder = _copied(tmp_path)
    path = folder / "examples" / "communication.yaml"
    path.write_text(path.read_text().replace("We ship pictures, three zoom steps", "We ship pictures, four zoom steps"))
    with pytest.raises(ConfigurationError, match=r"r-030\+t-113 explained.*four zoom steps"):
        load_pools(folder)


def test_a_missing_row_or_file_stops_before_work(tmp_path: Path) -> None:
    folder = _copied(tmp_path)
    path = folder / "examples" / "communication.yaml"
    path.write_text(path.read_text().replace("rows: [r-004]", "rows: [r-999]"))
    with pytest.raises(ConfigurationError, match="r-999"):
        load_pools(folder)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_pools(tmp_path / "nowhere")


def test_the_hash_changes_with_an_answer_or_an_embedder(tmp_path: Path) -> None:
    folder = _copied(tmp_path)
    path = folder / "examples" / "general.yaml"
    path.write_text(path.read_text().replace("p: 0.97", "p: 0.96", 1))
    embedder = load_default_embedder()
    assert WorkedExamples(embedder, pools=load_pools(folder)).hash != EXAMPLES.hash
    embedder.name = "another"
    assert WorkedExamples(embedder).hash != EXAMPLES.hash


def _rows(name: str) -> dict[str, dict[str, Any]]:
    lines = (calibration_folder() / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row for row in map(json.loads, filter(str.strip, lines))}


def _runs(text: str, length: int = 6) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[n : n + length]) for n in range(len(words) - length + 1)}


def _copied(target: Path) -> Path:
    source = calibration_folder()
    (target / "examples").mkdir()
    for path in (*source.glob("*.jsonl"), source / "mission_roles.yaml", *(source / "examples").glob("*.yaml")):
        (target / path.relative_to(source)).write_bytes(path.read_bytes())
    return target
