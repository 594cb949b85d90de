"""Domain models and the deterministic stages: from files to a ranked, justified shortlist."""
