"""What in a scorecard would mislead a screening, by line, with what to write instead."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.models.scorecard import Rubric
from pipeline.scorecard import read_scorecard
from pipeline.scorecard_problem import ScorecardProblem, Severity
from pipeline.scorecard_rules_balance import balance_problems
from pipeline.scorecard_rules_phrases import phrase_problems
from pipeline.scorecard_rules_stage import stage_problems
from pipeline.scorecard_rules_statements import statement_problems
from pipeline.scorecard_rules_tools import tool_problems
from pipeline.scorecard_sheet import Sheet

__all__ = ["ScorecardProblem", "Severity", "check_scorecard"]

_FAMILIES = (phrase_problems, tool_problems, statement_problems, balance_problems, stage_problems)


def check_scorecard(path: Path, *, library: Mapping[str, Rubric]) -> tuple[ScorecardProblem, ...]:
    """Check a scorecard as its author would want it checked before anybody is judged by it.

    Errors that keep it from being loaded come together with everything the rules find in what can be read.

    Args:
        path: The YAML file.
        library: Rubrics by id; must hold `general` and `gate`.

    Returns:
        Problems sorted by line; those of a rubric file beside the scorecard come last.

    Raises:
        ScorecardError: The file is missing, too large or not UTF-8 text.
    """
    read = read_scorecard(path, library=library)
    problems = list(read.problems)
    if read.root is not None:
        sheet = Sheet.of(read, file=path.name)
        problems.extend(problem for family in _FAMILIES for problem in family(sheet))
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda p: (p.file != path.name, p.line, p.severity != "error", p.field, p.message)))
