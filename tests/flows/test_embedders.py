"""Another embedder finds the evidence: an endpoint on this machine, asked once for each passage."""

import http.server
import json
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from flows.run_options import RunOptions
from flows.searching import search
from flows.wiring import read_scorecard
from pipeline.errors import ConfigurationError, JudgeError
from pipeline.settings import Settings
from tests.flows.conftest import ROLE, Run
from tests.flows.loopback import serving

SCORECARD = ROLE / "scorecard.yaml"
DIMENSION = 32


class Endpoint(NamedTuple):
    """Where it is, and every text that it was asked for."""

    url: str
    asked: list[str]


def embedding(text: str) -> list[float]:
    """Words, counted into a few places."""
    vector = [0.0] * DIMENSION
    for word in text.lower().split():
        vector[zlib.crc32(word.encode()) % DIMENSION] += 1.0
    return vector


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts = json.loads(self.rfile.read(int(self.headers["content-length"])))["input"]
            asked.extend(texts)
            rows = [{"object": "embedding", "index": n, "embedding": embedding(text)} for n, text in enumerate(texts)]
            body = json.dumps({"object": "list", "model": "words", "data": rows}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield Endpoint(f"http://127.0.0.1:{port}/v1", asked)


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """One candidate who handed in more than a question holds, and a short one."""
    for name in ("c02", "c07"):
        shutil.copytree(ROLE / "candidates" / name, tmp_path / "batch" / name)
    long = tmp_path / "batch" / "c02" / "resume.md"
    more = "\n\n".join(
        f"In year {n} I moved queue number {n} to another broker because retries were lost." for n in range(150)
    )
    long.write_text(f"{long.read_text(encoding='utf-8')}\n\n{more}\n", encoding="utf-8")
    return tmp_path / "batch"


def test_every_passage_is_asked_for_once_and_a_query_by_the_same_embedder(
    run: Run, batch: Path, tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a key")
    options = {"embedder": "openai:words", "embedder_base_url": endpoint.url}
    record = run(batch, SCORECARD, **options).record
    assert record.embedder == "openai-words"
    assert record.options["embedder"] == "openai:words"
    passages = [text for text in endpoint.asked if "queue number" in text]
    assert len(passages) == len(set(passages)) == 150

    first = (tmp_path / "out" / "shortlist.json").read_bytes()
    endpoint.asked.clear()
    run(batch, SCORECARD, out="again", **options)
    assert (tmp_path / "again" / "shortlist.json").read_bytes() == first
    assert [text for text in endpoint.asked if "queue number" in text] == []

    endpoint.asked.clear()
    found = search("queue number 77", read_scorecard(SCORECARD), settings=Settings(home=tmp_path / "home"), limit=3)
    assert endpoint.asked == ["queue number 77"]
    assert "queue number 77 " in found[0].passage.text


def test_an_embedder_that_is_away_ends_the_run_with_its_name(
    run: Run, batch: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a key")
    monkeypatch.setattr("pipeline.embeddings._OPENAI_RETRIES", 0)
    with pytest.raises(JudgeError, match="no embeddings of model 'words'"):
        run(batch, SCORECARD, embedder="openai:words", embedder_base_url="http://127.0.0.1:9/v1")


def test_an_unknown_embedder_names_the_known_ones(run: Run, batch: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"wordllama .* openai:MODEL"):
        run(batch, SCORECARD, embedder="words")


def test_an_address_without_an_embedder_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="--embedder openai:MODEL"):
        RunOptions(embedder_base_url="http://127.0.0.1:9/v1")
