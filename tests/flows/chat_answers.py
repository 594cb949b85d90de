"""Answers of a scripted chat endpoint that differ from candidate to candidate and are the same for equal requests."""

import hashlib
import json
import re
from typing import Any

from tests.evaluators.scripted_server import Asked, Reply

BLOCK = re.compile(r"^⟦([PAB]\d+) [^⟧]*⟧\n(.*?)\n⟦end of \1⟧$", re.DOTALL | re.MULTILINE)


def passages(asked: Asked) -> dict[str, str]:
    return dict(BLOCK.findall(asked.user))


def share(text: str, *, salt: str = "") -> float:
    """A number from 0 to 1 that belongs to a text."""
    return hashlib.sha256(f"{salt}{text}".encode()).digest()[0] / 255


def words(text: str, count: int = 10) -> str:
    return " ".join(text.split()[:count])


def answer(asked: Asked) -> dict[str, Any]:
    """Every kind of question: findings by hash, comparisons by the longer card, one follow-up question."""
    kind = asked.body["response_format"]["json_schema"]["name"]
    shown = passages(asked)
    if kind == "comparison":
        return compare(shown)
    if kind == "questions":
        label, text = next(iter(shown.items()))
        question = "What would you do differently today, and why?"
        return {"questions": [{"passage": label, "quote": words(text), "question": question}]}
    long_enough = [(label, text) for label, text in shown.items() if len(text.split()) >= 4]
    if not long_enough:
        return {"findings": {check: {"quotes": [], "met": False, "p": 0.02} for check in asked.checks}}
    return {"findings": {check: finding(check, long_enough, asked) for check in asked.checks}}


def finding(check: str, shown: list[tuple[str, str]], asked: Asked) -> dict[str, Any]:
    if check == "denied":
        return {"quotes": [], "met": False, "p": 0.02}
    p = round(0.55 + 0.44 * share(asked.user, salt=check), 2)
    quotes = [{"passage": label, "text": words(text)} for label, text in shown[:3]]
    return {"quotes": quotes, "met": True, "p": p}


def compare(shown: dict[str, str]) -> dict[str, Any]:
    """The card with more characters, whichever comes first."""
    length = {card: sum(len(text) for label, text in shown.items() if label[0] == card) for card in "AB"}
    best = max(length, key=lambda card: length[card])
    label, text = next((label, text) for label, text in shown.items() if label[0] == best)
    return {"quotes": [{"passage": label, "text": words(text)}], "preferred": best, "p": 0.9}


def first_card(asked: Asked) -> Any:
    """Always prefers what it reads first: both orders disagree."""
    if asked.body["response_format"]["json_schema"]["name"] != "comparison":
        return answer(asked)
    label, text = next(iter(passages(asked).items()))
    return Reply(json.dumps({"quotes": [{"passage": label, "text": words(text)}], "preferred": "A", "p": 0.9}))
