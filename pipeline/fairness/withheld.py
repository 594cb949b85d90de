"""Which cells of a two-way table are left out, so that a handful of people cannot be worked out by subtraction."""

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from itertools import count
from typing import TypeAlias

FEWEST = 5
"""People in a group below which nothing is told of it."""

Cell: TypeAlias = tuple[str | None, str | None]
"""A value in each of two columns; None for all that are not listed there: unknown, or fewer than `FEWEST` people."""
_Node: TypeAlias = tuple[int, str | None]


def withheld(people: Mapping[Cell, int]) -> frozenset[Cell]:
    """Cells that are large enough to be shown, and must not be.

    The sums of rows and columns are known, since each column is compared by itself. A hidden cell of such a table can
    be solved exactly when it lies on no closed path of hidden cells, a path that turns at every cell from row to column
    (D. Gusfield, A graph theoretic approach to statistical data security, SIAM Journal on Computing 17, 1988,
    552-571). So for each cell of fewer than `FEWEST` people the path that costs fewest people is closed, and where all
    that is hidden in a row or column is still a handful, its smallest cell is hidden too.

    Two columns are looked at by themselves. Where one only refines the other, the two columns alone tell what is
    hidden, and nothing can be left out against it.

    Args:
        people: In every cell that is not empty.
    """
    shown = {cell for cell, size in people.items() if None not in cell and size >= FEWEST}
    secret = sorted(cell for cell, size in people.items() if None not in cell and size < FEWEST)
    enough = set(shown)
    for cell in secret:
        shown.difference_update(_way_round(cell, people, shown))
    for line in sorted({(axis, cell[axis]) for cell in secret for axis in (0, 1)}):
        own = [cell for cell in people if cell[line[0]] == line[1]]
        told = [cell for cell in own if cell in shown]
        if told and sum(people[cell] for cell in own if cell not in shown) < FEWEST:
            shown.discard(min(told, key=lambda cell: (people[cell], cell)))
    return frozenset(enough - shown)


def _way_round(cell: Cell, people: Mapping[Cell, int], shown: Iterable[Cell]) -> tuple[Cell, ...]:
    """The shown cells on the cheapest path from the cell's row to its column that does not use the cell itself.

    Hidden cells cost nothing. Empty if they are a path already, or if there is none at all.
    """
    visible = frozenset(shown)
    steps: dict[_Node, list[tuple[_Node, Cell]]] = {}
    for other in sorted(people, key=lambda one: (one[0] or "", one[1] or "")):
        if other != cell:
            row, column = (0, other[0]), (1, other[1])
            steps.setdefault(row, []).append((column, other))
            steps.setdefault(column, []).append((row, other))
    order = count()
    waiting: list[tuple[int, int, _Node, tuple[Cell, ...]]] = [(0, next(order), (0, cell[0]), ())]
    seen: set[_Node] = set()
    while waiting:
        cost, _, node, path = heappop(waiting)
        if node == (1, cell[1]):
            return path
        if node in seen:
            continue
        seen.add(node)
        for following, through in steps.get(node, ()):
            spent, more = (people[through], (through,)) if through in visible else (0, ())
            heappush(waiting, (cost + spent, next(order), following, (*path, *more)))
    return ()
