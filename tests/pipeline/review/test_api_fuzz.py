"""Requests made from the API's own document, good ones and bad ones: no answer that the document does not promise."""

import copy
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import schemathesis
import uvicorn
from demo_shortlist import finished_run
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from starting import FakeStarter

from evaluators.rubric_library import load_rubric_library
from pipeline.desk.desk import Desk
from pipeline.review.api import openapi_document
from pipeline.review.app import make_app

CONFIG = {
    "seed": 7,
    # Unknown parameters of an address are let be, and the token is the tests' own.
    "generation": {
        "deterministic": True,
        "max-examples": 6,
        "allow-extra-parameters": False,
        "with-security-parameters": False,
    },
    "phases": {"coverage": {"enabled": True}, "stateful": {"enabled": False}},
    "checks": {
        # A request that is well formed may still not fit what is there: a run that is over, a label that nobody has.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404", "409"]},
    },
}


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


schema = schemathesis.openapi.from_dict(document(), config=SchemathesisConfig.from_dict(CONFIG))


creating = {"method": "POST", "path": "/api/v1/openings"}
bounded = settings(
    max_examples=6,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@schema.exclude(**creating).parametrize()
@bounded
def test_every_answer_is_one_that_the_document_promises(case: Any, served: Served) -> None:
    case.call_and_validate(base_url=served.address, headers={"Authorization": f"Bearer {served.token}"})


# Last: the names of what it makes are names that the others take for names of nothing.
@schema.include(**creating).parametrize()
@bounded
def test_so_is_every_answer_about_a_new_opening(case: Any, served: Served) -> None:
    case.call_and_validate(base_url=served.address, headers={"Authorization": f"Bearer {served.token}"})
