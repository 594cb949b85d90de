"""A pasted job post becomes a draft of a scorecard: lines sorted by code, for a person to rewrite.

No model reads the post. A line goes where its section and its first words say; nothing is made up but the criteria,
which are those of the library in general words.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from pipeline.review.scorecard_form import CriterionFields, GateFields, ScorecardFields, yaml_of
from pipeline.scorecard_rules_tools import MOST_PREFERENCES, tool_use

Section = Literal["about", "work", "must", "nice", "tools", "limits", "offer"]

LEFT_OUT: Final = "Left out of this draft (move what matters into a field, then delete these lines):"
MISSION: Final = "Say in two or three sentences what this person will have changed a year from now."
"""Stands where the post says nothing of the kind."""

_MOST_GATES: Final = 4
_MOST_LINES: Final = 12
_LONGEST_TITLE: Final = 110
_HEADINGS: Final[tuple[tuple[Section, str], ...]] = (
    ("nice", r"nice[ -]to[ -]have|bonus|preferred|good to have|desirable|would be (?:a )?(?:plus|great)|pluses|"
             r"ideally"),
    ("tools", r"(?:tech(?:nology|nical)?|our|the) ?stack|technologies|tools(?: we use)?|tooling"),
    ("offer", r"benefits|perks|(?:what )?we offer|what(?:'s| is) in it|compensation|salary|how to apply|"
          r"about the process"),
    ("limits", r"(?:our )?(?:constraints|limits|limitations|boundaries)|what you (?:have to|must|should) know|"
               r"the (?:hard|awkward|difficult) part"),
    ("must", r"requirements?|qualifications|must[ -]haves?|(?:what )?you(?:'ll)? (?:bring|have|need)|who you are|"
             r"what we(?:'re| are)? look(?:ing)? for|your profile|about you|skills|experience|we expect"),
    ("work", r"responsibilities|what you(?:'ll| will)? (?:do|work on)|your (?:tasks|role|mission|work|job|day)|"
             r"you will|"
             r"you'll|the (?:job|work|role)|scope|duties|in this role|key tasks"),
    ("about", r"about (?:us|the (?:company|team|role))|who we are|the (?:company|team)|our (?:team|mission|"
              r"story)|context"),
)  # fmt: skip
_BULLET: Final = re.compile(r"^\s*(?:[-*•‣◦▪–—·]|\d{1,2}[.)])\s+(?P<text>.+)$")
_CONSTRAINT: Final = re.compile(
    r"\bteam of\b|\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|a dozen)"
    r"[ -](?:engineers|developers|people|persons?)\b|"
    r"\bon[- ]call\b|\bregulat|\bGDPR\b|\bHIPAA\b|\bSOC ?2\b|"
    r"\bPCI\b|\blegacy\b|\bmonolith\b|\bbudget\b|\bdeadline\b|\btime ?zones?\b|\baudit|\brelease window|"
    r"\bdowntime\b|\b24/7\b",
    re.IGNORECASE,
)
_MISSION: Final = re.compile(
    r"\b(?:mission|you(?:'ll| will)|will (?:own|lead|build|move|take|replace|grow)|our goal|over the next|this year|"
    r"so that)\b",
    re.IGNORECASE,
)
_FLUFF: Final = re.compile(
    r"\bteam[- ]?player\b|\bpassion|\bself[- ](?:starter|motivated|driven)|\bfast[- ]paced\b|\bcommunication skills\b|"
    r"\bdegree\b|\bbachelor|\bmaster'?s\b|\brock ?star|\bninja\b|\bcan[- ]do\b|\bculture fit\b|"
    r"\bproblem[- ]solv(?:er|ing) skills|"
    r"\benthusias|\bdetail[- ]oriented|\bwork ethic",
    re.IGNORECASE,
)
_FUTURE: Final = re.compile(
    r"^(?:willing|ready|able|available|open|happy|prepared|comfortable|authori[sz]ed|eligible|willingness|ability|"
    r"availability|right to work)\b",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(
    r"^(?:you(?:'ve| have|'re| are)?|we expect you to|must|should|needs? to)\s+(?:have\s+|be\s+)?", re.I
)
_JOB_WORDS: Final = re.compile(
    r"^(?:job title|title|position|role|we(?:'re| are) (?:hiring|looking for)(?: an?)?)\s*:?\s*", re.I
)
_CRITERIA: Final = (
    (
        *("tradeoff_reasoning", "5", "judgment", "resume takehome"),
        "Explains choices by the constraint that decided them, what else was weighed and what was given up; does not "
        "merely name tools or patterns.",
    ),
    (
        *("failure_modes", "4", "judgment", "resume takehome"),
        "Thinks past the happy path: what can fail, how it is noticed, and how the damage is contained; best from real "
        "incidents.",
    ),
    (
        *("production_ownership", "4", "judgment", "resume"),
        "Has owned services in production: releases, incidents, and better reliability or cost over time.",
    ),
    (
        *("mission_fit", "4", "judgment", "resume"),
        "Has solved a problem like the one in the mission, under limits like those of this team.",
    ),
    (
        *("data_and_api_design", "3", "craft", "resume takehome"),
        "Designs records and interfaces that stay right under repeats, change and growth.",
    ),
    (
        *("testing_and_operability", "2", "craft", "resume takehome"),
        "Tests what can break, and leaves a system that others can watch and put right.",
    ),
)


class Draft(NamedTuple):
    """A scorecard to be edited, and what did not find a place in it."""

    fields: ScorecardFields
    left_out: tuple[str, ...]

    @property
    def yaml(self) -> str:
        """The draft as a file; what was left out stands at its end, as comments."""
        # The comment also makes it differ from the same scorecard after somebody looked at it and saved it.
        text = f"# A draft, sorted by code from a job post. Edit it.\n{yaml_of(self.fields)}"
        if not self.left_out:
            return text
        return "\n".join([text.rstrip("\n"), "", f"# {LEFT_OUT}", *(f"# - {line}" for line in self.left_out), ""])


class _Line(NamedTuple):
    section: Section
    text: str
    bullet: bool


def draft_from_post(post: str, *, title: str = "") -> Draft:
    """Sort a job post into a scorecard.

    Args:
        post: The text as pasted; empty for a scorecard with nothing but the library's criteria.
        title: The name of the job if it is known; else the post's first line.
    """
    name, lines = _title_and_lines(post, title)
    lines = [line for line in lines if line.section != "offer"]
    scope = [line.text for line in lines if line.section == "work" and line.bullet]
    mission = _mission(lines)
    rest = (line for line in lines if line.text not in scope)
    constraints = [
        one
        for line in rest
        for one in _sentences(line)
        if (line.section == "limits" or _CONSTRAINT.search(one)) and one not in mission
    ]
    taken = {*constraints[:_MOST_LINES], *scope[:_MOST_LINES]}
    gates, left_out = _gates(line for line in lines if line.section == "must" and line.text not in taken)
    left_out = [*scope[_MOST_LINES:], *constraints[_MOST_LINES:], *left_out]
    tools = _tools(lines)
    left_out += _unplaced(lines, placed={*taken, *left_out, *(line.text for line in lines if line.section == "must")})
    fields = ScorecardFields(
        title=name,
        stage=_stage(post),
        mission=mission,
        scope="\n".join(scope[:_MOST_LINES]),
        constraints="\n".join(constraints[:_MOST_LINES]),
        preferences="\n".join(tools[:MOST_PREFERENCES]),
        gates=gates,
        criteria=tuple(CriterionFields(id=i, weight=w, kind=k, sources=s, statement=t) for i, w, k, s, t in _CRITERIA),
    )
    return Draft(fields, tuple(dict.fromkeys([*left_out, *tools[MOST_PREFERENCES:]])))


def left_out_of(yaml_text: str) -> tuple[str, ...]:
    """What a draft lists at its end; empty once somebody saved it from the form."""
    _, found, rest = yaml_text.partition(f"# {LEFT_OUT}\n")
    return tuple(line[4:] for line in rest.splitlines() if line.startswith("# - ")) if found else ()


def _title_and_lines(post: str, title: str) -> tuple[str, list[_Line]]:
    texts = [" ".join(line.replace("\u00a0", " ").split()) for line in post.splitlines()]
    texts = [line for line in texts if line]
    first = re.sub(r"^#+\s*|\*\*", "", texts[0]) if texts else ""
    is_title = (
        bool(first) and len(first) <= _LONGEST_TITLE and not first.endswith((".", ":")) and not _BULLET.match(first)
    )
    name = title or (_JOB_WORDS.sub("", first) if is_title else "")
    return name or "Untitled role", list(_sorted_lines(texts[1:] if is_title else texts))


def _sorted_lines(texts: Iterable[str]) -> Iterator[_Line]:
    section: Section = "about"
    for text in texts:
        bullet = _BULLET.match(text)
        if bullet is None and (named := _heading(text)) is not None:
            section = named
            continue
        yield _Line(section, _trimmed(bullet["text"] if bullet else text), bullet is not None)


def _heading(text: str) -> Section | None:
    bare = re.sub(r"^#+\s*|[*_]{2}", "", text).strip().rstrip(":").strip()
    if len(bare) > 60 or bare.endswith((".", ",", ";")) or len(bare.split()) > 8:
        return None
    for section, words in _HEADINGS:
        if re.match(rf"(?:{words})\b", bare, re.IGNORECASE) or (
            text.endswith(":") and re.search(rf"\b(?:{words})\b", bare, re.IGNORECASE)
        ):
            return section
    return None


def _gates(lines: Iterable[_Line]) -> tuple[tuple[GateFields, ...], list[str]]:
    """Return the first must-haves that are deeds, and the other lines."""
    gates: list[GateFields] = []
    left_out: list[str] = []
    for line in lines:
        use = tool_use(line.text)
        if use.tools and use.words <= 2 * len(use.tools) + 2:
            # Only tools: they are listed among the preferences; the years that are asked for with them are not.
            left_out.extend([line.text] if re.search(r"\d\+? ?years", line.text) else [])
        elif _FLUFF.search(line.text) or len(line.text.split()) < 4 or len(gates) >= _MOST_GATES:
            left_out.append(line.text)
        else:
            gates.append(_gate(line.text))
    return tuple(gates), left_out


def _unplaced(lines: Iterable[_Line], *, placed: set[str]) -> list[str]:
    """Return the other points of the post that are in no field: nothing that somebody listed goes without a word."""
    return [
        line.text
        for line in lines
        if (line.bullet or line.section == "nice") and line.text not in placed and not tool_use(line.text).tools
    ]


def _gate(text: str) -> GateFields:
    bare = _SUBJECT.sub("", text)
    if _FUTURE.match(bare):
        bare = re.sub(r"^(?:willingness|availability)\s+to\b", "willing to", bare, flags=re.IGNORECASE)
        bare = re.sub(r"^ability\s+to\b", "able to", bare, flags=re.IGNORECASE)
        return GateFields(statement=f"Is {_lower(bare)}", about="future")
    if re.match(r"(?:ha[sv]e?|will|can|is|are|holds?)\b", bare, re.IGNORECASE):
        return GateFields(statement=re.sub(r"^have\b", "Has", bare[:1].upper() + bare[1:], flags=re.IGNORECASE))
    return GateFields(statement=f"Has {_lower(bare)}")


def _tools(lines: Iterable[_Line]) -> list[str]:
    found: dict[str, str] = {}
    for line in lines:
        for tool in tool_use(line.text).tools:
            found.setdefault(tool.casefold(), tool)
    return list(found.values())


def _mission(lines: Iterable[_Line]) -> str:
    prose = [line for line in lines if line.section in ("about", "work") and not line.bullet]
    sentences = [one for line in prose for one in _sentences(line) if len(one.split()) > 4]
    telling = [one for one in sentences if _MISSION.search(one)] or sentences
    return " ".join(telling[:3])[:600] or MISSION


def _sentences(line: _Line) -> list[str]:
    return [line.text] if line.bullet else re.split(r"(?<=[.!?])\s+", line.text)


def _stage(post: str) -> str:
    if re.search(r"\bstart-?up\b|\bseed\b|\bseries a\b|\bfounding\b|\bfirst (?:engineer|hire)\b", post, re.IGNORECASE):
        return "startup"
    if re.search(r"\b(?:[2-9]|[1-4]\d)[ -](?:people|persons?|employees|strong)\b", post, re.IGNORECASE):
        return "startup"
    # A bank is an employer, a bank file or account is what anybody may work on.
    bank = r"\bbank\b(?! (?:files?|accounts?|details|statements?|transfers?|cards?|holidays?|feeds?))"
    big = rf"\benterprise\b|\bhospital|{bank}|\binsurance\b|\bregulated\b|\b\d{{1,3}}[,.]?\d{{3}}\+? employees\b"
    return "enterprise" if re.search(big, post, re.IGNORECASE) else "growth"


def _trimmed(text: str) -> str:
    return re.sub(r"\*\*|__", "", text).strip(" ;,")


def _lower(text: str) -> str:
    """Lower-case a first word that is no name."""
    first = text.split(" ", 1)[0]
    return text if first.isupper() or any(letter.isupper() for letter in first[1:]) else text[:1].lower() + text[1:]
