"""Preferences are matched as whole words, each once."""

import pytest

from pipeline.models.scorecard import Check, Criterion, Preference, Rubric, Scorecard
from pipeline.preferences import matched_preferences
from pipeline.tool_ceiling import tool_ceiling

RUBRIC = Rubric(id="sample", checks=(Check(id="only", question="?", points=4.0),))


def scorecard(*names: str, weights: tuple[float, ...] = (5.0, 3.0)) -> Scorecard:
    return Scorecard(
        id="role",
        title="Role",
        stage="growth",
        mission="m",
        preferences=tuple(Preference(name=name, any_of=tuple(name.split(" or "))) for name in names),
        criteria=tuple(
            Criterion(id=f"c{n}", weight=weight, kind="judgment", sources=("resume",), statement="?", rubric=RUBRIC)
            for n, weight in enumerate(weights)
        ),
        gate_rubric=Rubric(id="gate", checks=()),
    )


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Java", "ten years of Java, mostly", True),
        ("Java", "JavaScript only", False),
        ("java", "Java.", True),
        ("C", "wrote C for meters", True),
        ("C", "C++ and C#", False),
        ("C++", "modern C++, no C", True),
        ("C#", "Java or C#.", True),
        ("Go", "we go live on Monday", False),
        ("Go", "services in Go.", True),
        ("Node.js", "Node.js 20", True),
        (".NET", "a .NET shop", True),
        ("Spring", "in spring we moved", False),
        ("HL7 v2", "HL7  v2 over TCP", True),
        ("Kafka or SQS", "queues on SQS", True),
    ],
)
def test_names_match_as_whole_words(name: str, text: str, found: bool) -> None:
    assert bool(matched_preferences(scorecard(name), [text])) is found


def test_each_preference_counts_once_in_scorecard_order() -> None:
    assert matched_preferences(scorecard("SQL", "Java"), ["Java Java Java", "SQL, Java"]) == ("SQL", "Java")


def test_all_tools_are_worth_less_than_one_level_of_the_lightest_judgment() -> None:
    light = scorecard("Java", weights=(30.0, 1.0))
    ceiling = tool_ceiling(light)
    assert ceiling == pytest.approx(0.9 * (100 - ceiling) * 1.0 / (4 * 31.0))
    assert ceiling < 2.0
    assert tool_ceiling(scorecard("Java")) == 2.0
    assert tool_ceiling(scorecard()) == 0.0
