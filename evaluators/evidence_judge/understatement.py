"""Consent that is told by denying its opposite: "I do not mind nights", "never turned down a trip".

Word lists take such a sentence for a refusal, and a refusal that is none is the worst error of all. Before words are
counted, the turns of phrase below are read as the plain words that they stand for; quotes keep the candidate's own.
"""

import re
from typing import Final

_NOT: Final = (
    r"(?:(?:do|does|did|would|will|could|should|have|has|had|am|is|are|was|were|can)(?:\s+not|n['’]t)"
    r"|won['’]t|can['’]?t|cannot|never|not)(?:\s+(?:ever|even|once|really|at\s+all|yet))?"
)
_NO: Final = (
    r"(?<!was )(?<!were )(?:no|not\s+(?:a|an|any|the\s+least|the\s+slightest)|never\s+(?:had|have)\s+(?:a|an|any)"
    r"|(?:do\s+not|don['’]t|without)\s+(?:have\s+)?(?:a|an|any))"
)
_REFUSING: Final = (
    r"(?:refus(?:e|ed|ing)|turn(?:ed|ing)?\s+(?:down|away)|declin(?:e|ed|ing)|object(?:ed|ing)?|complain(?:ed|ing)?"
    r"|protest(?:ed|ing)?|dodg(?:e|ed|ing)|shirk(?:ed|ing)?|duck(?:ed|ing)?|hesitat(?:e|ed|ing)|back(?:ed|ing)?\s+out"
    r"|shy(?:ing)?\s+away|shied\s+away|shr(?:ink|ank|unk)\s+from|regret(?:ted|ting)?|resent(?:ed|ing)?)"
)

PLAIN: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(rf"\b{pattern}", re.IGNORECASE), plain)
    for pattern, plain in (
        (rf"{_NOT}\s+mind(?:ed|ing)?\b", "am happy with"),
        (rf"{_NOT}\s+s(?:ay|aid)\s+no\b", "say yes"),
        (rf"{_NOT}\s+(?:be\s+)?{_REFUSING}\b", "gladly accept"),
        (rf"{_NO}\s+(?:\w+\s+)?(?:reasons?|grounds?)\s+to\s+(?:{_REFUSING}|say\s+no)\b", "gladly accept"),
        (
            rf"{_NO}\s+(?:\w+\s+)?(?:objections?|problems?|trouble|troubles|issues?|difficult(?:y|ies)|hesitation|qualms?"
            r"|reservations?|complaints?|hardship|burden|bother|inconvenience|obstacles?)\b"
            r"(?=\s+(?:with|to|about|at\s+all|for\s+me|whatsoever|there)\b|\s*[.,;!)]|$)",
            "fine",
        ),
        (r"nothing\s+against\b", "fine"),
        (r"nothing\s+(?:that\s+)?(?:to\s+)?(?:stops?|keeps?|holds?|prevents?|binds?|ties)\s+(?:me|us)\b", "free"),
        (
            rf"{_NOT}\s+(?:be\s+|been\s+|a\s+bit\s+)?(?:afraid|scared|shy|averse|opposed|unwilling|reluctant|unhappy|too\s+proud"
            r"|put\s+off|bothered?|frightened|deterred)\b",
            "glad",
        ),
        (
            rf"{_NOT}\s+(?:bother|scare|frighten|deter|trouble|worry|upset|disturb|daunt|stop|keep|hold|put)(?:ed|red)?"
            r"\s+(?:me|us)(?:\s+(?:off|back))?\b",
            "is fine with me",
        ),
        (
            rf"(?:{_NO}|(?:can['’]?t|cannot|can\s+not)\s+see\s+(?:a|any))\s+reasons?\s+(?:not\s+to|why\s+not|against)\b",
            "glad to",
        ),
        (r"(?:never|not)\s+(?:been\s+)?out\s+of\s+the\s+question\b", "possible"),
        (
            rf"{_NOT}\s+(?:a\s+stranger|strangers|new|unfamiliar|inexperienced|unused|foreign)\s+(?:to|with|in)\b",
            "used to",
        ),
        (r"no\s+strangers?\s+to\b", "used to"),
        (r"(?:can['’]?t|cannot|can\s+not|could\s+not|couldn['’]t)\s+(?:wait|be\s+happier)\b", "gladly"),
        (r"not\s+(?:only|just|merely)\b", "also"),
        (r"(?:not|never)\s+(?:my|the|our|a)\s+first\b", "again a"),
    )
)
"""What is denied and what it means; each is tried everywhere, in this order."""


def plainly(text: str) -> str:
    """The text with consent said outright.

    >>> plainly("I don't mind night calls and would never say no to travel.")
    'I am happy with night calls and say yes to travel.'
    """
    for pattern, plain in PLAIN:
        text = pattern.sub(plain, text)
    return text
