import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evaluators.evidence_judge.features import FeatureReader, split_sentences


def value(reader: FeatureReader, text: str, name: str, *, code: bool = False) -> float:
    return float(reader.read(text, code=code).dense[reader.names.index(name)])


@given(st.text(max_size=400))
def test_every_text_gives_as_many_finite_numbers_as_names(text: str) -> None:
    reader = FeatureReader()
    dense = reader.read(text).dense
    assert len(dense) == len(reader.names)
    assert np.isfinite(dense).all()


@given(st.text(max_size=400))
def test_sentences_are_verbatim_parts_in_order(text: str) -> None:
    start = 0
    for sentence in split_sentences(text):
        found = text.find(sentence, start)
        assert found >= 0
        # What lies between two sentences is nothing that anybody wrote.
        assert not text[start:found].strip()
        start = found + len(sentence)
    assert not text[start:].strip()


def test_phrases_of_several_words_are_counted_in_any_inflection() -> None:
    reader = FeatureReader()
    assert value(reader, "Rolled back twice.", "count:release") > value(reader, "Rolled twice.", "count:release")
    assert value(reader, "We ruled it out; ruled out for good.", "count:alternative") > 0


def test_a_pair_counts_only_inside_one_sentence() -> None:
    reader = FeatureReader()
    name = "pair:cause&#number"
    assert value(reader, "Because 40 shops share it", name) > 0
    assert value(reader, "Because of them. There are 40", name) == 0


def test_code_patterns_are_counted_only_in_code() -> None:
    reader = FeatureReader()
    text = "CREATE TABLE a (id bigint PRIMARY KEY, ref text UNIQUE)"
    assert value(reader, text, "code:unique", code=True) > 0
    assert value(reader, text, "code:unique") == 0


def test_figures_are_one_term_whatever_they_say() -> None:
    reader = FeatureReader()
    assert reader.read("took 40 days").terms == reader.read("took 95 days").terms


def test_the_stem_cache_is_bounded() -> None:
    small = FeatureReader(cached_words=3)
    text = "one two three four five six seven eight"
    assert small.read(text).terms == FeatureReader().read(text).terms
    assert len(small._stems) <= 3
