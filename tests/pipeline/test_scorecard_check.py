from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from evaluators.rubric_library import load_rubric_library
from pipeline.models.scorecard import Rubric
from pipeline.scorecard_check import ScorecardProblem, check_scorecard
from pipeline.scorecard_rules_tools import is_mere_tool, is_shopping_list

ROOT = Path(__file__).parents[2]
BENCHMARKS = sorted(ROOT.glob("datasets/benchmarks/*/scorecard.yaml"))

GOOD: dict[str, Any] = {
    "id": "parcel-tracking",
    "title": "Backend Engineer, Parcel Tracking",
    "stage": "growth",
    "mission": "Within a year every parcel scan reaches the customer within a minute, once and in order, "
    "while the old tracking table is replaced without a night of downtime.",
    "scope": ["scan intake and tracking pages"],
    "constraints": ["20 engineers in two teams", "one shared database"],
    "non_negotiables": [{"id": "live", "statement": "Has carried the pager for a service that customers used."}],
    "preferences": ["Kotlin", "PostgreSQL"],
    "criteria": [
        {
            "id": "tradeoff_reasoning",
            "weight": 5,
            "kind": "judgment",
            "sources": ["resume", "takehome"],
            "statement": "Explains choices by the constraint that decided them and what was given up.",
        },
        {
            "id": "failure_modes",
            "weight": 4,
            "kind": "judgment",
            "sources": ["resume", "takehome"],
            "statement": "Thinks past the happy path and says how each failure is noticed.",
        },
        {
            "id": "testing_and_operability",
            "weight": 2,
            "kind": "craft",
            "sources": ["resume", "takehome"],
            "statement": "Tests that cover what goes wrong, and a release with a way back.",
        },
    ],
}


@cache
def _library() -> dict[str, Rubric]:
    return load_rubric_library()


@pytest.fixture
def check(tmp_path: Path) -> Callable[[dict[str, Any]], tuple[ScorecardProblem, ...]]:
    def run(changes: dict[str, Any]) -> tuple[ScorecardProblem, ...]:
        path = tmp_path / "scorecard.yaml"
        path.write_text(yaml.safe_dump({**GOOD, **changes}, sort_keys=False, allow_unicode=True, width=90))
        return check_scorecard(path, library=_library())

    return run


Check = Callable[[dict[str, Any]], tuple[ScorecardProblem, ...]]


def _gate(statement: str, *, id: str = "g") -> dict[str, Any]:
    return {"non_negotiables": [{"id": id, "statement": statement}]}


def _criterion(**changes: Any) -> dict[str, Any]:
    criteria = deepcopy(GOOD["criteria"])
    criteria[1].update(changes)
    return {"criteria": criteria}


def test_good_scorecard_has_no_problem(check: Check) -> None:
    assert check({}) == ()


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.parent.name)
def test_benchmark_scorecards_have_no_error_and_only_the_note_on_light_weights(path: Path) -> None:
    problems = check_scorecard(path, library=_library())
    assert [(problem.severity, problem.field) for problem in problems] == [("warning", "criteria.communication.weight")]
    assert "1.8 of 100" in problems[0].message


def test_demo_scorecard_has_no_error() -> None:
    path = ROOT / "datasets/demo/scorecard.yaml"
    assert not [p for p in check_scorecard(path, library=_library()) if p.severity == "error"]


PROTECTED = {
    "age": "Is young and dynamic.",
    "native to screens": "Is a digital native.",
    "age range": "Is aged 25-35.",
    "age limit": "Is under 35 years old.",
    "below": "Candidates under 30 only.",
    "recent graduate": "Is a recent graduate of a technical field.",
    "graduation year": "Graduated after 2020.",
    "overqualified": "Is not overqualified for the role.",
    "native English": "Is a native English speaker.",
    "mother tongue": "Has German as a mother tongue.",
    "accent": "Speaks without a foreign accent on calls.",
    "citizen": "Is a US citizen.",
    "nationality": "Has European nationality.",
    "gender": "Is preferably a man.",
    "female": "Female candidates preferred for this team.",
    "pronoun": "Shows that he has run a service.",
    "marital status": "Gives the marital status.",
    "children": "Has no small children.",
    "pregnancy": "Is not pregnant.",
    "religion": "Shares our faith and Christian values.",
    "disability": "Is able-bodied.",
    "health": "Is in good health with few sick days.",
    "military": "Has an honourable discharge.",
    "photo": "Sends a resume with a photo.",
    "looks": "Has a well-groomed, pleasant appearance.",
    "gaps": "Has no career gaps.",
    "gaps in the CV": "Has no unexplained gaps in the CV.",
    "elite school": "Holds a degree from a top university.",
    "named school": "Has graduated from Stanford.",
    "degree": "Has a bachelor's degree in computer science.",
    "employer": "Has a FAANG background.",
    "residence": "Must live in Hamburg.",
    "postcode": "Has a local postcode.",
    "car": "Must have own car.",
    "driving licence": "Holds a driving licence.",
    "criminal record": "Has a clean criminal record.",
    "culture fit": "Is a strong cultural fit.",
    "union": "Is no trade union member.",
    "health, beside users": "Is able-bodied and talks to users.",
    "citizen, beside customers": "Must be a US citizen who talks to customers.",
    "man, beside patients": "Is preferably a man since patients ask for one.",
    "date of birth": "Gives the date of birth.",
}


@pytest.mark.parametrize("case", PROTECTED)
def test_protected_trait_or_proxy_is_told_with_an_alternative(case: str, check: Check) -> None:
    problems = [p for p in check(_gate(PROTECTED[case])) if p.field == "non_negotiables.g.statement"]
    assert problems, PROTECTED[case]
    assert '"' in problems[0].message
    assert len(problems[0].suggestion.split()) >= 5


@pytest.mark.parametrize("field", ["title", "mission", "scope", "constraints", "preferences"])
def test_protected_wording_is_found_in_every_text_field(field: str, check: Check) -> None:
    text = "We are a young and dynamic group of digital natives working on a tracking page for parcels"
    problems = check({field: text if field in ("title", "mission") else [text]})
    assert any("young and dynamic" in problem.message and problem.field.startswith(field) for problem in problems)


def test_lawful_alternative_names_the_language_of_the_statement(check: Check) -> None:
    (problem,) = check(_gate("Is a native English speaker."))
    assert "Writes and speaks English that colleagues" in problem.suggestion
    assert problem.severity == "error"


BENIGN = [
    "Has kept a young codebase releasable while three teams joined it.",
    "Has found a race condition in a running system and proved the fix.",
    "Has run native AWS services and cloud-native workers through an outage.",
    "Has shipped a React Native app that customers used.",
    "Has cleaned up disabled feature flags without breaking a customer.",
    "Has owned master data of a product catalogue and its corrections.",
    "Has religiously written down what each incident taught the team.",
    "Has moved data between single tenant and multi tenant stores while customers worked.",
    "Has handled expired sessions where the age of the token decided.",
    "Has kept a service healthy through a doubling of requests.",
    "Has released code under the MIT license that strangers depend on.",
    "Has built photo upload and storage that customers used daily.",
    "Has built screens that disabled users and screen readers could finish.",
    "Has served patient records of a maternity ward without losing one.",
    "Has kept accented names and foreign alphabets right in search and collation.",
    "Has dealt with gaps in the sequence of invoice numbers and found the cause.",
    "Has kept latency under 50 milliseconds for a year.",
    "Has worked in a good faith dispute with a vendor and tells its end.",
    "Has kept records for a vehicle fleet and its telemetry.",
    "Has worked on postcode lookup that shops depended on.",
    "Has taken over a monolith that was 14 years old and split it.",
    "Has guarded against a man-in-the-middle attack in a live system.",
    "Has run the main branch of a product, its backups and its restores.",
    "Has reached a high degree of automation in releases and says what stayed manual.",
    "Has kept users' date of birth masked in logs.",
    "Has run a system with citizens of six countries as its users.",
    "Has migrated twelve years of invoices without losing one.",
    "Has kept the audit trail without gaps for five years.",
    "Judged regardless of gender, religion or age: has run a live service.",
    "Has moved a store that was live and has been split since.",
    "Has written down a disagreement over cultural heritage records and how it ended.",
    "Has built a setup wizard that customers finish alone.",
    "Has run a class of jobs that must not fail at night.",
    "Has used Kafka to repair an order flow in which messages came twice, and tells how.",
    "Has personally built, hardened or operated OAuth2/JWT service-to-service security in a running system.",
    "Will join the on-call rota, one week in five.",
    "Can start by the first of March.",
    "Has the right to work in the country of the job.",
    "Has kept a general ledger right through single and double entry.",
    "Has brought the age of the oldest unread message down and kept it there.",
    "Has read a degraded health check for what it was and acted.",
]


@pytest.mark.parametrize("statement", BENIGN)
def test_benign_statement_is_left_alone(statement: str, check: Check) -> None:
    assert [str(problem) for problem in check(_gate(statement))] == []


@pytest.mark.parametrize(
    "mission",
    [
        "Within a year young people find housing through us, whatever their religion, gender or nationality is, "
        "and no application is lost.",
        "Every pregnant patient's record reaches the ward in time, in order and without doubles, by next winter.",
        "Blind and disabled travellers, aged 8 to 88, book a seat in two minutes by next summer, without a call.",
        "Parents with small children get their benefit in a week instead of three months, with no wrong payment.",
    ],
)
def test_mission_may_speak_of_the_people_it_serves(mission: str, check: Check) -> None:
    assert check({"mission": mission}) == ()


def _messages(problems: tuple[ScorecardProblem, ...]) -> str:
    return "\n".join(str(problem) for problem in problems)


MERE = ["5 years of Kafka", "Must know Kubernetes and Docker", "Strong Java", "Has used Kafka in production", "React"]


@pytest.mark.parametrize("statement", MERE)
def test_must_have_that_is_a_mere_tool_is_told_with_the_deed(statement: str, check: Check) -> None:
    (problem,) = check(_gate(statement))
    assert "only the name of a tool" in problem.message
    assert problem.suggestion.startswith('Write the deed it stands for: "Has ')
    assert "Move " in problem.suggestion


def test_deed_behind_kafka_speaks_of_messages(check: Check) -> None:
    (problem,) = check(_gate("5 years of Kafka"))
    assert "message" in problem.suggestion
    assert "(here: Kafka)" in problem.suggestion


@pytest.mark.parametrize(
    "statement",
    [
        "Has run Kubernetes clusters in production, upgrades and failed nodes included.",
        "Knows how to go on when the rest fails.",
        "Has moved a system from Oracle to PostgreSQL while customers used it.",
    ],
)
def test_deed_with_a_tool_is_no_mere_tool(statement: str) -> None:
    assert not is_mere_tool(statement)
    assert not is_shopping_list(statement)


def test_criterion_that_lists_tools_is_a_shopping_list(check: Check) -> None:
    text = "Experience with Java, Kotlin, Spring Boot, Kafka, Docker, Kubernetes and PostgreSQL."
    problems = check(_criterion(statement=text))
    assert "shopping list of tools (Java, Kotlin, Spring Boot" in _messages(problems)


def test_mission_that_lists_tools_is_a_shopping_list(check: Check) -> None:
    problems = check({"mission": "Build with React, Node.js, GraphQL, MongoDB, Docker and AWS modern applications."})
    assert any(p.field == "mission" and "shopping list" in p.message for p in problems)


def test_more_than_twelve_preferences_are_a_shopping_list(check: Check) -> None:
    many = [
        "Java",
        "Kotlin",
        "Scala",
        "Python",
        "Rust",
        "TypeScript",
        "PostgreSQL",
        "Redis",
        "Kafka",
        "Docker",
        "Terraform",
        "Grafana",
        "AWS",
    ]
    (problem,) = check({"preferences": many})
    assert "13 preferences" in problem.message
    assert "`Java or Kotlin or Scala or Python or Rust or TypeScript`" in problem.suggestion
    assert check({"preferences": many[:12]}) == ()


@pytest.mark.parametrize(
    ("preference", "shorter"),
    [("experience with Kafka", "Kafka"), ("Java, Kotlin", "Java or Kotlin"), ("5+ years of Go", "Go")],
)
def test_preference_that_no_resume_spells_out_is_shortened(preference: str, shorter: str, check: Check) -> None:
    problems = check({"preferences": [preference]})
    assert any(problem.suggestion.endswith(f": {shorter}.") for problem in problems), _messages(problems)


def test_fifth_non_negotiable_is_told_on_its_line(check: Check) -> None:
    gates = [{"id": f"g{n}", "statement": f"Has repaired flow number {n} while customers used it."} for n in range(4)]
    assert check({"non_negotiables": gates}) == ()
    (problem,) = check(
        {"non_negotiables": [*gates, {"id": "last", "statement": "Has led a migration of live records."}]}
    )
    assert "5 non-negotiables" in problem.message
    assert "'last'" in problem.suggestion


YEARS = [
    ("Has 8+ years of experience with distributed systems.", "8+ years"),
    ("Minimum 5 years building payment services.", "5 years"),
    ("Has ten years of professional software engineering behind them.", "ten years"),
    ("At least 3 years as a team lead of backend engineers.", "3 years"),
]


@pytest.mark.parametrize(("statement", "found"), YEARS)
def test_years_are_replaced_by_what_they_stand_for(statement: str, found: str, check: Check) -> None:
    problems = [p for p in check(_gate(statement)) if "counts time" in p.message]
    assert len(problems) == 1
    assert found in problems[0].message
    assert '"Has ' in problems[0].suggestion


def test_rewrite_of_years_uses_the_statements_own_words(check: Check) -> None:
    (problem,) = check(_gate("Has 8+ years of experience with distributed systems."))
    assert "distributed systems" in problem.suggestion


VAGUE = [
    "Rockstar who gets things done in tracking.",
    "Is passionate about clean architecture.",
    "Has excellent communication skills.",
    "Is a self-starter and team player.",
    "Is detail-oriented.",
    "Has deep knowledge of event streams.",
    "Shows enthusiasm for parcels.",
    "Has a typing speed of 80 words.",
    "Performs well in a whiteboard exercise.",
    "Has a fitting personality.",
]


@pytest.mark.parametrize("statement", VAGUE)
def test_vague_or_unanswerable_virtue_gets_a_rewrite(statement: str, check: Check) -> None:
    problems = [p for p in check(_criterion(statement=statement)) if p.field == "criteria.failure_modes.statement"]
    assert problems, statement
    assert any('"' in problem.suggestion for problem in problems)


def test_rewrite_of_a_vague_virtue_uses_its_topic(check: Check) -> None:
    (problem,) = check(_criterion(statement="Has deep knowledge of event streams."))
    assert "Has built or changed event streams in a running system" in problem.suggestion


def test_code_quality_from_a_resume_alone_cannot_be_answered(check: Check) -> None:
    changes = {"statement": "Well-structured code with good test coverage.", "sources": ["resume"]}
    (problem,) = check(_criterion(**changes))
    assert "A resume cannot answer 'failure_modes'" in problem.message
    assert "sources: [resume, takehome]" in problem.suggestion
    assert check(_criterion(**{**changes, "sources": ["resume", "takehome"]})) == ()


def test_takehome_source_without_a_takehome_is_told(check: Check) -> None:
    problems = check({"takehome": "none", **_criterion(sources=["takehome"])})
    by_field = {problem.field: problem.severity for problem in problems}
    assert by_field["criteria.failure_modes.sources"] == "error"
    assert by_field["criteria.tradeoff_reasoning.sources"] == "warning"


def test_required_takehome_that_nothing_uses_is_told(check: Check) -> None:
    criteria = deepcopy(GOOD["criteria"])
    for criterion in criteria:
        criterion["sources"] = ["resume"]
        criterion["statement"] = "Tells what was decided and why."
    (problem,) = check({"takehome": "required", "criteria": criteria})
    assert "work for nothing" in problem.message


def test_startup_that_asks_for_enterprise_machinery_over_hires(check: Check) -> None:
    mission = "Within a year a service mesh and event sourcing carry all orders of our 6 engineers without one loss."
    (problem,) = check({"stage": "startup", "mission": mission})
    assert "over-hires: service mesh, event sourcing" in problem.message
    assert check({"stage": "enterprise", "mission": mission, "constraints": ["90 engineers"]}) == ()


def test_one_common_word_is_no_over_hiring(check: Check) -> None:
    mission = "Within a year the three microservices we have carry all orders without one being lost or doubled."
    assert check({"stage": "startup", "mission": mission}) == ()


def test_machinery_that_is_declined_is_no_over_hiring(check: Check) -> None:
    mission = (
        "Within a year all orders arrive once, with no service mesh and without event sourcing or other machinery."
    )
    assert check({"stage": "startup", "mission": mission}) == ()


@pytest.mark.parametrize("haste", ["Move fast and break things", "There is no process", "We are scrappy"])
def test_haste_in_a_regulated_place_is_told(haste: str, check: Check) -> None:
    problems = check({"stage": "enterprise", "constraints": ["HIPAA and two auditors a year", haste]})
    assert any("contradicts" in problem.message and "HIPAA" in problem.message for problem in problems)
    assert check({"stage": "startup", "constraints": ["6 engineers", haste]}) == ()


def test_size_against_stage_is_told(check: Check) -> None:
    (problem,) = check({"stage": "startup", "constraints": ["120 engineers in nine teams"]})
    assert problem.field == "stage"
    assert "stage: growth" in problem.suggestion


def test_light_judgment_weight_is_told_with_the_weight_that_would_do(check: Check) -> None:
    criteria = deepcopy(GOOD["criteria"])
    criteria[1]["weight"] = 0.5
    (problem,) = check({"criteria": criteria})
    wanted = float(problem.suggestion.split("weight to ")[1].split(",")[0])
    criteria[1]["weight"] = wanted
    assert check({"criteria": criteria}) == ()
    criteria[1]["weight"] = wanted - 0.1
    assert len(check({"criteria": criteria})) == 1


def test_light_weight_without_preferences_is_no_problem(check: Check) -> None:
    assert check({"preferences": [], **_criterion(weight=0.5)}) == ()


def test_equal_weights_set_no_priorities(check: Check) -> None:
    criteria = [{**criterion, "weight": 3} for criterion in GOOD["criteria"]]
    (problem,) = check({"criteria": criteria})
    assert "All 3 criteria weigh 3" in problem.message


def test_scorecard_without_judgment_is_told(check: Check) -> None:
    criteria = [{**criterion, "kind": "craft"} for criterion in GOOD["criteria"]]
    assert "No criterion is of the kind judgment" in _messages(check({"criteria": criteria}))


def test_missing_constraints_and_a_bare_mission_are_told(check: Check) -> None:
    problems = check({"constraints": [], "mission": "Build great software."})
    assert sorted(problem.field for problem in problems) == ["constraints", "mission"]


@pytest.mark.parametrize(("bar", "count"), [(10, 1), (55, 0), (70, 0), (95, 1)])
def test_odd_advance_bar_is_told(bar: float, count: int, check: Check) -> None:
    assert len(check({"advance_bar": bar})) == count


def test_and_or_is_told(check: Check) -> None:
    (problem,) = check(_gate("Has run a ledger and/or metering for paying customers."))
    assert 'Write "ledger or metering"' in problem.suggestion


def test_two_facts_are_split_in_their_own_words(check: Check) -> None:
    (problem,) = check(_gate("Has carried the pager for a live service and is willing to travel every month."))
    assert '"Has carried the pager for a live service."' in problem.suggestion
    assert '"Is willing to travel every month."' in problem.suggestion


@pytest.mark.parametrize(
    "statement",
    ["States in the resume that they will join the rota.", "Mentions explicitly willingness to travel monthly."],
)
def test_silence_must_not_fail_a_statement_about_the_future(statement: str, check: Check) -> None:
    assert any("did not mention it" in problem.message for problem in check(_gate(statement)))


@pytest.mark.parametrize(
    "statement",
    [
        "Writes and speaks English that colleagues and customers can act on.",
        "Speaks German that customers can act on.",
    ],
)
def test_a_language_at_work_is_a_fact_of_its_own(statement: str, check: Check) -> None:
    assert not any("did not mention it" in problem.message for problem in check(_gate(statement)))


def test_no_rewrite_is_made_of_words_without_a_verb(check: Check) -> None:
    told = [problem.suggestion for problem in check(_gate("States clearly that colleagues trust the reports."))]
    assert not any("Will colleagues" in suggestion for suggestion in told)


def test_an_id_that_names_a_trait_is_told_though_the_statement_was_replaced(check: Check) -> None:
    problems = check(_gate("Has answered for a system at night.", id="young_and_energetic"))
    assert any("young_and_energetic" in problem.message for problem in problems)


def test_absence_cannot_be_shown(check: Check) -> None:
    assert "absence" in _messages(check(_gate("Has never left a project unfinished.")))


def test_misspelt_criterion_id_is_told_since_it_would_lose_its_rubric(check: Check) -> None:
    (problem,) = check(_criterion(id="failure_mode"))
    assert "rubric: failure_modes" in problem.suggestion


def test_problem_stands_on_the_line_of_its_words(tmp_path: Path) -> None:
    path = tmp_path / "card.yaml"
    text = yaml.safe_dump(GOOD, sort_keys=False, width=90)
    start = text.index("non_negotiables:")
    end = text.index("preferences:")
    path.write_text(
        text[:start] + "non_negotiables:\n- id: g\n  statement: >\n    Has carried the pager for a service that\n"
        "    customers used, as a native\n    English speaker.\n" + text[end:]
    )
    (problem,) = check_scorecard(path, library=_library())
    assert path.read_text().splitlines()[problem.line - 1].strip() == "customers used, as a native"
    assert str(problem).startswith(f"card.yaml:{problem.line}: error: non_negotiables.g.statement: ")


def test_broken_file_is_checked_as_far_as_it_can_be_read(check: Check) -> None:
    problems = check({"stage": "seed", "title": "Rockstar Engineer"})
    assert [problem.severity for problem in problems] == ["warning", "error"]
    assert "Rockstar" in problems[0].message


def test_problems_are_sorted_by_line(check: Check) -> None:
    problems = check({"title": "Ninja for code", "advance_bar": 99, **_gate("5 years of Kafka"), "constraints": []})
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)
    assert len(problems) == 4
