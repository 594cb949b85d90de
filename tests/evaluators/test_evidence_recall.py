import csv
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from evaluators.evidence import Retriever, load_background, plan_questions
from evaluators.rubric_library import load_rubric_library
from pipeline.brief import BriefText
from pipeline.documents.blocks import BlockBuilder
from pipeline.documents.code_reader import read_code
from pipeline.documents.markdown_reader import read_markdown
from pipeline.embeddings import load_default_embedder
from pipeline.models.documents import RedactedBlock, RedactedDocument
from pipeline.passages import build_dossier
from pipeline.scorecard import load_scorecard

BENCHMARKS = Path(__file__).parents[2] / "datasets" / "benchmarks"
ROLES = ("billing-reliability", "clinical-integration")


def _document(path, folder):
    builder = BlockBuilder(most_blocks=10_000)
    name = path.relative_to(folder).as_posix()
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        read_markdown(text, builder)
    else:
        read_code(text, builder, name=name)
    return RedactedDocument(
        name=name,
        role="resume" if name.startswith("resume") else "takehome",
        sha256="0" * 64,
        media="markdown" if path.suffix == ".md" else "code",
        language=None,
        blocks=tuple(
            RedactedBlock(kind=block.kind, text=block.text, visible=block.text, place=block.place, level=block.level)
            for block in builder.blocks
        ),
    )


@cache
def _dossier(folder):
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "meta.yaml")
    return build_dossier([_document(path, folder) for path in paths], brief=BriefText.from_texts([]))


def _gold(role):
    for table in ("levels", "gates"):
        with (BENCHMARKS / role / "gold" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["quote"]:
                    subject = row.get("criterion_id") or row["non_negotiable_id"]
                    yield row["candidate_id"], subject, _plain(row["quote"])


def _plain(text):
    return " ".join(text.replace("`", "").replace("*", "").split())


def _count(role, *, budget):
    scorecard = load_scorecard(BENCHMARKS / role / "scorecard.yaml", library=load_rubric_library())
    retriever = Retriever(load_default_embedder(), load_background(), budget=budget)
    counts = Counter()
    for candidate, subject, quote in _gold(role):
        dossier = _dossier(BENCHMARKS / role / "candidates" / candidate)
        holders = {p.id: p.kind for p in dossier.passages if quote in _plain(p.text)}
        if not holders:
            # The quote runs over a comment and its code, or over two passages.
            counts["in two passages"] += 1
        elif set(holders.values()) == {"inventory"}:
            counts["inventory"] += 1
        else:
            plan = plan_questions(scorecard, dossier, retriever=retriever)
            question = next(question for question in plan.questions if question.subject == subject)
            counts["shown" if any(e.id in holders for e in question.evidence) else "left out"] += 1
    return counts


@pytest.mark.parametrize("role", ROLES)
def test_gold_quotes_are_passages_and_reach_the_judge(role):
    counts = _count(role, budget=8_000)
    print(f"\n{role}: {dict(counts)}")
    assert counts["shown"] > 80
    assert counts["left out"] <= 1
    # Both are lists of tools that support no more than level 1.
    assert counts["inventory"] <= 2
    assert counts["in two passages"] <= 4


def test_half_the_budget_still_holds_nine_quotes_of_ten():
    counts = sum((_count(role, budget=4_000) for role in ROLES), Counter())
    print(f"\nat 4,000 characters: {dict(counts)}")
    assert counts["shown"] >= 0.88 * (counts["shown"] + counts["left out"])
