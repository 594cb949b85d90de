from pathlib import Path

import pytest

from evaluators.benchmarking.relations.bases import Base, Known

BENCHMARKS = Path(__file__).resolve().parents[4] / "datasets" / "benchmarks"

RESUME = """# Nerys Llewellyn

Swansea · nerys.llewellyn@inbox.example · github.com/nllewellyn

## Summary

Backend engineer. She asks before she builds, and her notes are read.

## Experience

### Tidewater Freight Ltd, Swansea: developer, 2019 to now
Ferry bookings, six developers.

- Moved the seat ledger to append-only rows, since a repeated call had sold 41 seats twice; it costs a nightly sum.
- Nerys wrote the check that compares sold and paid seats each morning, after a batch was lost in March 2021.

### Gower Print Works, developer, 2014 - 2018
- Label printing for 30 shops.

## Education

BSc Computing, University of Swansea Bay, 2013

## Tools

Go, PostgreSQL, Grafana
"""
CODE = "# by Nerys: seats are counted twice\nSEATS = {}\n"


@pytest.fixture
def base() -> Base:
    return Base(
        "ferries/c01",
        "ferries",
        "written",
        {"resume.md": RESUME.encode(), "takehome/seats.py": CODE.encode(), "takehome/logo.png": b"\x89PNG\xff"},
        Known(
            name="Nerys Llewellyn",
            employers=("Tidewater Freight Ltd", "Tidewater", "Gower Print Works"),
            schools=("University of Swansea Bay",),
        ),
    )
