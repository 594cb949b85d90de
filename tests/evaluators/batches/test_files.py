import io
import json
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from evaluators.batches.files import (
    BatchLines,
    Bounds,
    RequestSpool,
    Result,
    batch_line,
    read_results,
    sent_facts,
    sent_form,
)
from evaluators.chat.client import Call, Reply
from evaluators.chat.dialect import Dialect, Refusal
from evaluators.chat.judge import parameters_for
from evaluators.chat.schema import AskedCheck, ChatRequest
from pipeline.models.verdicts import Request
from prompts.loader import load_prompt

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KEY = "0" * 64


def request(number: int, user: str = "text") -> Request:
    asked = ChatRequest(system="system", user=user, passages=("a",), checks=(AskedCheck(id="reason"),))
    return Request(key=f"{number:064x}", content=asked.to_bytes(), sample=number % 3)


@given(st.lists(TEXT, min_size=1, max_size=20))
def test_every_line_is_read_back_whatever_it_says(texts: list[str]) -> None:
    output = b"".join(
        json.dumps(
            {"custom_id": f"{number:064x}-0", "response": {"status_code": 200, "body": {"said": text}}, "error": None},
            ensure_ascii=False,
        ).encode()
        + b"\n"
        for number, text in enumerate(texts)
    )
    expected = [Result(f"{number:064x}", 200, {"said": text}, "") for number, text in enumerate(texts)]
    assert list(read_results(io.BytesIO(output))) == expected


@given(
    st.binary(max_size=200), st.recursive(st.none() | st.integers() | TEXT, lambda inner: st.lists(inner, max_size=3))
)
def test_what_is_no_result_is_left_out_and_the_others_are_read(garbage: bytes, value: object) -> None:
    good = json.dumps({"custom_id": f"{KEY}-0", "response": None, "error": {"code": "batch_expired"}}).encode()
    odd = json.dumps({"custom_id": value, "response": value}).encode()
    rows = [row for row in (garbage.replace(b"\n", b" "), odd, good) if b"\n" not in row]
    found = list(read_results(io.BytesIO(b"\n".join(rows))))
    assert found[-1] == Result(KEY, None, None, "batch_expired")


@given(TEXT, st.integers(0, 3))
def test_a_line_is_one_line(text: str, sample: int) -> None:
    line = batch_line(KEY, sample, {"messages": [{"role": "user", "content": text}]})
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    read = json.loads(line)
    assert read["custom_id"] == f"{KEY}-{sample}"
    assert read["body"]["messages"][0]["content"] == text


@given(st.lists(st.integers(1, 40), min_size=1, max_size=40), st.integers(1, 5), st.integers(1, 100))
def test_no_file_exceeds_its_bounds_and_no_line_is_lost(sizes: list[int], requests: int, size: int) -> None:
    bounds = Bounds(requests=requests, bytes=size)
    files = [BatchLines(bounds)]
    for number, length in enumerate(sizes):
        if not files[-1].add(str(number), b"x" * length):
            files.append(BatchLines(bounds))
            assert files[-1].add(str(number), b"x" * length)
    assert [key for file in files for key in file.keys] == [str(number) for number in range(len(sizes))]
    for file in files:
        length = file.file.seek(0, 2)
        assert length == sum(sizes[int(key)] for key in file.keys)
        assert len(file.keys) == 1 or (length <= size and len(file.keys) <= requests)
        file.close()


def test_the_spool_keeps_requests_in_order_and_knows_what_was_said() -> None:
    with closing(RequestSpool(load_prompt("repair"))) as spool:
        for number in range(50):
            spool.add(request(number, user=f"text {number} ⟦…⟧"))
        keys = list(spool)
        assert [spool.place(key) for key in keys] == list(range(len(spool))) == list(range(50))
        spool.add_reply(keys[7], Reply("cut", "half an answer", {"input_tokens": 5}))
        assert [spool.transcript(key).call.messages[1][1] for key in keys] == [f"text {n} ⟦…⟧" for n in range(50)]
        assert [spool.transcript(key).call.sample for key in keys[:4]] == [0, 1, 2, 0]
        roles = [role for role, _ in spool.transcript(keys[7]).call.messages]
        assert roles == ["system", "user", "assistant", "user"]
        answer = spool.transcript(keys[7]).take(Reply("refused", "", {"input_tokens": 6}))
        assert answer is not None
        assert (answer.provider["input_tokens"], answer.provider["calls"]) == (11, 2)


def test_a_later_run_knows_in_which_form_a_batch_was_written() -> None:
    parameters, dialect = parameters_for("gpt-4o"), Dialect(official=True)
    call = Call((("system", "s"), ("user", "u")), "findings", {}, sample=2)
    for field in ("nothing", "seed", "response_format", "temperature"):
        dialect.learn(Refusal("unsupported_parameter", field, ""), sent=dialect.version)
        assert sent_facts(sent_form(dialect, parameters, call), parameters, call) == dialect.facts(parameters, call)
