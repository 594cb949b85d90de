"""Schools: by their kind, and beside a degree or a field of study wherever a line tells of one."""

import re
from collections.abc import Iterator

from pipeline.redaction import lines as ln
from pipeline.redaction.cues import CAPITAL as _CAPITAL
from pipeline.redaction.cues import JOINER as _JOINER
from pipeline.redaction.lines import Line, Piece
from pipeline.redaction.words import MARK, fold, is_ordinary, is_technology, labelled, tokens_of
from pipeline.sentences import sentence_spans

_OF = r"(?:of|für|de|del|da|do|di|du|des|dos|degli|della|dello|delle|van|voor|w|we|zu|zur|im\.)"
_ELIDED = r"(?:d|l|dell|degl)['’]"
# "École supérieure d'ingénieurs de Vaucelles", "Università degli Studi di Pietralba"
_ADJECTIVE = (
    r"(?:supérieure?|nationale?|centrale|normale|technique|superior|técnica|tecnico|tecnica|statale|techniczna)"
)
# "Université de technologie de Belleroche"
_PLAIN_OF = rf"[ \t]+(?:de|di|für|van|of)[ \t]+[^\W\d_]+(?=[ \t]+{_OF}[ \t]+(?:la[ \t]+)?[^\W\d_a-z])"
_TAIL = rf"(?:{_PLAIN_OF}|[ \t]+(?:{_OF}[ \t]+)?(?:(?:the|la|las|los|les)[ \t]+|{_ELIDED})?(?:{_CAPITAL}|{_ADJECTIVE}|(?<=['’])[^\W\d_][\w-]+))"
_SCHOOL = re.compile(
    rf"(?:(?:{_CAPITAL})[ \t]+(?:{_JOINER}[ \t]+)?){{0,5}}"
    r"(?:[\w]*-)*(?P<key>Universit[\wäáàéë]*|Universi[dt]a[dt]\w*|Uniwersytet\w*|Univerzit\w+|Üniversitesi|Yliopisto|Egyetem|[\w]*[Cc]ollege|Institute?|Institut\w+|Istituto|Instytut\w*"
    r"|Polytechni\w+|Politechnika|Polit[eé]cnic[ao]|[\w]*[Hh]ochschule|Högskola|Hogeschool|École|Ecole|Escuela|Escola|Scuola|Szkoła|Academy|[\w]*[Aa]kademi[ae]|Academi[ae]|Bootcamp"
    r"|Gymnasium|Lyc[ée]e|Liceo|Liceum|Lisesi|Technikum|Lyceum|Berufsschule|Realschule|[\w]*[Oo]berschule"
    r"|(?:High|Business|Law|Medical|Grammar|Graduate|Engineering|Primary|Secondary|Summer|Public)[ ]School|School(?=[ ]of\b))(?![^\W\d_])(?:-[\w-]+)*"
    rf"(?:[ \t]+(?:{_OF}|at|in)[ \t]+(?:the[ \t]+|la[ \t]+|los[ \t]+|las[ \t]+)?{_CAPITAL}(?:[ \t]+(?:and|&|y|e|et|de|und)[ \t]+{_CAPITAL}|{_TAIL}){{0,4}}"
    rf"|{_TAIL}{{1,5}})?"
    rf"(?:,[ \t]+(?P<campus>{_CAPITAL}))?"
)
_SMALL_SCHOOL = re.compile(
    rf"\b(?:technical|vocational|grammar|secondary|primary|high|evening|night|trade)[ ](?:school|college|academy)[ \t]+(?:(?:in|of|at)[ \t]+)?{_CAPITAL}(?:[ \t]+{_CAPITAL}){{0,2}}"
)
_SHORT = frozenset(("BE", "BA", "BS", "MA", "ME", "MS"))
"""Degrees that are plain words in small letters."""
_NO_DEGREE = frozenset(("first", "class", "major", "minor", "grade", "exchange", "be", "ma", "ms"))
_DOUBTFUL = _NO_DEGREE | frozenset(
    (
        "ba",
        "associate",
        "candidate",
        "kandidat",
        "thesis",
        "semester",
        "master",
        "doctor",
        "certificate",
        "dissertation",
    )
)
# Else a comma before two capitals is a town's before its state.
_STATE_LIKE = re.compile(rf",(?= (?:{'|'.join(sorted(_SHORT))})\b)")
_KINDS = (
    *("niv", "niw", "olle", "nstit", "nstyt", "olyte", "olite", "chule", "cole", "chool", "scuel", "cuola", "zkoła"),
    *("cadem", "kadem", "ootcamp", "gskola", "gyetem", "yc", "icéu", "liceo", "liceum", "isesi", "echnikum", "ymnas"),
)
# "I studied informatics at IES Fuenteclara", "Abschluss an der FH Eichsfurt", "diplômé de l'IUT de Sauvigny"
_TOLD = re.compile(
    r"\b(?:[Ss]tud(?:ied|ying|y|ies)|[Gg]raduated|[Dd]egree|[Dd]iploma|[Bb]achelor(?:['’]?s)?|[Mm]aster(?:['’]?s)?|BSc|MSc|MEng|BEng|PhD|[Dd]octorate"
    r"|[Ss]tudier\w*|[Ss]tudium|[Aa]bschluss|[Éé]tudi\w+|[Éé]tudes|[Dd]iplômée?|[Ee]studi\w+|[Gg]raduad[oa]|[Ss]tudiat\w+|[Ll]aure\w+|[Gg]estudeerd|[Aa]fgestudeerd"
    r"|[Ss]tudiowa\w+|[Ss]tudia)\b(?P<subject>(?:[ \t]+[\w&+#'’-]+){0,7}?)[ \t]+"
    r"(?:(?:at|from|an|am|an der|aan|aan de|aan het|au|à|en|presso|na|w)[ \t]+(?:the[ \t]+|der[ \t]+|de[ \t]+|het[ \t]+|la[ \t]+|el[ \t]+|l['’])?|(?:dell|all|de l)['’]|(?:de|alla|allo)[ \t]+)"
    rf"(?P<name>{_CAPITAL}(?:{_TAIL}|[ \t]+(?:and|&|y|e|et|und|i)[ \t]+{_CAPITAL}){{0,6}})(?:,[ \t]+(?P<campus>{_CAPITAL})(?=[ \t]+[^\W\d_A-Z]|[.,;]|$))?"
)
_LONGEST = 110
"""Letters of a sentence that tells of a degree and a year and of nothing else."""


def schools_of(line: Line) -> Iterator[tuple[int, int]]:
    """Offsets in a line of the schools that it names."""
    if line.region == "school":
        yield from _education_line(line)
        return
    found = []
    if any(kind in line.text for kind in _KINDS):
        found = [*_school_spans(line.text, line_is_education=False)]
        if not found and ln.has_year(line.text):
            found = [match.span() for match in _SMALL_SCHOOL.finditer(line.text)]
        yield from found
    told = [*_told_schools(line.text)]
    yield from told
    if not found and not told:
        yield from _beside_degree(line)


def school_above(line: Line, below: Line) -> tuple[int, int] | None:
    """A school alone on its line under "Education", told by the degree or the year on the line below."""
    if not (line.region == below.region == "school") or line.kind == "bullet" or line.text.rstrip().endswith("."):
        return None
    is_alone = not (ln.has_year(line.text) or _has_degree(line.text) or [*schools_of(line)])
    is_told = ln.has_year(below.text) or _has_degree(below.text)
    if not is_alone or not is_told or [*schools_of(below)] or ln.section_of(line.text, line.kind):
        return None
    piece = next(ln.pieces_of(line.text, line.label), None)
    if piece is None or not _may_be_school(piece) or any(map(is_technology, tokens_of(piece.text))):
        return None
    return piece.start, piece.start + len(piece.text)


def _told_schools(text: str) -> Iterator[tuple[int, int]]:
    """Where a sentence says that somebody studied, whatever the school is called."""
    for match in _TOLD.finditer(text):
        name = match["name"].rstrip(".,;:")
        first = name.split()[0]
        is_other = is_technology(name) or is_technology(first) or ln.is_place(name) or ln.is_title(name)
        is_known = ln.school_word(name)
        # "Studied the failures at Boeing": of a school that no word tells, the subject has to.
        if is_other or MARK.search(name) or len(name) < 3:
            continue
        if not is_known and (is_ordinary(first) or not _is_studied(match["subject"])):
            continue
        campus = match["campus"] if is_known else None
        told = campus is not None and not is_ordinary(campus) and not is_technology(campus)
        yield match.start("name"), match.end("campus") if told else match.start("name") + len(name)


def _is_studied(text: str) -> bool:
    known = labelled("organisations", "fields") | labelled("organisations", "degrees")
    return all(token in known for token in re.split(r"[ \t]+|['’]", fold(text).strip()) if len(token) > 1)


def _beside_degree(line: Line) -> Iterator[tuple[int, int]]:
    """What stands beside a degree or a field of study and a year, whatever the section."""
    if not ln.has_year(line.text):
        return
    for start, end in sentence_spans(line.text):
        sentence = line.text[start:end]
        if end - start > _LONGEST or not ln.has_year(sentence) or ln.date_range(sentence):
            continue
        for low, high in _parts(sentence):
            pieces = list(ln.pieces_of(_STATE_LIKE.sub("|", sentence[low:high])))
            studied = [piece for piece in pieces if _is_subject(piece.text)]
            others = [piece for piece in pieces if piece not in studied and _may_be_school(piece)]
            if studied and others and len(pieces) <= 4:
                yield start + low + others[0].start, start + low + others[0].start + len(others[0].text)


def _parts(sentence: str) -> Iterator[tuple[int, int]]:
    at = 0
    for semicolon in (*re.finditer(";", sentence), None):
        stop = semicolon.start() if semicolon else len(sentence)
        yield at, stop
        at = stop + 1


def _is_subject(text: str) -> bool:
    """Whether a piece is a degree, or words of study of which no plain sentence is made."""
    tokens = [fold(token).strip(".,:'\u2019") for token in re.split(r"[\s/]+", text) if token.strip(".,")]
    if not tokens or len(tokens) > 6:
        return False
    degrees = {degree.strip(".") for degree in labelled("organisations", "degrees")} - _DOUBTFUL
    known = degrees | labelled("organisations", "fields")
    dotted = re.sub(r"[. ]", "", fold(text))
    is_degree = dotted in {degree.replace(".", "") for degree in degrees} or text.strip() in _SHORT
    if is_degree or tokens[0] in degrees:
        return is_degree or all(token in known or is_ordinary(token) for token in tokens)
    return all(token in known for token in tokens) and len(tokens) > 1 and not all(map(is_technology, tokens))


def _may_be_school(piece: Piece) -> bool:
    text = piece.text
    plain = all(is_ordinary(token) for token in tokens_of(text))
    return not (
        plain
        or len(text) < 3
        or not ln.is_proper(text)
        or MARK.search(text)
        or ln.is_study(text)
        or ln.is_only_technology(text)
        or ln.is_place(text)
        or ln.is_title(text)
        or ln.is_generic(text)
    )


def _school_spans(text: str, *, line_is_education: bool) -> Iterator[tuple[int, int]]:
    for match in _SCHOOL.finditer(text):
        start, end = match.span()
        key = match.start("key")
        # Words before the key that are a degree, a field or a technology do not belong to the name.
        before = [(m.start(), m.end(), m[0]) for m in re.finditer(r"\S+", text[start:key])]
        degrees = labelled("organisations", "degrees")
        cut = start
        for _s, e, token in before:
            bare = fold(token).strip(".,:")
            if bare in degrees or bare + "." in degrees or token.endswith((",", ":")) or fold(token) in degrees:
                cut = start + e
        start = cut + (len(text[cut:key]) - len(text[cut:key].lstrip()))
        if match["campus"] is not None and (
            not line_is_education
            or not match["campus"][0].isupper()
            or is_ordinary(match["campus"])
            or is_technology(match["campus"])
        ):
            end = match.start("campus") - 1
            end = len(text[:end].rstrip(" ,"))
        tokens = text[start:end].split()
        if (len(tokens) < 2 and "-" not in text[start:end]) or MARK.search(text[start:end]):
            continue
        if any(is_technology(token) for token in tokens[:1]) and not line_is_education:
            continue
        if is_technology(tokens[0]) and len(tokens) < 3:
            continue
        yield start, len(text[:end].rstrip(" ,.;:")) if not text[:end].endswith("A.C.") else end


def _education_line(line: Line) -> Iterator[tuple[int, int]]:
    """Schools of a line under "Education": by their kind, else what is neither degree, field, place nor date."""
    text = line.text
    if text.isupper() and len(text.title()) == len(text):
        text = text.title()
    found = [*_school_spans(text, line_is_education=True)] or [match.span() for match in _SMALL_SCHOOL.finditer(text)]
    yield from found
    if found or "[SCHOOL]" in line.text or (not ln.has_year(line.text) and not _has_degree(line.text)):
        return
    for start, end in sentence_spans(line.text[line.label :]):
        start, end = start + line.label, end + line.label
        sentence = line.text[start:end]
        if not ln.has_year(sentence) and not _has_degree(sentence):
            continue
        for piece in ln.pieces_of(line.text[:end], start):
            if _may_be_school(piece) and not any(is_technology(token) for token in tokens_of(piece.text)):
                yield piece.start, piece.start + len(piece.text)
                return


def _has_degree(text: str) -> bool:
    degrees = labelled("organisations", "degrees") - _NO_DEGREE
    return any(fold(token) in degrees or fold(token).strip(".") in degrees for token in tokens_of(text))
