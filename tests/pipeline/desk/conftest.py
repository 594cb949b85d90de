from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.desk.desk import Desk
from tests.pipeline.desk.clock import SteppedClock


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def desk(tmp_path: Path, clock: SteppedClock) -> Iterator[Desk]:
    with Desk.open(tmp_path / "ledger.db", clock=clock) as opened:
        yield opened
