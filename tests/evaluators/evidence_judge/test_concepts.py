import numpy as np

from evaluators.evidence_judge.concepts import ConceptReader
from evaluators.evidence_judge.features import FeatureReader

READER = FeatureReader()
CONCEPTS = ConceptReader(READER)


def spoken_of(text: str) -> set[str]:
    counts = CONCEPTS.count(READER.read(text)).sum(axis=0)[: len(CONCEPTS.concepts)]
    return {name for name, count in zip(CONCEPTS.concepts, counts, strict=True) if count}


def test_one_concept_is_found_in_the_words_of_two_trades() -> None:
    assert "double" in spoken_of("No invoice may be sent twice.")
    assert "double" in spoken_of("Retries carry the same key, so nothing is processed again: idempotent.")
    assert "replan" in spoken_of("A driver is ill and three tours are reassigned.")
    assert "replan" in spoken_of("Absences come in at seven; substitutes must not change every lesson.")


def test_counts_stand_by_sentence_and_phrases_weigh_more_than_words() -> None:
    counts = CONCEPTS.count(READER.read("The pager was mine. We shipped bread. I was on call."))
    column = CONCEPTS.concepts.index("on_call")
    assert counts[:, column].tolist() == [1.0, 0.0, 1.6]


def test_a_text_without_words_counts_nothing() -> None:
    counts = CONCEPTS.count(READER.read(""))
    assert counts.shape == (1, len(CONCEPTS.concepts) + len(CONCEPTS.limits))
    assert not counts.any()
    assert CONCEPTS.opens_with_deed(READER.read("")).tolist() == [0.0]


def test_a_bullet_that_opens_with_a_deed_is_told_from_a_list() -> None:
    assert CONCEPTS.opens_with_deed(READER.read("Implemented the export. Kafka, Redis, Go.")).tolist() == [1.0, 0.0]


def test_a_rarer_concept_is_more_telling() -> None:
    texts = ["paged at night", "paged again", "a pager", "wcag audit"]
    rarity = CONCEPTS.rarity([CONCEPTS.count(READER.read(text)) for text in texts])
    assert rarity[CONCEPTS.concepts.index("accessibility")] > rarity[CONCEPTS.concepts.index("on_call")]
    assert np.isfinite(rarity).all()
