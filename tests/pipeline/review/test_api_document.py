"""The API's own document, and answers that keep to it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
from fastapi.testclient import TestClient

from pipeline.review.api import openapi_document
from tests.pipeline.review.api_parts import BASE, LOCKERS, problem


class TestTheDocument:
    def test_the_document_is_whole_and_names_every_endpoint_in_words(self, client: TestClient) -> None:
        document = client.get(f"{BASE}/openapi.json").json()
        assert document == json.loads(json.dumps(openapi_document()))
        assert document["openapi"].startswith("3.1")
        known = {tag["name"] for tag in document["tags"]}
        for path, item in document["paths"].items():
            assert path.startswith(BASE)
            for told in item.values():
                assert told["tags"][0] in known
                assert told["description"]
                named = {one["name"] for one in told["parameters"] if one["in"] == "path"}
                assert named == set(re.findall(r"{(\w+)}", path))
                for status, answer in told["responses"].items():
                    if status >= "400":
                        assert list(answer["content"]) == ["application/problem+json"]
        assert "HTTPValidationError" not in json.dumps(document)
        unresolved = {ref for ref in _refs(document) if ref.rpartition("/")[2] not in document["components"]["schemas"]}
        assert unresolved == set()

    def test_examples_are_bodies_that_are_taken(self) -> None:
        schemas = openapi_document()["components"]["schemas"]
        given = {name: schema["examples"] for name, schema in schemas.items() if "examples" in schema}
        assert len(given) >= 5
        for name, examples in given.items():
            for example in examples:
                jsonschema.validate(example, {**schemas[name], "components": {"schemas": schemas}})

    def test_the_guide_names_addresses_and_statuses_that_there_are(self) -> None:
        guide = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
        document = openapi_document()
        known = {re.sub(r"{\w+}", "X", path) for path in document["paths"]}
        named = {
            re.sub(r"dispatch|\$run|candidate-\d+", "X", f"{BASE}{path}")
            for path in re.findall(r"\$SHORTLIST(/[\w/$-]+)", guide)
        }
        assert len(named) >= 9
        assert named <= known
        statuses = set(re.findall(r"^\| (\d+) \|", guide, re.MULTILINE))
        told = {status for item in document["paths"].values() for one in item.values() for status in one["responses"]}
        assert {status for status in told if status >= "400"} | {"405"} == statuses

    def test_the_page_shows_every_endpoint_and_loads_nothing_from_elsewhere(self, client: TestClient) -> None:
        page = client.get("/api/docs")
        assert page.status_code == 200
        for path in openapi_document()["paths"]:
            assert path in page.text
        assert not re.search(r'(?:src|href|action)="(?!/|#|\?)', page.text)
        assert "default-src 'none'" in page.headers["content-security-policy"]

    def test_the_page_is_shown_to_whoever_is_not_signed_in(self, people: dict[str, str], client: TestClient) -> None:
        assert client.get("/api/docs").status_code == 200
        assert client.get(f"{BASE}/openapi.json").status_code == 200

    def test_another_method_is_answered_with_those_that_there_are(self, client: TestClient) -> None:
        answer = client.delete(f"{LOCKERS}/scorecard")
        assert "GET, PUT" in problem(answer, 405)
        assert answer.headers["allow"] == "GET, PUT"
        problem(client.get(f"{BASE}/nothing"), 404)

    def test_what_cannot_be_read_is_told_by_field_and_not_repeated(self, client: TestClient) -> None:
        for body in (b'{"title": "\\ud800 secret"}', b'{"title": 5, "secret": 1}', b"{", b"[]"):
            answer = client.post(f"{BASE}/openings", content=body, headers={"content-type": "application/json"})
            told = problem(answer, 422)
            assert answer.json()["errors"]
            assert 'secret"' not in told
        unreadable = {"content": b"\xff", "headers": {"content-type": "application/json"}}
        problem(client.post(f"{BASE}/openings", **unreadable), 400)  # type: ignore[arg-type]  # httpx's own
        pieces = (b" " * 100_000 for _ in range(11))
        problem(client.post(f"{BASE}/openings", content=pieces, headers={"content-type": "application/json"}), 413)
        big = client.post(f"{BASE}/openings", json={"title": "x" * 1_100_000})
        problem(big, 413)


def _refs(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(found := node.get("$ref"), str):
            yield found
        for value in node.values():
            yield from _refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _refs(value)
