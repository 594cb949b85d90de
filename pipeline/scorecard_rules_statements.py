"""Statements that cannot be answered fairly: years, two facts in one, and silence that would fail."""

import re
from collections.abc import Iterator

from pipeline.scorecard_problem import ScorecardProblem
from pipeline.scorecard_rules_tools import is_mere_tool, tool_use
from pipeline.scorecard_sheet import ABOUT_THE_PERSON, Sheet, TextField

_COUNT = r"(?:\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|several|many)"
_YEARS = re.compile(
    rf"\b{_COUNT}(?: ?(?:-|\u2013|to) ?\d{{1,2}})? ?(?:\+|plus|or more)? ?(?:\+ ?)?years?\b'?(?: of)?"
    r"(?P<rest>(?: [\w/.+#&-]+){0,7})",
    re.IGNORECASE,
)
_PLUS = re.compile(
    r"\d ?(?:\+|plus|or more) ?years?\b|\b(?:at least|minimum(?: of)?|min\.?|over|more than) \S+ years", re.IGNORECASE
)
_EXPERIENCE = re.compile(
    r"\b(?:experience|experienced|practice|professional|commercial|hands-on|industry|working|backend|frontend|software|"
    r"development|developing|engineering|programming|coding|leadership|management|managing|leading|building|as an?|"
    r"in an?)\b",
    re.IGNORECASE,
)
_NOT_A_PERSONS_YEARS = re.compile(
    r"^ ?(?:old|of age|ago|later|retention|apart|back|worth)\b|\b(?:invoices|records|logs|history|archives?|backups?|"
    r"messages|events|transactions|reports|legacy)\b",
    re.IGNORECASE,
)
_FACT = (
    r"(?:has|have) (?:also |personally |already )?(?:been|had|\w+ed|built|run|led|kept|held|put|taken|shipped|written|"
    r"taught|brought|stood|the right)|"
    r"is (?:willing|able|available|ready|fluent|open)|can (?:start|travel|work|join|relocate)|"
    r"will \w+|(?:holds|speaks|joins) "
)
_SECOND_FACT = re.compile(
    rf"[,;]? (?P<joint>and/or|and|or|but)(?: also| must| should)* (?P<fact>{_FACT})", re.IGNORECASE
)
_RELATIVE = re.compile(
    r"\b(?:that|which|who|whom|whose|where|when|while|because|if|as|what|how|why)\b[^,.;:]*$", re.IGNORECASE
)
_SAYS_SO = re.compile(
    r"\b(?:states?|stated|mentions?|mentioned|confirms?|confirmed|declares?|declared|indicates?|indicated|specif(?:ies|ied)|"
    r"shows? in (?:the|their) (?:resume|cv|cover letter)|says?|said|writes|wrote|explicitly|clearly) (?:\w+ ){0,3}?"
    r"(?:that |willingness to |readiness to |availability (?:to|for) |they (?:can|will|are) |to )",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(
    r"\b(?:writes?|speaks?|wrote|written|spoken) (?:(?:and|or|&|/) ?(?:writes?|speaks?|reads?|understands?) )?[A-Z]\w+"
)
"""`Writes and speaks English that ...` is the fact itself."""
_TAIL_SUBJECT = re.compile(r"^(?:they|he|she|the candidate) (?:are |is )?(?:can|will|would|able to|willing to) ")
_DENIES = re.compile(
    r"^(?:must |should )?(?:(?:has|have) (?:never|no|not)\b|does not\b|do not\b|is not\b|not\b|no\b|never\b|without\b|"
    r"objects? to nothing)",
    re.IGNORECASE,
)
_TRUE_NEGATIVES = re.compile(r"^(?:has|have) not only\b|^no(?:t|w)? (?:later than|only)\b", re.IGNORECASE)
_MIN_WORDS_BEFORE = 3


def statement_problems(sheet: Sheet) -> Iterator[ScorecardProblem]:
    """Problems with how titles, non-negotiables, criteria and checks are put."""
    for text in sheet.texts:
        if text.part in ABOUT_THE_PERSON:
            yield from _years(sheet, text)
        if text.part in ("gate", "criterion"):
            yield from _and_or(sheet, text)
        if text.part == "gate":
            yield from _two_facts(sheet, text)
            yield from _silence(sheet, text)


def _years(sheet: Sheet, text: TextField) -> Iterator[ScorecardProblem]:
    for match in _YEARS.finditer(text.text):
        rest = match["rest"]
        asked = _PLUS.search(text.text[max(0, match.start() - 20) : match.end()]) or _EXPERIENCE.search(rest)
        tools = tool_use(rest).tools
        if not (asked or tools) or _NOT_A_PERSONS_YEARS.search(rest):
            continue
        if text.part in ("gate", "criterion", "check") and is_mere_tool(text.text):
            # The rule about mere tools already says what to write.
            return
        found = match[0].removesuffix(rest).strip()
        topic = _topic(rest)
        deeds = tool_use(text.text).stands_for
        deed = (
            deeds[0]
            if deeds
            else f"Has built {topic} that others relied on, seen it fail, and says what was changed after"
        )
        yield sheet.about(
            text,
            found,
            f'"{found}" counts time, not what it taught; years weigh nothing here, and they work as an age limit.',
            f'Write what the years stand for: "{deed}".',
        )
        return


def _topic(rest: str) -> str:
    """What the years were spent on, in the statement's own words."""
    words = re.sub(
        r"\b(?:of|in|with|as|an?|the|hands-on|professional|commercial|industry|practical|relevant|working|solid|strong|experience|"
        r"experienced|developing|building|using|designing)\b",
        " ",
        rest,
        flags=re.IGNORECASE,
    )
    topic = " ".join(words.split()[:5]).strip(" .,-/")
    return topic if len(topic) > 2 and not topic.lower().endswith((" and", " or")) else "a part of a system"


def _and_or(sheet: Sheet, text: TextField) -> Iterator[ScorecardProblem]:
    match = re.search(r"(\S+) ?\band ?/ ?or\b ?(\S+)", text.text, re.IGNORECASE)
    if match is not None:
        left, right = match[1].strip("(,"), match[2].strip("),.;")
        yield sheet.about(
            text,
            match[0],
            f'"{match[0]}" leaves open whether one is enough; two readers will judge the same person differently.',
            f'Write "{left} or {right}" if one is enough; if both are needed, make each a statement of its own.',
        )


def _two_facts(sheet: Sheet, text: TextField) -> Iterator[ScorecardProblem]:
    match = _SECOND_FACT.search(text.text)
    if match is None:
        return
    before = re.sub(r"\([^)]*\)", "", text.text[: match.start()])
    # Inside `a system that was live and has been split` both verbs belong to one fact about the system.
    if len(before.split()) < _MIN_WORDS_BEFORE or _RELATIVE.search(before) or before.count("(") > before.count(")"):
        return
    first = text.text[: match.start()].rstrip(" ,;") + "."
    second = text.text[match.start("fact") :].strip()
    second = second[:1].upper() + second[1:]
    joint = match["joint"].lower()
    if "or" in joint:
        advice = f'Keep the one you cannot do without, for example "{first}", and make "{second}" a criterion.'
    else:
        advice = f'Make two of it, each with its own id: "{first}" and "{second}"'
    yield sheet.about(
        text,
        match[0].strip(" ,;"),
        f'Two facts are joined by "{joint}": whoever shows one of them gets an unclear answer, and nobody '
        "sees which is missing.",
        advice,
    )


def _silence(sheet: Sheet, text: TextField) -> Iterator[ScorecardProblem]:
    says = _SAYS_SO.search(text.text)
    if says is not None and says.start() < len(text.text) / 2 and not _LANGUAGE.search(text.text):
        rest = text.text[says.end() :].rstrip(".")
        rest, telling = _TAIL_SUBJECT.subn("", rest)
        # Only what follows `to`, `they can` or the like begins with a verb; after `that` anything may come.
        verb = bool(telling) or says[0].rstrip().lower().endswith((" to", " they can", " they will"))
        fact = f'"Will {rest}" with `about: future`' if verb else 'begin with "Has ..." or "Will ..."'
        yield sheet.about(
            text,
            says[0].strip(),
            "This demands that somebody wrote it down: who simply did not mention it would miss a must-have they meet.",
            f"Write the fact: {fact}; whoever is silent is then asked, not turned away.",
        )
    elif _DENIES.match(text.text) and not _TRUE_NEGATIVES.match(text.text):
        positive = _DENIES.sub("", text.text).strip(" .") or "..."
        yield sheet.about(
            text,
            text.text,
            "This asks for the absence of something. Nobody writes what they did not do, so no document can show it.",
            f'Turn it round into what must be there instead of "{positive}": begin with "Has ..." or "Will ...".',
        )
