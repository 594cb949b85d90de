"""REST API for the Morning Board."""

from datetime import datetime

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from app.board import Board, Child, Event, Run

api = FastAPI(title="Morning Board", version="1.0.0")
board = Board(
    [
        Run(
            "r7",
            "BUS-31",
            "driver-12",
            2,
            datetime(2026, 3, 9, 6, 40),
            datetime(2026, 3, 9, 7, 50),
            [Child("c1", "Mill Lane", "Heron School"), Child("c2", "Station", "Heron School", wheelchair=True)],
        )
    ]
)


class EventIn(BaseModel):
    id: str
    kind: str
    at: datetime
    child: str | None = None
    detail: dict = {}


@api.post("/runs/{run_id}/events")
def post_event(run_id: str, body: EventIn) -> dict:
    if run_id not in board.runs:
        raise HTTPException(status_code=404, detail="Run not found")
    board.apply(Event(run=run_id, **body.model_dump()))
    return {"status": "success"}


@api.get("/runs/{run_id}/roster")
def get_roster(run_id: str) -> list[Child]:
    return board.roster(run_id)


@api.get("/runs/{run_id}/unaccounted")
def get_unaccounted(run_id: str) -> list[Child]:
    return board.unaccounted(run_id, datetime.now())


@api.get("/health")
def health() -> dict:
    return {"status": "healthy"}
