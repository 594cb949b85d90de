import csv
from collections import defaultdict


class Fits:
    def __init__(self, catalogue: str, cross: str) -> None:
        self.catalogue, self.cross = _pairs(catalogue), _pairs(cross)

    def verdict(self, oe: str, donor: str, vehicle: str) -> str | None:
        """'listed', 'claimed' or None. Order of trust: see CHANGES 3:30."""
        if oe in self.catalogue:
            return "listed" if vehicle in self.catalogue[oe] else None
        if oe in self.cross:
            return "listed" if vehicle in self.cross[oe] else None
        return "claimed" if donor == vehicle else None


def _pairs(path: str) -> dict[str, set[str]]:
    out: dict[str, set[str]] = defaultdict(set)
    with open(path, newline="") as f:
        for row in csv.DictReader(f):
            out[row["oe"].upper().replace(" ", "").replace("-", "")].add(row["vehicle"].strip())
    return dict(out)
