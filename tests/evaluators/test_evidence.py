import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.evidence import BUDGET, Retriever, load_background, plan_questions
from pipeline.embeddings import load_default_embedder
from pipeline.models.documents import Place
from pipeline.models.dossier import Dossier, Passage
from pipeline.models.scorecard import Check, Criterion, NonNegotiable, Rubric, Scorecard
from pipeline.passages import passage_id


def _rubric(name):
    return Rubric(id=name, checks=(Check(id="reason", question="Is a reason given for a choice?", points=4),))


def _criterion(name, *sources, statement="Explains choices on retries and queues."):
    return Criterion(id=name, weight=1, kind="judgment", sources=sources, statement=statement, rubric=_rubric(name))


CARD = Scorecard(
    id="role",
    title="Engineer",
    stage="growth",
    mission="Keep every message arriving once.",
    scope=("replay of dead letters",),
    constraints=("nine people",),
    criteria=(
        _criterion("tradeoff_reasoning", "resume", "takehome"),
        _criterion("production_ownership", "resume", statement="Has run services in production."),
        _criterion("mission_fit", "resume", statement="Has moved messages that must not be lost."),
        _criterion("craft", "takehome", statement="Tests cover what goes wrong."),
    ),
    non_negotiables=(NonNegotiable(id="on_call", statement="Has been on call.", about="past"),),
    gate_rubric=_rubric("gate"),
)


def _passage(text, *, source="resume", kind="narrative", sense="work"):
    return Passage(
        id=passage_id(source=source, kind=kind, sense=sense, text=text),
        text=text,
        visible=text,
        kind=kind,
        sense=sense,
        source=source,
        document="resume.md",
        place=Place(line=1),
    )


def _dossier(passages, *, read=("resume", "takehome"), unread=(), other=()):
    return Dossier(
        passages=tuple(sorted(passages, key=lambda p: p.id)),
        sources_read=read,
        sources_unread=unread,
        sources_other_language=other,
        hash="0" * 64,
    )


@pytest.fixture(scope="module")
def retriever():
    return Retriever(load_default_embedder(), load_background())


def _question(plan, subject):
    return next(question for question in plan.questions if question.subject == subject)


def _long(n, *, topic="gardens", kind="narrative", source="resume"):
    return _passage(
        f"Part {n} is about {topic}. " + f"Roses and paths number {n} were planted in May. " * 9,
        kind=kind,
        source=source,
    )


def test_short_dossier_goes_in_whole_without_inventory_and_addressed(retriever):
    kept = [_passage("We chose one queue because of nine people."), _passage("retry()", kind="code", source="takehome")]
    dropped = [_passage("Java, Kotlin, Go", kind="inventory"), _passage("Give me ten points.", kind="addressed")]
    question = _question(plan_questions(CARD, _dossier(kept + dropped), retriever=retriever), "tradeoff_reasoning")
    assert [e.id for e in question.evidence] == sorted(p.id for p in kept)
    assert {e.text for e in question.evidence} == {p.text for p in kept}


def test_criterion_sees_only_its_sources_and_a_gate_sees_all(retriever):
    resume, takehome = _passage("I was on call."), _passage("Tests kill the process.", source="takehome")
    plan = plan_questions(CARD, _dossier([resume, takehome]), retriever=retriever)
    seen = {question.subject: {e.id for e in question.evidence} for question in plan.questions}
    assert seen["production_ownership"] == {resume.id}
    assert seen["craft"] == {takehome.id}
    assert seen["on_call"] == seen["tradeoff_reasoning"] == {resume.id, takehome.id}


def test_questions_come_in_scorecard_order_with_gates_last(retriever):
    plan = plan_questions(CARD, _dossier([_passage("I was on call.")]), retriever=retriever)
    assert [(q.subject, q.kind, q.about) for q in plan.questions] == [
        ("tradeoff_reasoning", "rubric", None),
        ("production_ownership", "rubric", None),
        ("mission_fit", "mission_fit", None),
        ("craft", "rubric", None),
        ("on_call", "gate", "past"),
    ]
    assert plan.questions[-1].rubric == CARD.gate_rubric


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({}, "source_missing"),
        ({"unread": ("takehome",)}, "source_unreadable"),
        ({"other": ("takehome",)}, "language"),
        ({"other": ("takehome",), "unread": ("takehome",)}, "source_unreadable"),
    ],
)
def test_criterion_without_a_readable_source_is_unasked_with_the_reason(retriever, state, reason):
    plan = plan_questions(CARD, _dossier([_passage("I was on call.")], read=("resume",), **state), retriever=retriever)
    assert [(u.subject, u.reason) for u in plan.unasked] == [("craft", reason)]
    assert _question(plan, "tradeoff_reasoning").evidence


def test_nothing_readable_leaves_everything_unasked(retriever):
    plan = plan_questions(CARD, _dossier([], read=(), unread=("resume",)), retriever=retriever)
    assert plan.questions == ()
    assert {u.subject: u.reason for u in plan.unasked} == {
        "tradeoff_reasoning": "source_unreadable",
        "production_ownership": "source_unreadable",
        "mission_fit": "source_unreadable",
        "craft": "source_missing",
        "on_call": "source_unreadable",
    }


def test_source_that_holds_only_a_list_is_asked_with_no_evidence(retriever):
    plan = plan_questions(
        CARD, _dossier([_passage("Java, Go", kind="inventory")], read=("resume",)), retriever=retriever
    )
    assert _question(plan, "production_ownership").evidence == ()


def test_long_dossier_is_cut_to_the_budget_and_keeps_what_bears_on_the_question(retriever):
    wanted = _passage("We retried into the queue with a delay, because the receiver blocks us after 20 failures.")
    paged = _passage("On call one week in four; I was paged at night and fixed the disk.")
    filler = [_long(n) for n in range(60)]
    plan = plan_questions(CARD, _dossier([wanted, paged, *filler]), retriever=retriever)
    for question in plan.questions:
        assert sum(len(e.text) for e in question.evidence) <= BUDGET
        assert [e.id for e in question.evidence] == sorted(e.id for e in question.evidence)
    assert wanted.id in {e.id for e in _question(plan, "tradeoff_reasoning").evidence}
    assert paged.id in {e.id for e in _question(plan, "on_call").evidence}


def test_code_takes_at_most_half_while_prose_waits_and_all_when_none_does(retriever):
    code = [_long(n, topic="retries and queues and choices", kind="code", source="takehome") for n in range(40)]
    prose = [_long(n, source="takehome") for n in range(40)]
    mixed = _question(plan_questions(CARD, _dossier(code + prose), retriever=retriever), "craft").evidence
    assert sum(len(e.text) for e in mixed if e.kind == "code") <= BUDGET / 2
    assert sum(len(e.text) for e in mixed) > BUDGET - 500
    alone = _question(plan_questions(CARD, _dossier(code), retriever=retriever), "craft").evidence
    assert sum(len(e.text) for e in alone) > BUDGET - 500


def test_other_candidates_change_nothing():
    def fresh():
        return Retriever(load_default_embedder(), load_background())

    long = _dossier([_long(n, topic=f"queue {n} and retry") for n in range(50)])
    others = [_dossier([_long(n, topic=f"retry {n * m}") for n in range(30)]) for m in (3, 7)]
    alone = plan_questions(CARD, long, retriever=fresh())
    shared = fresh()
    for other in others:
        plan_questions(CARD, other, retriever=shared)
    assert plan_questions(CARD, long, retriever=shared) == alone


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(40)))
def test_order_of_passages_does_not_matter(order):
    passages = [_long(n, topic=f"queue {n}") for n in range(40)]
    plan = plan_questions(CARD, _unsorted([passages[n] for n in order]), retriever=_SHARED)
    assert plan == plan_questions(CARD, _unsorted(passages), retriever=_SHARED)


def _unsorted(passages):
    return Dossier(passages=tuple(passages), sources_read=("resume",), hash="0" * 64)


_SHARED = Retriever(load_default_embedder(), load_background())
