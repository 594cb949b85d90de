"""The shortlist as files: HTML, CSV, JSON and the run record."""
