"""Finds out by a few requests what an endpoint and its model can do for the chat judge.

The requests are real ones: labelled questions as `shortlist judge calibrate` asks them, one as long as a screening can
make it, and a short one that tempts the model out of the answer's form.
"""

import asyncio
import re
import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from evaluators.chat.background_loop import BackgroundLoop
from evaluators.chat.calibration_questions import ROWS_A_CHECK, CalibrationQuestion, plan_calibration
from evaluators.chat.calibration_rows import load_labelled_rows
from evaluators.chat.client import Call, CallFailed, ChatClient, Reply, shown_url
from evaluators.chat.completions import alternatives
from evaluators.chat.exchange import Asked, Streak, exchange, first_call
from evaluators.chat.judge import ChatJudge
from evaluators.chat.openai_client import OpenAIClient
from evaluators.chat.pacing import PacedClient, Pacer
from evaluators.chat.reading_whole import Caps
from evaluators.chat.schema import ChatRequest
from evaluators.chat.spread import spread_of
from evaluators.chat.worked_examples import calibration_folder, example_row_ids
from evaluators.endpoint.probe import Listing, ask_observed, keeps_form, list_models, tempting_call
from evaluators.endpoint.report import EndpointReport, Longest, Timing, tokens_needed
from evaluators.money.prices import Usage
from evaluators.rubric_library import load_rubric_library
from pipeline.errors import JudgeUnavailable
from pipeline.models.dossier import Question
from pipeline.models.verdicts import Answer

QUESTIONS = 8
"""Labelled questions; each has about five checks."""
REQUESTS = QUESTIONS + 3
"""The first question again, the longest one, and the tempting one."""
CHECK_RUBRIC = "tradeoff_reasoning"
"""Its labelled dossiers are clear: all five checks hold, or none does."""
RETRIES = 2
TEMPTED_TOKENS = 2_000
"""What the tempting call may write; a small model that loops is ended there."""
_TURNED_DOWN = re.compile(r"answered (?:400|413|422)\b")


def check_questions() -> tuple[CalibrationQuestion, ...]:
    """The labelled questions of a check, the same ones for every judge.

    One rubric alone, so that all have one prefix and a cache can show itself.
    """
    library = load_rubric_library()
    labelled = load_labelled_rows(calibration_folder(), rubrics=library)
    plan = plan_calibration(
        labelled, library=library, rubrics=[CHECK_RUBRIC], limit=ROWS_A_CHECK, leave_out=example_row_ids()
    )
    return clearest(plan.questions)


def clearest(questions: Sequence[CalibrationQuestion], count: int = QUESTIONS) -> tuple[CalibrationQuestion, ...]:
    """The clearest of labelled questions, as many in which most holds as in which least does, in turns."""
    ordered = sorted(questions, key=lambda one: (sum(one.labels.values()) / max(1, len(one.labels)), one.rows))
    low, high = ordered[: count // 2], ordered[len(ordered) - (count - count // 2) :]
    return tuple(one for pair in zip(high, low, strict=False) for one in pair)


def check_endpoint(
    judge: ChatJudge,
    questions: Sequence[CalibrationQuestion],
    *,
    longest: Question,
    in_flight: int,
    progress: Callable[[], None] = lambda: None,
) -> EndpointReport:
    """Send the requests and report what came of them.

    Args:
        judge: Who is checked.
        questions: With known answers, all of one rubric.
        longest: As long as a screening makes them.
        in_flight: How many a screening would have under way.
        progress: Told of each request that is done.

    Raises:
        JudgeUnavailable: The judge cannot be used; the message says why and what to do.
    """
    with BackgroundLoop() as loop:
        return loop.submit(_check(judge, questions, longest, in_flight, progress)).result()


class _Seen(NamedTuple):
    call: Call
    reply: Reply


class _Notebook:
    """A client that keeps what was said."""

    def __init__(self, client: ChatClient) -> None:
        self._client = client
        self.seen: list[_Seen] = []

    async def ask(self, call: Call) -> Reply:
        reply = await self._client.ask(call)
        self.seen.append(_Seen(call, reply))
        return reply

    async def close(self) -> None:
        await self._client.close()


async def _check(
    judge: ChatJudge,
    questions: Sequence[CalibrationQuestion],
    longest: Question,
    in_flight: int,
    progress: Callable[[], None],
) -> EndpointReport:
    # A budget rests on a limit on each answer, so one that is refused is lowered before it is left out.
    dialect = judge.endpoint.dialect(judge.parameters, keeps_limit=False, tries_limit=True)
    client = judge.endpoint.open(judge.parameters, in_flight=in_flight, dialect=dialect)
    try:
        return await _Check(judge, client, in_flight=in_flight, progress=progress).run(questions, longest)
    finally:
        await client.close()


class _Check:
    """The state of one check; lives in one event loop."""

    def __init__(self, judge: ChatJudge, client: ChatClient, *, in_flight: int, progress: Callable[[], None]) -> None:
        self._judge = judge
        self._client = client
        self._in_flight = in_flight
        self._progress = progress
        self._notebook = _Notebook(client)
        self._pacer = Pacer(in_flight)
        self._paced = self._paced_client(retries=RETRIES)
        self._streak, self._caps = Streak(), Caps()

    def _paced_client(self, *, retries: int) -> PacedClient:
        return PacedClient(
            self._notebook,
            self._pacer,
            spending=self._judge.spending,
            max_output_tokens=self._judge.parameters.max_output_tokens,
            retries=retries,
        )

    async def run(self, questions: Sequence[CalibrationQuestion], longest: Question) -> EndpointReport:
        endpoint, model = self._judge.endpoint, self._judge.parameters.model
        listing = await list_models(endpoint, model) if isinstance(self._client, OpenAIClient) else Listing()
        first = await self._first(questions[0].question, longest, listing)
        again = await self._ask(questions[0].question)
        started, before = time.perf_counter(), len(self._notebook.seen)
        others = await asyncio.gather(*(self._ask(one.question) for one in questions[1:]))
        wall = time.perf_counter() - started
        together = self._notebook.seen[before:]
        last = await self._ask(longest)
        asked_in_earnest = list(self._notebook.seen)
        kept, limits = await self._tempt()
        answers = [first, *others]
        return _report(
            judge=self._judge,
            listing=listing,
            questions=questions,
            answers=answers,
            again=again,
            last=last,
            longest_characters=_characters(self._first_call(longest)),
            seen=asked_in_earnest,
            timing=_timing(asked_in_earnest, together, wall, at_once=min(self._in_flight, len(questions) - 1)),
            kept=kept,
            limits=limits,
            output_limit=self._client.dialect.limit(self._judge.parameters)
            if isinstance(self._client, OpenAIClient)
            else self._judge.parameters.max_output_tokens,
        )

    async def _first(self, question: Question, longest: Question, listing: Listing) -> Answer:
        """The first question, which tells whether to ask the others at all."""
        model = self._judge.parameters.model
        try:
            answer = await self._patiently(question)
        except JudgeUnavailable as error:
            if not listing.models or model in listing.models:
                raise
            raise JudgeUnavailable(f"{error} It lists {_some(listing.models)}.") from error
        if answer.unscored is None or self._notebook.seen:
            return answer
        characters = _characters(self._first_call(question))
        wrong = JudgeUnavailable(
            f"The judge cannot be used: {answer.detail}. Find out what is wrong at "
            f"{shown_url(self._judge.endpoint.base_url)!r} and run the check again."
        )
        if not _TURNED_DOWN.search(answer.detail):
            raise wrong
        try:
            await self._paced.ask(tempting_call())
        except CallFailed:
            raise wrong from None
        room = f", and has a context of {listing.context_tokens:,} tokens" if listing.context_tokens else ""
        raise JudgeUnavailable(
            f"The judge cannot be used: its endpoint answers a short request{room}, but not a question of "
            f"{characters:,} characters ({answer.detail}). Give the model a context of at least "
            f"{tokens_needed(_characters(self._first_call(longest))):,} tokens (vLLM: --max-model-len, llama.cpp: -c, "
            "Ollama: num_ctx), or choose one that has it."
        )

    async def _patiently(self, question: Question) -> Answer:
        """Ask the first question. Tried again if it fails, but not if it takes too long: a slow model stays slow."""
        timeout, started = self._judge.endpoint.timeout, time.perf_counter()
        answer = await self._exchange(question, self._paced_client(retries=0))
        if answer.unscored is not None and not self._notebook.seen:
            if time.perf_counter() - started >= timeout:
                raise JudgeUnavailable(
                    f"The judge cannot be used: it did not answer a question of "
                    f"{_characters(self._first_call(question)):,} characters within {timeout:.0f} seconds. Choose a "
                    "smaller model, run it on a faster machine, or ask another endpoint."
                )
            answer = await self._exchange(question, self._paced)
        self._progress()
        return answer

    async def _ask(self, question: Question) -> Answer:
        answer = await self._exchange(question, self._paced)
        self._progress()
        return answer

    async def _exchange(self, question: Question, client: PacedClient) -> Answer:
        asked = self._asked(question)
        gone: list[JudgeUnavailable] = []
        answer = await exchange(
            asked,
            client=client,
            repair=self._judge.repair_prompt,
            streak=self._streak,
            caps=self._caps,
            stop=gone.append,
        )
        if gone:
            raise gone[0]
        return answer

    async def _tempt(self) -> tuple[bool | None, dict[str, str]]:
        """Whether an answer keeps its form when asked not to, and the rate limits that came with it."""
        endpoint = self._judge.endpoint
        if isinstance(self._client, OpenAIClient):
            parameters = self._judge.parameters
            parameters = parameters._replace(max_output_tokens=min(TEMPTED_TOKENS, parameters.max_output_tokens))
            call = tempting_call()
            async with self._judge.spending.reserve(
                static=call.static, rest=call.rest, max_output_tokens=parameters.max_output_tokens
            ) as reservation:
                reply, limits = await ask_observed(endpoint, parameters, self._client.dialect, call)
                if reply is not None:
                    reservation.settle(Usage.of(reply.facts), answer=reply.text)
        else:
            limits = {}
            try:
                reply = (await self._paced.ask(tempting_call())).reply
            except CallFailed:
                reply = None
        self._progress()
        return None if reply is None or reply.kind != "answered" else keeps_form(reply.text), limits

    def _asked(self, question: Question) -> Asked:
        return Asked("check", ChatRequest.model_validate_json(self._judge.request(question)), 0)

    def _first_call(self, question: Question) -> Call:
        return first_call(self._asked(question))


def _report(
    *,
    judge: ChatJudge,
    listing: Listing,
    questions: Sequence[CalibrationQuestion],
    answers: Sequence[Answer],
    again: Answer,
    last: Answer,
    longest_characters: int,
    seen: Sequence[_Seen],
    timing: Timing | None,
    kept: bool | None,
    limits: dict[str, str],
    output_limit: int | None,
) -> EndpointReport:
    good = [answer for answer in answers if answer.unscored is None]
    facts = seen[-1].reply.facts if seen else {}
    usages = [usage for one in seen if (usage := Usage.of(one.reply.facts)) is not None]
    sources = {str(answer.provider.get("p_from", "stated")) for answer in good}
    temperature = facts.get("temperature")
    return EndpointReport(
        asked_model=judge.parameters.model,
        endpoint=shown_url(judge.endpoint.base_url),
        model=str(facts.get("model", "")),
        system_fingerprint=str(facts.get("system_fingerprint", "")),
        listed_models=listing.models,
        list_milliseconds=listing.milliseconds,
        answer_form=str(facts.get("answer_form", "")),
        schema_kept=kept,
        logprobs=any(one.reply.tokens for one in seen),
        both_sides=_both_sides(seen),
        p_from=None if not good else "logprob" if sources == {"logprob"} else "stated",
        temperature=float(temperature) if isinstance(temperature, int | float) else None,
        seed="seed" in facts,
        repeat_difference=_difference(answers[0], again),
        usage=bool(usages),
        cached_share=_cached_share(seen),
        context_tokens=listing.context_tokens,
        context_field=listing.context_field,
        longest=Longest(
            characters=longest_characters,
            answered=last.unscored is None,
            input_tokens=_count(last, "input_tokens") if last.provider.get("calls") == 1 else None,
            detail=last.detail.rstrip("."),
        ),
        questions=len(questions),
        answered=len(good),
        repaired=sum(bool(answer.provider.get("repaired")) for answer in good),
        quotes=sum(_count(answer, "quotes") or 0 for answer in answers),
        quotes_found=sum(_count(answer, "quotes_found") or 0 for answer in answers),
        conflicts=sum(_count(answer, "conflicts") or 0 for answer in answers),
        asked_output_limit=judge.parameters.max_output_tokens,
        output_limit=output_limit,
        problems=tuple(dict.fromkeys(answer.detail.rstrip(".") for answer in answers if answer.unscored is not None)),
        spread=spread_of(_labelled(questions, answers)),
        rate_limits=limits,
        timing=timing,
        input_tokens=round(statistics.fmean(usage.input_tokens for usage in usages), 1) if usages else None,
        output_tokens=round(statistics.fmean(usage.output_tokens for usage in usages), 1) if usages else None,
        requests=judge.spending.requests,
        cost=None if judge.spending.spent is None else float(judge.spending.spent),
    )


def _labelled(questions: Sequence[CalibrationQuestion], answers: Sequence[Answer]) -> list[tuple[float, bool]]:
    found = []
    for question, answer in zip(questions, answers, strict=True):
        p = {finding.check: finding.p for finding in answer.findings}
        found += [(p[check], holds) for check, holds in question.labels.items() if check in p]
    return found


def _timing(seen: Sequence[_Seen], together: Sequence[_Seen], wall: float, *, at_once: int) -> Timing | None:
    if not together:
        return None
    seconds = sorted(_seconds(one.reply) for one in seen)
    parallel = [_seconds(one.reply) for one in together]
    return Timing(
        median=round(statistics.median(seconds), 3),
        ninety=round(seconds[min(len(seconds) - 1, int(0.9 * len(seconds)))], 3),
        at_once=at_once,
        mean_at_once=round(statistics.fmean(parallel), 3),
        rate=round(wall / len(together), 3),
    )


def _both_sides(seen: Sequence[_Seen]) -> float | None:
    """Only whole words are counted; a tokenizer that cuts them elsewhere leaves it open."""
    decided = both = 0
    for one in seen:
        for token in one.reply.tokens:
            if token.text.strip().lower() in (b"true", b"false"):
                words = {text.strip().lower() for text in alternatives(token)}
                decided += 1
                both += {b"true", b"false"} <= words
    return round(both / decided, 3) if decided else None


def _difference(one: Answer, other: Answer) -> float | None:
    if one.unscored is not None or other.unscored is not None:
        return None
    before = {finding.check: finding.p for finding in one.findings}
    return round(max((abs(finding.p - before[finding.check]) for finding in other.findings), default=0.0), 6)


def _cached_share(seen: Sequence[_Seen]) -> float | None:
    """Of other questions than the first of a prefix: the same question again, or its repair, is cached as a whole."""
    shares: list[float] = []
    first: dict[str, str] = {}
    for one in seen:
        facts = one.reply.facts
        question = one.call.messages[1][1]
        if first.setdefault(one.call.static, question) != question and "cached_tokens" in facts:
            usage = Usage.of(facts) or Usage()
            shares.append(usage.cached_tokens / max(1, usage.input_tokens))
    return round(max(shares), 3) if shares else None


def _characters(call: Call) -> int:
    return sum(len(text) for _, text in call.messages)


def _seconds(reply: Reply) -> float:
    milliseconds = reply.facts.get("milliseconds", 0)
    return milliseconds / 1000 if isinstance(milliseconds, int | float) else 0.0


def _count(answer: Answer, name: str) -> int | None:
    value = answer.provider.get(name)
    return value if isinstance(value, int) else None


def _some(names: Sequence[str], most: int = 6) -> str:
    shown = ", ".join(repr(name[:60]) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
