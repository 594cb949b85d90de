"""Who may do what."""

from collections.abc import Mapping
from typing import get_args

from pipeline.desk.models import Action, Role

ANYWHERE: frozenset[Action] = frozenset(("create", "users", "schedule", "health"))
"""Actions that need no opening; a schedule of an opening still needs access to it."""

ALLOWED: Mapping[Role, frozenset[Action]] = {
    "recruiter": frozenset(("create", "see", "upload", "scorecard", "run", "explain")),
    "hiring_manager": frozenset(("see", "decide", "override", "reveal", "comment", "outcome", "explain")),
    "operator": frozenset(get_args(Action)),
}
