import math
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import pytest

from evaluators import judging
from evaluators.judging import Judged, fitted, judge_questions
from evaluators.money.spending import BudgetSpent, RequestsSpent
from pipeline.errors import JudgeError, JudgeUnavailable
from pipeline.ledger import Ledger
from pipeline.models.dossier import QuestionPlan, Unasked
from pipeline.models.verdicts import Answer, Finding, Request
from tests.evaluators.scripted_judge import RUBRIC, CountingJudge, findings_for, made_up_plans, question


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.db") as opened:
        yield opened


def run(ledger: Ledger, judge: CountingJudge, plans: dict[str, QuestionPlan], run_id: str = "run-1") -> Judged:
    return judge_questions(plans, judge=judge, ledger=ledger, run_id=run_id)


def test_every_question_gets_a_verdict_in_the_order_of_the_plan(ledger: Ledger, tmp_path: Path) -> None:
    plans = made_up_plans(3)
    plans["c003"] = QuestionPlan(questions=(), unasked=(Unasked(subject="communication", reason="language"),))
    judged = run(ledger, CountingJudge(tmp_path / "log"), plans)
    assert list(judged.verdicts) == list(plans)
    assert [verdict.subject for verdict in judged.verdicts["c001"]] == ["failure_modes", "communication"]
    assert [finding.check for finding in judged.verdicts["c001"][0].findings] == ["mention", "concrete"]
    assert judged.verdicts["c003"][0].unscored == "language"
    assert judged.statistics.model_dump() == {
        "questions": 6, "requests": 6, "asked": 6, "from_ledger": 0, "failed": 0, "refused": 0, "not_asked": 0,
        "input_tokens": 0, "cached_tokens": 0, "output_tokens": 0,
        "calls": 0, "repairs": 0, "retries": 0, "logprob": 0, "stated": 0,
        "quotes": 0, "quotes_found": 0, "part_read": 0,
    }  # fmt: skip


def test_tokens_are_counted_for_the_calls_of_this_run_only(ledger: Ledger, tmp_path: Path) -> None:
    def counted(request: Request) -> Answer:
        provider: dict[str, str | int | float] = {"input_tokens": 1_000, "output_tokens": 7, "model": "m"}
        return Answer(key=request.key, findings=findings_for(request.content), provider=provider)

    judge = CountingJudge(tmp_path / "log", answers=counted)
    first = run(ledger, judge, made_up_plans(2)).statistics
    assert (first.input_tokens, first.cached_tokens, first.output_tokens) == (4_000, 0, 28)
    assert run(ledger, judge, made_up_plans(2), "run-2").statistics.input_tokens == 0


def test_a_second_run_asks_nothing_and_gives_the_same_verdicts(ledger: Ledger, tmp_path: Path) -> None:
    judge = CountingJudge(tmp_path / "log")
    first = run(ledger, judge, made_up_plans(5))
    second = run(ledger, judge, made_up_plans(5), "run-2")
    assert len(judge.asked) == 10
    assert second.verdicts == first.verdicts
    assert (second.statistics.asked, second.statistics.from_ledger) == (0, 10)


def test_changing_one_criterion_asks_that_one_only(ledger: Ledger, tmp_path: Path) -> None:
    judge = CountingJudge(tmp_path / "log")
    run(ledger, judge, made_up_plans(4, ("failure_modes", "communication")))
    changed = run(ledger, judge, made_up_plans(4, ("failure_modes", "communication, reworded")), "run-2")
    assert (changed.statistics.asked, changed.statistics.from_ledger) == (4, 4)


def test_another_judge_is_asked_anew(ledger: Ledger, tmp_path: Path) -> None:
    judge = CountingJudge(tmp_path / "log")
    run(ledger, judge, made_up_plans(2))
    judge.fingerprint = "counting judge 2"
    assert run(ledger, judge, made_up_plans(2)).statistics.asked == 4


def test_equal_requests_of_several_candidates_are_asked_once(ledger: Ledger, tmp_path: Path) -> None:
    same = QuestionPlan(questions=(question("failure_modes", "text"), question("another id", "text")))
    judge = CountingJudge(tmp_path / "log")
    finished: list[str] = []
    judged = judge_questions(
        {"c1": same, "c2": same}, judge=judge, ledger=ledger, run_id="run", progress=finished.append
    )
    assert len(judge.asked) == 1
    assert judged.verdicts["c1"] == judged.verdicts["c2"]
    assert (judged.statistics.questions, judged.statistics.requests) == (4, 1)
    assert sorted(finished) == ["c1", "c2"]
    assert len(ledger.askings("run")) == 4


@pytest.mark.parametrize("window", [1, 3, 100])
def test_the_size_of_a_window_changes_nothing(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    monkeypatch.setattr(judging, "WINDOW", window)  # 2,000 questions would make this test slow.
    plans = made_up_plans(5)
    plans["same as the first"] = plans["c000"]
    finished: list[str] = []
    judge = CountingJudge(tmp_path / "log")
    judged = judge_questions(plans, judge=judge, ledger=ledger, run_id="run", progress=finished.append)
    assert len(judge.asked) == 10
    assert judged.verdicts["same as the first"] == judged.verdicts["c000"]
    assert sorted(finished) == sorted(plans)
    assert judged.statistics.asked == 10


def test_each_candidate_is_reported_once_also_when_all_is_in_the_ledger(ledger: Ledger, tmp_path: Path) -> None:
    judge = CountingJudge(tmp_path / "log")
    plans = made_up_plans(3) | {"nothing to ask": QuestionPlan(questions=())}
    for run_id in ("run-1", "run-2"):
        finished: list[str] = []
        judge_questions(plans, judge=judge, ledger=ledger, run_id=run_id, progress=finished.append)
        assert sorted(finished) == sorted(plans)


def test_a_failed_request_is_unscored_now_and_asked_again_next_time(ledger: Ledger, tmp_path: Path) -> None:
    def fails(request: Request) -> Answer | None:
        return Answer(key=request.key, unscored="judge_failed", detail="cut") if b"text 1" in request.content else None

    judged = run(ledger, CountingJudge(tmp_path / "log", answers=fails), made_up_plans(3))
    assert [verdict.unscored for verdict in judged.verdicts["c001"]] == ["judge_failed"] * 2
    assert judged.verdicts["c000"][0].unscored is None
    assert judged.statistics.failed == 2
    noted = [asking for asking in ledger.askings("run-1") if asking.unscored]
    assert {(asking.candidate, asking.detail) for asking in noted} == {("c001", "cut")}
    again = run(ledger, CountingJudge(tmp_path / "log2"), made_up_plans(3), "run-2")
    assert (again.statistics.asked, again.statistics.failed) == (2, 0)


def test_a_refused_request_is_not_asked_again(ledger: Ledger, tmp_path: Path) -> None:
    def refuses(request: Request) -> Answer:
        return Answer(key=request.key, unscored="judge_refused", detail="declined")

    run(ledger, CountingJudge(tmp_path / "log", answers=refuses), made_up_plans(1))
    judged = run(ledger, CountingJudge(tmp_path / "log2"), made_up_plans(1), "run-2")
    assert (judged.statistics.asked, judged.statistics.refused) == (0, 2)
    assert judged.verdicts["c000"][0].unscored == "judge_refused"


@pytest.mark.parametrize(
    "findings",
    [
        (),
        (Finding(check="mention", p=1),),
        (Finding(check="mention", p=1), Finding(check="concrete", p=1), Finding(check="extra", p=1)),
        (Finding(check="mention", p=1), Finding(check="mention", p=1)),
        (Finding(check="mention", p=1), Finding.model_construct(check="concrete", p=1.5)),
        (Finding(check="mention", p=1), Finding.model_construct(check="concrete", p=math.nan)),
    ],
)
def test_findings_that_do_not_fit_the_rubric_are_unscored(findings: tuple[Finding, ...]) -> None:
    answer = fitted(Answer.model_construct(key="k", findings=findings, unscored=None, detail="", provider={}), RUBRIC)
    assert (answer.unscored, answer.findings) == ("judge_failed", ())
    assert answer.detail


def test_findings_are_put_into_the_order_of_the_rubric() -> None:
    findings = (Finding(check="concrete", p=0.25), Finding(check="mention", p=0.5))
    assert [finding.check for finding in fitted(Answer(key="k", findings=findings), RUBRIC).findings] == [
        "mention",
        "concrete",
    ]


class GivingUpJudge(CountingJudge):
    """Answers a few requests, then its endpoint is gone for good."""

    def __init__(self, log: Path, *, after: int, why: JudgeUnavailable | None = None) -> None:
        super().__init__(log)
        self._after = after
        self._why = why or JudgeUnavailable("the key was revoked; renew it")

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        for number, answer in enumerate(super().answer(requests)):
            if number == self._after:
                raise self._why
            yield answer


def test_what_was_answered_before_the_judge_gave_up_is_kept(ledger: Ledger, tmp_path: Path) -> None:
    judged = run(ledger, GivingUpJudge(tmp_path / "log", after=3), made_up_plans(4))
    reasons = [verdict.unscored for row in judged.verdicts.values() for verdict in row]
    assert reasons == [None] * 3 + ["not_asked"] * 5
    assert judged.verdicts["c003"][0].detail == "the key was revoked; renew it"
    assert judged.unavailable == "the key was revoked; renew it"
    assert (judged.statistics.asked, judged.statistics.not_asked) == (3, 5)
    assert run(ledger, CountingJudge(tmp_path / "log2"), made_up_plans(4), "run-2").statistics.asked == 5


@pytest.mark.parametrize(
    ("why", "stopped_by"),
    [
        (BudgetSpent("Nothing is left."), "budget"),
        (RequestsSpent("One more is too many."), "max_requests"),
        # Neither a URL nor a piece of advice is a reason.
        (JudgeUnavailable("'http://budget.example/v1' is gone. Send fewer with --max-requests."), None),
    ],
)
def test_the_limit_that_ended_a_run_is_told_by_the_error_and_not_by_its_words(
    ledger: Ledger, tmp_path: Path, why: JudgeUnavailable, stopped_by: str | None
) -> None:
    judged = run(ledger, GivingUpJudge(tmp_path / "log", after=1, why=why), made_up_plans(2))
    assert (judged.unavailable, judged.stopped_by) == (str(why), stopped_by)


def test_answers_in_the_ledger_are_used_although_the_judge_gave_up(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "WINDOW", 2)  # So that the judge gives up before the later windows are opened.
    plans = made_up_plans(6)
    run(ledger, CountingJudge(tmp_path / "log"), {"c005": plans["c005"]})
    judged = run(ledger, GivingUpJudge(tmp_path / "log2", after=1), plans, "run-2")
    assert [verdict.unscored for verdict in judged.verdicts["c005"]] == [None, None]
    assert judged.statistics.from_ledger == 2
    assert judged.statistics.not_asked == 9


def test_a_request_without_an_answer_is_unscored(ledger: Ledger, tmp_path: Path) -> None:
    class ForgetfulJudge(CountingJudge):
        def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
            return (answer for number, answer in enumerate(super().answer(requests)) if number != 1)

    judged = run(ledger, ForgetfulJudge(tmp_path / "log"), made_up_plans(2))
    assert judged.verdicts["c000"][1].unscored == "judge_failed"
    assert judged.statistics.failed == 1


def test_a_judge_that_answers_what_nobody_asked_is_a_defect(ledger: Ledger, tmp_path: Path) -> None:
    def wrong_key(request: Request) -> Answer:
        return Answer(key="0" * 64, findings=findings_for(request.content))

    with pytest.raises(JudgeError, match="was not asked"):
        run(ledger, CountingJudge(tmp_path / "log", answers=wrong_key), made_up_plans(1))


def test_the_second_of_two_answers_is_ignored(ledger: Ledger, tmp_path: Path) -> None:
    class RepeatingJudge(CountingJudge):
        def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
            for answer in super().answer(requests):
                yield answer
                yield answer.model_copy(update={"findings": findings_for(b"another")})

    once = run(ledger, RepeatingJudge(tmp_path / "log"), made_up_plans(3))
    assert once.statistics.asked == 6
    assert run(ledger, CountingJudge(tmp_path / "log2"), made_up_plans(3), "run-2").verdicts == once.verdicts


def test_an_interrupted_run_keeps_its_answers_and_gives_its_leases_back(ledger: Ledger, tmp_path: Path) -> None:
    def interrupted(request: Request) -> Answer | None:
        if len((tmp_path / "log").read_text().split()) > 3:
            raise KeyboardInterrupt
        return None

    with pytest.raises(KeyboardInterrupt):
        run(ledger, CountingJudge(tmp_path / "log", answers=interrupted), made_up_plans(4))
    with Ledger.open(tmp_path / "ledger.db") as other:
        judged = run(other, CountingJudge(tmp_path / "log2"), made_up_plans(4), "run-2")
    assert judged.statistics.asked == 5


def test_patience_with_another_run_ends(ledger: Ledger, tmp_path: Path) -> None:
    judge = CountingJudge(tmp_path / "log")
    plans = made_up_plans(1)
    with Ledger.open(tmp_path / "ledger.db") as other:
        content = judge.request(plans["c000"].questions[0])
        other.claim([judging.request_key(judge.fingerprint, content)], judge=judge.fingerprint)
        ticks = count(step=600.0)
        judged = judge_questions(
            plans, judge=judge, ledger=ledger, run_id="run", pause=lambda _: None, elapsed=lambda: next(ticks)
        )
    assert [verdict.unscored for verdict in judged.verdicts["c000"]] == ["not_asked", None]
    assert "another run" in judged.verdicts["c000"][0].detail


def test_a_lease_that_another_run_gives_back_is_asked_by_us(ledger: Ledger, tmp_path: Path) -> None:
    judge = CountingJudge(tmp_path / "log")
    plans = made_up_plans(1)
    other = Ledger.open(tmp_path / "ledger.db")
    content = judge.request(plans["c000"].questions[0])
    other.claim([judging.request_key(judge.fingerprint, content)], judge=judge.fingerprint)
    judged = judge_questions(plans, judge=judge, ledger=ledger, run_id="run", pause=lambda _: other.close())
    assert judged.statistics.asked == 2
    assert [verdict.unscored for verdict in judged.verdicts["c000"]] == [None, None]
