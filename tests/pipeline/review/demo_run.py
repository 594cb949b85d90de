"""Screens the demo batch into a home and registers opening and run at its desk, to look at the manager's pages.

    python tests/pipeline/review/demo_run.py HOME [PORT] [--accounts] [--open]

The first start screens (some seconds), later ones only serve. With `--accounts`, the people of `serve.py` are there;
with `--open`, nothing is covered.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DEMO = ROOT / "datasets" / "demo"
TITLE = "Senior Backend Engineer, Locker Network"
PASSWORD = "correct horse battery"


def screened(home: Path, *, blind: bool = True, cover_levels: bool = True) -> str:
    """Screen the demo batch as a run of the desk.

    Returns:
        Id of the opening.
    """
    from flows.desk_screening import open_desk, screen_desk_run
    from pipeline.desk.places import batch_folder
    from pipeline.settings import Settings

    home.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=home)
    with open_desk(settings) as desk:
        opening = desk.openings.create(TITLE, by="local-operator", blind=blind, cover_levels=cover_levels)
        desk.scorecards.save(opening.id, (DEMO / "scorecard.yaml").read_text(encoding="utf-8"), by="local-operator")
        shutil.copytree(DEMO, batch_folder(home, opening.id), ignore=shutil.ignore_patterns("scorecard.yaml"))
        run = desk.runs.queue(opening.id, by="local-operator")
        end = screen_desk_run(run.id, desk=desk, settings=settings)
        if end.state != "done":
            raise SystemExit(end.detail)
        return opening.id


def main() -> None:
    """Screen if needed, then serve."""
    import uvicorn

    from evaluators.rubric_library import load_rubric_library
    from pipeline.desk.desk import Desk
    from pipeline.review.app import make_app

    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    home = Path(words[0])
    if not (home / "openings").is_dir():
        screened(home, blind="--open" not in sys.argv, cover_levels="--open" not in sys.argv)
    with Desk.open(home / "ledger.db") as desk:
        if "--accounts" in sys.argv and not desk.accounts.exist():
            desk.accounts.add("olga", display="Olga Operator", role="operator", password=PASSWORD, by="command line")
            desk.accounts.add("rita", display="Rita Recruiter", role="recruiter", password=PASSWORD, by="olga")
            desk.accounts.add("hanna", display="Hanna Manager", role="hiring_manager", password=PASSWORD, by="olga")
            for name in ("rita", "hanna"):
                desk.accounts.set_access(name, [one.id for one in desk.openings.all()], by="olga")
        app = make_app(desk=desk, starter=FakeStarter(desk), home=home, rubrics=load_rubric_library())
        uvicorn.run(app, host="127.0.0.1", port=int(words[1]) if len(words) > 1 else 8766, log_level="warning")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from tests.pipeline.review.starting import FakeStarter

    main()
