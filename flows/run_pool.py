"""Screenings that workers of a Prefect work pool do, here or on machines that share the database and the files."""

from flows.due_runs import DueRuns
from flows.run_child import Kind
from flows.run_processes import Ended


class PoolRuns:
    """Sends runs of the desk to the pool; how they end is told by the desk alone.

    Args:
        due: The Prefect server.
    """

    def __init__(self, due: DueRuns) -> None:
        self._due = due
        self._sent: set[str] = set()

    def __len__(self) -> int:
        # How many go on at a time is the pool's to limit.
        return 0

    def __contains__(self, subject: object) -> bool:
        return subject in self._sent

    def warm_up(self) -> None:
        """Nothing to get ready."""

    def start(self, kind: Kind, subject: str) -> None:
        """Send a run; while the server is away it stays queued and is sent later."""
        if kind == "desk run" and self._due.send_to_pool(subject):
            self._sent.add(subject)

    def reap(self) -> list[Ended]:
        """Nothing: a worker's process is no child of ours."""
        return []

    def kill(self, subject: str) -> None:
        """Nothing: a cancelled run stops by its lease."""

    def end(self) -> bool:
        """Nothing: workers go on."""
        return False
