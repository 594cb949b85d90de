"""What docs/running.md and prefect.yaml say can be used as it stands."""

import importlib
import re
from pathlib import Path

import pytest
import yaml

from flows.desk_screening import run_options
from flows.schedules import DESK_RUN, POOL
from flows.serving import check_schedule
from pipeline.settings import Settings, load_settings
from pipeline.settings_up import UpSettings, load_up_settings

ROOT = Path(__file__).parents[2]


def test_the_settings_file_of_the_documentation_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "running.md").read_text(encoding="utf-8"), re.S)
    (tmp_path / "shortlist.toml").write_text(example, encoding="utf-8")
    for name in [*Settings.model_fields, *(f"up_{field}" for field in UpSettings.model_fields)]:
        monkeypatch.delenv(f"SHORTLIST_{name.upper()}", raising=False)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("SHORTLIST_CONFIG", str(tmp_path / "shortlist.toml"))
    assert load_settings().home == Path("/srv/shortlist")
    up = load_up_settings()
    assert up.reached_as == {"hiring.example.org"}
    assert run_options(up.run).judge == "evidence"
    assert set(up.inboxes) == {"billing-reliability"}
    named = set(re.findall(r"^#? ?(\w+) = ", example, re.M)) | {"inboxes", "run"}
    assert set(UpSettings.model_fields) <= named, "a setting is missing from the documentation"


def test_the_deployments_of_prefect_yaml_are_flows_of_the_pool() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    assert {one["name"] for one in deployments} == {"screening", "prescreening", DESK_RUN}
    for one in deployments:
        module, _, name = one["entrypoint"].rpartition(".")
        flow = getattr(importlib.import_module(module), name)
        assert flow.name == one["name"]
        assert one["work_pool"]["name"] == POOL
        for schedule in one.get("schedules", ()):
            check_schedule(schedule["cron"], schedule["timezone"])
