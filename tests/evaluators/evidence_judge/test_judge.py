import hashlib
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluators.evidence_judge.judge import EvidenceJudge
from evaluators.evidence_judge.weights import WEIGHTS_FILE, dump_weights, load_weights, parse_weights
from evaluators.rubric_library import load_rubric_library
from evaluators.training.corpus import CALIBRATION, load_corpus
from pipeline.embeddings import load_default_embedder
from pipeline.errors import ConfigurationError
from pipeline.models.dossier import EvidencePassage, Question
from pipeline.models.scorecard import Check, RoleContext, Rubric
from pipeline.models.verdicts import Finding, Request

LIBRARY = load_rubric_library()
RATED = sorted(name for name in LIBRARY if name not in ("gate", "mission_fit", "general"))
WEIGHTS = {"tradeoff_reasoning": 5, "failure_modes": 4, "production_ownership": 4, "data_and_api_design": 3}
ROLE = RoleContext(
    mission="Every parcel is billed once while the old ledger is replaced.",
    scope=("ledger", "rating"),
    constraints=("6 engineers", "yearly audit"),
    stage="growth",
)
STRONG = (
    "We kept one Postgres table for the queue instead of a broker: four people run this and none of us had time for a "
    "cluster. It costs up to twenty seconds of delay. Since March 2.1 million jobs went through, none twice; above "
    "300 a second it has to go."
)


@cache
def judge() -> EvidenceJudge:
    return EvidenceJudge.load(load_default_embedder())


def evidence(*texts: str, kind: str = "narrative", sense: str = "work") -> tuple[EvidencePassage, ...]:
    found = {hashlib.sha256(text.encode()).hexdigest()[:16]: text for text in texts}
    return tuple(EvidencePassage(id=i, text=t, kind=kind, sense=sense) for i, t in sorted(found.items()))  # type: ignore[arg-type]


def question(rubric: Rubric, passages: tuple[EvidencePassage, ...], *, about: str | None = None) -> Question:
    kind = "gate" if rubric.id == "gate" else "mission_fit" if rubric.id == "mission_fit" else "rubric"
    statement = "Has been paged for a production service and repaired it."
    return Question(
        subject=rubric.id,
        kind=kind,
        statement=statement,
        about=about or "past",
        rubric=rubric,
        role=ROLE,
        evidence=passages,  # type: ignore[arg-type]
    )


def ask(rubric: Rubric, passages: tuple[EvidencePassage, ...], **more: str) -> dict[str, Finding]:
    content = judge().request(question(rubric, passages, **more))
    (answer,) = judge().answer([Request(key="k", content=content)])
    assert answer.unscored is None
    assert [finding.check for finding in answer.findings] == [check.id for check in rubric.checks]
    return {finding.check: finding for finding in answer.findings}


def level(rubric: Rubric, passages: tuple[EvidencePassage, ...]) -> float:
    found = ask(rubric, passages)
    return sum(check.points * found[check.id].p for check in rubric.checks if found[check.id].p >= 0.2)


prose = st.lists(st.sampled_from([row.text for row in load_corpus().passages]), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(prose, st.lists(st.text(max_size=300), max_size=4)), st.sampled_from(sorted(LIBRARY)), st.booleans())
def test_every_quote_is_verbatim_and_long_enough(texts: list[str], name: str, code: bool) -> None:
    passages = evidence(*texts, kind="code" if code else "narrative")
    by_id = {passage.id: passage.text for passage in passages}
    rubric = LIBRARY[name]
    for check_id, finding in ask(rubric, passages).items():
        assert round(finding.p, 3) == finding.p
        if finding.p >= 0.2:
            assert len(set(finding.quotes)) >= rubric.check(check_id).quotes
        for quote in finding.quotes:
            assert quote.text in by_id[quote.passage]
            assert len("".join(quote.text.split())) >= 12 if code else len(quote.text.split()) >= 4


@settings(max_examples=15, deadline=None)
@given(prose, st.sampled_from(sorted(LIBRARY)))
def test_no_check_is_likelier_than_what_it_requires(texts: list[str], name: str) -> None:
    found = ask(LIBRARY[name], evidence(*texts))
    for check in LIBRARY[name].checks:
        assert all(found[check.id].p <= found[required].p for required in check.requires)


@pytest.mark.parametrize("kind", ["inventory", "addressed"])
@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_what_only_lists_or_speaks_to_the_screener_supports_nothing(kind: str, name: str) -> None:
    assert all(
        finding.p == 0 and not finding.quotes for finding in ask(LIBRARY[name], evidence(STRONG, kind=kind)).values()
    )


@pytest.mark.parametrize("size", [10, 40, 160])
def test_a_dossier_without_evidence_scores_at_most_three_points(size: int) -> None:
    filler = [row.text for row in load_corpus().passages if not row.checks and not row.code]
    rng = np.random.default_rng(size)
    passages = evidence(*rng.choice(filler, size=min(size, len(filler)), replace=False))
    weights = {name: WEIGHTS.get(name, 2) for name in RATED}
    score = 100 * sum(weights[n] * level(LIBRARY[n], passages) / 4 for n in RATED) / sum(weights.values())
    assert score <= 3


def test_a_decision_with_reason_price_and_outcome_reaches_the_upper_levels() -> None:
    assert level(LIBRARY["tradeoff_reasoning"], evidence(STRONG)) >= 3


def test_fluent_theatre_stays_low() -> None:
    theatre = (
        "Every architecture is a set of trade-offs. A monolith buys simplicity at the cost of scaling; context decides."
    )
    assert level(LIBRARY["tradeoff_reasoning"], evidence(theatre)) <= 1


def test_the_same_evidence_gives_the_same_bytes_in_any_order() -> None:
    passages = evidence(
        STRONG, "Wrote the export of the price list for forty shops.", "On call one week in four, alone."
    )
    for name, rubric in LIBRARY.items():
        there, back = (question(rubric, order) for order in (passages, passages[::-1]))
        assert judge().request(there) == judge().request(back), name


def test_a_fresh_judge_gives_the_same_answers() -> None:
    passages = evidence(STRONG, *(row.text for row in load_corpus().passages[:30]))
    fresh = EvidenceJudge.load(load_default_embedder())
    for rubric in LIBRARY.values():
        request = Request(key="k", content=judge().request(question(rubric, passages)))
        assert list(fresh.answer([request])) == list(judge().answer([request]))


def test_the_role_is_asked_for_mission_fit_only() -> None:
    for name, rubric in LIBRARY.items():
        assert (b"old ledger" in judge().request(question(rubric, evidence(STRONG)))) == (name == "mission_fit")


def test_a_plain_denial_outweighs_and_silence_does_not_deny() -> None:
    gate = LIBRARY["gate"]
    denied = ask(gate, evidence("I have not been on a rota and have never been paged for a production service."))
    silent = ask(gate, evidence("Built the reporting screens of a claims portal and its export to spreadsheets."))
    told = ask(
        gate, evidence("On call one week in four for the booking service; paged at night, I repaired the full queue.")
    )
    assert denied["denied"].p > 0.5 > denied["first_hand"].p
    assert silent["denied"].p < 0.2
    assert told["first_hand"].p >= 0.5
    assert told["real"].p >= 0.5
    assert told["willing"].p == 0


def test_checks_of_ones_own_are_answered_modestly() -> None:
    own = Rubric(
        id="sailing",
        checks=(
            Check(id="boats", question="Did the person repair boats themselves?", points=2),
            Check(id="storm", question="In a storm?", points=2, requires=("boats",)),
        ),
    )
    assert all(finding.p <= 0.8 for finding in ask(own, evidence(STRONG)).values())


def test_weights_of_another_embedder_are_refused() -> None:
    class Other:
        name = "other"

        def embed(self, texts):  # type: ignore[no-untyped-def]
            raise AssertionError

    with pytest.raises(ConfigurationError, match="other"):
        EvidenceJudge(load_weights(), Other())


def test_the_fingerprint_names_the_weights_that_answer() -> None:
    from importlib.resources import files

    content = files("evaluators.evidence_judge").joinpath(WEIGHTS_FILE).read_bytes()
    assert hashlib.sha256(content).hexdigest() in judge().fingerprint
    assert dump_weights(parse_weights(content)) == content
    assert len(content) < 2_500_000


def test_broken_weights_are_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="Reinstall"):
        parse_weights(b"no archive")


def test_calibration_files_lie_where_training_looks() -> None:
    assert {"resume.jsonl", "gates.jsonl", "mission_roles.yaml"} <= {path.name for path in CALIBRATION.iterdir()}


@pytest.mark.parametrize("name", RATED)
def test_the_year_of_a_deed_moves_nothing(name: str) -> None:
    then, now = (evidence(f"Owned the tariff loader since {year}. {STRONG}") for year in (2011, 2019))
    assert [f.p for f in ask(LIBRARY[name], then).values()] == [f.p for f in ask(LIBRARY[name], now).values()]
