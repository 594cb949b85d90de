import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from evaluators.benchmarking.baselines import BASELINES, baseline_scores, scorecard_texts
from evaluators.bm25 import Background, Stems, load_background
from pipeline.embeddings import Vectors, load_default_embedder
from pipeline.models.scorecard import Criterion, NonNegotiable, Preference, Rubric, Scorecard

RUBRIC = Rubric(id="any", checks=())
SCORECARD = Scorecard(
    id="dock",
    title="Ferry",
    stage="startup",
    mission="tickets",
    non_negotiables=(NonNegotiable(id="night", statement="harbour", about="past"),),
    preferences=(Preference(name="Kafka", any_of=("Kafka", "Redpanda")), Preference(name="Go", any_of=("Go",))),
    criteria=(
        Criterion(id="any", weight=1, kind="craft", sources=("resume",), statement="ferry outage", rubric=RUBRIC),
    ),
    gate_rubric=RUBRIC,
)
"""Its words: ferry (twice), tickets, harbour, outage, kafka, go."""


class LetterEmbedder:
    """Two dimensions that can be reckoned in the head: texts with and without a ferry."""

    name = "letters"
    costly = False
    dimension = 2

    def embed(self, texts: tuple[str, ...] | list[str]) -> Vectors:
        return np.array([[1.0, 0.0] if "erry" in text else [0.0, 1.0] for text in texts], dtype=np.float32)


def scores(name: str, *texts: str, background: Background | None = None) -> list[float]:
    candidates = {str(n): (text,) for n, text in enumerate(texts)}
    found = baseline_scores(candidates, SCORECARD, embedder=LetterEmbedder(), background=background)[name]
    return list(found.values())


def test_the_query_is_all_that_the_scorecard_says_of_the_role() -> None:
    assert scorecard_texts(SCORECARD) == ("Ferry", "tickets", "harbour", "ferry outage", "Kafka", "Go")


def test_tfidf_is_the_cosine_of_log_counts_times_smoothed_weights() -> None:
    # Three documents with the query. "ferry" is in two of them (query, first), "tea" in one (second), "outage" in two.
    # First: ferry twice, outage once. Query: ferry twice; ticket, harbour, outage, kafka, go once each.
    both, one = math.log(4 / 3) + 1, math.log(4 / 2) + 1
    twice = 1 + math.log(2)
    first = {"ferry": twice * both, "outage": both}
    query = {"ferry": twice * both, "outage": both, "tickets": one, "harbour": one, "kafka": one, "go": one}
    dot = sum(first[word] * query[word] for word in first)
    lengths = math.hypot(*first.values()) * math.hypot(*query.values())
    assert scores("tfidf", "Ferry ferry outage", "tea") == [pytest.approx(dot / lengths), 0.0]


def test_tfidf_agrees_with_a_vectorizer_that_was_fitted_to_batch_and_scorecard() -> None:
    texts = ["The ferry was late, tickets lost; we refunded tickets.", "Kafka Kafka Kafka", "Harbour, outages, teas"]
    query = "\n".join(scorecard_texts(SCORECARD))
    rows = TfidfVectorizer(analyzer=Stems().of, sublinear_tf=True).fit_transform([*texts, query]).toarray()
    assert scores("tfidf", *texts) == pytest.approx(list(rows[:-1] @ rows[-1]))


def test_bm25_weighs_rare_words_and_holds_long_texts_back() -> None:
    # Two documents of 1 and 3 words, 2 in the mean; "ferry" is in both, "outage" in the second.
    common, rare = math.log(1 + 0.5 / 2.5), math.log(1 + 1.5 / 1.5)
    short, long = 1.2 * (0.25 + 0.75 * 1 / 2), 1.2 * (0.25 + 0.75 * 3 / 2)
    expected = [common * 2.2 / (1 + short), common * 2.2 / (1 + long) + rare * 2.2 / (1 + long)]
    assert scores("bm25", "ferry", "ferry outage tea") == pytest.approx(expected)


def test_a_background_makes_scores_independent_of_who_else_applied() -> None:
    text, background = "Ferry tickets after the outage", load_background()
    for name in ("tfidf", "bm25"):
        alone, among = (
            scores(name, text, background=background),
            scores(name, text, "ferry", "x", background=background),
        )
        assert alone[0] == among[0]
        assert scores(name, text)[0] != scores(name, text, "ferry", "x")[0]


def test_keyword_share_counts_each_word_of_the_scorecard_once() -> None:
    # ferry, ticket, harbour, outage, kafka, go
    assert scores("keyword_share", "Ferry ferries, and an outage", "tea") == [pytest.approx(2 / 6), 0.0]


def test_tool_count_counts_preferences_and_not_their_names() -> None:
    assert scores("tool_count", "Kafka and Redpanda", "Go, Kafka", "go on, kafkaesque") == [1.0, 2.0, 0.0]


def test_cue_density_is_cues_in_a_hundred_words() -> None:
    texts = ("Late, because. However, so that", "a trade-off", "Because because because", "becauses", "")
    assert scores("cue_density", *texts) == [pytest.approx(60.0), pytest.approx(100 / 3), 100.0, 0.0, 0.0]


def test_length_counts_words() -> None:
    assert scores("length", "It's 3 ferries, non-stop", "") == [5.0, 0.0]


def test_embedding_is_the_cosine_of_mean_vectors() -> None:
    # Scorecard: two of its six texts speak of a ferry, so its mean is (1/3, 2/3); a candidate of one ferry and one
    # other text has (1/2, 1/2).
    candidates = {"both": ("ferry", "tea"), "none": ()}
    found = baseline_scores(candidates, SCORECARD, embedder=LetterEmbedder())["embedding"]
    assert found["both"] == pytest.approx((1 / 6 + 2 / 6) / (math.hypot(1 / 3, 2 / 3) * math.hypot(0.5, 0.5)))
    assert found["none"] == 0.0


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1), st.lists(st.text(max_size=40), max_size=3), max_size=4))
def test_whatever_is_handed_in_every_baseline_scores_everybody_and_minds_no_order(texts: dict[str, list[str]]) -> None:
    found = baseline_scores(texts, SCORECARD, embedder=LetterEmbedder())
    turned = baseline_scores(dict(reversed(texts.items())), SCORECARD, embedder=LetterEmbedder())
    assert set(found) == set(BASELINES)
    for name, scored in found.items():
        assert set(scored) == set(texts)
        assert all(math.isfinite(score) for score in scored.values())
        assert scored == pytest.approx(turned[name])


def test_the_shipped_embedder_finds_the_nearer_text() -> None:
    candidates = {"near": ("Sold tickets for a ferry line.",), "far": ("Baked bread.",)}
    found = baseline_scores(candidates, SCORECARD, embedder=load_default_embedder())["embedding"]
    assert found["near"] > found["far"]
