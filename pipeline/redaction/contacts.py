"""Ways to reach or to recognise a person: addresses, numbers, handles, personal particulars."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from pipeline.models.documents import Document
from pipeline.redaction.spans import Found
from pipeline.redaction.words import fold, is_ordinary, is_technology, job_words, places, tokens_of

CONTACT_RANK = 90

EMAIL = re.compile(r"[^\s@<>()\[\]{},;:\"'\\|“”‘’«»]{1,64}@(?:[\w-]+\.)+[^\W\d_][\w-]*")
_HIDDEN_EMAIL = re.compile(
    r"[\w.+-]{1,64}\s?[\[({]\s?(?:at|@)\s?[\])}]\s?[\w-]+(?:\s?(?:\.|[\[({]\s?(?:dot|\.)\s?[\])}]|\sdot\s)\s?[\w-]+)+"
    r"|[\w.+-]{2,64}\s(?:at|AT)\s[\w-]+(?:\s(?:dot|DOT)\s[\w-]+)+",
    re.IGNORECASE,
)
_HOSTS = (
    r"(?:[\w-]+\.)?(?:linkedin|github|gitlab|bitbucket|codeberg|twitter|x|facebook|instagram|medium|stackoverflow"
    r"|stackexchange|kaggle|leetcode|hackerrank|codepen|xing|behance|dribbble|youtube|keybase|about|calendly|linktr"
    r"|hashnode|substack|mastodon|threads|bsky|telegram|t|dev|angel|wellfound|researchgate|orcid|huggingface|npmjs"
    r"|pypi|gravatar|wa)\.(?:com|org|net|io|me|to|co|ee|dev|social|app)"
)
_PERSONAL_URL = re.compile(
    rf"(?:https?://)?(?:www\.)?(?<![\w.@-]){_HOSTS}/(?P<path>[^\s<>()\[\]\"'`,;|]+)", re.IGNORECASE
)
_PAGES_URL = re.compile(
    r"(?:https?://)?(?<![\w.@-])[\w-]+\.(?:github|gitlab|netlify|vercel|pages|herokuapp|wordpress|blogspot|substack"
    r"|hashnode|medium|neocities|tumblr|wixsite)\.(?:io|app|com|dev)\b(?:/[^\s<>()\[\]\"'`,;|]*)?",
    re.IGNORECASE,
)
_URL = re.compile(r"(?:https?://|\bwww\.)[^\s<>()\[\]\"'`,;|]+", re.IGNORECASE)
_BARE_DOMAIN = re.compile(
    r"(?<![\w.@-])(?:[\w-]+\.)+(?:com|dev|me|io|net|org|info|eu|uk|de|fr|es|pl|it|nl|in|ng|ca|us|au|jp|cn|se|no|fi|dk|ie"
    r"|ch|at|tech|codes|blog|page|site|xyz|example)\b(?:/[^\s<>()\[\]\"'`,;|]*)?",
    re.IGNORECASE,
)
_HANDLE = re.compile(
    r"\b(?:github|gitlab|bitbucket|linkedin|twitter|skype|telegram|instagram|stack ?overflow|xing|discord|wechat"
    r"|mastodon|kaggle|leetcode|medium|facebook|whatsapp|viber|signal)(?: id| handle| profile| user(?:name)?)?\s*"
    r"(?::\s*@?|@)(?P<handle>[\w][\w.\-]{2,38})",
    re.IGNORECASE,
)
_AT_HANDLE = re.compile(r"(?<![\w@/.])@[\w.-]{2,38}(?:@[\w.-]+)?")
_PHONES = (
    re.compile(r"(?<![\w+])\+\s?\d{1,3}[\s().\-/]*\d(?:[\s().\-/]{0,3}\d){5,13}(?![\w])"),
    re.compile(r"(?<![\w.])\(\+?\d{2,5}\)\s?\d{2,5}(?:[\s.\-/]?\d{2,5}){1,4}(?![\w])"),
    re.compile(r"(?<![\w.,/-])0\d{2,5}[\s/-]\d{3,4}(?:[\s-]?\d{2,5}){1,3}(?![\w])"),
    re.compile(r"(?<![\w.,/-])00\d{2}[\s\-]?\d(?:[\s\-]?\d){6,11}(?![\w])"),
    re.compile(r"(?<![\w.,/-])(?:1[-. ])?\d{3}[-.]\d{3}[-.]\d{4}(?![\w-])"),
    # "06-48739521", "030 - 838 27 61", "030/1234567"
    re.compile(
        r"(?<![\w.,/-])(?=(?:\D{0,3}\d){9})0\d{1,4}\s?[-–/]\s?(?:\d{6,8}|\d{2,4}(?:[\s-]\d{2,4}){1,3})(?![\w-])"
    ),
    # "0(532) 234 56 78"
    re.compile(r"(?<![\w.,/-])0\s?\(\d{2,4}\)(?:[\s.-]?\d{2,4}){2,4}(?![\w-])"),
    # "06.39.98.47.21"
    re.compile(r"(?<![\w.,/-])0[1-9](?:(?:\.\d{2}){4}|(?:-\d{2}){4})(?![\w-])"),
)
# "02-2019" and "01/02/2019" are dates.
_DATE = re.compile(r"(?<!\d)\d\d\s?[-–/]\s?(?:19|20)\d\d(?!\d)")
_WHOLE_DIGITS = 9
_LABELLED_PHONE = re.compile(
    r"\b(?:tel|telephone|phone|mobile|mob|cell|cellphone|fax|whatsapp|telefon|handy|mobil|tél|téléphone|teléfono|móvil"
    r"|telefone|telefono|cep|gsm|komórka|ph|call|text|sms)\b\.?\s*(?:no\.?|number|nr\.?)?\s*[:.]?\s*"
    r"(?P<number>[+(]?\d(?:[\s().\-/]{0,3}\d){5,14})(?!\w)",
    re.IGNORECASE,
)
# Groupings that mean a number of something in a sentence and a telephone in a line of contact details.
_BARE_PHONE = re.compile(
    r"(?<![\w.,/-])(?:\d{3}\s\d{3}\s\d{3,4}|\d{2,5}(?:[\s-]\d{2,5}){2,5}|\d{5}[\s-]\d{5,6}|0\d{1,3}[\s-]\d{6,8}|\d{3}[\s-]\d{6,7}|\d{9,13})(?![\w])"
)
_TIMESPAN = re.compile(r"(?:19|20)\d\d\s*[-–—/]\s*(?:19|20)\d\d")

_STREETS = (
    re.compile(
        # "Copyright 2024 Jane St John" is no address.
        r"(?<!opyright )(?<!\(c\) )(?<!© )\b\d{1,5}[A-Za-z]?(?:[-/]\d+[A-Za-z]?)?,?\s+(?:[A-Z][\w'’.-]*\s+){1,4}(?:Street|St\b\.?|Road|Rd\b\.?|Avenue|Ave\b\.?|Lane"
        r"|Ln\b\.?|Drive|Dr\b\.?|Boulevard|Blvd\b\.?|Court|Ct\b\.?|Place|Terrace|Way|Close|Crescent|Cres\b\.?|Square|Sq\b\.?"
        r"|Highway|Hwy\b\.?|Parkway|Pkwy\b\.?|Gardens|Mews|Quay|Walk|Grove|Nagar|Marg|Colony|Layout|Cross|Main)\b"
        r"(?:,?\s*(?:Apt|Apartment|Flat|Unit|Suite|Ste|Floor|#)\b\.?\s*#?\w{1,5})?"
    ),
    re.compile(
        r"\b(?:Flat|Apt|Apartment|Unit|Suite|House No|Plot|Door No|Block)\.?\s*#?\d+[A-Za-z]?\b(?=,)", re.IGNORECASE
    ),
    re.compile(
        r"\b[A-ZÄÖÜ][\wäöüß.-]*(?:\s[A-ZÄÖÜ][\wäöüß.-]*)?(?:[Ss]traße|[Ss]trasse|[Ss]tr\.|gasse|allee|damm|ufer|steig|straat|laan|plein"
        r"|gracht|kade|gatan|vägen|gade|vej|veien|katu|tie)\s+\d{1,4}\s?[A-Za-z]?\b(?:\s?/\s?\d+)?"
    ),
    re.compile(
        r"\b[A-ZÄÖÜ][\wäöüß-]{2,}(?:weg|platz|ring)\s+\d{1,3}\s?[a-z]?\b(?=\s*(?:[,;|/·•)–—\n]|$)|\s+\d{4,5}\b)"
    ),
    re.compile(
        r"\b\d{1,4}(?:\s?(?:bis|ter))?,?\s+(?:rue|avenue|boulevard|chemin|allée|impasse|quai|place|cours)\s+"
        r"(?:(?:de|du|des|la|le|les|l['’])\s*){0,2}[A-ZÉÈÀ][\w'’.-]*(?:[\s-][A-ZÉÈÀ][\w'’.-]*){0,3}"
    ),
    re.compile(
        r"\b(?:Calle|C/|Avenida|Avda?\.|Paseo|Plaza|Carrer|Rua|R\.|Travessa|Praça|Via|Viale|Corso|Piazza|[Uu]l\.|[Aa]l\.|[Oo]s\."
        r"|Jalan|Jl\.)\s*(?:(?:de|del|da|do|dos|della|la|las|los)\s+){0,2}[^\W\d_][\w'’.-]*(?:\s[^\W\d_][\w'’.-]*){0,4},?\s*"
        r"(?:n\.?\s?[ºo°]\.?\s*)?\d{1,5}[A-Za-z]?(?:\s?[/-]\s?\d+\w?)?"
    ),
    re.compile(
        r"\b[\wÇĞİÖŞÜçğıöşü]+\s+(?:Mah(?:allesi|\.)|Cad(?:desi|de|\.)|Cd\.|Sok(?:ak|ağı|\.)|Sk\.|Bulvarı)(?:,?\s*No\s?:?\s?\d+\w?(?:/\d+)?)?"
    ),
    re.compile(r"\bP\.?\s?O\.?\s?Box\s?\d+", re.IGNORECASE),
)
_NAMED = r"[^\W\d_a-z][\w'’.-]*"
# What ends an address, where the words before could go on as a sentence.
_END = r"(?=\s*(?:,(?!\d)|[;|/·•)–—\n]|$)|\s+\d{4,5}\b)"
_MORE_STREETS = (
    # "Lerchenfelder Weg 7"
    re.compile(
        rf"\b{_NAMED}(?:[ -]{_NAMED})?[ -](?:Straße|Strasse|Str\.|Allee|Gasse|Damm|Ufer|Chaussee|Promenade|Stieg|Pfad)\s\d{{1,4}}\s?[a-z]?\b"
    ),
    # "Laan van Meerburg 200"
    re.compile(
        rf"\b(?:Laan|Straat|Weg|Plein|Kade|Hof|Park) van (?:de |den |der |het )?{_NAMED}(?:[ ]{_NAMED})?\s\d{{1,4}}\s?[A-Za-z]?\b"
    ),
    re.compile(
        r"\b(?:[A-Z][\w.]+\s)?[A-Z]?[\w]+(?:singel|dijk|dreef|steeg|kanaal|wal|baan|chaussee|zeile|stieg)\s+\d{1,4}\s?[A-Za-z]?\b"
    ),
    re.compile(
        r"\b\d{1,4}(?:\s?(?:bis|ter))?,?\s+(?:route|passage|square|sentier|ruelle|faubourg|montée|promenade|esplanade|villa|cité|allées|voie|rond-point|résidence)\s+"
        rf"(?:de la\s+|de l['’]|de\s+|du\s+|des\s+|d['’]|les\s+|la\s+|le\s+){_NAMED}(?:[\s-]{_NAMED}){{0,3}}"
    ),
    re.compile(
        r"\b(?:Gran V[ií]a|Camino|Ronda|Glorieta|Travesía|Carretera|Ctra\.|Rambla|Pza\.|Urbanización|Urb\.|Callejón|Bulevar|Cuesta|Vicolo|Largo|Piazzale|Strada|Contrada|Lungomare|Lungarno|Salita|Vico|P\.zza|V\.le|C\.so"
        r"|Alameda|Largo|Estrada|Avinguda|[Pp]l\.|[Pp]lac|[Uu]lica|[Aa]leja|[Aa]leje|[Oo]siedle|[Rr]ondo|[Ss]kwer|[Bb]ulwar)\s*"
        r"(?:(?:de|del|dei|degli|dell['’]|da|do|dos|di|della|delle|la|las|los)\s*\b){0,2}"
        rf"{_NAMED}(?:[ ]{_NAMED}){{0,3}},?\s*(?:n\.?\s?[ºo°]\.?\s*)?\d{{1,4}}[A-Za-z]?(?:\s?[/-]\s?\d+\w?)?"
    ),
    # "27, 3rd Cross, Malleshpalya"
    re.compile(
        r"\b\d{1,5}[A-Z]?(?:/\d+)?,\s+(?:\b\d{1,2}(?:st|nd|rd|th)\s+(?:[A-Z]\s+)?(?:Cross|Main|Block|Stage|Phase|Sector)(?:\s+(?:Road|Rd\.?|Street))?,\s*)+"
        rf"{_NAMED}(?:[ ]{_NAMED}){{0,2}}"
    ),
    # "Block 6, Flat 2, Falomo Estate"
    re.compile(
        r"(?:\b(?:Flat|Apt|Apartment|Unit|Suite|House|Plot|Door|Block|Tower|Villa|Wing)\.?\s*(?:No\.?\s*)?#?(?:\d+[A-Za-z]?|[A-Z]\d*),\s*|\b[A-Z]-?\d{1,4},\s*|\b[Kk]m\.?\s\d{1,3},\s*){1,3}(?:\d{1,4}[A-Za-z]?,?\s+)?"
        rf"(?:{_NAMED}\s+){{1,3}}(?:Estate|Vihar|Enclave|Society|Apartments|Towers|Heights|Residency|Colony|Layout|Nagar|Phase|Housing Scheme|House|Court|Lodge|Mansions|Building|Point|Close|Road|Street|Avenue|Expressway|Way)\b"
    ),
)
# Forms that could be something else in a sentence: "Im Januar 12", "2 Event Loop".
_STREETS_IN_LINE = (
    re.compile(rf"\b[Rr]ésidence\s(?:les\s|des\s|du\s|de la\s|la\s|le\s|l['’])?{_NAMED}(?:[ ]{_NAMED})?"),
    re.compile(
        rf"\b{_NAMED}(?:[ -]{_NAMED})?[ -](?:Weg|Platz|Ring|Markt|Wall|Graben|Steig|Hof|Kai)\s\d{{1,3}}\s?[a-z]?\b{_END}"
    ),
    re.compile(
        r"\b(?:Am|An (?:der|den|dem)|Auf (?:der|dem|den)|Im|In (?:der|den|dem)|Zum|Zur|Hinter (?:der|dem|den)|Unter (?:der|den|dem)|Vor (?:der|dem)|Beim|Bei der|Hinterm|Unterm|Überm|Vorm|Alte[rs]?|Neue[rs]?|Kleine|Große)"
        rf"\s{_NAMED}(?:[ ]{_NAMED})?\s\d{{1,3}}\s?[a-z]?\b{_END}"
    ),
    re.compile(
        rf"\b\d{{1,4}}[A-Za-z]?,?\s+(?:{_NAMED}\s+){{1,3}}(?:Hill|Rise|Row|Vale|Mount|Yard|Wharf|Parade|Mead|Croft|Circle|Circus|Trail|Alley|View|Park|Green|Gate|Broadway|Estate|Enclave|Vihar|Puram|Salai)\b{_END}"
    ),
)
# "Oude Haven 7-B" alone between two separators of a line of contact details.
_BARE_STREET = re.compile(
    rf"(?:^|(?<=\n)|(?<=[|·•/,]\s))(?P<name>{_NAMED}(?:[ ]{_NAMED}){{0,2}})\s\d{{1,3}}(?:\s?[a-zA-Z]|[/-]\w{{1,3}})?\b{_END}"
)
_POSTCODES = (
    re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b"),
    re.compile(r"(?<=\b[A-Z]{2}\s)\d{5}(?:-\d{4})?\b"),
    re.compile(r"\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b"),
    re.compile(
        r"(?:\b[A-Z]{1,2}-)?\b(?!(?:19|20)\d\d\b)\d{2}-?\d{3}\b(?=\s+[A-ZÄÖÜŁŚŻÉÎ])|\b\d{4}\s?[A-Z]{2}\b(?=\s+[A-Z])"
    ),
    re.compile(r"(?<=[A-Za-z][\s-])\b\d{6}\b"),
)
_PERSONAL = re.compile(
    r"\b(?:date (?:and place )?of birth|birth ?date|d\.?\s?o\.?\s?b\.?|born(?: on| in)?|place of birth|birth ?place|geburtsdatum"
    r"|geburtsort|geboren(?: am)?|date de naissance|née? le|fecha de nacimiento|data de nascimento|data di nascita|data urodzenia"
    r"|geboortedatum|doğum tarihi|doğum yeri|nationality|citizenship|ethnicity|race|nationalität|staatsangehörigkeit|nationalité"
    r"|nacionalidad|nacionalidade|nazionalità|narodowość|obywatelstwo|nationaliteit|uyruk|marital status|civil status"
    r"|familienstand|état civil|situation familiale|estado civil|stato civile|stan cywilny|medeni hali?|gender|sex|geschlecht|sexe"
    r"|sexo|płeć|cinsiyet|religion|caste|age|alter|âge|edad|idade|età|wiek|yaş|father'?s name|mother'?s name|husband'?s name"
    r"|wife'?s name|spouse|children|kinder|enfants|hijos|passport(?: no\.?| number)?|aadhaar|pan(?: no\.?| number)?|ssn|national id"
    r"|military service|askerlik(?: durumu)?|pronouns|photo|height|weight|health)\s*[:–]\s*[^\n|·;•]{1,80}",
    re.IGNORECASE,
)
_PARTICULARS = re.compile(
    r"\bborn\s+(?:on\s+|in\s+)?(?:\d{1,2}[./\s]\s?\w+[./\s]\s?)?(?:19|20)\d\d(?:\s+in\s+[A-Z]\w+)?"
    r"|\b(?:aged?\s+\d\d\b|\d\d\s+years\s+old\b|\d\d\s+y\.?o\.?\b)"
    r"|(?:(?<=^)|(?<=[|·,•\n]\s)|(?<=\n))(?:happily\s+)?(?:married|divorced|widowed|verheiratet|ledig|geschieden|marié|mariée|célibataire"
    r"|casado|casada|soltero|soltera|żonaty|mężatka|evli|bekar)(?=\s*(?:$|[|·,•\n]|with\b|and\b|\())",
    re.IGNORECASE,
)
_CLONE = re.compile(r"git clone\s+(?:https?://|git@|ssh://git@)[^\s`'\"]+", re.IGNORECASE)


def emails(text: str) -> Iterator[Found]:
    """E-mail addresses, plain or written around a spam filter."""
    if "@" in text:
        for match in EMAIL.finditer(text):
            yield Found(*match.span(), "CONTACT", CONTACT_RANK + 5)
    if re.search(r"\bat\b|\(@\)|\[@\]", text, re.IGNORECASE) and re.search(
        r"\bdot\b|[\])}]\s?[\w-]+\.", text, re.IGNORECASE
    ):
        for match in _HIDDEN_EMAIL.finditer(text):
            yield Found(*match.span(), "CONTACT", CONTACT_RANK + 5)


def _names_technology(path: str) -> bool:
    return any(is_technology(part) for part in path.strip("/").split("/")[:2])


def urls(text: str, *, own: bool, near_top: bool, hints: re.Pattern[str] | None) -> Iterator[Found]:
    """Addresses on the web that lead to the candidate.

    Args:
        text: A block.
        own: The document is about the candidate (resume, cover): every address goes, except that of a known technology.
            Elsewhere an address with an owner and a repository is likely a dependency.
        near_top: The block stands among contact details, where a bare domain is the candidate's own.
        hints: Finds the candidate's names and handles.
    """
    if "." not in text:
        return
    for match in _PERSONAL_URL.finditer(text):
        path = match["path"].rstrip(".,;:")
        deep = path.count("/") >= 1 and not re.match(r"(?:in|pub|users|u|profile|@)", path)
        known = hints is not None and hints.search(match[0].lower()) is not None
        if known or (own and not (deep and _names_technology(path))) or (not own and not deep):
            yield Found(match.start(), match.start() + len(match[0].rstrip(".,;:")), "CONTACT", CONTACT_RANK)
    for match in _PAGES_URL.finditer(text):
        yield Found(*match.span(), "CONTACT", CONTACT_RANK)
    for match in _CLONE.finditer(text):
        start = match.start() + re.match(r"git clone\s+", match[0], re.IGNORECASE).end()  # type: ignore[union-attr]
        yield Found(start, match.end(), "CONTACT", CONTACT_RANK + 1)
    if own:
        for match in _URL.finditer(text):
            if not _names_technology(re.sub(r"^(?:https?://)?[^/]*", "", match[0])):
                yield Found(match.start(), match.start() + len(match[0].rstrip(".,;:")), "CONTACT", CONTACT_RANK - 1)
    if near_top:
        for match in _BARE_DOMAIN.finditer(text):
            if not is_technology(match[0]) and not match[0].lower().startswith(("asp.", "vert.")):
                yield Found(*match.span(), "CONTACT", CONTACT_RANK - 2)


def handles(text: str, *, near_top: bool) -> Iterator[Found]:
    """User names with a label ("github: someone"), or with an at sign among contact details."""
    for match in _HANDLE.finditer(text):
        handle = match["handle"]
        told = near_top or any(c in handle for c in "-_.0123456789") or "@" in match[0]
        ordinary = is_technology(handle) or handle.lower() in ("actions", "pages", "copilot", "https", "http")
        if told and not ordinary:
            yield Found(match.start("handle"), match.end("handle"), "CONTACT", CONTACT_RANK - 2)
    if near_top and "@" in text:
        for match in _AT_HANDLE.finditer(text):
            yield Found(*match.span(), "CONTACT", CONTACT_RANK - 3)


def handle_names(text: str) -> Iterator[str]:
    """The user names inside profile addresses and labels, lower case."""
    for match in _PERSONAL_URL.finditer(text):
        parts = [
            part for part in match["path"].strip("/").split("/") if part not in ("in", "pub", "users", "u", "profile")
        ]
        if (
            parts
            and (name := parts[0].strip("@.,;:").lower())
            and not name.isdigit()
            and not _names_technology(match["path"])
        ):
            yield name
    for match in _HANDLE.finditer(text):
        yield match["handle"].lower()


def phones(text: str, *, in_line: bool) -> Iterator[Found]:
    """Telephone numbers; `in_line` says that the text is a line of contact details."""
    if not any(character.isdigit() for character in text):
        return
    for pattern in _PHONES:
        for match in pattern.finditer(text):
            if not _TIMESPAN.search(match[0]) and not _DATE.search(match[0]):
                yield Found(match.start(), _end_of_number(match[0]) + match.start(), "CONTACT", CONTACT_RANK - 4)
    for match in _LABELLED_PHONE.finditer(text):
        if not _TIMESPAN.search(match[0]):
            start = match.start("number")
            yield Found(start, start + _end_of_number(match["number"]), "CONTACT", CONTACT_RANK - 4)
    if in_line:
        for match in _BARE_PHONE.finditer(text):
            digits = sum(character.isdigit() for character in match[0])
            if 8 <= digits <= 15 and not _TIMESPAN.search(match[0]):
                yield Found(match.start(), _end_of_number(match[0]) + match.start(), "CONTACT", CONTACT_RANK - 4)


def _end_of_number(number: str) -> int:
    """Where a number ends: digits of the next line are the number of a house, unless the line broke it in two."""
    line = number.find("\n")
    digits = sum(character.isdigit() for character in number[: max(line, 0)])
    return len(number[:line].rstrip()) if digits >= _WHOLE_DIGITS else len(number)


def streets(text: str, *, in_line: bool) -> Iterator[Found]:
    """Street addresses, and postcodes where the line is one of contact details."""
    if not any(character.isdigit() for character in text):
        return
    for pattern in _STREETS:
        for match in pattern.finditer(text):
            yield Found(*match.span(), "CONTACT", CONTACT_RANK - 5)
    for pattern in _MORE_STREETS:
        for match in pattern.finditer(text):
            # "Block 4, Kafka Streams" in a sentence.
            if in_line or not any(is_technology(token) for token in tokens_of(match[0])):
                yield Found(*match.span(), "CONTACT", CONTACT_RANK - 5)
    if in_line:
        for pattern in (*_STREETS_IN_LINE, *_POSTCODES):
            for match in pattern.finditer(text):
                yield Found(*match.span(), "CONTACT", CONTACT_RANK - 5)
        for match in _BARE_STREET.finditer(text):
            # "Java 17" and "Level 3" are no streets.
            tokens = match["name"].split()
            if not any(is_technology(t) or is_ordinary(t) or fold(t) in job_words() | places() for t in tokens):
                yield Found(*match.span(), "CONTACT", CONTACT_RANK - 6)


def particulars(text: str, *, near_top: bool) -> Iterator[Found]:
    """Birth, nationality, family and the like: nothing that work needs, all of it what must not count."""
    for match in _PERSONAL.finditer(text):
        before = text[: match.start()].rstrip()
        # Only as a label: at the beginning of a line or behind a separator, not in the middle of a sentence.
        if not before or before[-1] in "|·,;•\n" or text[: match.start()].endswith("\n"):
            yield Found(match.start(), match.start() + len(match[0].rstrip()), "CONTACT", CONTACT_RANK - 6)
    if near_top:
        for match in _PARTICULARS.finditer(text):
            yield Found(*match.span(), "CONTACT", CONTACT_RANK - 6)


@cache
def _plain_email() -> re.Pattern[str]:
    return re.compile(r"[\w.+%-]+@(?:[\w-]+\.)+[^\W\d_]{2,}")


def contact_email(documents: Sequence[Document], email: str | None) -> str | None:
    """The candidate's e-mail, lower case: the given one, else the first of the resume; to tell duplicates by.

    Args:
        documents: All documents of one candidate.
        email: From `candidates.csv`.
    """
    if email and email.strip():
        return email.strip().lower()
    for role in ("resume", "cover"):
        for document in documents:
            if document.role != role:
                continue
            for block in document.blocks:
                if "@" in block.text and (match := _plain_email().search(block.text)):
                    return match[0].lower()
    return None
