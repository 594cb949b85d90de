"""The words that are quoted say something: no imports, no lone signatures, no four-word sentences."""

import numpy as np
import pytest

from evaluators.evidence_judge.features import FeatureReader
from evaluators.evidence_judge.quoting import quotes_from
from pipeline.models.dossier import EvidencePassage

READER = FeatureReader()
CODE = """from datetime import timedelta
import json

class Board:
    def unaccounted(self, run_id, now):
        if not checked and now > self.runs[run_id].arrives_at + timedelta(minutes=10):
            out.append(f"{driver} has not walked to the back of {bus}")
        return out
    @property
    def late(self):
        return self.events
"""


def first_quote(text: str, *, kind: str, loudest: int) -> str:
    reading = READER.read(text, code=kind == "code")
    weight = np.zeros(len(reading.sentences))
    weight[loudest] = 1.0
    passage = EvidencePassage(id="p", text=text, kind=kind, sense="work")
    (quote,) = quotes_from([(passage, reading, weight)], wanted=1)
    return quote.text


@pytest.mark.parametrize("loudest", [0, 1, 2, 3])
def test_code_is_quoted_where_it_does_something(loudest: int) -> None:
    quoted = first_quote(CODE, kind="code", loudest=loudest)
    assert quoted in CODE
    assert "\n" not in quoted
    assert not quoted.startswith(("from ", "import ", "class ", "def "))


def test_a_short_sentence_is_quoted_only_where_there_is_no_other() -> None:
    long = "The box ran out of disk in March because my backup script never deleted anything. " * 3
    assert first_quote(f"What we don't show. {long}", kind="narrative", loudest=0).startswith("The box")
    assert first_quote("What we don't show.", kind="narrative", loudest=0) == "What we don't show."
