"""What is left out of an intersection, checked by linear algebra: no small cell is a sum or difference of the rest."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fairness.withheld import FEWEST, Cell, withheld


def told(people: dict[Cell, int], hidden: frozenset[Cell]) -> np.ndarray:
    """A row for every sum that a reader knows: rows and columns, everybody, and the cells that are shown."""
    cells = list(people)
    lines = [(axis, value) for axis in (0, 1) for value in {cell[axis] for cell in cells}]
    rows = [[float(cell[axis] == value) for cell in cells] for axis, value in lines]
    rows += [
        [float(cell == one) for cell in cells]
        for one in cells
        if None not in one and people[one] >= FEWEST and one not in hidden
    ]
    return np.array(rows)


def is_solved(known: np.ndarray, wanted: np.ndarray) -> bool:
    return np.linalg.matrix_rank(np.vstack([known, wanted])) == np.linalg.matrix_rank(known)


VALUES = (None, "a", "b", "c", "d")
TABLES = st.dictionaries(st.tuples(st.sampled_from(VALUES), st.sampled_from(VALUES)), st.integers(1, 12), min_size=1)


@given(TABLES)
def test_no_small_cell_can_be_solved_unless_the_sums_alone_do_it(people: dict[Cell, int]) -> None:
    hidden = withheld(people)
    assert all(None not in cell and people[cell] >= FEWEST for cell in hidden)
    known = told(people, hidden)
    sums_alone = told(people, frozenset(people))
    for number, (cell, size) in enumerate(people.items()):
        if None not in cell and size < FEWEST:
            wanted = np.eye(len(people))[number]
            assert not is_solved(known, wanted) or is_solved(sums_alone, wanted)


@given(TABLES)
def test_what_is_hidden_beside_a_small_cell_is_never_a_handful(people: dict[Cell, int]) -> None:
    hidden = withheld(people)
    shown = {cell for cell, size in people.items() if None not in cell and size >= FEWEST} - hidden
    for small in (cell for cell, size in people.items() if None not in cell and size < FEWEST):
        for axis in (0, 1):
            line = [cell for cell in people if cell[axis] == small[axis]]
            if any(cell in shown for cell in line):
                assert sum(people[cell] for cell in line if cell not in shown) >= FEWEST


def test_nothing_is_left_out_where_nothing_is_small() -> None:
    assert withheld({("a", "x"): 5, ("a", "y"): 5, ("b", "x"): 5, ("b", None): 1}) == frozenset()


def test_the_way_that_costs_fewest_people_is_taken() -> None:
    people: dict[Cell, int] = {
        ("a", "x"): 2, ("a", "y"): 50, ("a", "z"): 6, ("b", "x"): 40, ("b", "y"): 50, ("b", "z"): 7, ("c", "x"): 9,
        ("c", "z"): 60,
    }  # fmt: skip
    # By b: 6 + 7 + 40 = 53; by c: 6 + 60 + 9 = 75.
    assert withheld(people) == {("a", "z"), ("b", "z"), ("b", "x")}
