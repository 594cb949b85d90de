"""Which twins a candidate gets, and why some cannot be made."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import NamedTuple, TypeVar

from pipeline.fairness import detail_swaps as details
from pipeline.fairness.name_swaps import FullName, NameSwap
from pipeline.fairness.swaps import Edit, Subject, Swap, SwapKind, Twin, edited, swap_values

V = TypeVar("V")
_EVERYTHING, _AT_ONCE = "name, pronoun, school", "all three at once"

NOT_APPLIED: dict[SwapKind, str] = {
    "name": "no name was found in the documents or in candidates.csv",
    "pronoun": "resume and cover use no he or she",
    "stated_pronouns": "no resume could be read",
    "school": "no school is named",
    "graduation": "no year stands beside a school or degree",
    "dates": "resume and cover name no year",
    "club": "no club or association is named",
    "added_club": "no resume could be read",
    "everything": "there was nothing to exchange",
}
"""Why a twin could not be made, by kind."""


class Planned(NamedTuple):
    """A swap, how to make it, and what it is held against."""

    swap: Swap
    make: Callable[[], Twin]
    against: Callable[[], Twin] | None = None
    """Another twin, where a line is added: both have it, so only what it says differs. None for the candidate."""


def plan(subject: Subject) -> Iterator[Planned]:
    """All twins of one candidate."""
    rename = NameSwap(subject)
    values = swap_values()
    for group, name in _names():
        yield Planned(Swap(kind="name", group=group, value=str(name)), partial(rename.twin, name))
    for words in values.pronouns:
        yield _edit(subject, "pronoun", words.group, words.group, details.pronoun_edits, words.words)
    for school in values.schools:
        yield _edit(subject, "school", school.group, school.name, details.school_edits, school.name)
    for years in values.graduation:
        yield _edit(subject, "graduation", moved(years), moved(years), details.graduation_edits, years)
    for years in values.dates:
        yield _edit(subject, "dates", moved(years), moved(years), details.date_edits, years)
    for club in values.clubs:
        yield _edit(subject, "club", club.group, club.name, details.club_edits, club.name)
    yield from _added(subject)
    yield Planned(
        Swap(kind="everything", group=_EVERYTHING, value=_AT_ONCE),
        partial(_everything, subject, rename),
    )


def planned_groups() -> Iterator[tuple[SwapKind, str, str]]:
    """Every kind, group and value that there is, in the order of a report."""
    values = swap_values()
    yield from (("name", group, str(name)) for group, name in _names())
    yield from (("pronoun", value.group, value.group) for value in values.pronouns)
    yield from (("stated_pronouns", value.group, value.text) for value in values.stated_pronouns[1:])
    yield from (("school", value.group, value.name) for value in values.schools)
    yield from (("graduation", moved(years), moved(years)) for years in values.graduation)
    yield from (("dates", moved(years), moved(years)) for years in values.dates)
    yield from (("club", value.group, value.name) for value in values.clubs)
    yield from (("added_club", value.group, value.name) for value in values.clubs[1:])
    yield "everything", _EVERYTHING, _AT_ONCE


def moved(years: int) -> str:
    """A number of years in words."""
    return f"{abs(years)} years {'earlier' if years < 0 else 'later'}"


def _names() -> list[tuple[str, FullName]]:
    return [
        (f"{value.group}, {gender}", FullName(given, value.family))
        for value in swap_values().names
        for gender, given in (("woman", value.woman), ("man", value.man))
    ]


def _edit(
    subject: Subject,
    kind: SwapKind,
    group: str,
    value: str,
    find: Callable[[Subject, V], Iterable[Edit]],
    given: V,
) -> Planned:
    def make() -> Twin:
        return edited(subject, find(subject, given))

    return Planned(Swap(kind=kind, group=group, value=value), make)


def _added(subject: Subject) -> Iterator[Planned]:
    plain, *stated = swap_values().stated_pronouns
    for value in stated:
        yield Planned(
            Swap(kind="stated_pronouns", group=value.group, value=value.text),
            partial(details.with_stated_pronouns, subject, value.text),
            partial(details.with_stated_pronouns, subject, plain.text),
        )
    neutral, *clubs = swap_values().clubs
    for club in clubs:
        yield Planned(
            Swap(kind="added_club", group=club.group, value=club.name),
            partial(details.with_club_added, subject, club.name),
            partial(details.with_club_added, subject, neutral.name),
        )


def _everything(subject: Subject, rename: NameSwap) -> Twin:
    values = swap_values()
    farthest = values.names[-2]
    name = FullName(farthest.woman, farthest.family)
    words = next(value.words for value in values.pronouns if value.words[0] == "she")
    edits = chain(
        rename.edits(name),
        details.pronoun_edits(subject, words),
        details.school_edits(subject, values.schools[-1].name),
    )
    return rename.renamed(edited(subject, edits), name)
