"""Retrieval-backed judging: rubrics, evidence, judges, grounding and assessment."""
