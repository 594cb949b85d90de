"""What the terminal says of thresholds."""

import io

from rich.console import Console

from evaluators.benchmarking.figures import figure
from evaluators.benchmarking.results import Figure
from evaluators.benchmarking.thresholds import Outcome, Threshold, Verdict
from flows.bench.terminal import outcome_lines


def hidden(group: str, note: str) -> Figure:
    return figure("hidden_recall", 0.9, judge="evidence", set_="hidden", group=group, cases=9, bases=9, note=note)


def outcome(verdict: Verdict, found: Figure | None) -> Outcome:
    return Outcome(threshold=Threshold(figure="hidden_recall", at_least=1), figure=found, verdict=verdict)


def test_a_miss_says_which_cases_it_is_made_of() -> None:
    console = Console(width=190, record=True, file=io.StringIO())
    outcome_lines(
        [
            outcome("missed", hidden("docx", "not set aside: hidden/nearly-white.docx")),
            outcome("passed", hidden("pdf", "nothing to say")),
            outcome("not measured", hidden("html", "the parser is missing")),
            outcome("missed", None),
        ],
        console,
    )
    lines = console.export_text().splitlines()
    assert "missed: hidden_recall of docx, hidden: not set aside: hidden/nearly-white.docx" in lines
    assert "not measured: hidden_recall of html, hidden: the parser is missing" in lines
    assert not any("nothing to say" in line for line in lines)
    assert lines[-1] == "2 missed, 1 not measured, 1 passed."
