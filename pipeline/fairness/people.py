"""People's groups, from a table that only the audit reads."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import ConfigurationError
from pipeline.tables import CANDIDATE, Names, Row, folded, read_table

MOST_COLUMNS = 6
MOST_GROUPS = 30
"""Values of one column; more is a name or a number, and no group."""
_SHOWN = 8

_WHO = r"(?:(?:i|id|they) )?(?:(?:would|have|has) )?"
_NOT = r"(?:(?:do|does|did|would) not|dont|doesnt|didnt|wouldnt)"
_WISH = r"(?:prefer\w*|wish\w*|want\w*|like|care|choos\w*|chose\w*|opt\w*|elect\w*|rather|intend\w*|willing)"
_ANSWER = r"(?:say|answer|respond|reply|disclose|reveal|state|specify|report)"
_TELL = (
    rf"(?:{_ANSWER}|share|tell|declare|provide|indicate|comment|participate|complete|(?:self ?)?(?:identify|describe))"
)
_GIVEN = (
    r"(?:known|stated|given|disclosed|provided|specified|answered|reported|recorded|declared|indicated|available"
    r"|applicable|shared|supplied|completed|filled(?: in| out)?)"
)
_SAYS_NOTHING = re.compile(
    "|".join(
        (
            r"n ?a|null|missing|blank|skipped|withh(?:e|o)ld|opt(?:ed|ing)? out|rather not|(?:i )?(?:do not|dont) know",
            r"un(?:known|specified|stated|disclosed|reported)",
            rf"(?:not|non|never) ?{_GIVEN}",
            r"(?:no|non) ?(?:answers?|responses?|reply|data|information|disclosure|statement|comment)(?: \w+)?",
            # "Prefer not to say", "I'd rather not answer", "choose not to self-identify", "opt not to share my age".
            rf"{_WHO}{_WISH} not (?:to )?{_TELL}\b.*",
            # "I don't wish to answer", "do not want to disclose", "unwilling to say".
            rf"(?:{_WHO}{_NOT} {_WISH}|not willing|unwilling) (?:to )?{_TELL}\b.*",
            # "Did not answer"; "do not identify with any gender" is an answer.
            rf"{_WHO}{_NOT} {_ANSWER}",
            # "Declined", "Decline To Self Identify", "I refuse to state".
            rf"{_WHO}(?:declin|refus)(?:e|es|ed|ing)(?: to {_TELL}\b.*)?",
        )
    )
)
"""Cells that say nothing, folded and without punctuation. "Prefer to self-describe" says something, and is none."""


def says_nothing(cell: str) -> bool:
    """Whether a cell is empty, or tells that somebody did not answer."""
    words = " ".join(re.sub(r"[^\w\s]|_", " ", re.sub(r"['’‘`]", "", cell.casefold())).split())
    return not words or _SAYS_NOTHING.fullmatch(words) is not None


class Roll(NamedTuple):
    """Who was in the screening, so that a file can be joined to it."""

    ids: Mapping[str, str]
    """The candidate's id by every spelling that a file may use: id, and label in a blind run."""
    aside: Collection[str] = ()
    """Submissions that were not ranked because the same person is there already; a file may name them."""

    @property
    def names(self) -> Names:
        """Finds the candidates that a file names."""
        return Names(self.ids, aside=self.aside)


class Demographics(NamedTuple):
    """Groups of people by column."""

    columns: tuple[str, ...]
    values: Mapping[str, Mapping[str, str | None]]
    """By candidate and column; None where the file says nothing."""
    absent: int
    """Candidates of the screening that the file does not name; unknown in every column."""
    aside: int
    """Rows about submissions that were set aside as duplicates."""
    not_in_run: tuple[str, ...] = ()
    """Whom the file names and the screening does not have, as the file spells them, in its order; in no figure."""


class _Joined(NamedTuple):
    rows: Mapping[str, Row]
    """By candidate."""
    aside: int
    """Rows about submissions that were set aside."""
    not_in_run: tuple[str, ...]


def read_demographics(path: Path, roll: Roll) -> Demographics:
    """Read a table of demographics and join it to the candidates of a screening.

    Values that differ in case and blanks only are one group, under the spelling that is most frequent. Such files are
    often of everybody who applied: whoever was not screened is named in the result and counts for nothing.

    Raises:
        ConfigurationError: The file cannot be read, lacks its columns, names somebody twice, or names nobody of the
            screening.
    """
    header, rows = read_table(path)
    columns = tuple(name for name in header if name.casefold() != CANDIDATE)
    if not columns:
        raise ConfigurationError(
            f"{str(path)!r} has no column besides {CANDIDATE!r}. Add one for each way of grouping, such as 'gender'."
        )
    if len(columns) > MOST_COLUMNS:
        raise ConfigurationError(
            f"{str(path)!r} has {len(columns)} columns of groups ({', '.join(map(repr, columns))}); at most "
            f"{MOST_COLUMNS} are compared, since every further one makes chance findings more likely. Take some out."
        )
    joined, aside, not_in_run = _joined(path, rows, roll)
    values: dict[str, dict[str, str | None]] = {candidate: {} for candidate in set(roll.ids.values())}
    for column in columns:
        spelled = _spellings(row.cells.get(column, "") for row in joined.values())
        if len(spelled) > MOST_GROUPS:
            raise ConfigurationError(
                f"Column {column!r} of {str(path)!r} has {len(spelled)} different values, which are names or numbers "
                "and no groups. Take it out, or write ranges such as '40-49'."
            )
        for candidate, own in values.items():
            cell = joined[candidate].cells.get(column, "") if candidate in joined else ""
            own[column] = spelled.get(folded(cell))
    return Demographics(columns, values, absent=len(values) - len(joined), aside=aside, not_in_run=not_in_run)


def _joined(path: Path, rows: Iterable[Row], roll: Roll) -> _Joined:
    """The row of each candidate, and who else is in the file."""
    names = roll.names
    joined: dict[str, Row] = {}
    others: dict[str, int] = {}
    aside = 0
    for row in rows:
        name = row.cells.get(CANDIDATE, "")
        candidate = names.find(name)
        if candidate is None and name in roll.aside:
            aside += 1
            continue
        seen = others.get(name) if candidate is None else joined[candidate].line if candidate in joined else None
        if seen is not None:
            raise ConfigurationError(
                f"Lines {seen} and {row.line} of {str(path)!r} are both about candidate {name!r}. Keep one of them."
            )
        if candidate is None:
            others[name] = row.line
        else:
            joined[candidate] = row
    if others and not joined:
        raise nobody_known(path, others, roll)
    return _Joined(joined, aside, tuple(others))


def nobody_known(path: Path, others: Mapping[str, int], roll: Roll) -> ConfigurationError:
    """What to say of a file of another role, or with ids in another form: every figure would be of nobody.

    Args:
        path: The file.
        others: Whom it names, with their lines.
        roll: Who was in the screening.
    """
    told = ", ".join(f"{name!r} (line {line})" for name, line in list(others.items())[:_SHOWN])
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    known = ", ".join(map(repr, sorted(roll.ids)[:_SHOWN]))
    return ConfigurationError(
        f"{str(path)!r} names nobody of this screening: {told}{more}. Use the names of shortlist.csv, such as {known}."
    )


def _spellings(cells: Iterable[str]) -> dict[str, str]:
    """The spelling to show of each value that says something, by its folded form."""
    counts = Counter(cell for cell in cells if not says_nothing(cell))
    shown: dict[str, str] = {}
    for cell, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        shown.setdefault(folded(cell), cell)
    return shown
