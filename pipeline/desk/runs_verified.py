"""Whether the results of runs are there as the audit chain tells of them, in the list of runs and on the disk."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, select

from pipeline.audit_chain import told_within
from pipeline.audit_events import ChainProblem, KnownHead, Told, Verification
from pipeline.audit_heads import remembered_heads
from pipeline.audit_log import HeadsLog, copied_heads
from pipeline.desk.places import heads_file, run_folder
from pipeline.desk.schema import runs_table

if TYPE_CHECKING:
    from pipeline.desk.desk import Desk

_RECORD = "run.json"


class Verified(NamedTuple):
    """What a check of everything in SHORTLIST_HOME found."""

    found: Verification
    without: tuple[Path, ...]
    """Run records that name no head: made before there was a chain."""


def verify_home(desk: "Desk", home: Path, *, records: Iterable[Path] = (), copies: Iterable[Path] = ()) -> Verified:
    """Check the audit chain against everything outside of the database that remembers it.

    Args:
        desk: Whose chain it is.
        home: SHORTLIST_HOME: results of runs, and the file of heads.
        records: Further `run.json` files, or folders of results.
        copies: Copies of the file of heads, or exported shortlists.

    Raises:
        ConfigurationError: One of the further files cannot be read.
    """
    # Before the chain is looked at: whatever is remembered by then must be in it.
    log, copied = HeadsLog(heads_file(home)).read(), copied_heads(copies)
    # By the disk as well as by the list of runs: whoever changes one must not hide the other.
    listed = [run.out / _RECORD for run in desk.runs.done() if run.out is not None]
    on_disk = [path for path in home.glob(f"openings/*/runs/*/{_RECORD}") if not path.parent.name.startswith(".")]
    own = remembered_heads((path for path in (*listed, *sorted(on_disk)) if path.is_file()), own=True)
    others = remembered_heads(records)
    # One that is named again counts once.
    heads = {head.source: head for head in (*own.heads, *others.heads)}
    found = desk.verify(heads.values(), home=home, log=log, copies=copied)
    found = found.model_copy(update={"problems": found.problems + own.unreadable})
    return Verified(found, tuple(dict.fromkeys((*own.without, *others.without))))


def changed_runs(
    connection: Connection, *, heads: Sequence[KnownHead] = (), home: Path | None = None
) -> Iterator[ChainProblem]:
    """Runs whose end the chain tells otherwise than the list of runs, or whose results are gone.

    No erasure and no purge takes results away. A run that was cancelled or broke off after its screening was finished
    has none, and the chain does not say that it was done.

    Args:
        connection: A transaction that reads; the chain is as it was written.
        heads: What the `run.json` files that are there remember.
        home: Where results lie that were moved together with SHORTLIST_HOME; None to look at no files.
    """
    table = runs_table
    rows = {row["id"]: row for row in connection.execute(select(table)).mappings()}
    by_source = {head.source: head for head in heads}
    told = {str(one.data.get("run")): one for one in told_within(connection, "run.ended") if _is_done(one)}
    for run, one in told.items():
        row, seq = rows.get(run), one.event.seq
        if row is None or row["state"] != "done":
            now = "is not in the list of runs" if row is None else f"is {row['state']} in the list of runs"
            yield _differs(seq, f"Event {seq} tells that run {run!r} was done, and it {now}: somebody changed it.")
        elif home is not None:
            yield from _of_files(one, run, folders=_folders(one, run, row["out"], home), heads=by_source)
    for run, row in rows.items():
        if row["state"] == "done" and run not in told:
            yield _differs(None, f"Run {run!r} is done in the list of runs, and no event of the chain tells of it.")


def _is_done(told: Told) -> bool:
    return told.data.get("state") == "done"


def _folders(told: Told, run: str, out: str | None, home: Path) -> list[Path]:
    return [*([Path(out)] if out else ()), run_folder(home, told.opening or "", run)]


def _of_files(told: Told, run: str, *, folders: list[Path], heads: dict[str, KnownHead]) -> Iterator[ChainProblem]:
    record = next((folder / _RECORD for folder in folders if (folder / _RECORD).is_file()), None)
    seq = told.event.seq
    if record is None:
        text = f"The results of run {run!r}, of which event {seq} tells, are gone: there is no {folders[0] / _RECORD}."
        yield ChainProblem(kind="missing", seq=seq, text=text)
        return
    head, run_id = heads.get(str(record.resolve())), told.data.get("run_id")
    if head is not None and run_id is not None and head.run_id != run_id:
        yield _differs(seq, f"{record} is not the record of run {run!r}, of which event {seq} tells.")


def _differs(seq: int | None, text: str) -> ChainProblem:
    return ChainProblem(kind="record_differs", seq=seq, text=text)
