"""What a heading says about the text under it."""

import re

from pipeline.models.dossier import SectionSense

# The first sense whose words stand in the heading wins: "Assumptions and limitations" is read as limits, because what
# was left out is the rarer and the more telling statement.
_WORDS: tuple[tuple[SectionSense, str], ...] = (
    (
        "not_done",
        r"(?:have |has |had |is |was |what |i |we |deliberately )?not (?:been |yet )?(?:done|implemented|covered|"
        r"included|handled|built|finished|tested|here|in scope|supported|used|worked)|"
        r"(?:did|have|do|does)(?: not|n['\u2019]t) (?:do|build|know|have|cover|implement|finish)|"
        r"left (?:out|undone|open)|leave out|out of scope|non[- ]goals?|missing|omitted|skipped|unfinished|incomplete|"
        r"to[- ]?dos?|future (?:work|improvements?)|next steps?|what(?:['\u2019]s| is) next|"
        r"(?:with|given|if i had|had i) more time|improvements|limitations?|"
        r"known (?:issues|gaps|limits|bugs|problems|limitations)|gaps|limits of (?:this|the|my)|"
        r"open (?:points|questions|issues|ends)|shortcuts|shortcomings|roadmap|remaining(?: work)?|caveats|"
        r"would (?:do|change|add|improve)",
    ),
    (
        "assumptions",
        r"assum(?:ptions?|ed|e|ing)|premises|preconditions|interpretations?|presumed|"
        r"(?:as|how) i (?:read|understood|understand)|my (?:reading|understanding) of",
    ),
    (
        "work",
        r"experiences?|employment|employers?|careers?|(?:work|professional|job) (?:history|background|experience)|"
        r"(?:selected|recent|previous|past|paid|main) (?:work|roles?|positions?)|positions?(?: held)?|projects?|"
        r"jobs|internships?|responsibilities|achievements|accomplishments|assignments|engagements|"
        r"what i(?: have|['\u2019]ve)? (?:been doing|did|do|built|made|done)|"
        r"what was (?:added|built|done|changed)|"
        r"where i (?:have )?(?:applied|worked)|implementation|decisions?|choices|"
        r"design(?: notes| decisions| considerations| choices)?|"
        r"architecture|approach|solution|trade[- ]?offs?|incidents?|how it works|done|"
        r"notes(?: for (?:the )?reviewers?)?|roll[- ]?out|release|roll[- ]?back|operations|what i broke",
    ),
    (
        "other",
        r"education|studies|degrees?|university|academic|skills?|competenc(?:es|ies|e)|toolbox|tools?|tooling|"
        r"technologies|tech(?:nical)? stack|stack|languages?|certificat(?:es?|ions?)|courses?|training|licen[cs]es|"
        r"interests?|hobb(?:y|ies)|summary|profile|about(?: me)?|objective|contact|personal|references?|awards?|"
        r"honou?rs|publications?|talks?|speaking|volunteering|voluntary|memberships?|"
        r"what i (?:want|look for|am looking for|know)|in closing|closing|misc(?:ellaneous)?|other|running|usage|"
        r"setup|set[- ]up|install(?:ation)?|how to run|getting started|requirements|links|overview|introduction",
    ),
)
_PATTERNS = tuple((sense, re.compile(rf"\b(?:{words})\b")) for sense, words in _WORDS)
_WHOLE: tuple[tuple[SectionSense, re.Pattern[str]], ...] = (
    ("work", re.compile(r"(?:my )?work|background|history|clients?")),
    ("other", re.compile(r"now|today|currently")),
)
_LEARNING = re.compile(
    r"\b(?:education|universit\w*|school|college|academy|stud(?:y|ies|ent)|degree|bachelor|master|b\.?sc|m\.?sc|phd|"
    r"diploma|certificates?|course|training|volunt\w*)\b"
)
_NUMBERING = re.compile(r"^[\W\d_]*(?:[ivx]+[.)]\s+)?|[\W_]+$")
_LONGEST_HEADING = 120
_MOST_WORDS = 9
_RUN_IN = re.compile(r"[^.:!?\n]{3,48}?(?=[.:](?:\s|$))")


def heading_sense(heading: str, *, dated: bool = False) -> SectionSense | None:
    """The sense that a heading states, or None when its words are not on the list.

    Args:
        heading: The text of the heading.
        dated: It gives a span of years, as the line above a job or a course of study does.
    """
    words = _NUMBERING.sub("", heading[:_LONGEST_HEADING].casefold())
    if dated:
        # "Tools team, 2019 to 2021" is a job, whatever its name.
        return "other" if "[school]" in heading[:_LONGEST_HEADING].casefold() or _LEARNING.search(words) else "work"
    if not words or len(words.split()) > _MOST_WORDS:
        return None
    whole = next((sense for sense, pattern in _WHOLE if pattern.fullmatch(words)), None)
    return whole or next((sense for sense, pattern in _PATTERNS if pattern.search(words)), None)


def run_in_sense(text: str) -> SectionSense | None:
    """The sense of a text that opens with words of a heading before a colon or a stop: "Not done: paging"."""
    opening = _RUN_IN.match(text)
    if opening is None:
        return None
    words = _NUMBERING.sub("", opening.group().casefold())
    for sense, pattern in _PATTERNS:
        found = pattern.match(words)
        # "Missing reads are estimated: ..." tells of something else than what was left out.
        most_more = 1 if sense in ("assumptions", "not_done") else 0
        if sense != "work" and found is not None and len(words[found.end() :].split()) <= most_more:
            return sense
    return None
