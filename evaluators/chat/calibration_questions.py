"""Questions with known answers, to be put to a chat judge that is calibrated.

Labels are on passages while P is about a dossier. So small dossiers are put together, each of a handful of passages by
one author, and each label follows from those of its passages; where it does not follow for certain, the check has none.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from evaluators.bm25 import Stems
from evaluators.chat.calibration import MIN_OF_EACH, MIN_ROWS
from evaluators.chat.calibration_rows import RESEMBLING, LabelledRow, LabelledRows
from evaluators.evidence import MISSION_FIT
from evaluators.rubric_library import GATE, GENERAL
from pipeline.errors import ConfigurationError
from pipeline.models.dossier import Question
from pipeline.models.scorecard import About, RoleContext, Rubric

ROWS_A_CHECK = MIN_ROWS + 4
"""Some questions stay unanswered, and one answer gives one row for each check of its rubric."""
DEFAULT_QUESTIONS = 9 * ROWS_A_CHECK
"""Seven rubrics, and gates about the past and about the future: 486."""
SMALLEST, LARGEST = 4, 6
"""Passages in a dossier."""

_DRAWS = 24
"""Dossiers that are drawn for each one that is taken."""
_HOLDS = 0.4
"""Share of rows in which a check should hold. Half would teach most, and would teach that it holds in every second
dossier; among real applicants the higher checks hold in fewer, and a corrected P should rather be too low."""
_ON_CALL = frozenset(Stems().of("call pager paged rota"))
"""Different words for one thing, of which requirements speak more often than of any other."""
_PAST_CHECKS = ("first_hand", "real", "denied")
_FUTURE_CHECKS = ("willing", "denied")
_STATEMENTS = {
    "communication": "Explains the work so that others can follow it, and says what is assumed and left open.",
    "data_and_api_design": "Designs schemas and interfaces that stay right when things go wrong or change.",
    "failure_modes": "Knows how systems fail, and has dealt with it.",
    "mission_fit": "Has solved problems like the one this role is about.",
    "production_ownership": "Has carried responsibility for a running service.",
    "testing_and_operability": "Tests what matters, and makes systems that can be run.",
    "tradeoff_reasoning": "Weighs alternatives and can say what a decision cost.",
}
_NEUTRAL_ROLE = RoleContext(
    mission="Build and run the services that our customers work with every day.",
    scope=("design, build and operate backend services",),
    constraints=("a small team", "systems that stay in use while they change"),
    stage="growth",
)


class CalibrationQuestion(NamedTuple):
    """A question and what the answer should be."""

    question: Question
    labels: Mapping[str, bool]
    """By check; one whose label does not follow from those of the passages is left out."""
    author: str
    """Whose passages these are; what is held out together."""
    rows: tuple[str, ...]
    """Ids of the labelled rows."""

    @property
    def rubric(self) -> str:
        """Id of the rubric."""
        return self.question.rubric.id


class CalibrationPlan(NamedTuple):
    """Questions to ask, and what they are good for."""

    questions: tuple[CalibrationQuestion, ...]
    """Rubric by rubric."""
    rows: Mapping[str, tuple[int, int]]
    """Rows, and how many of them hold, by `rubric.check`."""
    lacking: tuple[str, ...]
    """Checks that will stay uncalibrated, each with the reason, in words."""


class _Series(NamedTuple):
    """Questions of one rubric; for gates, of one tense."""

    rubric: Rubric
    about: About | None
    questions: Iterator[CalibrationQuestion]


def plan_calibration(
    labelled: LabelledRows,
    *,
    library: Mapping[str, Rubric],
    rubrics: Sequence[str] = (),
    limit: int = DEFAULT_QUESTIONS,
    seed: int = 7,
    leave_out: frozenset[str] = frozenset(),
) -> CalibrationPlan:
    """Choose questions so that as many checks as possible get enough rows, rarely met ones about as many of each kind.

    Rubrics are served one after the other, each whole or not at all: thirty rows calibrate nothing. What is left of
    the limit goes round again, for more rows than are needed.

    Args:
        labelled: The rows.
        library: Rubrics by id.
        rubrics: Those to calibrate, most important first; by default all of the library.
        limit: How many questions may be asked.
        seed: Of the draw; the same seed gives the same questions.
        leave_out: Rows that the judge has seen, as worked examples.

    Raises:
        ConfigurationError: The limit calibrates nothing, or a rubric is not known.
    """
    if limit < ROWS_A_CHECK:
        raise ConfigurationError(
            f"--questions {limit} calibrates nothing: a rubric takes {ROWS_A_CHECK}, all of them {DEFAULT_QUESTIONS}."
        )
    unknown = [name for name in rubrics if name not in library]
    if unknown:
        raise ConfigurationError(f"There is no rubric {unknown[0]!r}; known are {', '.join(sorted(library))}.")
    wanted = tuple(dict.fromkeys(rubrics or sorted(library)))
    rows = [
        row
        for row in labelled.rows
        if row.id not in leave_out and row.id not in RESEMBLING and row.passage.kind not in ("inventory", "addressed")
    ]
    series = [one for name in wanted for one in _series(library[name], rows, labelled.roles, seed)]
    taken = _deal(series, limit)
    questions = tuple(question for _, asked in taken for question in asked)
    counts = _counts(questions)
    return CalibrationPlan(questions, counts, tuple(_lacking(wanted, library, counts, taken)))


def passage_labels(rubric: Rubric, rows: Sequence[frozenset[str]]) -> dict[str, bool]:
    """Labels of a dossier from those of its passages.

    Where the checks are about one decision, those of the best passage hold; else what any passage shows, as far as
    what it requires is shown somewhere. A check that needs several quotes holds if one passage shows it alone, and
    does not if too few show what it rests on; in between nobody can tell without reading, and it has no label.
    """
    if rubric.together:
        points = {check.id: check.points for check in rubric.checks}
        whole = [_closed(rubric, found) for found in rows]
        best = max(whole, key=lambda found: (sum(points[check] for check in found), sorted(found)), default=frozenset())
        return {check.id: check.id in best for check in rubric.checks}
    found = frozenset[str]().union(*rows)
    sure = _closed(rubric, found)
    open_checks = frozenset(
        check.id
        for check in rubric.checks
        if check.quotes > 1
        and check.id not in found
        and check.requires
        and sum(found.issuperset(check.requires) for found in rows) >= check.quotes
    )
    possible = _closed(rubric, found | open_checks)
    return {check.id: check.id in sure for check in rubric.checks if (check.id in sure) == (check.id in possible)}


def _closed(rubric: Rubric, found: frozenset[str]) -> frozenset[str]:
    requires = {check.id: check.requires for check in rubric.checks}
    kept = set(found)
    while fallen := {check for check in kept if not kept.issuperset(requires.get(check, ()))}:
        kept -= fallen
    return frozenset(kept)


def _series(
    rubric: Rubric, rows: Sequence[LabelledRow], roles: Mapping[str, RoleContext], seed: int
) -> Iterator[_Series]:
    chance = random.Random(f"{seed} {rubric.id}")
    mine = [row for row in rows if rubric.id in row.labels]
    if rubric.id == GATE:
        tenses: tuple[About, ...] = ("past", "future")
        for about in tenses:
            yield _Series(rubric, about, _gates(rubric, about, mine, random.Random(f"{seed} {about}")))
        return
    groups: dict[str, list[LabelledRow]] = {}
    for row in mine:
        groups.setdefault(row.topic if row.kind == "mission" else row.author, []).append(row)
    yield _Series(rubric, None, _dossiers(rubric, groups, roles, chance))


def _dossiers(
    rubric: Rubric, groups: Mapping[str, list[LabelledRow]], roles: Mapping[str, RoleContext], chance: random.Random
) -> Iterator[CalibrationQuestion]:
    """Dossiers of one rubric, no row in two of them, until no group has enough left."""
    left = {name: list(rows) for name, rows in groups.items()}
    plenty = sum(map(len, left.values())) >= ROWS_A_CHECK * LARGEST
    sizes = range(SMALLEST, LARGEST + 1 if plenty else SMALLEST + 1)
    balance = _Balance()
    while ready := sorted(name for name, rows in left.items() if len(rows) >= SMALLEST):
        drawn = [_draw(left[_by_size(ready, left, chance)], rubric, sizes, chance) for _ in range(_DRAWS)]
        # Where almost every row shows something, chance alone never leaves it out.
        drawn += [_poorest(left[name], rubric, chance) for name in ready]
        chosen = min(drawn, key=lambda rows: balance.cost(_labels(rubric, rows), rubric))
        labels = _labels(rubric, chosen)
        balance.add(labels)
        mission = chosen[0].kind == "mission"
        group = chosen[0].topic if mission else chosen[0].author
        left[group] = [row for row in left[group] if row not in chosen]
        yield CalibrationQuestion(
            Question(
                subject=rubric.id,
                kind="mission_fit" if rubric.id == MISSION_FIT else "rubric",
                statement=_STATEMENTS.get(rubric.id, "As the checks say."),
                rubric=rubric,
                role=roles[group] if mission else _NEUTRAL_ROLE,
                evidence=tuple(sorted((row.passage for row in chosen), key=lambda passage: passage.id)),
            ),
            labels,
            f"{chosen[0].author}: {group}" if mission else group,
            tuple(sorted(row.id for row in chosen)),
        )


def _gates(
    rubric: Rubric, about: About, rows: Sequence[LabelledRow], chance: random.Random
) -> Iterator[CalibrationQuestion]:
    """Requirements with one passage about them, among passages of the same author that say nothing of them.

    One only: two of them may be two people, of whom one did what the other denies. The others were written for
    requirements of the other tense, and share no word with this one: who led an outage may well have been on call.
    """
    left = [row for row in rows if row.about == about]
    far = [row for row in rows if row.about != about]
    stems = Stems()
    words = {row.id: _words(f"{row.topic} {row.passage.text}", stems) for row in far}
    asked = {topic: _words(topic, stems) for topic in {row.topic for row in left}}
    checks = _PAST_CHECKS if about == "past" else _FUTURE_CHECKS
    balance = _Balance()
    while left:
        drawn = chance.sample(left, min(_DRAWS, len(left)))
        chosen = min(drawn, key=lambda row: balance.cost(_gate_labels(row, checks), rubric))
        left.remove(chosen)
        others = [row for row in far if row.author == chosen.author and not words[row.id] & asked[chosen.topic]]
        if len(others) < SMALLEST - 1:
            continue
        around = chance.sample(others, min(chance.randint(SMALLEST, LARGEST) - 1, len(others)))
        labels = _gate_labels(chosen, checks)
        balance.add(labels)
        yield CalibrationQuestion(
            Question(
                subject=GATE,
                kind="gate",
                statement=chosen.topic,
                about=about,
                rubric=rubric,
                role=_NEUTRAL_ROLE,
                evidence=tuple(sorted((row.passage for row in (chosen, *around)), key=lambda passage: passage.id)),
            ),
            labels,
            f"{chosen.author}: {chosen.topic}",
            tuple(sorted(row.id for row in (chosen, *around))),
        )


class _Balance:
    """How many rows each check has, and how many of them hold."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self._held: Counter[str] = Counter()

    def add(self, labels: Mapping[str, bool]) -> None:
        self._rows.update(labels.keys())
        self._held.update(check for check, holds in labels.items() if holds)

    def cost(self, labels: Mapping[str, bool], rubric: Rubric) -> tuple[int, float]:
        """First how many checks have no sure label, then how far from their share the others would be."""
        gaps = ((self._held[one] + held - _HOLDS * (self._rows[one] + 1)) ** 2 for one, held in labels.items())
        return len(rubric.checks) - len(labels), sum(gaps)


def _words(text: str, stems: Stems) -> frozenset[str]:
    found = frozenset(stems.of(text))
    return found | _ON_CALL if found & _ON_CALL else found


def _draw(
    rows: Sequence[LabelledRow], rubric: Rubric, sizes: Sequence[int], chance: random.Random
) -> tuple[LabelledRow, ...]:
    """Some rows, now rather rich ones, now rather poor ones: dossiers of all levels are needed."""
    taste = chance.uniform(-4, 4)
    size = min(chance.choice(sizes), len(rows))
    keys = {row.id: chance.random() ** math.exp(-taste * len(row.labels[rubric.id]) / 2) for row in rows}
    return tuple(sorted(rows, key=lambda row: (-keys[row.id], row.id))[:size])


def _poorest(rows: Sequence[LabelledRow], rubric: Rubric, chance: random.Random) -> tuple[LabelledRow, ...]:
    """The rows that show least."""
    shuffled = chance.sample(rows, len(rows))
    return tuple(sorted(shuffled, key=lambda row: len(row.labels[rubric.id]))[:SMALLEST])


def _by_size(names: Sequence[str], left: Mapping[str, Sequence[LabelledRow]], chance: random.Random) -> str:
    return chance.choices(names, weights=[len(left[name]) for name in names])[0]


def _labels(rubric: Rubric, rows: Sequence[LabelledRow]) -> dict[str, bool]:
    return passage_labels(rubric, [row.labels[rubric.id] for row in rows])


def _gate_labels(row: LabelledRow, checks: Sequence[str]) -> dict[str, bool]:
    return {check: check in row.labels[GATE] for check in checks}


def _deal(series: Sequence[_Series], limit: int) -> list[tuple[_Series, list[CalibrationQuestion]]]:
    taken: list[tuple[_Series, list[CalibrationQuestion]]] = [(one, []) for one in series]
    room, first = limit, True
    while room >= (ROWS_A_CHECK if first else 1):
        before = room
        for one, asked in taken:
            if room < ROWS_A_CHECK and not asked:
                continue
            more = list(islice(one.questions, min(room, ROWS_A_CHECK)))
            asked += more
            room -= len(more)
        first = False
        if room == before:
            break
    return taken


def _counts(questions: Sequence[CalibrationQuestion]) -> dict[str, tuple[int, int]]:
    counts: dict[str, tuple[int, int]] = {}
    for question in questions:
        for check, holds in question.labels.items():
            rows, held = counts.get(f"{question.rubric}.{check}", (0, 0))
            counts[f"{question.rubric}.{check}"] = (rows + 1, held + holds)
    return counts


def _lacking(
    wanted: Sequence[str],
    library: Mapping[str, Rubric],
    counts: Mapping[str, tuple[int, int]],
    taken: Sequence[tuple[_Series, list[CalibrationQuestion]]],
) -> Iterator[str]:
    asked = {one.rubric.id for one, questions in taken if questions}
    for name in wanted:
        if name not in asked:
            why = "criteria of one's own differ, and no rows are labelled for them" if name == GENERAL else ""
            why = why or "the limit on questions is too low, or too few rows are labelled for it"
            yield f"{name}: all checks, since {why}"
            continue
        for check in library[name].checks:
            rows, held = counts.get(f"{name}.{check.id}", (0, 0))
            if rows < MIN_ROWS:
                yield f"{name}.{check.id}: {rows} rows with a sure label, {MIN_ROWS} are needed"
            elif min(held, rows - held) < MIN_OF_EACH:
                yield f"{name}.{check.id}: holds in {held} of {rows} rows, {MIN_OF_EACH} are needed on either side"
