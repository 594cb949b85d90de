from pipeline.duplicates import find_duplicates
from pipeline.models.reading import ReadingNote


def note(
    candidate: str, passages: str, *, email: str | None = "a@post.example", received: str | None = None
) -> ReadingNote:
    return ReadingNote(
        key=candidate,
        candidate=candidate,
        dossier_hash=candidate * 2,
        email=email,
        passages=tuple(passages),
        received=received,
        quarantined=(),
    )


def test_the_same_person_in_two_versions_is_ranked_once() -> None:
    (duplicate,) = find_duplicates(
        [note("old", "abcdef", received="2026-01-01"), note("new", "abxyzuvw", received="2026-02-01")]
    )
    assert (duplicate.candidate, duplicate.same_as) == ("old", "new")


def test_without_dates_the_order_of_files_does_not_decide() -> None:
    first, second = note("one", "abc"), note("two", "abc")
    assert find_duplicates([first, second]) == find_duplicates([second, first])


def test_somebody_elses_address_in_a_resume_sets_nobody_aside() -> None:
    thief, victim = note("thief", "uvwxyz", received="2026-03-01"), note("victim", "abcdef")
    assert find_duplicates([thief, victim]) == ()


def test_no_address_and_no_text_are_no_duplicates() -> None:
    assert find_duplicates([note("one", "abc", email=None), note("two", "abc", email=None)]) == ()
    assert find_duplicates([note("one", ""), note("two", "")]) == ()
