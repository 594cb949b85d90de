from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.rubric_library import load_rubric_library
from pipeline.models.scorecard import Scorecard
from pipeline.preferences import matched_preferences, needed_preferences
from pipeline.scorecard import load_scorecard, split_preference


@cache
def _scorecard() -> Scorecard:
    path = Path(__file__).parents[2] / "datasets/benchmarks/billing-reliability/scorecard.yaml"
    return load_scorecard(path, library=load_rubric_library())


def _with(*preferences: str) -> Scorecard:
    return _scorecard().model_copy(update={"preferences": tuple(split_preference(text) for text in preferences)})


FOUND = [
    ("Java", "Ten services in Java."),
    ("Java", "java, kotlin"),
    ("C", "Firmware in C, tested on the bench"),
    ("C++", "Firmware in C++."),
    ("C#", "(C#, Oracle)"),
    ("C#", "C#/.NET"),
    (".NET", "C#/.NET services"),
    (".NET", "moved to .NET 8"),
    ("Go", "Go and Rust"),
    ("R", "models in R."),
    ("Node.js", "a node.js worker"),
    ("Node.js", "Node.js, Redis"),
    ("PostgreSQL", "PostgreSQL 15"),
    ("PostgreSQL", "on (postgresql)."),
    ("SQS or Kafka", "we used kafka"),
    ("Spring Boot", "Spring\nBoot 3"),
    ("Spring Boot", "spring-boot starter"),
    ("IBM MQ", "from IBM  MQ"),
    ("HL7 v2", "parsing HL7 v2 messages"),
    ("a vendor integration engine", "replaced the vendor integration engine"),
    ("Rust", "Rust's borrow checker"),
    ("Kafka", "Kafka-based pipeline"),
    ("AWS", "AWS/GCP"),
    ("Stripe", "billing through Stripe."),
]
NOT_FOUND = [
    ("Java", "JavaScript everywhere"),
    ("C", "C++ and C#"),
    ("C", "vitamin c"),
    ("C", "Objective-C"),
    ("Go", "go live on Monday; let it Go-live"),
    ("Go", "ready to go"),
    ("R", "R&D department"),
    ("R", "section r"),
    ("Node", "Node.js"),
    ("Node", "node_modules"),
    ("Rust", "the rust on the hull"),
    ("Swift", "a swift answer"),
    ("Scala", "La scala"),
    ("Spring", "in spring 2021"),
    (".NET", "example.net"),
    ("Express", "to express a wish"),
    ("SQL", "PostgreSQL, MySQL"),
    ("Oracle", "an oracle for tests"),
    ("Kafka", "kafkaesque"),
]


@pytest.mark.parametrize(("preference", "text"), FOUND)
def test_preference_is_found_as_a_whole_word(preference: str, text: str) -> None:
    assert len(matched_preferences(_with(preference), [text])) == 1


@pytest.mark.parametrize(("preference", "text"), NOT_FOUND)
def test_other_words_are_not_taken_for_a_preference(preference: str, text: str) -> None:
    assert matched_preferences(_with(preference), [text]) == ()


def test_each_preference_counts_once_in_scorecard_order() -> None:
    scorecard = _with("Kotlin", "SQS or Kafka", "Java")
    texts = ["Java Java java", "SQS and Kafka", "Java again"]
    assert matched_preferences(scorecard, texts) == ("SQS or Kafka", "Java")


def test_needed_is_half_rounded_up() -> None:
    assert needed_preferences(_with("Java", "Kotlin", "Go")) == 2
    assert needed_preferences(_with("Java", "Kotlin")) == 1
    assert needed_preferences(_with()) == 0


def test_no_preferences_match_nothing() -> None:
    assert matched_preferences(_with(), ["Java"]) == ()


@given(st.permutations(["Java 8", "kafka", "C++ and C", "Go", "nothing"]))
def test_order_of_texts_does_not_matter(texts: list[str]) -> None:
    scorecard = _with("Java", "C", "Go", "Kafka", "Rust")
    assert matched_preferences(scorecard, texts) == ("Java", "C", "Go", "Kafka")


@given(st.text(max_size=20).map(lambda text: " ".join(text.split())).filter(bool))
def test_any_name_can_be_a_preference_and_is_found_alone(name: str) -> None:
    preference = split_preference(name)
    if preference.any_of:
        scorecard = _with(name)
        assert matched_preferences(scorecard, [preference.any_of[0]]) == (preference.name,)
