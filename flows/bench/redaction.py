"""What is left of a name after reading, and whether the words of the trade are still there."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import TypeAdapter

from evaluators.benchmarking.bootstrap import DRAWS, share_interval
from evaluators.benchmarking.figures import figure
from evaluators.benchmarking.results import Figure
from flows.bench.recall import share_figures
from pipeline.documents.limits import Limits
from pipeline.documents.parsing import parse
from pipeline.documents.wire import ReadTask
from pipeline.models.documents import Document, RedactedDocument
from pipeline.models.dossier import Passage
from pipeline.models.submissions import FileRole, Submission, SubmittedFile
from pipeline.passages import BriefText
from pipeline.reading import read_submission
from pipeline.redaction import redact

FOLDER = "redaction"
NAME_SET = "redaction"
"""Set of the figures that are taken over this folder."""
PAIRINGS = ((7, 3), (11, 5), (3, 8))
SHORTEST_TOKEN = 3
"""Letters; `de`, `van` and `ter` are no names by themselves."""
_PARTICLES = frozenset(("von", "van", "den", "der", "ter", "de", "la", "le", "lo", "del", "di", "da", "dos", "'t"))
PLAIN_PERSON = "Friederike Tiedemann"


class Names(NamedTuple):
    """Names of one locale."""

    first: Sequence[str]
    last: Sequence[str]
    city: Sequence[str]


class Person(NamedTuple):
    """Somebody put together from two lists."""

    first: str
    last: str
    city: str
    number: int

    @property
    def tokens(self) -> tuple[str, ...]:
        """Words that name this person."""
        words = re.split(r"[\s]+", f"{self.first} {self.last}")
        return tuple(w for w in words if w.casefold() not in _PARTICLES and len(w) >= SHORTEST_TOKEN)


class Trade(NamedTuple):
    """Words of the trade, and sentences to put them into."""

    sentences: Sequence[str]
    words: Sequence[str]


def redaction_figures(
    root: Path,
    *,
    judge: str,
    screened: Mapping[str, Sequence[Sequence[Passage]]],
    draws: int = DRAWS,
) -> Iterator[Figure]:
    """Names that leave no trace, by locale; technology words that stay, in made-up and in screened documents.

    Args:
        root: Where `redaction/` lies.
        judge: Label of the figures.
        screened: Passages of each candidate by benchmark set.
        draws: Behind intervals.
    """
    folder = root / FOLDER
    if not (folder / "names.yaml").is_file():
        for name in ("redaction_recall", "technology_kept"):
            note = f"the data have no {FOLDER}/"
            yield figure(name, float("nan"), judge=judge, set_=NAME_SET, cases=0, bases=0, note=note)
        return
    names = TypeAdapter(dict[str, Names]).validate_python(_yaml(folder / "names.yaml"))
    documents = TypeAdapter(list[dict[str, str]]).validate_python(_yaml(folder / "documents.yaml"))
    for locale, own in names.items():
        yield _recall(locale, list(people(own)), documents, judge=judge)
    trade = TypeAdapter(Trade).validate_python(_yaml(folder / "technology.yaml"))
    kept = {NAME_SET: kept_words(trade)}
    kept |= {
        name: [[kept for _, kept in occurrences(own, trade.words)] for own in candidates]
        for name, candidates in screened.items()
    }
    yield from share_figures("technology_kept", kept, judge=judge, draws=draws)


def people(names: Names) -> Iterator[Person]:
    """Every first name with three last names."""
    for step, shift in PAIRINGS:
        for n, first in enumerate(names.first):
            last = names.last[(step * n + shift) % len(names.last)]
            yield Person(first, last, names.city[n % len(names.city)], n)


def _recall(locale: str, persons: Sequence[Person], documents: Sequence[dict[str, str]], *, judge: str) -> Figure:
    left = [one for n, one in enumerate(persons) if left_tokens(one, documents[n % len(documents)])]
    held = len(persons) - len(left)
    return figure(
        "redaction_recall",
        held / len(persons),
        judge=judge,
        set_=NAME_SET,
        group=locale,
        interval=share_interval(held, len(persons)),
        cases=len(persons),
        bases=len(persons),
        better="none" if locale == "also_words" else "higher",
        unit="share",
        # Names of lists, not of people.
        note="left: " + ", ".join(f"{one.first} {one.last}" for one in left[:5]) if left else "",
    )


def left_tokens(person: Person, documents: Mapping[str, str]) -> list[str]:
    """Words of a person's name that a judge would still read."""
    fields = {
        "name": f"{person.first} {person.last}",
        "first": person.first,
        "last": person.last,
        "NAME": f"{person.first} {person.last}".upper(),
        "LAST": person.last.upper(),
        "city": person.city,
        "handle": handle_of(person),
    }
    files = {
        "resume.md" if role == "resume" else "takehome/README.md": text.format(**fields)
        for role, text in documents.items()
    }
    passages = read_texts(files, candidate=f"p{person.number:02d}")
    seen = folded(" ".join(passage.text for passage in passages))
    return [word for word in person.tokens if re.search(rf"(?<!\w){re.escape(folded(word))}(?!\w)", seen)]


def handle_of(person: Person) -> str:
    """What stands before the at sign of the person's address."""
    plain = unicodedata.normalize("NFKD", f"{person.first}.{person.last}").encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain.lower() if letter.isalnum() or letter == ".")


def folded(text: str) -> str:
    """Text in which spelling in capitals makes no difference."""
    return unicodedata.normalize("NFC", text).casefold()


def kept_words(trade: Trade) -> list[list[bool]]:
    """For each word of the trade, whether it is still there each time that it was written."""
    size = len(trade.words)
    outcomes: dict[str, list[bool]] = {word: [] for word in trade.words}
    for sentence in trade.sentences:
        bullets = [
            "- " + sentence.format(one=word, two=trade.words[(n + size // 3) % size], three=trade.words[(n + 1) % size])
            for n, word in enumerate(trade.words)
        ]
        resume = "\n\n".join([PLAIN_PERSON, "\n".join(bullets)])
        for word, kept in occurrences(read_texts({"resume.md": resume}, candidate="p00"), trade.words):
            outcomes[word].append(kept)
    return list(outcomes.values())


def occurrences(passages: Iterable[Passage], words: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each word of the trade each time that a person sees it: whether a judge reads it too."""
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})(?!\w)")
    for passage in passages:
        visible, read = Counter(pattern.findall(passage.visible)), Counter(pattern.findall(passage.text))
        for word, times in visible.items():
            yield from ((word, n < read[word]) for n in range(times))


def read_texts(files: Mapping[str, str], *, candidate: str) -> tuple[Passage, ...]:
    """Passages of Markdown files, read and redacted as in a screening."""
    contents = {hashlib.sha256(text.encode()).hexdigest(): text.encode() for text in files.values()}
    submitted = tuple(_submitted(name, text) for name, text in files.items())
    reading = read_submission(
        Submission(candidate=candidate, files=submitted),
        vault=_Memory(contents),
        reader=_OwnTexts(),
        brief=BriefText.from_texts([]),
    )
    return reading.dossier.passages


def redacted_texts(files: Mapping[str, str], *, candidate: str) -> Sequence[RedactedDocument]:
    """Markdown files, read and redacted as in a screening, before they are cut into passages."""
    reader = _OwnTexts()
    documents = [reader.read(_submitted(name, text), text.encode()) for name, text in files.items()]
    return redact(documents, name=None, email=None, candidate=candidate)


def _submitted(name: str, text: str) -> SubmittedFile:
    role: FileRole = "resume" if name.startswith("resume") else "takehome"
    content = text.encode()
    return SubmittedFile(name=name, role=role, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


class _OwnTexts:
    """Reads what the benchmark wrote itself: nothing to guard against, and many calls."""

    def read(self, file: SubmittedFile, content: bytes) -> Document:
        parsed = parse(ReadTask(name=file.name, role=file.role, limits=Limits()), content)
        return Document(
            name=file.name,
            role=file.role,
            sha256=file.sha256,
            media=parsed.media,
            language=parsed.language,
            blocks=parsed.blocks,
            hidden=parsed.hidden,
            notes=parsed.notes,
        )


class _Memory:
    """Bytes by their hash, without a disk."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = contents

    def read(self, sha256: str) -> bytes:
        return self._contents[sha256]


def _yaml(path: Path) -> object:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
