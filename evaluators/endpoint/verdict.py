"""What a check of an endpoint means for whoever wants to screen with it, in plain words."""

from collections.abc import Iterator
from typing import Literal

from evaluators.chat.spread import Spread
from evaluators.endpoint.report import EndpointReport, Longest
from pipeline.models.base import FrozenModel
from pipeline.models.run import QUOTES_FOUND_AT_LEAST

Status = Literal["good", "weak", "lacking", "told"]
"""`lacking` is important, `weak` costs something, `told` is neither good nor bad."""

TELLS, TELLS_WEAKLY = 0.85, 0.7
"""AUC. Of judges that guess, one in 15 to 1,000 gets beyond .85, by how alike its answers to one question are."""
ALWAYS_SURE = 0.9
SAME = 0.02
"""A P that differs by less moves no level by more than 0.1."""
BOTH_SIDES = 0.8
QUOTES_HALF = 0.5


class Line(FrozenModel):
    """One thing that was found."""

    name: str
    found: str
    status: Status
    meaning: str = ""
    """What it means for the user, where it is not as it should be."""


def lines_of(report: EndpointReport) -> tuple[Line, ...]:
    """Everything that was found, in the order in which it is of use."""
    found: list[Line] = [_reached(report), _model(report), _answered(report), _quotes(report), _form(report)]
    found += _conflicts(report)
    found += [_logprobs(report), _seed(report), _repeated(report)]
    found += [
        _usage(report),
        _caching(report),
        _context(report),
        _longest(report),
        _output_limit(report),
        _speed(report),
    ]
    found.append(_limits(report))
    return tuple(found)


def verdicts(report: EndpointReport) -> tuple[Line, ...]:
    """What the probabilities are worth."""
    return tuple(_verdicts(report))


def lacking(report: EndpointReport) -> tuple[str, ...]:
    """Names of what is important and missing."""
    return tuple(line.name for line in (*lines_of(report), *verdicts(report)) if line.status == "lacking")


def _verdicts(report: EndpointReport) -> Iterator[Line]:
    spread = report.spread
    if spread is None:
        yield Line(
            name="Verdict",
            found="not known: too few questions were answered",
            status="lacking",
            meaning="Choose another model, or find out above why it does not answer.",
        )
        return
    yield _tells(spread)
    if spread.sure >= ALWAYS_SURE:
        yield Line(
            name="Sureness",
            found=f"always sure: {spread.sure:.0%} of all P lie outside 0.02 to 0.98",
            status="lacking" if spread.auc < TELLS else "weak",
            meaning="The probabilities carry little beyond yes and no, so levels come out too high or too low where "
            "evidence is thin. `shortlist judge calibrate` corrects it.",
        )
    if report.p_from == "stated":
        yield Line(
            name="Source of P",
            found="p is stated, not measured",
            status="weak",
            meaning="It is what the model writes about itself, mostly in round numbers. `shortlist judge calibrate` "
            "makes more of it; a model with log-probabilities would be better.",
        )


def _tells(spread: Spread) -> Line:
    told = f"(AUC {spread.auc:.2f}; mean P {spread.mean_yes:.2f} where yes is right, {spread.mean_no:.2f} where no is)"
    if spread.auc >= TELLS:
        return Line(name="Verdict", found=f"tells yes from no {told}", status="good")
    if spread.auc >= TELLS_WEAKLY:
        return Line(
            name="Verdict",
            found=f"tells yes from no only weakly {told}",
            status="lacking",
            meaning="These were clear cases; on real ones it will do worse. A larger model is likely to do better.",
        )
    return Line(
        name="Verdict",
        found=f"cannot tell yes from no: choose a larger model {told}",
        status="lacking",
        meaning="Scores made of its answers would order candidates by chance.",
    )


def _reached(report: EndpointReport) -> Line:
    if report.list_milliseconds is None:
        return Line(name="Reached", found="yes; it tells no list of models", status="told")
    return Line(name="Reached", found=f"yes, in {report.list_milliseconds / 1000:.2f} s", status="good")


def _model(report: EndpointReport) -> Line:
    fingerprint = f"system fingerprint {_plain(report.system_fingerprint)}"
    told = f"{_plain(report.model)}, {fingerprint if report.system_fingerprint else 'no system fingerprint'}"
    if not report.model:
        return Line(
            name="Model",
            found="the endpoint does not name it",
            status="weak",
            meaning="The record of a run cannot say which snapshot answered.",
        )
    if report.listed_models and report.asked_model not in report.listed_models:
        return Line(
            name="Model",
            found=told,
            status="weak",
            meaning=f"{report.asked_model!r} is not in its list of models ({_plain(report.listed_models[0])}, ...): "
            "it may answer under any name. Make sure that it is the model you mean.",
        )
    return Line(name="Model", found=told, status="told")


def _answered(report: EndpointReport) -> Line:
    told = f"{report.answered} of {report.questions} questions"
    told += f", {report.repaired} after a repair" if report.repaired else ""
    if report.answered == report.questions:
        share = report.repaired / report.questions
        return Line(
            name="Answered",
            found=told,
            status="weak" if share > 0.25 else "good",
            meaning="Every repair is paid and waited for twice." if share > 0.25 else "",
        )
    return Line(
        name="Answered",
        found=told,
        status="lacking",
        meaning=f"What is not answered stays unscored and goes to a person: {'; '.join(report.problems)}.",
    )


def _quotes(report: EndpointReport) -> Line:
    if not report.quotes:
        return Line(
            name="Quotes",
            found="none given",
            status="lacking",
            meaning="A check counts only with a quote that is found: nobody would get a point.",
        )
    share = report.quotes_found / report.quotes
    told = f"{report.quotes_found} of {report.quotes} stand in their passages word for word"
    if share >= QUOTES_FOUND_AT_LEAST:
        return Line(name="Quotes", found=told, status="good")
    return Line(
        name="Quotes",
        found=told,
        status="lacking" if share < QUOTES_HALF else "weak",
        meaning="A check whose quotes are not found counts as nothing, and a question where none is found stays "
        "unscored. A larger model copies more exactly.",
    )


def _conflicts(report: EndpointReport) -> list[Line]:
    if not report.conflicts:
        return []
    one = report.conflicts == 1
    return [
        Line(
            name="Contradictions",
            found=f"{report.conflicts} {'check says' if one else 'checks say'} yes with a p below 0.5, or no with one "
            "above",
            status="weak",
            meaning="Yes or no is then believed before the number: levels are coarser.",
        )
    ]


def _output_limit(report: EndpointReport) -> Line:
    if report.output_limit is None:
        return Line(
            name="Limit on an answer",
            found="not taken",
            status="weak",
            meaning="--budget cannot be kept with it: nothing would be answered.",
        )
    lowered = report.output_limit < report.asked_output_limit
    return Line(
        name="Limit on an answer",
        found=f"{report.output_limit:,} tokens" + (f"; {report.asked_output_limit:,} were too many" if lowered else ""),
        status="told" if lowered else "good",
        meaning="A model that thinks long before it answers may be cut off." if lowered else "",
    )


def _form(report: EndpointReport) -> Line:
    match report.answer_form:
        case "json_schema" if report.schema_kept is False:
            return Line(
                name="Strict JSON schema",
                found="taken, but not kept by an answer that was tempted",
                status="weak",
                meaning="The form rests on the model's good will: expect repairs, and unscored criteria.",
            )
        case "json_schema":
            kept = "yes" if report.schema_kept else "yes; whether it is enforced was not seen"
            return Line(name="Strict JSON schema", found=kept, status="good" if report.schema_kept else "told")
        case "tool":
            return Line(name="Strict JSON schema", found="no, answers come as the arguments of a tool", status="told")
        case "json_object":
            found = "no, only JSON of any form"
        case _:
            found = "no, only text"
    return Line(
        name="Strict JSON schema",
        found=found,
        status="lacking" if report.answer_form == "text" else "weak",
        meaning="The form rests on the prompt: expect repairs, which are paid and waited for, and unscored criteria.",
    )


def _logprobs(report: EndpointReport) -> Line:
    if not report.logprobs:
        return Line(
            name="Log-probabilities",
            found="no",
            status="weak",
            meaning="P is then what the model states of itself; it is coarser and surer than its own odds.",
        )
    if report.p_from != "logprob":
        return Line(
            name="Log-probabilities",
            found="given, but they do not fit the text",
            status="weak",
            meaning="P is taken from what the model states, as if there were none.",
        )
    if report.both_sides is not None and report.both_sides < BOTH_SIDES:
        return Line(
            name="Log-probabilities",
            found=f"yes; both yes and no among the alternatives for {report.both_sides:.0%} of the checks",
            status="weak",
            meaning="For the others P is only known to be near 0 or 1.",
        )
    both = "" if report.both_sides is None else f"; both yes and no among the alternatives for {report.both_sides:.0%}"
    return Line(name="Log-probabilities", found=f"yes{both}", status="good")


def _seed(report: EndpointReport) -> Line:
    temperature = "its own" if report.temperature is None else f"{report.temperature:g}"
    return Line(
        name="Seed, temperature",
        found=f"seed {'taken' if report.seed else 'not taken'}, temperature {temperature}",
        status="good" if report.seed and report.temperature == 0 else "weak",
        meaning=""
        if report.seed and report.temperature == 0
        else "The same question may be answered otherwise another time. Within a ledger that does not happen: answers "
        "are kept.",
    )


def _repeated(report: EndpointReport) -> Line:
    if report.repeat_difference is None:
        return Line(name="Same answer twice", found="not seen", status="told")
    if report.repeat_difference == 0:
        return Line(name="Same answer twice", found="yes", status="good")
    told = f"P differs by up to {report.repeat_difference:.3f}"
    if report.repeat_difference <= SAME:
        return Line(name="Same answer twice", found=f"nearly: {told}", status="good")
    return Line(
        name="Same answer twice",
        found=f"no: {told}",
        status="weak",
        meaning="Without the ledger of a first run, a second one may order close candidates otherwise. --settle asks "
        "again near the cut.",
    )


def _usage(report: EndpointReport) -> Line:
    # An endpoint that counts nothing for what it read and wrote does not count.
    if not (report.usage and report.input_tokens and report.output_tokens):
        return Line(
            name="Tokens",
            found="not counted by the endpoint",
            status="weak",
            meaning="Costs are estimated from above, so --budget stops earlier than it had to.",
        )
    return Line(
        name="Tokens",
        found=f"{report.input_tokens:,.0f} in, {report.output_tokens:,.0f} out a request",
        status="good",
    )


def _caching(report: EndpointReport) -> Line:
    if report.cached_share is None:
        return Line(name="Prompt caching", found="not told", status="told")
    if report.cached_share >= 0.1:
        found = f"yes, up to {report.cached_share:.0%} of a later request with the same beginning"
        return Line(name="Prompt caching", found=found, status="good")
    return Line(
        name="Prompt caching",
        found="no",
        status="weak",
        meaning="The instructions, four fifths of each request, are read and paid in full every time: expect the upper "
        "end of the cost.",
    )


def _context(report: EndpointReport) -> Line:
    if report.context_tokens is None:
        return Line(name="Context", found="not told; see the next line", status="told")
    told = f"{report.context_tokens:,} tokens ({report.context_field})"
    if report.context_tokens >= report.tokens_needed:
        return Line(name="Context", found=told, status="good")
    return Line(
        name="Context",
        found=told,
        status="lacking",
        meaning=f"The longest requests need up to {report.tokens_needed:,}: criteria with much evidence would stay "
        "unscored.",
    )


def _longest(report: EndpointReport) -> Line:
    longest = report.longest or Longest(characters=0, answered=False, input_tokens=None, detail="it was not sent")
    told = f"{longest.characters:,} characters"
    told += f", {longest.input_tokens:,} tokens" if longest.input_tokens else ""
    if not longest.answered:
        return Line(
            name="Longest request",
            found=f"{told}: not answered",
            status="lacking",
            meaning=f"{longest.detail}. Criteria with much evidence would stay unscored"
            + (": give the model more context." if report.usable else "."),
        )
    if report.cut_short:
        return Line(
            name="Longest request",
            found=f"{told}: too few for this text",
            status="lacking",
            meaning="The endpoint seems to cut off what is too long without saying so: the model would judge without "
            "part of the prompt or the evidence. Give it a larger context (Ollama: num_ctx).",
        )
    return Line(name="Longest request", found=f"{told}: answered", status="good")


def _speed(report: EndpointReport) -> Line:
    timing = report.timing
    if timing is None:
        return Line(name="Seconds a request", found="not seen", status="told")
    found = f"median {timing.median:.1f}, nine of ten within {timing.ninety:.1f}"
    return Line(name="Seconds a request", found=found, status="told")


def _limits(report: EndpointReport) -> Line:
    if not report.rate_limits:
        return Line(
            name="Rate limits",
            found="not told",
            status="told",
            meaning="Too many requests at once are only noticed by a refusal, and then waited out.",
        )
    told = {name.removeprefix("x-").removeprefix("ratelimit-"): value for name, value in report.rate_limits.items()}
    return Line(
        name="Rate limits", found=", ".join(f"{name} {_plain(value)}" for name, value in told.items()), status="told"
    )


def _plain(text: str, most: int = 80) -> str:
    """A name that the endpoint gave, as one short line."""
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return line if len(line) <= most else f"{line[: most - 3]}..."
