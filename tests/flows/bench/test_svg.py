import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from flows.bench.page_words import number, plain
from flows.bench.plots import Row, bars, reach_of
from flows.bench.svg import Box, Labels, Scale, drawing, label_width, short, text


@given(st.floats(-150, 150), st.floats(-150, 150), st.booleans())
def test_a_greater_value_never_lies_before_a_smaller_one_or_outside_the_axis(a: float, b: float, rooted: bool) -> None:
    scale = Scale(-30, 30, 10, 350, rooted=rooted)
    low, high = sorted((a, b))
    assert 10 <= scale.at(low) <= scale.at(high) <= 350


def test_a_rooted_axis_gives_small_moves_more_room() -> None:
    plain_scale, rooted = Scale(-25, 25, 0, 100), Scale(-25, 25, 0, 100, rooted=True)
    assert (rooted.at(-25), rooted.at(0), rooted.at(25)) == (0, 50, 100)
    assert rooted.at(1) == 60
    assert plain_scale.at(1) == 52


@given(st.lists(st.tuples(st.floats(20, 280), st.floats(20, 280)), max_size=25))
def test_labels_overlap_neither_each_other_nor_what_was_there(points: list[tuple[float, float]]) -> None:
    taken = [Box(x - 4, y - 4, x + 4, y + 4) for x, y in points]
    labels = Labels(Box(0, 0, 300, 300), taken)
    placed = [one for x, y in points if (one := labels.place(x, y, "c01"))]
    boxes = []
    for one in placed:
        element = ET.fromstring(one)
        left, base = float(element.get("x", "")), float(element.get("y", ""))
        boxes.append(Box(left + 0.1, base - 8, left + label_width("c01") - 0.1, base + 1))
    for n, box in enumerate(boxes):
        assert not any(box.meets(other) for other in [*boxes[:n], *taken])


def test_a_lonely_point_gets_its_label() -> None:
    assert "c01" in Labels(Box(0, 0, 300, 300), []).place(150, 150, "c01")


@given(st.text(max_size=60))
def test_whatever_stands_in_a_drawing_it_is_well_formed(content: str) -> None:
    made = drawing([text(1, 2, content)], height=10, id="x", title=content, description=content)
    root = ET.fromstring(made)
    assert root.tag == "svg"
    assert len(root) == 3


def test_long_labels_are_cut() -> None:
    assert short("testing and operability", 60) == "testing a…"
    assert short("short", 60) == "short"


def test_a_bar_below_zero_reaches_to_the_left() -> None:
    made = bars([Row("a", -0.5, None, None, "-0.50"), Row("b", 0.5, None, None, "0.50")], low=-1, id="x", title="t")
    first, second = (float(bar.get("x", "")) for bar in ET.fromstring(made).iter("rect"))
    assert first < second


def test_an_axis_of_moves_without_moves_has_a_width() -> None:
    assert reach_of([]) > 0


def test_numbers_are_written_by_unit_and_never_rounded_to_a_perfect_share() -> None:
    assert number(0.8123, "share") == "81%"
    assert number(0.996, "share") == "99.6%"
    assert number(0.004, "share") == "0.4%"
    assert number(1.0, "share") == "100%"
    assert number(1234.5, "tokens") == "1,234"
    assert number(0.00123, "USD") == "0.0012"
    assert number(-0.001, "") == "0.00"
    assert number(0.7049, "", fine=True) == "0.705"


def test_identifiers_become_words_and_codes_stay() -> None:
    assert plain("data_and_api_design") == "Data and API design"
    assert plain("de_DE") == "de_DE"
    assert plain("") == ""
