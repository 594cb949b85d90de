"""Whether a passage tells something or only lists tools, skills, certificates and buzzwords.

An inventory supports no check of any rubric, so this line decides whether stuffing pays. The rule: a
passage is an inventory when none of its clauses says anything. A clause is what stands between commas,
colons, brackets and stops; it says something when it has a verb with something around it, or is long
and held together by the small words of a language.
"""

import re
from typing import NamedTuple

from pipeline.models.dossier import PassageKind
from pipeline.sentences import sentence_spans

_WORD = re.compile(r"[^\W_]+(?:['\u2019.+#/&_-][^\W_]+)*[+#]*")
_CLAUSE_END = re.compile(r"[,;:|•·()\[\]{}\n\t]|[.!?…]{1,6}(?=\s|$)|\s[-\u2013—/&]\s|—")
_CLAUSE_SPLIT = re.compile(rf"(?:{_CLAUSE_END.pattern})+\s*")
_MARK = re.compile(r"\[(?:NAME|EMPLOYER|SCHOOL|PLACE|CONTACT|PRONOUN)\]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SMALL = _words(
    """
    a an the of to in on at by for from with without into onto over under after before between during until till
    since per as than then so but and or nor if when while where which who whom whose that this these those it
    its we our us i my me they their them he she his her you your there here no not never nobody nothing none
    every each all both any some only still again also too very more most less least one two three because
    although though instead rather against about across around behind beyond within through what how why out up
    down off is are was were be been
    """
)
_FINITE = _words(
    """
    is are was were am has have had does did do can could would will shall should must may might isn't aren't
    wasn't weren't hasn't haven't hadn't doesn't don't didn't can't couldn't wouldn't won't cannot i'm i've i'd
    we've we'd it's that's there's ran wrote took kept gave found lost went broke made held got came saw knew
    said told asked began chose drew drove fell felt froze grew heard meant met paid rang sat sold sent showed
    shut slept spent stood stopped stuck taught thought threw understood woke won wanted needed takes gives
    keeps makes goes comes gets says knows allows allowed refuses forbids loses accepts happens happened sends
    writes wants pays led bought brought caught fed sought dealt hid rose shook spoke swore tore wore
    """
)
# Verbs that are nouns as often; they need more around them.
_MAYBE_VERBS = _words(
    """
    cost costs means needs works ends stops starts begins runs breaks fails stays lasts cut set hit read reads
    left let hurt shed split put sits stands built
    """
)
_SKILL_NOUNS = _words("knowledge experience expertise understanding skills command background exposure proficiency")
_LISTING = _words("and or with")
_JOINING = _words("and or with of in for on as a an the some")
_PREPOSITIONS = _words(
    """
    with on in by using via through to for at from
    """
)
_COUNTS = re.compile(
    r"\d[\d.,]*\+?|an?|the|our|my|its|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|all|both|every|each"
)
_SUBJECT = _words(
    """
    i we they it he she nobody somebody someone everybody everyone who which that there
    """
)
_DOER = re.compile(r"[a-z-]{2,}ed", re.IGNORECASE)
_BASE_VERBS = _words(
    """
    build maintain develop own lead run write design migrate operate support review mentor handle look keep
    answer fix ship follow teach coach advise plan carry care moving working removed moved added
    """
)
# A first word after which a list of names says only that the person has met them.
_EMPTY_DOERS = _words(
    """
    responsible used utilized utilised leveraged experienced skilled certified versed exposed worked mastered studied
    learned learnt employed applied advanced based related distributed managed dedicated motivated accomplished
    seasoned detail-oriented driven results-driven event-driven test-driven domain-driven cloud-based embedded
    tested secured stored cached streamed indexed documented scanned deployed written monitored packaged
    containerized containerised orchestrated provisioned hosted powered built implemented
    """
)
_LEAD = re.compile(
    r"(?:i |we |have |am |and |also |all |my |our |very |highly |strong(?:ly)? |solid |deep |good |great |"
    r"extensive |broad |excellent |proven |working |practical |hands[- ]on |professional |daily |some |years? of |"
    r"\d+\+? )*"
    r"(?:proficien\w*|experience[ds]?|expert(?:ise)?|skill(?:s|ed)?|knowledge(?:able)?|famili\w*|fluen\w*|versed|"
    r"comfortable|competen\w*|speciali[sz]\w*|work(?:ed|s|ing)? (?:daily )?with|us(?:e[ds]?|ing)|utili[sz]\w*|"
    r"leverag\w*|know(?:s|n)?|toolbox|toolkit|stack|technolog\w*|tools?|languages?|frameworks?|includes?|including|"
    r"cover\w*|master(?:s|ed|y)?|exposure|background|certified|certifications?|trained|interested|passionate|love|"
    r"enjoy|hands[- ]on|strong|understanding|competences?|keywords?|adept|capable|versatile|accustomed|touched|tried|"
    r"built with|tested with|secured (?:with|by)|stored in|cached in|streamed through|deployed (?:on|to|with)|"
    r"monitored with|written in|documented with|such as|e\.g|like|everything from)\b",
    re.IGNORECASE,
)
# What somebody offers or rules out for the time to come; must-haves are decided by such sentences.
_OFFER = re.compile(
    r"\b(?:available|unavailable|willing|prepared|free|ready|happy|unable)\s+(?:for|to|from|on|at|until)\b", re.I
)
_NAME = re.compile(r"\d|[A-Z]")
_NUMBER = re.compile(r"\d[\d.,]*[kKmM]?\+?")
_NUMBER_WORD = re.compile(
    r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred|thousand"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(
    r"(?:(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*|\d[\d./-]*|to|until|till|since|from|now|today|present|and)",
    re.IGNORECASE,
)
_THINGS = re.compile(r"[a-z]{3,}s")
_NO_THINGS = _words("years yrs months certifications certificates courses awards plus pods frameworks tools languages")
_LIST_OF = re.compile(
    r"(?i:(?:(?:key|core|main|my) )?(?:technolog\w*|tools?|languages?|frameworks?|skills?|(?:tech )?stack|databases?)\b"
    r".{0,60}\b(?:includes?|are|is))(?:\s+[A-Z]\S*){1,3}$"
)
_ARROW = re.compile(r"->|→|=>|\d\s*%|\bfrom\s+\S+\s+to\s+\S*\d|\bto under\b|\d+x\b|\bteam of\b")
_MOST_PART_WORDS = 4
_MOST_TERSE_WORDS = 14
_MOST_TERSE_CLAUSES = 3
_LONG_LIST_WORDS = 40
_LEAST_SAID = 0.12
"""Share of the words of a long list that must say something; less is a list with a fig leaf."""
_NARRATIVE_WORDS = 30
_REASON = re.compile(
    r"\b(?:because|since|so that|although|though|but|instead|rather than|after|until|unless|while|whereas|therefore|"
    r"hence|despite|otherwise|when|if|in order|which|why|against|not)\b",
    re.IGNORECASE,
)
_FEWEST_REASON_WORDS = 15


class _Clause(NamedTuple):
    words: tuple[str, ...]
    opens: bool
    """True at the start of a sentence."""
    text: str


def prose_kind(text: str) -> PassageKind:
    """Tell `narrative` (a story or a reason), `claim` (a short assertion) and `inventory` apart.

    Works on redacted text, so that an employer's or a person's name never decides.
    """
    clauses = _clauses(_MARK.sub("X", text))
    words = sum(len(clause.words) for clause in clauses)
    said = sum(len(clause.words) for clause in clauses if _says_something(clause))
    if said == 0 and _is_terse_statement(clauses, words):
        return "claim"
    if said == 0 or (words >= _LONG_LIST_WORDS and said < _LEAST_SAID * words):
        return "inventory"
    sentences = sum(1 for low, high in sentence_spans(text) if len(text[low:high].split()) > 2)
    if words >= _NARRATIVE_WORDS or sentences >= 2 or (words >= _FEWEST_REASON_WORDS and _REASON.search(text)):
        return "narrative"
    return "claim"


def says_something(text: str) -> bool:
    """True if some clause of the text has a verb or is held together by small words; false for titles and lists."""
    return any(_says_something(clause) for clause in _clauses(_MARK.sub("X", text)))


def word_count(text: str) -> int:
    """Number of words with at least one letter or digit, marks not counted."""
    return len(_WORD.findall(_MARK.sub(" ", text)))


def _is_terse_statement(clauses: list[_Clause], words: int) -> bool:
    """True for "Rollback in six minutes": no verb, but no list either, and more than names."""
    # "2019 to 2022" dates what stands beside it and is no further part of a list.
    clauses = [clause for clause in clauses if not all(map(_DATE.fullmatch, clause.words))]
    if (
        not 3 <= words <= _MOST_TERSE_WORDS
        or not 1 <= len(clauses) <= _MOST_TERSE_CLAUSES
        or _LEAD.match(clauses[0].text.strip())
    ):
        return False
    spoken = [word for clause in clauses for word in clause.words]
    lower = [word.casefold() for word in spoken]
    if not any(word in _SMALL and word not in _LISTING for word in lower) or not _SKILL_NOUNS.isdisjoint(lower):
        return False
    content = [word for word in spoken[1:] if word.casefold() not in _SMALL]
    return 2 * sum(_NAME.search(word) is not None for word in content) < len(content) + 1


def _clauses(text: str) -> list[_Clause]:
    clauses: list[_Clause] = []
    opens = True
    start = 0
    for match in [*_CLAUSE_SPLIT.finditer(text), None]:
        stop = match.start() if match else len(text)
        words = tuple(_WORD.findall(text[start:stop]))
        if words:
            clauses.append(_Clause(words, opens, text[start:stop]))
            opens = False
        if match:
            opens = opens or bool(re.search(r"[.!?…\n]", match.group()))
            start = match.end()
    return clauses


def _says_something(clause: _Clause) -> bool:
    # The month is no verb.
    words = ["month" if word == "May" else word.casefold().replace("\u2019", "'") for word in clause.words]
    if len(words) < 3 or _is_only_lead(clause) or _is_bare_participle(words):
        return False
    small = sum(word in _SMALL for word in words)
    if any(word in _FINITE for word in words) or _ARROW.search(clause.text):
        return True
    if any(word in _SUBJECT for word in words[:2]) and len(words) >= 4:
        return True
    if clause.opens and _opens_with_a_deed(words):
        return True
    if len(words) >= 5 and _OFFER.search(clause.text) and not _only_joins_names(clause, words):
        return True
    if _says_how_many(clause.words) or (
        len(words) >= 6 and small >= 1 and not _NAME.search(" ".join(clause.words[1:]))
    ):
        return True
    doer = any((_DOER.fullmatch(word) and word not in _EMPTY_DOERS) or word in _MAYBE_VERBS for word in words[1:])
    if doer and small >= 1 and len(words) >= 5:
        return True
    return small >= 2 and len(words) >= 6 and not _only_joins_names(clause, words)


def _only_joins_names(clause: _Clause, words: list[str]) -> bool:
    """True for "Python with strong knowledge of Kafka and Redis": nothing but names and what stands between them."""
    if any(word in _SMALL and word not in _JOINING for word in words):
        return False
    content = [word for word in clause.words if word.casefold() not in _SMALL]
    names = sum(_NAME.search(word) is not None for word in content)
    return 2 * names >= len(content) or any(word in _SKILL_NOUNS for word in words)


def _says_how_many(words: tuple[str, ...]) -> bool:
    """True for "400 business clients": a count and what was counted, in at least three words."""
    counted = [n for n, word in enumerate(words[:-2]) if _is_count(word)]
    return any(_THINGS.fullmatch(word) and word not in _NO_THINGS for n in counted for word in words[n + 1 : n + 4])


def _is_count(word: str) -> bool:
    if _NUMBER.fullmatch(word):
        return _YEAR.fullmatch(word) is None
    return _NUMBER_WORD.fullmatch(word.casefold()) is not None


def _is_bare_participle(words: list[str]) -> bool:
    """True for "secured with Keycloak": a participle, a preposition, and a name or two."""
    first = words[0]
    if len(words) > 4 or words[1] not in _PREPOSITIONS or _COUNTS.fullmatch(words[2]):
        return False
    return first in _EMPTY_DOERS or _DOER.fullmatch(first) is not None


def _opens_with_a_deed(words: list[str]) -> bool:
    first = words[0]
    if first in _EMPTY_DOERS:
        return _COUNTS.fullmatch(words[1]) is not None
    return _DOER.fullmatch(first) is not None or first in _BASE_VERBS or first in _MAYBE_VERBS


def _is_only_lead(clause: _Clause) -> bool:
    """True for "Proficient in Java" or "I work with": a skill lead and names, and nothing that is said of them."""
    if _LIST_OF.match(clause.text.strip()):
        return True
    lead = _LEAD.match(clause.text.strip())
    if lead is None:
        return False
    rest = _WORD.findall(clause.text.strip()[lead.end() :])
    return len(rest) <= _MOST_PART_WORDS + 1 or sum(word.casefold() in _SMALL for word in rest) <= 2
