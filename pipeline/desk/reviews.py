"""What people do with candidates: open evidence, uncover names, decide, comment, note how it went on.

All of it is kept, in the audit chain; the latest counts. Nobody is declined by software: every decision names the
person who made it.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from pydantic import JsonValue, ValidationError

from pipeline.audit_chain import unreadable
from pipeline.audit_events import Event, EventKind, Told
from pipeline.desk.models import (
    Choice,
    Comment,
    Decision,
    Opened,
    Outcome,
    OutcomeKind,
    OutcomeValue,
    Override,
    Reveal,
)
from pipeline.desk.store import Store, clean_text
from pipeline.errors import DeskError
from pipeline.models.base import FrozenModel


class _AboutCandidate(Protocol):
    @property
    def candidate(self) -> str: ...


M = TypeVar("M", bound=FrozenModel)
C = TypeVar("C", bound=_AboutCandidate)


class Reviews:
    """What was done about the candidates of openings. Every method may raise StorageError.

    Candidates are named as in `shortlist.json`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def decide(
        self, opening: str, candidate: str, choice: Choice, *, reason: str, by: str, run: str | None = None
    ) -> Decision:
        """Keep a person's decision.

        Raises:
            DeskError: The reason is missing.
        """
        reason = clean_text(reason, what="The reason", required=True)
        data: dict[str, JsonValue] = {"choice": choice, "reason": reason, "run": run}
        return self._add("decision.made", Decision, opening, candidate, by=by, data=data)

    def override(
        self,
        opening: str,
        candidate: str,
        criterion: str,
        level: float,
        *,
        computed: float | None,
        reason: str,
        by: str,
        run: str | None = None,
    ) -> Override:
        """Set a level beside the computed one.

        Args:
            opening: Id of the opening.
            candidate: Whose level it is.
            criterion: Id of the criterion.
            level: 0 to 4.
            computed: What is shown as computed; None if it could not be judged.
            reason: Why.
            by: Name of the user.
            run: Whose shortlist is on screen.

        Raises:
            DeskError: The reason is missing or the level is none.
        """
        if not 0 <= level <= 4:
            raise DeskError(f"A level of {level} cannot be set. Choose one from 0 to 4.")
        reason = clean_text(reason, what="The reason", required=True)
        data: dict[str, JsonValue] = {"criterion": criterion, "level": level, "computed": computed}
        data |= {"reason": reason, "run": run}
        return self._add("level.overridden", Override, opening, candidate, by=by, data=data)

    def comment(self, opening: str, candidate: str, text: str, *, by: str, run: str | None = None) -> Comment:
        """Keep a remark.

        Raises:
            DeskError: It is empty or too long.
        """
        data: dict[str, JsonValue] = {"text": clean_text(text, what="The comment", required=True), "run": run}
        return self._add("comment.added", Comment, opening, candidate, by=by, data=data)

    def reveal(self, opening: str, candidate: str, *, by: str, reason: str = "") -> Reveal:
        """Uncover a candidate's name for one user; a second time adds nothing."""
        before = [seen for seen in self.reveals(opening, candidate) if seen.by == by]
        if before:
            return before[0]
        data: dict[str, JsonValue] = {"reason": clean_text(reason, what="The reason")}
        return self._add("name.revealed", Reveal, opening, candidate, by=by, data=data)

    def open_evidence(self, opening: str, candidate: str, criterion: str, *, by: str, run: str | None = None) -> None:
        """Note that a user opened the evidence of a criterion, so that its level is shown; kept once for each run."""
        before = self._read("level.opened", Opened, opening, candidate, by=by)
        if not any(seen.criterion == criterion and seen.run == run for seen in before):
            data: dict[str, JsonValue] = {"criterion": criterion, "run": run}
            self._add("level.opened", Opened, opening, candidate, by=by, data=data)

    def record_outcome(
        self, opening: str, candidate: str, kind: OutcomeKind, value: OutcomeValue, *, by: str
    ) -> Outcome:
        """Note how it went on with a candidate."""
        data: dict[str, JsonValue] = {"kind": kind, "value": value}
        return self._add("outcome.recorded", Outcome, opening, candidate, by=by, data=data)

    def note_explanation(self, opening: str, candidate: str, *, by: str, sha256: str, run: str | None = None) -> Event:
        """Note that an explanation for the candidate was exported.

        Args:
            opening: Id of the opening.
            candidate: Whom it is for.
            by: Name of the user.
            sha256: Of the exported file.
            run: Whose results it explains.
        """
        return self._store.chain.append(
            "explanation.exported",
            actor=by,
            opening=opening,
            candidate=candidate,
            payload={"sha256": sha256, "run": run},
        )

    def note_export(self, opening: str, *, by: str, format: str, run: str) -> Event:
        """Note that a shortlist left the app as a file."""
        payload: dict[str, JsonValue] = {"format": format, "run": run}
        return self._store.chain.append("shortlist.exported", actor=by, opening=opening, payload=payload)

    def decisions(self, opening: str, candidate: str | None = None) -> tuple[Decision, ...]:
        """All decisions, oldest first."""
        return self._read("decision.made", Decision, opening, candidate)

    def current_decisions(self, opening: str) -> dict[str, Decision]:
        """The latest decision on each candidate."""
        return _latest(self.decisions(opening))

    def overrides(self, opening: str, candidate: str | None = None) -> tuple[Override, ...]:
        """All levels that people set, oldest first."""
        return self._read("level.overridden", Override, opening, candidate)

    def comments(self, opening: str, candidate: str | None = None) -> tuple[Comment, ...]:
        """All remarks, oldest first."""
        return self._read("comment.added", Comment, opening, candidate)

    def reveals(self, opening: str, candidate: str | None = None) -> tuple[Reveal, ...]:
        """All names that were uncovered, oldest first."""
        return self._read("name.revealed", Reveal, opening, candidate)

    def revealed(self, opening: str, *, by: str) -> frozenset[str]:
        """Candidates whose names a user has uncovered."""
        return frozenset(seen.candidate for seen in self._read("name.revealed", Reveal, opening, by=by))

    def opened(self, opening: str, *, by: str, run: str | None = None) -> frozenset[tuple[str, str]]:
        """Pairs of candidate and criterion whose evidence a user has opened.

        Args:
            opening: Id of the opening.
            by: Name of the user.
            run: Only in this run's results; a new run covers its levels again.
        """
        seen = self._read("level.opened", Opened, opening, by=by)
        return frozenset((one.candidate, one.criterion) for one in seen if run is None or one.run == run)

    def outcomes(self, opening: str, candidate: str | None = None) -> tuple[Outcome, ...]:
        """All outcomes, oldest first."""
        return self._read("outcome.recorded", Outcome, opening, candidate)

    def current_outcomes(self, opening: str) -> dict[str, dict[OutcomeKind, Outcome]]:
        """The latest outcome of each kind, by candidate."""
        found: dict[str, dict[OutcomeKind, Outcome]] = {}
        for outcome in self.outcomes(opening):
            found.setdefault(outcome.candidate, {})[outcome.kind] = outcome
        return found

    def history(self, opening: str, candidate: str | None = None, *, newest: int = 200) -> tuple[Told, ...]:
        """What was done in an opening or about a candidate, newest last."""
        return self._store.chain.told(opening=opening, candidate=candidate, newest=newest)

    def _add(
        self,
        kind: EventKind,
        model: type[M],
        opening: str,
        candidate: str,
        *,
        by: str,
        data: Mapping[str, JsonValue],
    ) -> M:
        # Made before it is kept, so that nothing is kept that cannot be read back.
        made = model.model_validate(
            {**data, "opening": opening, "candidate": candidate, "by": by, "at": self._store.clock(), "seq": 0}
        )
        event = self._store.chain.append(kind, actor=by, opening=opening, candidate=candidate, payload=data)
        return made.model_copy(update={"seq": event.seq, "at": event.time})

    def _read(
        self, kind: EventKind, model: type[M], opening: str, candidate: str | None = None, *, by: str | None = None
    ) -> tuple[M, ...]:
        told = self._store.chain.told(kind, opening=opening, candidate=candidate, actor=by)
        return tuple(_made(model, one) for one in told)


def _made(model: type[M], told: Told) -> M:
    about = {"opening": told.opening, "candidate": told.candidate}
    try:
        return model.model_validate(
            {**told.data, **about, "by": told.event.actor, "at": told.event.time, "seq": told.event.seq}
        )
    except ValidationError as error:
        raise unreadable(told.event.seq) from error


def _latest(ordered: Iterable[C]) -> dict[str, C]:
    return {one.candidate: one for one in ordered}
