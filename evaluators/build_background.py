"""Make `background.json` from the calibration passages: `python -m evaluators.build_background`.

The texts are invented and none is a candidate's, so that the statistics are the same for every batch.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from evaluators.bm25 import BACKGROUND_PATH, measure_background

CALIBRATION = Path(__file__).parent.parent / "datasets" / "calibration"
# Named one by one: further training files must not move the evidence of every candidate.
FILES = ("gates", "hard", "mission", "resume", "takehome")


def calibration_texts(folder: Path = CALIBRATION) -> Iterator[str]:
    """The passages of the files, in file and line order."""
    for name in FILES:
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            yield str(json.loads(line)["text"])


def render_background() -> str:
    """The bytes of `background.json`."""
    background = measure_background(calibration_texts())
    return json.dumps(background.model_dump(mode="json"), ensure_ascii=False, indent=0, sort_keys=True) + "\n"


if __name__ == "__main__":
    BACKGROUND_PATH.write_text(render_background(), encoding="utf-8")
    sys.stdout.write(f"Wrote {BACKGROUND_PATH.name}.\n")
