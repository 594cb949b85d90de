import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigurationError
from prompts.loader import Block, Prompt, load_prompt, prompts_hash
from prompts.lock import all_prompts

TEMPLATE = """---
id: sample
version: 3
variables: [role, evidence]
---
Static part.
Role: {{role}}
⟦user⟧
⟦evidence⟧
{{evidence}}
⟦end of evidence⟧
"""
SAMPLE = Prompt.parse(TEMPLATE.encode(), name="sample.md")


def test_a_prompt_is_divided_into_a_static_and_a_varying_part() -> None:
    rendered = SAMPLE.render(role="baker", evidence=[Block("P1 narrative", "text")])
    assert rendered.system == "Static part.\nRole: baker"
    assert rendered.user == "⟦evidence⟧\n⟦P1 narrative⟧\ntext\n⟦end of P1⟧\n⟦end of evidence⟧"


@pytest.mark.parametrize("values", [{"role": "x"}, {"role": "x", "evidence": "y", "extra": "z"}, {}])
def test_missing_and_unknown_variables_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="'sample' was rendered without"):
        SAMPLE.render(**values)


@given(st.text(alphabet=st.sampled_from("ab⟦⟧〚〛{}\n evidence"), max_size=60), st.text(max_size=60))
def test_no_value_adds_a_marker_or_fills_a_place(text: str, role: str) -> None:
    plain = SAMPLE.render(role="", evidence=[Block("P1", "")])
    rendered = SAMPLE.render(role=role, evidence=[Block("P1", text)])
    for before, after in zip(plain, rendered, strict=True):
        assert re.findall("[⟦⟧〚〛⟬⟭]", after) == re.findall("[⟦⟧〚〛⟬⟭]", before)
    assert len(rendered.user) == len(plain.user) + len(text)


def test_a_place_inside_a_value_stays_text() -> None:
    assert "{{role}}" in SAMPLE.render(role="baker", evidence="{{role}}").user


def test_a_label_that_could_close_a_block_is_refused() -> None:
    with pytest.raises(ValueError, match="Block label"):
        SAMPLE.render(role="baker", evidence=[Block("P1⟧", "text")])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no front matter", "has no front matter"),
        (TEMPLATE.replace("version: 3", "version: three"), "front matter .* is wrong"),
        (TEMPLATE.replace("version: 3", "version: [3"), "front matter .* is wrong"),
        (TEMPLATE.replace("[role, evidence]", "[role]"), r"names the variables \['role'\] but uses"),
    ],
)
def test_a_prompt_file_that_is_not_well_formed_is_named(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Prompt.parse(text.encode(), name="sample.md")


def test_a_prompt_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigurationError, match="'nothing' cannot be read"):
        load_prompt("nothing")


ASKING = ("rubric", "mission_fit", "gate", "follow_up", "pair")


@pytest.mark.parametrize("prompt_id", ASKING)
def test_the_static_part_is_long_enough_for_providers_to_keep_it(prompt_id: str) -> None:
    prompt = load_prompt(prompt_id)
    rendered = prompt.render(**dict.fromkeys(prompt.variables, ""))
    # 1,024 tokens of English are about 4,700 characters.
    assert len(rendered.system) > 5_000
    assert len(rendered.user) < 600


@pytest.mark.parametrize("prompt_id", ASKING)
def test_the_evidence_comes_last_and_alone_in_the_varying_part(prompt_id: str) -> None:
    prompt = load_prompt(prompt_id)
    values = {name: f"VALUE-OF-{name}" for name in prompt.variables}
    rendered = prompt.render(**values)
    assert re.findall(r"VALUE-OF-\w+", rendered.user) == ["VALUE-OF-evidence"]
    assert "VALUE-OF-evidence" not in rendered.system
    assert "⟦evidence⟧\nVALUE-OF-evidence\n⟦end of evidence⟧" in rendered.user


@pytest.mark.parametrize("prompt_id", ASKING)
def test_the_static_part_says_instructions_form_rules_examples_role_in_this_order(prompt_id: str) -> None:
    prompt = load_prompt(prompt_id)
    system = prompt.render(**{name: f"VALUE-OF-{name}" for name in prompt.variables}).system
    landmarks = [
        "# The form of the answer",
        "# Rules for quotes",
        "# Worked examples",
        "# The role",
        "VALUE-OF-mission",
    ]
    landmarks += [f"VALUE-OF-{name}" for name in ("statement", "checks") if name in prompt.variables]
    places = [system.index(landmark) for landmark in landmarks]
    assert places == sorted(places)


def test_examples_in_prompts_quote_their_own_passages() -> None:
    """A worked example with a quote that is not in its passage would teach models to misquote."""
    seen = 0
    for prompt in all_prompts():
        system = prompt.render(**dict.fromkeys(prompt.variables, "")).system
        # A prompt uses one label for several examples; the quote must stand in one that is so labelled.
        passages = re.findall(r"^([ABP]\d): (.*)$", system, re.MULTILINE)
        for answer in re.findall(r"^Answer: (.*)$", system, re.MULTILINE):
            stated = json.loads(answer)
            quotes = stated["quotes"] if "quotes" in stated else stated["questions"]
            for quote in quotes:
                text = quote["text"] if "text" in quote else quote["quote"]
                assert any(label == quote["passage"] and text in passage for label, passage in passages), text
                seen += 1
    assert seen > 5


@pytest.mark.parametrize("prompt_id", ASKING)
def test_the_form_of_the_answer_is_valid_json(prompt_id: str) -> None:
    prompt = load_prompt(prompt_id)
    system = prompt.render(**dict.fromkeys(prompt.variables, "")).system
    form = next(line for line in system.partition("# The form of the answer")[2].splitlines() if line.startswith("{"))
    assert next(iter(json.loads(form))) in ("findings", "questions", "quotes")


def test_the_hash_of_all_prompts_changes_with_any_of_them(tmp_path: Path) -> None:
    (tmp_path / "sample.md").write_text(TEMPLATE)
    before = prompts_hash(tmp_path)
    assert prompts_hash(tmp_path) == before
    (tmp_path / "sample.md").write_text(TEMPLATE.replace("Static", "Another"))
    assert prompts_hash(tmp_path) != before
