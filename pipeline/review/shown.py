"""What one visitor sees of one run: names covered or not, levels covered or not, and what people made of it.

Every page, export and answer of the API about candidates begins here, so that none shows what another one covers.
"""

import tempfile
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from pipeline.desk.models import Choice, Decision, DeskRun, Outcome, OutcomeKind, Override
from pipeline.errors import ConfigurationError, DeskError, StorageError, UnknownToDesk
from pipeline.models.assessment import FlagId
from pipeline.models.report import Report, ReportedCriterion, ReportedRow
from pipeline.models.scorecard import Rubric, Scorecard
from pipeline.review.context import Visit
from pipeline.review.restoring import blind_row
from pipeline.review.results import aside_of, report_of
from pipeline.scorecard import load_scorecard

COVERED: Final = "Covered: open the evidence first."
_TELL_LEVELS: Final = frozenset[FlagId](("happy_path_only", "second_judge_differs", "unexplained"))
"""Flags whose detail holds a level."""


class ShownRow:
    """One candidate as one visitor sees them.

    Attributes:
        slug: In addresses: the label, never the name.
        is_open: The name and the original quotes are shown.
        opened: Criteria whose levels are shown.
    """

    def __init__(self, row: ReportedRow, *, is_open: bool, opened: frozenset[str], decision: Decision | None) -> None:
        self.row = row
        self.slug = slug_of(row.label)
        self.is_open = is_open
        self.opened = opened
        self.decision = decision
        self.overrides: dict[str, Override] = {}
        self.outcomes: dict[OutcomeKind, Outcome] = {}
        self.comments = 0

    @property
    def name(self) -> str:
        """The candidate's name, or the label that stands for it."""
        return self.row.candidate if self.is_open else self.row.label

    @property
    def covered(self) -> tuple[str, ...]:
        """Criteria whose levels are not shown yet."""
        return tuple(
            name for name, told in self.row.criteria.items() if told.level is not None and name not in self.opened
        )

    @property
    def score(self) -> float | None:
        """The score, once every level that it is made of is shown."""
        return None if self.covered else self.row.score

    def check_read(self, choice: Choice) -> None:
        """Let nobody be advanced or declined unread, where levels are covered until the evidence was opened.

        Raises:
            DeskError: The choice asks for more than has been opened.
        """
        covered = self.covered
        if choice != "hold" and covered and not self.opened.intersection(self.row.criteria):
            raise DeskError("Open the evidence of a criterion before you advance or decline somebody; or hold them.")

    def set_level(self, criterion: str) -> float | None:
        """The level that a person set last, once the evidence was opened: it tells as much as the computed one."""
        override = self.overrides.get(criterion)
        return None if override is None or criterion in self.covered else override.level

    def without_levels(self, told: ReportedRow) -> ReportedRow:
        """The told row of this candidate without the levels that are not shown yet, and without the score."""
        if not (covered := self.covered):
            return told
        criteria = {name: _covered(one) if name in covered else one for name, one in told.criteria.items()}
        # The second sentence names the strongest criterion with its level.
        return told.model_copy(
            update={
                "criteria": criteria,
                "score": None,
                "tool_points": 0.0,
                "summary": (told.summary[0], COVERED),
                # Some name levels, and of which criteria depends on the scorecard.
                "flags": tuple(
                    flag.model_copy(update={"detail": COVERED}) if flag.id in _TELL_LEVELS else flag
                    for flag in told.flags
                ),
            }
        )


class Shown:
    """One run as one visitor sees it; made anew for every request.

    Args:
        visit: Who looks, at which opening.
        run: The run; with results.
    """

    def __init__(self, visit: Visit, run: DeskRun) -> None:
        self.visit = visit
        self.run = run
        self.report: Report = report_of(run)

    @cached_property
    def rows(self) -> tuple[ShownRow, ...]:
        """All candidates, in the shortlist's order."""
        reviews, opening = self.visit.desk.reviews, self.visit.opening
        me = self.visit.user.name
        revealed = reviews.revealed(opening.id, by=me) if opening.blind else frozenset()
        opened: dict[str, set[str]] = {}
        if opening.cover_levels:
            for candidate, criterion in reviews.opened(opening.id, by=me, run=self.run.id):
                opened.setdefault(candidate, set()).add(criterion)
        decisions = reviews.current_decisions(opening.id)
        rows = tuple(
            ShownRow(
                row,
                is_open=not opening.blind or row.candidate in revealed,
                opened=frozenset(opened.get(row.candidate, ()) if opening.cover_levels else row.criteria),
                decision=decisions.get(row.candidate),
            )
            for row in self.report.rows
        )
        self._add_reviews(rows)
        return rows

    @cached_property
    def by_candidate(self) -> dict[str, ShownRow]:
        """The rows by name, for what the desk says of candidates."""
        return {shown.row.candidate: shown for shown in self.rows}

    @cached_property
    def scorecard(self) -> Scorecard:
        """The scorecard that the run was judged against."""
        if self.run.out is not None and (path := self.run.out / "scorecard.yaml").is_file():
            text = path.read_text(encoding="utf-8")
        else:
            text = self.visit.desk.scorecards.get(self.run.opening, self.run.scorecard_version).yaml
        return scorecard_of(text, tuple(sorted(self.visit.app.rubrics.items())))

    def row(self, slug: str) -> ShownRow:
        """The candidate that an address names.

        Raises:
            UnknownToDesk: This run has none such.
        """
        for shown in self.rows:
            if shown.slug == slug:
                return shown
        raise UnknownToDesk(f"This shortlist has no candidate {slug!r}. Choose one on the shortlist.")

    def told(self, shown: ShownRow) -> ReportedRow:
        """A row with what this visitor may read of it: names and quotes redacted unless they were revealed."""
        if shown.is_open:
            return shown.row
        try:
            return blind_row(self.report, shown.row, self.scorecard)
        except (KeyError, ValueError) as error:
            raise StorageError(
                "This shortlist was written by another version of the program. Run again; nothing is asked twice."
            ) from error

    def covered(self, shown: ShownRow) -> ReportedRow:
        """The told row without the levels that are not shown yet."""
        return shown.without_levels(self.told(shown))

    def aside(self) -> Report:
        """The report for what was set aside: files and duplicates, without names while the opening is blind."""
        return aside_of(self.run) if self.visit.opening.blind else self.report

    def _add_reviews(self, rows: Iterable[ShownRow]) -> None:
        reviews, opening = self.visit.desk.reviews, self.visit.opening.id
        known = {shown.row.candidate: shown for shown in rows}
        for override in reviews.overrides(opening):
            if (shown := known.get(override.candidate)) is not None:
                shown.overrides[override.criterion] = override
        for comment in reviews.comments(opening):
            if (shown := known.get(comment.candidate)) is not None:
                shown.comments += 1
        for candidate, outcomes in reviews.current_outcomes(opening).items():
            if (shown := known.get(candidate)) is not None:
                shown.outcomes = outcomes


def latest_shown(visit: Visit, run: str | None = None) -> Shown | None:
    """The named run of the visitor's opening, or the latest one; None while there is none.

    Raises:
        UnknownToDesk: The named run is not of this opening, or has no results.
        StorageError: They cannot be read any more.
    """
    if run:
        found = visit.desk.runs.get(run)
        if found.opening != visit.opening.id:
            raise UnknownToDesk("This opening has no such run.")
        return Shown(visit, found)
    latest = visit.desk.runs.latest_done(visit.opening.id)
    return Shown(visit, latest) if latest is not None else None


def shown_run(visit: Visit, run: str | None = None) -> Shown:
    """The same, for pages that need a run.

    Raises:
        UnknownToDesk: There is none.
    """
    found = latest_shown(visit, run)
    if found is None:
        raise UnknownToDesk("There is no shortlist yet. Start a run, then come back.")
    return found


def slug_of(label: str) -> str:
    """`Candidate 07` in an address."""
    return label.lower().replace(" ", "-")


@lru_cache(maxsize=64)
def scorecard_of(text: str, rubrics: tuple[tuple[str, Rubric], ...]) -> Scorecard:
    """A scorecard from its YAML.

    Raises:
        StorageError: This version cannot use it any more.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scorecard.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            return load_scorecard(path, library=dict(rubrics))
        except ConfigurationError as error:
            raise StorageError("The scorecard of this run cannot be used any more. Save it again and run.") from error


def _covered(told: ReportedCriterion) -> ReportedCriterion:
    if told.level is None:
        return told
    return told.model_copy(
        update={
            "level": None,
            "level_rounded": None,
            "points": None,
            "findings": (),
            "not_judged": COVERED,
            "caution": "",
            "second_level": None,
        }
    )
