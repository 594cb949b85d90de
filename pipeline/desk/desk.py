"""The desk: one open database with everything that people do in it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.audit_chain import AuditChain
from pipeline.audit_check import check_chain
from pipeline.audit_events import KnownHead, Verification
from pipeline.audit_log import HeadsLog, LoggedHeads
from pipeline.desk.accounts import Accounts
from pipeline.desk.erasing import ErasedRecords, Erasure, erase_candidate, erased_files
from pipeline.desk.models import Action, OutcomeSummary, User
from pipeline.desk.openings import Openings, Scorecards, Uploads, changed_scorecards
from pipeline.desk.outcomes import outcome_summary
from pipeline.desk.reviews import Reviews
from pipeline.desk.runs import LEASE, Runs
from pipeline.desk.runs_verified import changed_runs
from pipeline.desk.sessions import Sessions
from pipeline.desk.store import Store
from pipeline.desk.tokens import Tokens
from pipeline.ledger_engine import Database, database_file


class Desk:
    """Use `Desk.open`, and close it or use it as a context manager; safe for use by several threads.

    The parts are attributes: `accounts`, `sessions`, `tokens`, `openings`, `scorecards`, `uploads`, `runs`, `reviews`,
    `chain`. None of their methods checks whether a user may do what is asked: whoever speaks to people does so first,
    with `may` or `require`.
    """

    def __init__(self, store: Store, *, lease: timedelta = LEASE) -> None:
        self._store = store
        self.accounts = Accounts(store)
        self.sessions = Sessions(store)
        self.tokens = Tokens(store)
        self.openings = Openings(store)
        self.scorecards = Scorecards(store)
        self.uploads = Uploads(store)
        self.runs = Runs(store, lease=lease)
        self.reviews = Reviews(store)
        self.chain: AuditChain = store.chain

    @classmethod
    def open(
        cls,
        where: str | Path,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        lease: timedelta = LEASE,
        heads: Path | None = None,
    ) -> Self:
        """Open the desk in the ledger at a path or database URL, creating or migrating it where needed.

        Args:
            where: As for `Ledger.open`.
            clock: The current time, aware of its zone.
            lease: How long a run is held without a heartbeat.
            heads: A file that heads of the audit chain are noted in, see `HeadsLog`.

        Raises:
            ConfigurationError: The URL cannot be used.
            StorageError: The database cannot be opened, or a newer version of this program wrote it.
        """
        log = None if heads is None else HeadsLog(heads)
        return cls(Store(Database.open(where), clock=clock, heads=log), lease=lease)

    @property
    def file(self) -> Path | None:
        """Where the database lies, if it is a file."""
        return database_file(self._store.database.engine.url)

    def close(self) -> None:
        """Close the database."""
        self._store.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def may(self, user: User, opening: str | None, action: Action) -> bool:
        """Whether a user may do something in an opening; see `Accounts.may`."""
        return self.accounts.may(user, opening, action)

    def require(self, user: User, opening: str | None, action: Action) -> None:
        """Go on only if a user may do something.

        Raises:
            AccessDenied: They may not.
        """
        self.accounts.require(user, opening, action)

    def verify(
        self,
        heads: Iterable[KnownHead] = (),
        *,
        home: Path | None = None,
        log: LoggedHeads | None = None,
        copies: Iterable[LoggedHeads] = (),
    ) -> Verification:
        """Check the whole audit chain, see `check_chain`, and the scorecards and runs that it tells of.

        Args:
            heads: From `run.json` files, see `remembered_heads`.
            home: SHORTLIST_HOME, to look whether the results that the chain tells of are there.
            log: Heads kept outside of the database.
            copies: Heads of copies of that.
        """
        heads = tuple(heads)
        with self._store.reading("check the audit chain") as connection:
            found = check_chain(connection, heads=heads, log=log, copies=tuple(copies))
            # With a chain that was changed, what it says of scorecards and runs is worth nothing.
            if found.ok:
                changed = (*changed_scorecards(connection), *changed_runs(connection, heads=heads, home=home))
                found = found.model_copy(update={"problems": changed})
        return found

    def erase(self, opening: str, candidate: str, *, by: str, erasure: Erasure | None = None) -> ErasedRecords:
        """Forget what was done about a candidate of an opening; the chain still verifies.

        Files and reports are not looked at: `pipeline.review.erasing` does so first.
        """
        return erase_candidate(self._store, opening, candidate, by=by, erasure=erasure)

    def erased_files(self, opening: str) -> frozenset[str]:
        """Sha256 of documents of an opening that were erased, and are not taken again."""
        return erased_files(self.chain.told("candidate.erased", opening=opening))

    def outcomes_against_scores(self, opening: str) -> OutcomeSummary:
        """How it went on with candidates, beside the scores that were known before; see `outcome_summary`."""
        return outcome_summary(self.reviews.outcomes(opening), self.runs.done(opening))
