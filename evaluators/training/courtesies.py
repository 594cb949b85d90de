"""Train what tells polite nothings from sentences that say something: `python -m evaluators.training.courtesies`.

Prints, for each author of the sentences, how many are recognised when only the others' were seen, and writes
`pipeline/words/courtesies.json` from all of them.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from pipeline.courtesies import (
    CERTAIN,
    VECTOR_SCALE,
    WEIGHTS,
    CourtesyModel,
    kind_words,
    may_be_courtesy,
    telling_terms,
)
from pipeline.embeddings import load_default_embedder
from pipeline.sentences import sentence_spans

ROOT = Path(__file__).parents[2]
SENTENCES = ROOT / "datasets" / "courtesies" / "sentences.jsonl"
CALIBRATION = ROOT / "datasets" / "calibration"
_LABELLED = (
    "resume",
    "takehome",
    "more-resume",
    "more-takehome",
    "contrast",
    "hard",
    "extra-owner",
    "mission",
    "mission-more",
)
_ANSWERED = ("gates", "gates-extra", "gates-more", "gates-plain")
_SMALLEST = 0.02
"""Weights of words nearer to zero are left out."""


class Row(NamedTuple):
    """A sentence, whether it is a courtesy, and who wrote it."""

    text: str
    courtesy: bool
    author: str
    weight: float


def load_rows() -> list[Row]:
    """The written sentences, and those of labelled passages that show something."""
    rows = [
        Row(row["text"], row["courtesy"], row["author"], 3.0 if row["courtesy"] else 10.0)
        for row in map(json.loads, SENTENCES.read_text(encoding="utf-8").splitlines())
    ]
    rows += [Row(text, False, "passages", weight) for text, weight in _sentences_of_evidence()]
    return [row for row in rows if may_be_courtesy(row.text)]


def _sentences_of_evidence() -> Iterator[tuple[str, float]]:
    """Sentences of passages that show something, and, weighing more, of those that answer a must-have."""
    for name in (*_LABELLED, *_ANSWERED):
        for line in (CALIBRATION / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            answers = name in _ANSWERED
            if row["status"] in ("met", "not_met") if answers else _shows_something(row["checks"]):
                for start, end in sentence_spans(row["text"]):
                    yield row["text"][start:end], 4.0 if answers else 1.0


def _shows_something(checks: Mapping[str, object] | Sequence[str]) -> bool:
    return any(checks.values()) if isinstance(checks, Mapping) else bool(checks)


def train(rows: Sequence[Row]) -> CourtesyModel:
    """Fit one logistic regression over words, pairs of words and the sentence's vector."""
    embedder = load_default_embedder()
    vectorizer = CountVectorizer(analyzer=telling_terms, binary=True, min_df=2)
    texts = [row.text for row in rows]
    counted = vectorizer.fit_transform(texts)
    kind = csr_matrix(np.array([[kind_words(text)] for text in texts]))
    inputs = hstack([counted, kind, csr_matrix(embedder.embed(texts) * VECTOR_SCALE)]).tocsr()
    fitted = LogisticRegression(C=1.0, max_iter=3_000).fit(
        inputs, [row.courtesy for row in rows], sample_weight=[row.weight for row in rows]
    )
    weights = fitted.coef_[0]
    names = vectorizer.get_feature_names_out()
    return CourtesyModel(
        embedder=embedder.name,
        words={
            str(name): round(float(weight), 2)
            for name, weight in zip(names, weights[: len(names)], strict=True)
            if abs(weight) >= _SMALLEST
        },
        kind_words=round(float(weights[len(names)]), 3),
        vector=tuple(round(float(weight), 3) for weight in weights[len(names) + 1 :]),
        bias=round(float(fitted.intercept_[0]), 3),
    )


def report(rows: Sequence[Row]) -> Iterator[str]:
    """One line an author, the others' sentences being those learned from."""
    for author in sorted({row.author for row in rows} - {"passages"}):
        model = train([row for row in rows if row.author != author])
        own = [row for row in rows if row.author == author]
        chances = model.chances([row.text for row in own])
        told = chances >= CERTAIN
        courtesy = np.array([row.courtesy for row in own])
        yield (
            f"{author}: {told[courtesy].mean():.2f} of {courtesy.sum()} courtesies recognised, "
            f"{told[~courtesy].sum()} of {(~courtesy).sum()} plain sentences taken for one"
        )


def main() -> None:
    """Print the figures and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    rows = load_rows()
    sys.stdout.write("\n".join(report(rows)) + "\n")
    options.out.write_text(train(rows).model_dump_json(indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
