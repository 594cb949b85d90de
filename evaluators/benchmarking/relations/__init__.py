"""Twins of submissions with one intended change, and what must hold of their scores."""
