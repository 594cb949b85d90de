from pipeline.brief import BriefText

BRIEF = BriefText.from_texts(
    [
        "Build a service that meters usage events and makes one invoice for each tenant and month.\n"
        "The limit protects the database; it is not a sold quota.",
        "def handle(event):\n    store.add(event)\n    return 201\n",
    ]
)


def test_text_of_the_brief_is_covered_whatever_its_case_and_line_breaks():
    assert BRIEF.covers("build a service that METERS usage events\nand makes one invoice for each tenant and month")


def test_sentence_that_quotes_and_reasons_is_not_covered():
    quoted = "The limit protects the database; it is not a sold quota, so each instance counts alone without Redis."
    assert not BRIEF.covers(quoted)


def test_short_text_must_stand_in_the_brief_as_a_whole():
    assert BRIEF.covers("a sold quota")
    assert not BRIEF.covers("a bought quota")
    assert not BRIEF.covers("database")


def test_code_is_compared_with_its_signs():
    assert BRIEF.covers("def handle(event):\n        store.add(event)", prose=False)
    assert not BRIEF.covers("def handle(event):\n    if store.seen(event): return 200", prose=False)
    assert BRIEF.has_line("  return   201")
    assert not BRIEF.has_line("return 409")


def test_without_a_brief_nothing_is_covered():
    nothing = BriefText.from_texts([])
    assert not nothing
    assert not nothing.covers("Build a service that meters usage events and makes invoices.")
