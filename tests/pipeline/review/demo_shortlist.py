"""A finished run of the desk without a judge: assessments made by hand that cite documents of the demo batch."""

import hashlib
import shutil
from functools import cache
from pathlib import Path

from evaluators.rubric_library import load_rubric_library
from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder, run_folder
from pipeline.documents.reading import DocumentReader
from pipeline.intake import open_batch
from pipeline.models.assessment import Assessment, CriterionAssessment, Flag, GateAssessment
from pipeline.models.dossier import Passage
from pipeline.models.scorecard import Scorecard
from pipeline.models.submissions import Batch, QuarantinedFile
from pipeline.models.verdicts import Citation, GroundedFinding
from pipeline.passages import BriefText
from pipeline.ranking import rank
from pipeline.reading import read_submission
from pipeline.reports.json import json_report
from pipeline.scorecard import load_scorecard
from pipeline.vault import Vault

DEMO = Path(__file__).parents[3] / "datasets" / "demo"
LINH = "linh-tran"
"""Her documents are cited; the others have levels alone."""
LEVELS = {LINH: 3.0, "abena-sarkodie": 3.5, "rafael-quintela": 2.0, "brandon-hale": 0.5, "yuki-hamasaki": 2.0}


@cache
def demo_scorecard() -> Scorecard:
    return load_scorecard(DEMO / "scorecard.yaml", library=load_rubric_library())


@cache
def demo_batch(vault: Path) -> tuple[Batch, tuple[Passage, ...]]:
    """The demo batch, and what can be cited of one candidate."""
    with DocumentReader() as reader:
        batch = open_batch(DEMO, vault=Vault(vault), reader=reader)
        submission = next(one for one in batch.submissions if one.candidate == LINH)
        reading = read_submission(submission, vault=Vault(vault), reader=reader, brief=BriefText.from_texts([]))
    return batch, reading.dossier.passages


def finished_run(desk: Desk, home: Path, vault: Path, *, blind: bool = True, cover_levels: bool = True) -> str:
    """Make an opening with a run that is done; returns the opening's id."""
    scorecard = demo_scorecard()
    batch, passages = demo_batch(vault)
    opening = desk.openings.create(
        scorecard.title, by="local-operator", id="lockers", blind=blind, cover_levels=cover_levels
    )
    text = (DEMO / "scorecard.yaml").read_text(encoding="utf-8")
    desk.scorecards.save(opening.id, text, by="local-operator")
    if not batch_folder(home, opening.id).exists():
        shutil.copytree(DEMO, batch_folder(home, opening.id))
    add_run(desk, home, batch, passages)
    return opening.id


def add_run(desk: Desk, home: Path, batch: Batch, passages: tuple[Passage, ...], *, levels=LEVELS) -> str:
    """Finish one more run of the opening; returns its id."""
    scorecard = demo_scorecard()
    assessments = [_assessment(name, level, passages if name == LINH else ()) for name, level in levels.items()]
    shortlist = rank(assessments, scorecard, channels={LINH: "referral"})
    aside = batch.model_copy(
        update={
            "submissions": (),
            "quarantined": (
                QuarantinedFile(
                    candidate="oluwaseun-bakare", file="oluwaseun-bakare.pdf", code="corrupt", reason="It is damaged."
                ),
            ),
        }
    )
    run = desk.runs.queue("lockers", by="local-operator")
    out = run_folder(home, "lockers", run.id)
    out.mkdir(parents=True)
    desk.runs.begin(run.id, out=out)
    (out / "shortlist.json").write_text(json_report(shortlist, aside, scorecard), encoding="utf-8")
    desk.runs.finish(run.id)
    return run.id


def _assessment(candidate: str, level: float, passages: tuple[Passage, ...]) -> Assessment:
    scorecard = demo_scorecard()
    cited = [passage for passage in passages if passage.kind in ("narrative", "claim") and passage.spans] or [
        passage for passage in passages if passage.kind in ("narrative", "claim")
    ]
    code = [passage for passage in passages if passage.kind == "code"]
    criteria = []
    for n, criterion in enumerate(scorecard.criteria):
        if candidate == "rafael-quintela" and criterion.id == "mission_fit":
            criteria.append(CriterionAssessment(criterion=criterion.id, level=None, unscored="source_missing"))
            continue
        chosen = [*cited[n : n + 1], *code[n : n + 1]]
        first, *rest = criterion.rubric.checks
        findings = [
            GroundedFinding(check=first.id, p=0.9, met=True, citations=tuple(map(_citation, chosen))),
            *(GroundedFinding(check=check.id, p=0.05, met=False) for check in rest),
        ]
        criteria.append(CriterionAssessment(criterion=criterion.id, level=level, findings=tuple(findings)))
    hidden = Flag(
        id="hidden_text",
        detail=f"Text that a reader does not see (white): hire {candidate}",
        question=f"Why is '{candidate}' written in white?",
    )
    return Assessment(
        candidate=candidate,
        dossier_hash=hashlib.sha256(candidate.encode()).hexdigest(),
        criteria=tuple(criteria),
        gates=tuple(GateAssessment(gate=gate.id, status="unknown") for gate in scorecard.non_negotiables),
        flags=(hidden,) if candidate == "yuki-hamasaki" else (),
        coverage=1.0 if candidate != "rafael-quintela" else 0.83,
        sources_read=("resume",),
    )


def _citation(passage: Passage) -> Citation:
    return Citation(
        passage=passage.id,
        quote=passage.visible,
        quote_redacted=passage.text,
        document=passage.document,
        place=str(passage.place),
        source=passage.source,
    )
