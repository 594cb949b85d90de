from hypothesis import given
from hypothesis import strategies as st

from pipeline.marked_text import MarkedText, joined
from pipeline.models.documents import RedactedSpan

PARTS = st.lists(
    st.one_of(
        st.text(alphabet="abc .\n", min_size=1, max_size=8),
        st.tuples(st.just("[NAME]"), st.text(alphabet="XYZ \n", min_size=1, max_size=6)),
    ),
    max_size=8,
)


def _marked(parts):
    text = visible = ""
    spans = []
    for part in parts:
        mark, original = part if isinstance(part, tuple) else (part, part)
        if isinstance(part, tuple):
            spans.append(
                RedactedSpan(
                    start=len(text),
                    end=len(text) + len(mark),
                    visible_start=len(visible),
                    visible_end=len(visible) + len(original),
                    mark="NAME",
                )
            )
        text += mark
        visible += original
    return MarkedText(text, visible, tuple(spans))


def _is_consistent(marked):
    """Outside the marks, text and visible text are the same characters."""
    position = visible = 0
    for span in marked.spans:
        assert marked.text[span.start : span.end] == "[NAME]"
        assert marked.text[position : span.start] == marked.visible[visible : span.visible_start]
        position, visible = span.end, span.visible_end
    assert marked.text[position:] == marked.visible[visible:]


@given(parts=PARTS, start=st.integers(0, 60), length=st.integers(0, 60))
def test_every_part_keeps_its_way_back(parts, start, length):
    marked = _marked(parts)
    low = min(start, len(marked.text))
    high = min(low + length, len(marked.text))
    part = marked.part(low, high)
    _is_consistent(part)
    assert part.text in marked.text
    assert part.visible in marked.visible


@given(parts=PARTS, more=PARTS)
def test_joining_and_folding_keep_the_way_back(parts, more):
    together = joined((_marked(parts), _marked(more)), separator="\n")
    _is_consistent(together)
    folded = together.folded()
    _is_consistent(folded)
    assert folded.text == " ".join(together.text.split())


def test_mark_is_never_cut_in_two():
    marked = _marked(["by ", ("[NAME]", "Ann"), " alone"])
    assert marked.part(0, 5).text == "by [NAME]"
    assert marked.part(5, 15).visible == "Ann alone"


def test_name_over_a_line_break_is_folded_in_the_visible_text():
    marked = _marked(["by\n", ("[NAME]", "Ann\nLee")])
    assert marked.folded().visible == "by Ann Lee"


def test_ranges_are_taken_out_and_the_rest_is_joined():
    marked = _marked(["One. ", ("[NAME]", "Ann"), " went. Three."])
    rest = marked.without([(5, 17)])
    assert (rest.text, rest.spans) == ("One. Three.", ())
    assert marked.without([(0, 4)]).visible == "Ann went. Three."
