"""Processor time that clients spend on one call: the chat judge's own, LangChain's `ChatOpenAI`, and a bare socket."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic import SecretStr

from evaluators.chat.client import Call, ChatParameters
from evaluators.chat.openai_client import OpenAIClient
from tests.mock_endpoint.bare_client import ask_bare
from tests.mock_endpoint.workload import plain_bodies

Ask = Callable[[dict[str, Any]], Awaitable[object]]
IN_FLIGHT = 16
TOP_LOGPROBS = 5


async def compare(base_url: str, *, calls: int) -> list[str]:
    """Ask so many times with each client, without and with log-probabilities.

    Returns:
        One line each.
    """
    lines = []
    for top in (None, TOP_LOGPROBS):
        bodies = plain_bodies(calls, top_logprobs=top)
        for name, make in (("chat judge", _own), ("langchain", _langchain)):
            ask = make(base_url, top)
            await _all(ask, bodies[:IN_FLIGHT])
            before = time.process_time()
            await _all(ask, bodies)
            lines.append(_line(name, top, time.process_time() - before, calls))
        before = time.process_time()
        await ask_bare(base_url, bodies, in_flight=IN_FLIGHT)
        lines.append(_line("bare socket", top, time.process_time() - before, calls))
    return lines


def _line(name: str, top: int | None, seconds: float, calls: int) -> str:
    what = "plain answers" if top is None else f"log-probabilities (top {top})"
    return f"{name:<12} {what:<26} {1000 * seconds / calls:.2f} ms of processor time a call"


async def _all(ask: Ask, bodies: Sequence[bytes]) -> None:
    source = iter(bodies)

    async def work() -> None:
        for body in source:
            await ask(json.loads(body))

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))


def _own(base_url: str, top: int | None) -> Ask:
    parameters = ChatParameters(
        model="mock", temperature=0.0, max_output_tokens=4_000, seed=7, logprobs=top is not None
    )
    client = OpenAIClient(parameters, base_url=base_url, api_key=SecretStr("none"), timeout=60.0, in_flight=IN_FLIGHT)

    async def ask(body: dict[str, Any]) -> object:
        schema = body["response_format"]["json_schema"]
        messages = tuple((message["role"], message["content"]) for message in body["messages"])
        return await client.ask(Call(messages, schema["name"], schema["schema"]))

    return ask


def _langchain(base_url: str, _: int | None) -> Ask:
    import openai
    from langchain_openai import ChatOpenAI
    from langsmith import tracing_context

    # A client of its own: LangChain's shared one belongs to the first loop that uses it.
    http = openai.DefaultAsyncHttpxClient(base_url=base_url)
    chat = ChatOpenAI(
        model="mock", base_url=base_url, api_key="none", max_retries=0, use_responses_api=False, http_async_client=http
    )

    async def ask(body: dict[str, Any]) -> object:
        messages = [(message["role"], message["content"]) for message in body["messages"]]
        options = {name: body[name] for name in ("response_format", "logprobs", "top_logprobs") if name in body}
        with tracing_context(enabled=False):
            return await chat.ainvoke(messages, **options)

    return ask
