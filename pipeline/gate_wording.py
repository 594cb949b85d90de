"""Tells from its wording whether a non-negotiable is about what was done or about what will be."""

import re

from pipeline.models.scorecard import About

_LEAD = re.compile(
    r"^(?:(?:the\s+)?(?:candidate|person|applicant|engineer|developer)s?|you|they|we\s+need\s+someone\s+who|someone\s+who|"
    r"must|should|needs?\s+to|has\s+to|have\s+to|is\s+required\s+to)\s+",
    re.IGNORECASE,
)
_HOLDS_NOW = re.compile(
    r"^(?:ha[sv]e?|holds?|owns?)\s+(?:an?\s+|the\s+|valid\s+|full\s+|current\s+|own\s+)*"
    r"(?:right|permission|permit|visa|licen[cs]e|driving|driver|clearance|access|availability|time|willingness|no\s+\w+)\b",
    re.IGNORECASE,
)
"""`Has the right to work` is a state one has or can reach, not something one did."""
_DONE = re.compile(
    r"^(?:also\s+|personally\s+)*(?:ha[sv]e?|had)\b|\bha(?:s|ve)\s+(?:\w+ly\s+)?(?:been|\w+ed|built|run|led|kept|held|put|brought"
    r"|taken|shipped|written|taught|stood)\b|^(?:experience|experienced|proven|built|led|ran|owned|shipped|operated|worked|"
    r"designed|delivered|managed|maintained|carried)\b",
    re.IGNORECASE,
)
_TO_COME = re.compile(
    r"^(?:is|are|be|can|could|will|would|may|does|do|joins?|starts?|works?|travels?|relocates?|comes?|takes?|moves?|commutes?|"
    r"agrees?|accepts?|available|willing|ready|able|open|prepared|happy|speaks?|writes?|reads?|fluent|lives?|stays?|shares?|"
    r"participates?|commits?|helps?|covers?|overlaps?|holds?|attends?|supports?|on-call|eligible|authori[sz]ed|entitled)\b"
    r"|\b(?:will|willing|available|availability|relocat\w*|notice\s+period|from\s+day\s+one)\b",
    re.IGNORECASE,
)


def told_from_wording(statement: str) -> About:
    """`past` for what was done (`Has shipped ...`), `future` for what will be or is the case (`Can start ...`).

    The first verb decides, since authors explain themselves in what follows. A wording that says neither
    is read as past: there the judge asks for evidence, where for the future a person's word is enough.
    """
    opening = statement.strip()
    while (lead := _LEAD.match(opening)) is not None:
        opening = opening[lead.end() :]
    if _HOLDS_NOW.match(opening):
        return "future"
    if _DONE.match(opening):
        return "past"
    first_clause = re.split(r"[.;:]", opening, maxsplit=1)[0]
    if _DONE.search(first_clause) and not re.match(r"(?:will|can|is|are)\b", opening, re.IGNORECASE):
        return "past"
    return "future" if _TO_COME.search(first_clause) else "past"
