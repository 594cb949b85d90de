import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.chat.schema import (
    ChatRequest,
    OffSchema,
    Read,
    asked_checks,
    check_list,
    read_answer,
    read_findings,
    schema_of,
)
from evaluators.rubric_library import load_rubric_library

LIBRARY = load_rubric_library()


def asked(rubric: str = "failure_modes", passages: tuple[str, ...] = ("a" * 16, "b" * 16)) -> ChatRequest:
    return ChatRequest(system="s", user="u", passages=passages, checks=asked_checks(LIBRARY[rubric]))


def stated(rubric: str = "failure_modes", **p: float) -> dict[str, Any]:
    checks = [check.id for check in LIBRARY[rubric].checks]
    return {
        "findings": {check: {"quotes": [], "met": p.get(check, 0) >= 0.5, "p": p.get(check, 0)} for check in checks}
    }


@pytest.mark.parametrize("rubric", sorted(LIBRARY))
def test_the_schema_asks_for_exactly_the_checks_of_the_rubric(rubric: str) -> None:
    schema: Any = schema_of(asked(rubric))[1]
    findings = schema["properties"]["findings"]
    checks = [check.id for check in LIBRARY[rubric].checks]
    assert list(findings["properties"]) == findings["required"] == checks
    for finding in findings["properties"].values():
        assert list(finding["properties"]) == ["quotes", "met", "p"]
        assert finding["additionalProperties"] is False


def test_the_check_list_tells_what_a_check_rests_on_and_needs() -> None:
    lines = check_list(LIBRARY["failure_modes"]).splitlines()
    assert lines[0].startswith("- mention: ")
    assert lines[2].startswith("- several (rests on concrete; needs 3 separate quotes): ")


@given(st.dictionaries(st.sampled_from(["mention", "concrete", "several", "happened"]), st.floats(0.5, 1)))
def test_a_check_is_never_likelier_than_what_it_requires(p: dict[str, float]) -> None:
    findings = {finding.check: finding.p for finding in read_findings(json.dumps(stated(**p)), asked())}
    for check in LIBRARY["failure_modes"].checks:
        for required in check.requires:
            assert findings[check.id] <= findings[required]


def test_probabilities_are_multiplied_along_requires() -> None:
    findings = read_findings(json.dumps(stated(mention=0.9, concrete=0.8, several=0.5)), asked())
    assert [finding.p for finding in findings] == [0.9, 0.72, 0.36, 0, 0]


def test_a_sure_no_is_not_read_as_a_sure_yes() -> None:
    answer = stated()
    answer["findings"]["mention"] = {"quotes": [], "met": False, "p": 0.95}
    assert read_findings(json.dumps(answer), asked())[0].p == pytest.approx(0.05)


def test_quotes_come_back_under_the_passage_id_and_others_are_dropped() -> None:
    answer = stated(mention=1)
    answer["findings"]["mention"]["quotes"] = [
        {"passage": "P2", "text": "the words"},
        {"passage": "P3", "text": "from nowhere"},
        {"passage": "a" * 16, "text": "an id was never shown"},
    ]
    (quote,) = read_findings(json.dumps(answer), asked())[0].quotes
    assert (quote.passage, quote.text) == ("b" * 16, "the words")


def test_a_code_fence_around_the_answer_is_forgiven() -> None:
    assert read_findings(f"```json\n{json.dumps(stated(mention=1))}\n```", asked())[0].p == 1


GOOD = stated(mention=0.9)["findings"]
TEXT = json.dumps({"findings": GOOD})
UNAMBIGUOUS = {
    "extra keys": json.dumps(
        {"findings": {**{check: {**one, "why": "x"} for check, one in GOOD.items()}, "extra": 1}, "note": ""}
    ),
    "p as text": TEXT.replace("0.9", '"0.9"'),
    "met as text": TEXT.replace("true", '"true"').replace("false", '"False"'),
    "no wrapper": json.dumps(GOOD),
    "a list": json.dumps({"findings": [{"check": check, **one} for check, one in GOOD.items()]}),
    "a bare list": json.dumps([{"check": check, **one} for check, one in GOOD.items()]),
    "trailing commas": TEXT.replace("}}}", "},},}"),
    "a closing remark": f"```json\n{TEXT}\n```\nAll of {{quotes, met, p}} are there {{}}.",
    "a remark before": f"In the form {{quotes, met, p}}, as asked [P1]:\n```json\n{TEXT}\n```",
    "a thought before": f"<think>Like {json.dumps(stated()['findings'])} or so?</think>\n{TEXT}",
    "the same twice": f"{TEXT}\n{TEXT}",
}


@pytest.mark.parametrize("text", UNAMBIGUOUS.values(), ids=UNAMBIGUOUS.keys())
def test_an_answer_that_can_mean_only_one_thing_is_read(text: str) -> None:
    assert [finding.p for finding in read_findings(text, asked())] == [0.9, 0, 0, 0, 0]


def test_commas_and_brackets_in_quotes_stay() -> None:
    request = asked().model_copy(update={"user": "⟦P1 narrative, work⟧\nthe list ends [a, ] and so on\n⟦end of P1⟧"})
    answer = stated(mention=1)
    answer["findings"]["mention"]["quotes"] = [{"passage": "P1", "text": "the list ends [a, ] and so on"}]
    (quote,) = read_findings(json.dumps(answer)[:-1] + ",}", request)[0].quotes
    assert quote.text == "the list ends [a, ] and so on"


def test_two_answers_that_differ_are_none() -> None:
    with pytest.raises(OffSchema, match="several answers that differ"):
        read_findings(f"{TEXT}\n{json.dumps(stated(mention=0.1))}", asked())


def test_brackets_without_end_are_refused_in_time() -> None:
    for text in ("{" * 100_000, '{"a":' * 100_000, "[" * 100_000):
        with pytest.raises(OffSchema):
            read_findings(text, asked())


def test_a_sure_yes_with_a_low_p_is_not_read_as_a_sure_no() -> None:
    answer = stated()
    answer["findings"]["mention"] = {"quotes": [], "met": True, "p": 0.05}
    read = read_answer(json.dumps(answer), asked())
    assert (read.findings[0].p, read.conflicts) == (0.5, 1)


SHOWN = {"P1": "We chose a queue because nine people had to run it.", "P2": "The price was forty milliseconds a call."}


def quoting(*quotes: dict[str, Any]) -> Read:
    blocks = "\n".join(f"⟦{name} narrative, work⟧\n{text}\n⟦end of {name}⟧" for name, text in SHOWN.items())
    answer = stated(mention=0.9)
    answer["findings"]["mention"]["quotes"] = list(quotes)
    return read_answer(json.dumps(answer), asked().model_copy(update={"user": f"Read.\n{blocks}\nAnswer."}))


@pytest.mark.parametrize(
    "label", ["P1", "[P1]", "⟦P1⟧", "p1", "P1 narrative, work", "passage P1", "1", 1, "P2", "P0", "", "the first"]
)
def test_a_quote_is_found_whatever_the_model_calls_its_passage(label: object) -> None:
    read = quoting({"passage": label, "text": "because nine people had to run it"})
    assert [quote.passage for quote in read.findings[0].quotes] == ["a" * 16]
    assert (read.quotes, read.quotes_found, read.unproven) == (1, 1, ())


@pytest.mark.parametrize("text", ["as nine persons ran the queue", "nine people", "from one candidate's text Read."])
def test_an_answer_whose_quotes_all_stand_nowhere_is_unproven(text: str) -> None:
    read = quoting({"passage": "P1", "text": text})
    assert (read.quotes, read.quotes_found, read.unproven) == (1, 0, ("mention",))


def test_one_quote_that_stands_proves_an_answer() -> None:
    found, invented = SHOWN["P2"], "as nine persons ran the queue"
    read = quoting({"passage": "P1", "text": found}, {"passage": "P1", "text": invented})
    assert (read.quotes, read.quotes_found, read.unproven) == (2, 1, ())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda findings: findings.pop("several"), "missing: several"),
        (lambda findings: findings["mention"].update(p=True), "value_error.*'findings.p'; .*only quotes, met and p"),
        (lambda findings: findings["mention"].update(p=-0.1), "greater_than_equal"),
        (lambda findings: findings["mention"].update(met="perhaps"), "bool_parsing"),
        (lambda findings: findings["mention"].update(p="likely"), "float_parsing"),
        (lambda findings: findings["mention"].pop("quotes"), "missing"),
    ],
)
def test_what_breaks_the_schema_is_said_in_words_for_the_model(change: Any, said: str) -> None:
    answer = stated(mention=1)
    change(answer["findings"])
    with pytest.raises(OffSchema, match=said):
        read_findings(json.dumps(answer), asked())


def test_an_error_never_repeats_what_the_model_wrote() -> None:
    for text in ('{"findings": {"Private words": 3}}', '{"findings": Private words', '{"Private words": {}}'):
        with pytest.raises(OffSchema) as caught:
            read_findings(text, asked())
        assert "Private" not in str(caught.value)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    with pytest.raises(OffSchema):
        read_findings(text, asked())


def test_equal_requests_have_equal_bytes_and_come_back_whole() -> None:
    request = asked()
    assert request.to_bytes() == asked().to_bytes()
    assert ChatRequest.model_validate_json(request.to_bytes()) == request
