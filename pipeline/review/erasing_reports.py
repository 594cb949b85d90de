"""The results of past runs without one candidate: everybody else keeps the rank and the score they had."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import JsonValue, ValidationError

from pipeline.desk.places import runs_folder
from pipeline.errors import StorageError
from pipeline.models.report import Report
from pipeline.models.scorecard import Rubric
from pipeline.reports.csv import csv_report
from pipeline.reports.html import html_report
from pipeline.review.restoring import restored
from pipeline.review.results import SHORTLIST
from pipeline.review.shown import scorecard_of
from pipeline.whole_files import write_whole

SOMEBODY: Final = "an erased candidate"
_PAGES: Final = ("shortlist.html", "shortlist.csv")
_RECORD: Final = "run.json"


class Rewriting(NamedTuple):
    """The files of one run as they are to become."""

    folder: Path
    files: Mapping[str, bytes | None]
    """By name; None for one that cannot be written again, and goes."""
    run_id: str | None
    """As the run record has it; None if there is none."""
    sha256: str | None
    """Of the shortlist; None if that goes."""


def rewritings(home: Path, opening: str, candidate: str, *, rubrics: Mapping[str, Rubric]) -> tuple[Rewriting, ...]:
    """What the results of an opening's runs become without a candidate; nothing is written yet.

    Args:
        home: SHORTLIST_HOME.
        opening: Id of the opening.
        candidate: As the runs named them.
        rubrics: The rubric library.
    """
    folders = sorted(runs_folder(home, opening).glob("*"))
    return tuple(found for folder in folders if (found := _rewriting(folder, candidate, rubrics)) is not None)


def rewrite(rewriting: Rewriting) -> None:
    """Put the files of a run in the place of what was there."""
    for name, content in rewriting.files.items():
        path = rewriting.folder / name
        if content is None:
            path.unlink(missing_ok=True)
            continue
        # Never more readable than what was there before.
        write_whole(path, content, permissions=path.stat().st_mode & 0o777)


def without_candidate(report: Report, candidate: str) -> Report:
    """The report as if nobody had looked at the candidate; ranks keep their gaps."""
    settlement = report.settlement
    if settlement is not None:
        pairs = tuple(pair for pair in settlement.pairs if candidate not in (pair.first, pair.second))
        left_out = tuple(name for name in settlement.left_out if name != candidate)
        settlement = settlement.model_copy(update={"pairs": pairs, "left_out": left_out})
    return report.model_copy(
        update={
            "rows": tuple(row for row in report.rows if row.candidate != candidate),
            "quarantined": tuple(file for file in report.quarantined if file.candidate != candidate),
            "unused": tuple(file for file in report.unused if file.candidate != candidate),
            "duplicates": tuple(
                one.model_copy(update={"same_as": SOMEBODY, "reason": "Another submission of the same person."})
                if one.same_as == candidate
                else one
                for one in report.duplicates
                if one.candidate != candidate
            ),
            "settlement": settlement,
        }
    )


def _rewriting(folder: Path, candidate: str, rubrics: Mapping[str, Rubric]) -> Rewriting | None:
    path = folder / SHORTLIST
    if not path.is_file():
        return None
    record = _record(folder)
    run_id = str(record["run_id"]) if "run_id" in record else None
    try:
        report = Report.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        # Nobody can tell what is in it, so nothing of it stays.
        gone = {name: None for name in (SHORTLIST, *_PAGES) if (folder / name).exists()}
        return Rewriting(folder, gone, run_id, None)
    kept = without_candidate(report, candidate)
    if kept == report:
        return None
    content = _json(kept)
    sha256 = hashlib.sha256(content).hexdigest()
    files: dict[str, bytes | None] = {SHORTLIST: content, **_pages(folder, kept, record, rubrics)}
    if record:
        labels = {row.label for row in report.rows if row.candidate == candidate}
        files[_RECORD] = _record_without(record, {candidate, *labels}, sha256)
    return Rewriting(folder, files, run_id, sha256)


def _pages(
    folder: Path, report: Report, record: Mapping[str, JsonValue], rubrics: Mapping[str, Rubric]
) -> dict[str, bytes | None]:
    """The page and the table of a run, as far as they are there and can be made again."""
    present = [name for name in _PAGES if (folder / name).is_file()]
    try:
        text = (folder / "scorecard.yaml").read_text(encoding="utf-8")
        scorecard = scorecard_of(text, tuple(sorted(rubrics.items())))
        shortlist, batch = restored(report)
        made = {
            "shortlist.html": html_report(shortlist, batch, scorecard, judge_note=_note(record)),
            "shortlist.csv": csv_report(shortlist, batch, scorecard),
        }
    except (OSError, StorageError, KeyError, ValueError):
        # Of another version of the program: what is on screen is made of the JSON in any case.
        return dict.fromkeys(present)
    return {name: made[name].encode("utf-8", "replace") for name in present}


def _note(record: Mapping[str, JsonValue]) -> str:
    judge = str(record.get("judge", "evidence"))
    who = (
        "No language model read the documents; the built-in evidence judge answered the checks."
        if judge == "evidence"
        else f"The language model {judge.partition(':')[2] or judge} answered the checks."
    )
    return f"{who} This page was written again without a candidate who was erased."


def _record(folder: Path) -> dict[str, JsonValue]:
    try:
        record = json.loads((folder / _RECORD).read_bytes())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _record_without(record: Mapping[str, JsonValue], names: set[str], sha256: str) -> bytes:
    """The run record with the head of the chain that it remembers, and without what the candidate's requests took."""
    kept = {**record, "shortlist_sha256": sha256}
    used = kept.get("candidates")
    if isinstance(used, dict):
        kept["candidates"] = {name: usage for name, usage in used.items() if name not in names}
    return (_text(kept, indent=2) + "\n").encode()


def _json(report: Report) -> bytes:
    return (_text(report.model_dump(mode="json"), indent=1) + "\n").encode()


def _text(value: object, *, indent: int) -> str:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    # File names may hold half a character pair, which no encoding can write; escapes can.
    return text if text == text.encode(errors="ignore").decode() else json.dumps(value, indent=indent)
