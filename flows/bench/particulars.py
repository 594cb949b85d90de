"""What redaction leaves of employers, schools, cities, telephones and streets; names have a module of their own."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import TypeAdapter

from evaluators.benchmarking.bootstrap import DRAWS
from evaluators.benchmarking.figures import figure, interval_of
from evaluators.benchmarking.results import Figure
from flows.bench.redaction import FOLDER, NAME_SET, Names, Person, folded, handle_of, people, redacted_texts

KINDS = ("employer", "employer_short", "school", "city", "phone", "street")
"""`employer_short`: the employer by its telling words alone, as colleagues call it, where it does not stand in full."""
TELLING = re.compile(r"\*([^*]+)\*")
LAST_DIGITS = 6
"""Of a telephone number; whoever has these and the town has the number."""
SHOWN = 5


class Locale(NamedTuple):
    """What is planted for one locale, the n-th of each list together; telling words stand between asterisks."""

    employer: Sequence[str]
    school: Sequence[str]
    phone: Sequence[str]
    street: Sequence[str]


class Particulars(NamedTuple):
    """The file `particulars.yaml`."""

    documents: Sequence[Mapping[str, str]]
    locales: Mapping[str, Locale]


class Planted(NamedTuple):
    """One value in all documents."""

    kind: str
    locale: str
    value: str
    removed: list[bool]
    """For each document."""


def particulars_figures(root: Path, *, judge: str, draws: int = DRAWS) -> Iterator[Figure]:
    """By kind, the share of documents in which redaction leaves nothing of a planted value.

    Args:
        root: Where `redaction/` lies.
        judge: Label of the figures.
        draws: Behind intervals, which draw values: the documents of one value are no observations of their own.
    """
    file = root / FOLDER / "particulars.yaml"
    if not file.is_file():
        for kind in KINDS:
            note = f"the data have no {FOLDER}/{file.name}"
            yield figure(
                "particulars_removed", float("nan"), judge=judge, set_=NAME_SET, group=kind, cases=0, bases=0, note=note
            )
        return
    found = list(planted(root / FOLDER))
    for kind in KINDS:
        own = [one for one in found if one.kind == kind]
        by_locale = {name: [one.removed for one in own if one.locale == name] for name in {one.locale for one in own}}
        outcomes = {name: by_locale[name] for name in sorted(by_locale)}
        yield figure(
            "particulars_removed",
            _share(outcomes),
            judge=judge,
            set_=NAME_SET,
            group=kind,
            interval=interval_of(outcomes, _share, share=True, draws=draws),
            cases=sum(len(one.removed) for one in own),
            bases=len(own),
            unit="share",
            note=_left(own),
        )


def planted(folder: Path) -> Iterator[Planted]:
    """Every value with what became of it in each document."""
    given = TypeAdapter(Particulars).validate_python(_yaml(folder / "particulars.yaml"))
    names = TypeAdapter(dict[str, Names]).validate_python(_yaml(folder / "names.yaml"))
    for locale, lists in given.locales.items():
        for n, person in zip(range(len(lists.employer)), people(names[locale]), strict=False):
            values = {
                "employer": lists.employer[n],
                "school": lists.school[n],
                "city": f"*{person.city}*",
                "phone": lists.phone[n],
                "street": lists.street[n],
            }
            outcomes = [removed_kinds(values, person, document) for document in given.documents]
            for kind in KINDS:
                value = values[kind.removesuffix("_short")]
                shown = _brand(value) if kind == "employer_short" else value.replace("*", "")
                yield Planted(kind, locale, shown, [one[kind] for one in outcomes])


def removed_kinds(values: Mapping[str, str], person: Person, document: Mapping[str, str]) -> dict[str, bool]:
    """For each kind, whether redaction left nothing of it in what is cut into passages.

    Asked of blocks and not of passages: a line of contact details that became marks alone is no passage, nor is much of
    what stands under a heading such as Education, so passages would show what was missed there and not what was found.
    """
    fields = {kind: value.replace("*", "") for kind, value in values.items()} | {
        "name": f"{person.first} {person.last}",
        "first": person.first,
        "NAME": f"{person.first} {person.last}".upper(),
        "handle": handle_of(person),
        "brand": _brand(values["employer"]),
    }
    files = {
        "resume.md" if role == "resume" else "takehome/README.md": text.format(**fields)
        for role, text in document.items()
    }
    blocks = [one for own in redacted_texts(files, candidate=f"p{person.number:02d}") for one in own.blocks]
    removed = {}
    for kind, value in values.items():
        holding = [block for block in blocks if _stands(kind, value, folded(block.visible))]
        parts = {kind: holding}
        if kind == "employer":
            in_full = [block for block in holding if folded(fields["employer"]) in folded(block.visible)]
            parts = {kind: in_full, "employer_short": [block for block in holding if block not in in_full]}
        for part, own in parts.items():
            removed[part] = not any(_stands(kind, value, folded(block.text)) for block in own)
    return removed


def _brand(employer: str) -> str:
    return " ".join(TELLING.findall(employer))


def _stands(kind: str, value: str, seen: str) -> bool:
    """Whether a telling part of a value stands in a text."""
    if kind == "phone":
        last = "".join(filter(str.isdigit, value))[-LAST_DIGITS:]
        return re.search(r"[\s().\-/]*".join(last), seen) is not None
    # A telling word may be the first half of a longer one, as in "Rosengartenstraße".
    words = [word for told in TELLING.findall(value) for word in told.split()]
    return any(re.search(rf"(?<!\w){re.escape(folded(word))}", seen) for word in words)


def _share(outcomes: Mapping[str, Sequence[Sequence[bool]]]) -> float:
    flat = [held for own in outcomes.values() for mine in own for held in mine]
    return sum(flat) / len(flat) if flat else float("nan")


def _left(own: Sequence[Planted]) -> str:
    """Where something was left, by locale, and of which values; they are invented."""
    left = [one for one in own if not all(one.removed)]
    if not left:
        return ""
    times: dict[str, int] = {}
    for one in left:
        times[one.locale] = times.get(one.locale, 0) + one.removed.count(False)
    most = sorted(times.items(), key=lambda place: (-place[1], place[0]))
    where = ", ".join(f"{locale} {count}" for locale, count in most)
    shown = "; ".join(one.value for one in left[:SHOWN])
    return f"left, in documents by locale: {where}; such as {shown}"


def _yaml(path: Path) -> object:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
