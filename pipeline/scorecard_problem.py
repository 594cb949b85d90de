"""What is wrong with a scorecard, in the words of the person who wrote it."""

from typing import Literal

from pipeline.models.base import FrozenModel

Severity = Literal["error", "warning"]


class ScorecardProblem(FrozenModel):
    """One thing to change in a scorecard, with its line and a rewrite."""

    file: str
    """File name as it should be printed; a rubric file beside the scorecard has its own."""
    line: int
    """From 1."""
    field: str
    """Dotted path such as `criteria.communication.statement`; empty for the file as a whole."""
    severity: Severity
    """An error keeps the scorecard from being used; a warning says how it would mislead a screening."""
    message: str
    suggestion: str = ""
    """What to write instead."""

    def __str__(self) -> str:
        """`scorecard.yaml:14: warning: field: message suggestion`, on one line."""
        where = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {self.severity}: {where}{self.message} {self.suggestion}".rstrip()


class ProblemLog:
    """Collects what is wrong with one file, so that its author sees everything at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[ScorecardProblem] = []

    def error(self, line: int, field: str, message: str, suggestion: str = "") -> None:
        """Note something that keeps the file from being used."""
        self.problems.append(
            ScorecardProblem(
                file=self.file, line=line, field=field, severity="error", message=message, suggestion=suggestion
            )
        )
