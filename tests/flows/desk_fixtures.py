"""Openings with a small real batch, for tests of runs and schedules."""

import shutil
from pathlib import Path

from flows.desk_screening import open_desk
from flows.measure_performance import make_batch
from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder
from pipeline.settings import Settings
from tests.flows.conftest import ROLE

OPENING = "billing"


def open_with_opening(home: Path) -> tuple[Desk, Settings]:
    """A desk with one opening that has a scorecard and no batch."""
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=home)
    desk = open_desk(settings)
    desk.openings.create("Billing reliability", by="maria", id=OPENING)
    desk.scorecards.save(OPENING, (ROLE / "scorecard.yaml").read_text(encoding="utf-8"), by="maria")
    return desk, settings


def add_candidates(home: Path, *names: str) -> Path:
    """Copy some of the role's candidates into the batch."""
    batch = batch_folder(home, OPENING)
    for name in names:
        shutil.copytree(ROLE / "candidates" / name, batch / name)
    return batch


def add_many(home: Path, count: int) -> Path:
    """Write a batch of so many different candidates."""
    return make_batch(batch_folder(home, OPENING), candidates=count, takehomes=False)
