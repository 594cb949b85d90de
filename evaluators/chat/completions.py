"""Reads a chat completion as OpenAI's protocol writes it, from a live call or from a line of a provider batch."""

from collections.abc import Iterator, Mapping

from evaluators.chat.client import Facts, Reply, Token


def read_completion(completion: object) -> Reply:
    """The reply in a decoded JSON body; `malformed` when it is no chat completion."""
    if not isinstance(completion, Mapping):
        return Reply("malformed", "", {})
    facts = _facts(completion)
    choices = completion.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, Mapping) else None
    if not isinstance(choice, Mapping) or not isinstance(message, Mapping):
        return Reply("malformed", "", facts)
    text = _text(message.get("content"))
    reason = choice.get("finish_reason")
    if message.get("refusal") or reason == "content_filter":
        return Reply("refused", "", facts)
    if reason == "length":
        return Reply("cut", text, facts)
    return Reply("answered", text, facts, tuple(_tokens(choice.get("logprobs"))))


_SAID = frozenset((None, "text", "output_text"))
"""Kinds of the parts of a message that are the answer; others hold the model's thoughts."""


def _text(content: object) -> str:
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    parts = [part.get("text") if isinstance(part, Mapping) and part.get("type") in _SAID else part for part in content]
    return "".join(part for part in parts if isinstance(part, str))


def _facts(completion: Mapping[str, object]) -> Facts:
    facts: Facts = {}
    for name, key in (("model", "model"), ("system_fingerprint", "system_fingerprint")):
        value = completion.get(key)
        if isinstance(value, str) and value:
            facts[name] = value
    usage = completion.get("usage")
    if isinstance(usage, Mapping):
        details = usage.get("prompt_tokens_details")
        counts = {
            "input_tokens": usage.get("prompt_tokens"),
            "cached_tokens": details.get("cached_tokens") if isinstance(details, Mapping) else None,
            "written_tokens": details.get("cache_write_tokens") if isinstance(details, Mapping) else None,
            "output_tokens": usage.get("completion_tokens"),
        }
        facts.update({name: count for name, count in counts.items() if isinstance(count, int) and count >= 0})
    return facts


def alternatives(token: Token) -> dict[bytes, float]:
    """Texts that could have stood in a token's place, with natural-log probabilities; the token's own among them."""
    listed = token.others if isinstance(token.others, list) else []
    found = {text: logprob for text, logprob, _ in map(_token, listed) if text is not None}
    found.setdefault(token.text, token.logprob)
    return found


def _tokens(logprobs: object) -> Iterator[Token]:
    listed = logprobs.get("content") if isinstance(logprobs, Mapping) else None
    if not isinstance(listed, list):
        return
    try:
        # Nearly every endpoint writes it like this, and there are hundreds of them.
        yield from [Token(bytes(one["bytes"]), one["logprob"] + 0.0, one["top_logprobs"]) for one in listed]
    except (KeyError, TypeError, ValueError):
        yield from _uneven_tokens(listed)


def _uneven_tokens(listed: list[object]) -> Iterator[Token]:
    for one in listed:
        text, logprob, others = _token(one)
        if text is None:
            return  # Half a list cannot be laid beside the text.
        yield Token(text, logprob, others)


def _token(one: object) -> tuple[bytes | None, float, object]:
    if not isinstance(one, dict):
        return None, 0.0, None
    raw, token, logprob = one.get("bytes"), one.get("token"), one.get("logprob")
    if not isinstance(logprob, int | float):
        return None, 0.0, None
    others = one.get("top_logprobs")
    if isinstance(raw, list):
        try:
            return bytes(raw), logprob, others
        except (ValueError, TypeError):
            pass
    return (token.encode() if isinstance(token, str) else None), logprob, others
