"""Serves the review app on this machine with a demo batch and a starter that screens nothing, to look at its pages.

    python tests/pipeline/review/serve.py HOME [PORT] [--accounts] [--screen]

With `--accounts`, there are `olga` (operator), `rita` (recruiter) and `hanna` (hiring manager), all with the password
`correct horse battery`. With `--screen`, runs are real ones, in a thread.
"""

import sys
from pathlib import Path

import uvicorn

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from evaluators.rubric_library import load_rubric_library  # noqa: E402
from pipeline.desk.desk import Desk  # noqa: E402
from pipeline.review.app import make_app  # noqa: E402
from tests.pipeline.review.starting import FakeStarter  # noqa: E402

PASSWORD = "correct horse battery"


class ScreeningStarter(FakeStarter):
    """Screens in a thread, as `shortlist up` does in a process."""

    home: Path

    def _walk(self, run: str) -> None:
        from flows.desk_screening import screen_desk_run
        from pipeline.settings import Settings

        screen_desk_run(run, desk=self._desk, settings=Settings(home=self.home))


def main() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    home = Path(words[0])
    home.mkdir(parents=True, exist_ok=True)
    with Desk.open(home / "ledger.db") as desk:
        if "--accounts" in sys.argv and not desk.accounts.exist():
            desk.accounts.add("olga", display="Olga Operator", role="operator", password=PASSWORD, by="command line")
            desk.accounts.add("rita", display="Rita Recruiter", role="recruiter", password=PASSWORD, by="olga")
            desk.accounts.add("hanna", display="Hanna Manager", role="hiring_manager", password=PASSWORD, by="olga")
        starter = (ScreeningStarter if "--screen" in sys.argv else FakeStarter)(desk, pace=0.25)
        if isinstance(starter, ScreeningStarter):
            starter.home = home
        app = make_app(desk=desk, starter=starter, home=home, rubrics=load_rubric_library())
        uvicorn.run(app, host="127.0.0.1", port=int(words[1]) if len(words) > 1 else 8765, log_level="warning")


if __name__ == "__main__":
    main()
