"""Who the candidate is: names, handles and initials, told from what was sent and where it stands."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.models.documents import Document
from pipeline.redaction.contacts import EMAIL, handle_names
from pipeline.redaction.lines import Line, has_year, is_capital, is_place, lines_of, section_of
from pipeline.redaction.words import MARK, fold, is_ordinary, is_technology, job_words, labelled, words

_LABEL = re.compile(
    r"^\W*(?:curriculum vitae|lebenslauf|résumé|resume|c\.?v\.?|full name|name|candidate|applicant|bewerber(?:in)?"
    r"|vor- und nachname|nom(?: et prénom)?|nombre(?: completo)?|nome|imię i nazwisko|naam|ad[ıi] soyad[ıi]|ad soyad|isim|namn|navn"
    r"|nimi|név|name of (?:the )?candidate)(?:\s+(?:of|de|von|di))?(?P<colon>\s*[:|–—-]\s*|\s+|\s*$)",
    re.IGNORECASE,
)
_CUT = re.compile(r"\s*[|·•¦‖\t/]\s*|\s+[–—:-]+\s+|\s{3,}|::|\(|\n|,\s+")
_SPLIT_LOCAL = re.compile(r"[^a-z]+")
_SIGNED = re.compile(
    r"^(?:(?:kind|best|warm|with)?\s*(?:best\s+|kind\s+|warm\s+)?regards|yours (?:sincerely|faithfully|truly)|sincerely(?: yours)?|best wishes"
    r"|many thanks|thank you|thanks|mit freundlichen grüßen|viele grüße|cordialement|atentamente|un saludo|cheers|respectfully)\s*[,.!]?$",
    re.IGNORECASE,
)
_GENERIC_LOCAL = frozenset(
    [
        "info",
        "mail",
        "contact",
        "hello",
        "hi",
        "me",
        "jobs",
        "job",
        "work",
        "cv",
        "resume",
        "dev",
        "code",
        "mailbox",
        "email",
        "office",
        "hire",
        "apply",
    ]
)


@dataclass(frozen=True)
class Identity:
    """The candidate's names as folded words."""

    names: tuple[tuple[str, ...], ...]
    """Each name as its words in the written order, particles included."""
    handles: frozenset[str]
    """User names that are used on the web, lower case."""

    @property
    def parts(self) -> frozenset[str]:
        """Every word of every name."""
        return frozenset(part for name in self.names for part in name)


def name_parts(name: str) -> tuple[str, ...]:
    """The words of a name, folded: titles, credentials and initials' dots are gone, hyphens part words."""
    before_credentials, comma, rest = name.partition(",")
    tail = [fold(token.strip(".")) for token in rest.split()]
    credentials = labelled("name_words", "credentials")
    if comma and tail and not all(token in credentials for token in tail):
        before_credentials = f"{rest} {before_credentials}"
    tokens = re.split(r"[\s\-‐‑]+", fold(re.sub(r"[\"“”()«»*_]", " ", before_credentials)))
    titles = labelled("name_words", "titles")
    parts = [token.strip(".,;:'’`") for token in tokens]
    while parts and (parts[0] in titles or not parts[0]) and len(parts) > 1:
        parts = parts[1:]
    while len(parts) > 2 and parts[-1] in credentials:
        parts = parts[:-1]
    return tuple(part for part in parts if part and not part.isdigit())


def _shape(text: str) -> tuple[str, ...] | None:
    """The words of a piece that has the shape of a name, up to a job title behind it."""
    particles = labelled("name_words", "particles")
    raw = text.strip(" *_.,;:#").split()
    kept: list[str] = []
    for index, token in enumerate(raw):
        bare = token.strip(".,;:()\"“”'’*_")
        folded = fold(bare)
        if index >= 1 and folded in job_words() and folded not in particles and len(folded) > 2:
            break
        if not bare:
            continue
        if any(character.isdigit() or character in "@/\\&+=<>[]{}#%$" for character in bare):
            return None
        if not (is_capital(bare) or folded in particles):
            return None
        kept.append(token)
    return name_parts(" ".join(kept)) if 1 <= len(kept) <= 7 else None


def _matches(part: str, local: str) -> bool:
    """Whether a word of a name can be seen in the local part of an e-mail address or in a folder's name."""
    return len(part) >= 3 and (part in local or (len(part) > 4 and part[:4] in local))


def _score(parts: tuple[str, ...], line: Line, *, locals_: Sequence[str], hint: str, labelled_name: bool) -> int:
    if not parts or (len(parts) == 1 and len(parts[0]) < 2):
        return -99
    score = 3 - line.number
    score += 2 if line.kind == "heading" and line.number < 3 else 0
    score += 6 if labelled_name else 0
    score += 4 * any(any(_matches(part, local) for part in parts) for local in locals_)
    score += 3 * any(_matches(part, hint) for part in parts)
    heads = labelled("titles", "heads")
    score -= 8 * any(part in heads for part in parts)
    score -= 6 if all(is_technology(part) for part in parts) else 0
    ordinary = sum(part in words("ordinary") or part in job_words() for part in parts)
    name_like = sum(part in labelled("name_words", "words") for part in parts)
    score -= 4 if ordinary == len(parts) and name_like == 0 else 0
    score -= 2 if ordinary == len(parts) and len(parts) > 2 else 0
    score += 2 if 2 <= len(parts) <= 4 else -1
    return score


def _header_names(document: Document, *, locals_: Sequence[str], hint: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Names with their scores from the first lines of a document, and from under the greeting of a letter."""
    lines = lines_of(document.blocks)
    signed = False
    for line in lines:
        text = line.text.strip()
        label = _LABEL.match(text)
        near = line.number < 10 or signed
        signed = _SIGNED.match(text) is not None
        if not near and not (label and ":" in label["colon"]):
            continue
        if MARK.search(text[:12]) or (has_year(text) and not label):
            continue
        rest = text[label.end() :] if label else text
        piece = _CUT.split(rest, maxsplit=1)[0] or rest
        credentials = re.match(r"[^,|·]+,\s+[^\s,|·]+(?=\s*(?:[|·\n]|$))", rest)
        turned = credentials[0] if credentials else None
        for number, candidate in enumerate([piece, turned] if turned else [piece]):
            if (section_of(candidate, line.kind) and line.number > 0) or is_place(candidate.replace(".", "")):
                continue
            parts = _shape(candidate)
            if parts is None:
                continue
            is_label = label is not None and ":" in label["colon"]
            score = _score(parts, line, locals_=locals_, hint=hint, labelled_name=is_label)
            if number == 1:
                # "Varga, Tamsin": a comma between two words, of which the first alone was no name with a place behind it.
                rest_ok = rest.isupper() or not is_place(candidate.partition(",")[2].strip())
                score -= 2 if rest_ok else 9
            near_signature = line.number >= 10 and not is_label
            yield (score + line.number if near_signature else score), parts


def identify(documents: Sequence[Document], *, name: str | None, email: str | None, candidate: str) -> Identity:
    """Find the candidate's names and handles.

    Args:
        documents: All documents of the candidate.
        name: From `candidates.csv`.
        email: From `candidates.csv`.
        candidate: Folder name or file stem, a hint only: it may be a number.
    """
    own = [document for document in documents if document.role in ("resume", "cover")]
    own.sort(key=lambda document: document.role != "resume")
    top = "\n".join(block.text for document in own for block in document.blocks[:12])
    addresses = ([email] if email else []) + EMAIL.findall(top)
    locals_ = [fold(address.partition("@")[0]) for address in addresses[:2]]
    hint = fold(candidate)
    names: list[tuple[str, ...]] = []
    if name and (given := name_parts(name)):
        names.append(given)
    for document in own:
        found = sorted(_header_names(document, locals_=locals_, hint=hint), key=lambda pair: -pair[0])
        threshold = 3 if document.role == "resume" and not names else 5
        if found and found[0][0] >= threshold:
            names.append(found[0][1])
    names += list(_from_address(locals_, names))
    handles = _handles(own, locals_, names)
    unique = tuple(dict.fromkeys(n for n in names if n))
    return Identity(names=unique, handles=handles)


def _from_address(locals_: Iterable[str], names: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Words of the address that the header did not have: a short first name, or a name that stands nowhere else."""
    known = {part for name in names for part in name}
    for local in locals_:
        parts = [part for part in _SPLIT_LOCAL.split(local) if len(part) >= 3]
        fresh = tuple(
            part
            for part in parts
            if part not in known
            and part not in _GENERIC_LOCAL
            and not is_ordinary(part)
            and not is_technology(part)
            and part not in job_words()
            # "tvarga" is a handle of a known name, not a name.
            and not any(len(k) > 2 and k in part for k in known)
        )
        if fresh:
            yield fresh


def _handles(own: Sequence[Document], locals_: Iterable[str], names: Sequence[tuple[str, ...]]) -> frozenset[str]:
    found = {name for document in own for block in document.blocks[:14] for name in handle_names(block.text)}
    found |= {local for local in locals_ if len(local) >= 5 and local not in _GENERIC_LOCAL and "." not in local}
    parts = {part for name in names for part in name}
    return frozenset(
        handle
        for handle in found
        if len(handle) >= 4 and not is_ordinary(handle) and not is_technology(handle) and handle not in parts
    )
