"""Retrieval-backed judging: rubrics, evidence, judges, grounding and assessment."""

import pipeline  # noqa: F401 - before numpy, for the number of its threads
