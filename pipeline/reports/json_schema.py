"""The published JSON Schema of `shortlist.json`; `python -m pipeline.reports.json_schema` writes it again."""

import json
from pathlib import Path

from pipeline.models.report import Report

SCHEMA_FILE = Path(__file__).parent / "schema" / "shortlist.schema.json"


def schema_text() -> str:
    """The schema that belongs to the models of today."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Report.model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.parent.mkdir(exist_ok=True)
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
