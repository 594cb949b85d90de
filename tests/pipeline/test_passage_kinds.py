import json
from pathlib import Path

import pytest

from pipeline.passage_kinds import prose_kind, says_something

CALIBRATION = Path(__file__).parents[2] / "datasets" / "calibration"


@pytest.mark.parametrize(
    "text",
    [
        "Java, Kotlin, PostgreSQL, SQS, ECS, Terraform (enough), Grafana",
        "Languages: Java, Kotlin",
        "Proficient in Java, Kotlin, Go and Rust",
        "Proficient in Java, Kotlin, Go, Rust, TypeScript and Python with strong knowledge of Kafka and Redis.",
        "Experience with Kafka, RabbitMQ, Redis",
        "I have extensive experience with Kafka, RabbitMQ, NATS, Pulsar and Redis.",
        "I have worked with Java, Kotlin, Spring Boot, AWS and PostgreSQL.",
        "Hands-on with Docker, Kubernetes, Helm, Istio and Argo CD",
        "My toolbox includes Terraform, Ansible, Packer, Vault and Consul.",
        "Skilled in CQRS, event sourcing, saga, outbox, circuit breaker, bulkhead",
        "Built with Spring Boot, secured with Keycloak, stored in PostgreSQL, cached in Redis",
        "Web | Ktor",
        "AWS Solutions Architect Professional; CKA; Oracle Certified Professional Java SE 17",
        "Java (9 yrs), Kafka (3 yrs, 120k msg/s), Kubernetes (4 yrs, 300 pods)",
        "MSc Computer Engineering, [SCHOOL], 2004. TOGAF 9 certified.",
        "Kotlin | Java | Go | Rust | Scala",
        "Turkish, German (C1), English (C1)",
        "I know Java, Kotlin, Scala, Groovy, Clojure and a bit of Haskell",
        "Responsible for Java, Spring, Kafka, AWS, Docker, Kubernetes",
        "Technologies that I have mastered over the years include Java, Kotlin, Go, Rust and Elixir",
        "Key technologies are Kafka, Flink, Pinot and Druid",
        "Web development in React and Node",
        "Working knowledge of Terraform and Pulumi",
    ],
)
def test_lists_and_lists_in_disguise_are_inventory(text):
    assert prose_kind(text) == "inventory"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Shared pager with two colleagues, mostly power and link failures.", "claim"),
        ("On-call in the team rota since 2021.", "claim"),
        ("Took invoicing out of the monolith over 14 months, then login and sessions.", "claim"),
        ("Replaced Redis, Kafka and RabbitMQ by one table.", "claim"),
        ("SMS and voice-code API, 400 business clients, prepaid balance", "claim"),
        ("Moved 88 feeds, nothing lost.", "claim"),
        ("PostgreSQL 9.6 -> 12 with logical replication", "claim"),
        ("MariaDB, PHP, cron. No queue: the shared host kills anything that runs over 60 s.", "narrative"),
        ("C++14 (the compiler for this board ends there), FreeRTOS, lwIP, CMake", "claim"),
        ("Databases are backed up nightly", "claim"),
        ("Rollback in six minutes", "claim"),
        ("Two incidents in three years, both mine", "claim"),
        ("Owner of the payout job", "claim"),
        ("Billing for 40 gyms", "claim"),
        ("Rota of four. We release on Mondays.", "narrative"),
        ("Early bird: fully available for the 05:30 shift, any day, by turn.", "claim"),
        ("Java, Go; not free on Fridays before noon, nor at night", "claim"),
        ("Java, Kotlin, willing to learn Rust, AWS", "inventory"),
    ],
)
def test_terse_statements_are_not_inventory(text, kind):
    assert prose_kind(text) == kind


def test_reasons_and_several_sentences_make_a_narrative():
    assert prose_kind("We kept polling. Two of the networks needed a committee for firewall rules.") == "narrative"
    reason = "Chose polling every 30 s because two of three networks needed a committee for inbound firewall rules."
    assert prose_kind(reason) == "narrative"
    assert prose_kind("Chose polling every 30 s.") == "claim"


def test_fig_leaf_does_not_turn_a_long_list_into_a_story():
    tools = ", ".join(f"Tool{n}" for n in range(60))
    assert prose_kind(f"{tools}. I love what I do.") == "inventory"


def test_list_that_gives_reasons_is_a_story():
    text = (
        "Tools, with why: Postgres (only thing the hospital lets us back up), Perl (the lab analyser's driver is Perl; "
        "tried a Python port, lost 2 bytes per frame, never found them), cron (systemd timers forbidden)."
    )
    assert prose_kind(text) == "narrative"


def test_titles_say_nothing_and_the_month_of_may_is_no_verb():
    assert not says_something("Senior Engineer, May 2019")
    assert not says_something("[EMPLOYER] - Backend engineer")
    assert says_something("It may be late.")


def _rows(name):
    return [json.loads(line) for line in (CALIBRATION / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def test_calibration_lists_are_found_and_reasoning_is_not_swallowed():
    """The rule was written while looking at these rows: this guards it, it does not measure it."""
    lists = swallowed = found = reasoned = 0
    for name in ("resume", "takehome", "hard"):
        for row in _rows(name):
            judged = any(row["checks"][rubric] for rubric in ("tradeoff_reasoning", "failure_modes"))
            is_inventory = prose_kind(row["text"]) == "inventory"
            if row["form"] == "inventory" and not judged:
                lists += 1
                found += is_inventory
            elif row["form"] != "inventory" and judged:
                reasoned += 1
                swallowed += is_inventory
    assert lists > 20
    assert found >= 0.75 * lists
    assert reasoned > 400
    assert swallowed <= 0.01 * reasoned
