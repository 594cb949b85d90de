import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.real_model.cassette_format import deserialize, serialize

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
LOGPROBS = st.floats(max_value=0, allow_nan=False, allow_infinity=False)
TOKENS = st.lists(st.fixed_dictionaries({"token": st.text(max_size=6), "logprob": LOGPROBS}), min_size=1)


def cassette(request: str | None, response: str) -> dict[str, Any]:
    interaction = {
        "request": {"method": "POST", "uri": "http://127.0.0.1/v1", "body": request, "headers": {}},
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": response}},
    }
    return {"version": 1, "interactions": [interaction]}


def bodies(whole: dict[str, Any]) -> tuple[Any, Any]:
    (interaction,) = whole["interactions"]
    return interaction["request"]["body"], interaction["response"]["body"]["string"]


@given(request=JSON, response=JSON)
def test_json_comes_back_as_it_was(request: Any, response: Any) -> None:
    asked, answered = json.dumps(request, ensure_ascii=False), json.dumps(response, ensure_ascii=False)
    back = bodies(deserialize(serialize(cassette(asked, answered))))
    # As text: 1 and 1.0 and true are equal in Python, and the order of fields would not be looked at.
    assert [json.dumps(json.loads(body)) for body in back] == [json.dumps(request), json.dumps(response)]


@given(text=st.text())
def test_other_bodies_come_back_as_they_were(text: str) -> None:
    page = f"<html>{text}</html>"
    assert bodies(deserialize(serialize(cassette(None, page)))) == (None, page)


@given(tokens=TOKENS)
def test_each_token_of_an_answer_has_one_line(tokens: list[dict[str, Any]]) -> None:
    answered = json.dumps({"choices": [{"logprobs": {"content": tokens}}]})
    text = serialize(cassette(None, answered))
    assert sum(line.lstrip().startswith("- {") for line in text.split("\n")) == len(tokens)
    assert json.loads(bodies(deserialize(text))[1]) == json.loads(answered)


def test_a_prompt_can_be_read_line_by_line() -> None:
    asked = json.dumps({"messages": [{"role": "user", "content": "⟦P1⟧\nThe quay: one line.\n\n# End"}]})
    assert "content: |-\n" in serialize(cassette(asked, "{}"))
    assert "⟦P1⟧\n" in serialize(cassette(asked, "{}"))
