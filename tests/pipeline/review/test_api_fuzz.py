"""Requests made from the API's own document, good ones and bad ones: no answer that the document does not promise."""

import copy
import json
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn

from evaluators.rubric_library import load_rubric_library
from pipeline.desk.desk import Desk
from pipeline.review.api import openapi_document
from pipeline.review.app import make_app
from tests.pipeline.review.demo_shortlist import finished_run
from tests.pipeline.review.starting import FakeStarter

CONFIG = """
seed = 7
[generation]
deterministic = true
max-examples = 6
no-shrink = true
# Unknown parameters of an address are let be, and the token is the tests' own.
allow-extra-parameters = false
with-security-parameters = false
[phases]
stateful.enabled = false
[checks]
# A request that is well formed may still not fit what is there: a run that is over, a criterion that nobody has.
positive_data_acceptance.expected-statuses = ["2xx", "400", "404", "409"]
"""
CREATING = "POST /api/v1/openings"
RUN = "20261125t120000-0a1b2c3d"
LABELS = ("candidate-01", "candidate-02")


class Served(NamedTuple):
    """A served app with a finished run."""

    address: str
    token: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    with Desk.open(home / "ledger.db") as desk:
        finished_run(desk, home, tmp_path_factory.mktemp("vault"), cover_levels=False)
        name_run(home / "ledger.db")
        desk.accounts.add("olga", display="Olga", role="operator", password="correct horse battery", by="command line")
        token = desk.tokens.make("olga", label="fuzz", by="olga").token
        app = make_app(
            desk=desk,
            starter=FakeStarter(desk),
            home=home,
            rubrics=load_rubric_library(),
            max_upload_bytes=2_000_000,
            max_upload_files=50,
        )
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.02)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield Served(f"http://127.0.0.1:{port}", token)
        finally:
            server.should_exit = True
            thread.join()


def name_run(ledger: Path) -> None:
    """Give the run the id that the requests name; the desk makes one up."""
    raw = sqlite3.connect(ledger)
    assert raw.execute("UPDATE desk_runs SET id = ?", (RUN,)).rowcount == 1
    raw.commit()
    raw.close()


def document() -> dict[str, Any]:
    """The API's document, with the names of what there is."""
    told = copy.deepcopy(dict(openapi_document()))
    # Here there is an account, so a token is asked for.
    told["security"] = [{"token": []}]
    known = {"opening": ["lockers"], "run": [RUN], "label": list(LABELS)}
    for item in told["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["schema"] = {"type": "string", "enum": known[parameter["name"]]}
    for schema in told["components"]["schemas"].values():
        if schema.get("title", "").startswith(("New", "Opened", "Revealing")) and "run" in schema["properties"]:
            schema["properties"]["run"] = {"type": "string", "enum": [RUN]}
    # Whatever folder is named is copied, and this user may name any.
    told["components"]["schemas"]["Import"]["properties"]["place"] = {
        "type": "string",
        "enum": ["/nothing/here", "s3:"],
    }
    return told


def held_to(told: dict[str, Any], served: Served, folder: Path, *chosen: str) -> None:
    """Let schemathesis, as a program of its own, make requests and look at the answers."""
    (folder / "openapi.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "schemathesis.toml").write_text(CONFIG, encoding="utf-8")
    said = subprocess.run(
        [
            *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
            *("--config-file=schemathesis.toml", "run", "openapi.json", f"--url={served.address}", "--no-color"),
            *(f"--header=Authorization: Bearer {served.token}", "--continue-on-failure", *chosen),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    # What was left out would not be noticed otherwise.
    assert re.search(r"API Operations:\n\s+Selected: (\d+)/\d+\n\s+Tested: \1\n", said.stdout), said.stdout


def test_every_answer_is_one_that_the_document_promises(served: Served, tmp_path: Path) -> None:
    held_to(document(), served, tmp_path, f"--exclude-name={CREATING}")
    # Last: the names of what it makes are names that the others take for names of nothing.
    held_to(document(), served, tmp_path, f"--include-name={CREATING}")


def test_an_answer_that_the_document_does_not_promise_is_found(served: Served, tmp_path: Path) -> None:
    told = document()
    told["components"]["schemas"]["Me"]["properties"]["name"] = {"type": "integer"}
    with pytest.raises(AssertionError, match="Response violates schema"):
        held_to(told, served, tmp_path, "--include-path=/api/v1/me")
