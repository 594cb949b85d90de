import pytest

from pipeline.candidates_csv import CandidateTable, match_rows, read_candidate_table, received_at

NAMES = {"anna": "anna.pdf", "bo": "bo", "Žofie Malá": "Žofie Malá"}


def table(text: str, encoding: str = "utf-8") -> CandidateTable:
    return read_candidate_table(text.encode(encoding))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("file,name,e-mail,channel,received\nanna.pdf,Anna Lind,Anna@Post.example,referral,2026-03-01\n", "utf-8"),
        (
            "\ufeffFile;Name;Email;Channel;Received\r\nanna.pdf;Anna Lind;anna@post.example;referral;2026-03-01\r\n",
            "utf-8",
        ),
        (
            "NAME\tCHANNEL\tFOLDER\tRECEIVED\tE-MAIL\nAnna Lind\treferral\tanna.pdf\t2026-03-01\tanna@post.example",
            "utf-8",
        ),
        ('file,name,email,channel,received\n"anna.pdf" , "Anna Lind",anna@post.example,referral,2026-03-01', "utf-16"),
    ],
)
def test_columns_in_any_order_delimiter_and_encoding_give_the_same_row(text: str, encoding: str) -> None:
    read = table(text, encoding)
    assert read.problems == ()
    (row,) = read.rows
    assert (row.key, row.name, row.email, row.channel, row.received) == (
        "anna.pdf",
        "Anna Lind",
        "anna@post.example",
        "referral",
        "2026-03-01",
    )


def test_a_spreadsheets_windows_encoding_keeps_accents() -> None:
    assert table("file;name\nbo;Bo Ågård\n", "cp1252").rows[0].name == "Bo Ågård"


def test_bad_rows_are_reported_with_line_and_cause_and_the_others_are_used() -> None:
    read = table(
        "file,name,email,received\n"
        "anna.pdf,Anna,not-an-address,2026-03-01\n"
        ",Nobody,a@b.example,2026-03-01\n"
        "\n"
        "bo,Bo,bo@post.example,last Tuesday\n"
        "cy,Lind, Cy,cy@post.example,2026-03-01\n"
        'dee,"Dee\nof two lines",dee@post.example,2026-03-02\n'
        "eve,Eve\n"
    )
    assert [(row.line, row.key) for row in read.rows] == [(2, "anna.pdf"), (5, "bo"), (7, "dee"), (9, "eve")]
    assert [problem.line for problem in read.problems] == [2, 3, 5, 6]
    assert read.rows[0].email is None
    assert read.rows[1].received is None
    assert read.rows[1].email == "bo@post.example"
    assert "quotes around a comma" in read.problems[3].cause


def test_columns_that_mean_nothing_here_are_named() -> None:
    (problem,) = table("file,chanel\nanna.pdf,referral\n").problems
    assert "'chanel'" in problem.cause


@pytest.mark.parametrize("text", ["", "\n\n", "name,email\nAnna,a@b.example\n"])
def test_a_useless_file_is_a_reported_problem_not_a_crash(text: str) -> None:
    read = table(text)
    assert len(read.problems) == 1
    assert read.rows == ()


@pytest.mark.parametrize("key", ["anna.pdf", "anna", "ANNA.PDF", "./anna.pdf", "candidates/anna.pdf", "x\\anna.pdf"])
def test_a_row_finds_its_file_however_it_is_spelled(key: str) -> None:
    matched, problems = match_rows(table(f"file,name\n{key},Anna\n"), NAMES)
    assert not problems
    assert set(matched) == {"anna"}


def test_a_decomposed_name_fits_its_composed_folder() -> None:
    matched, _ = match_rows(table("folder,name\nZ\u030cofie Mala\u0301/,Z\n"), NAMES)
    assert set(matched) == {"Žofie Malá"}


def test_rows_for_nobody_and_second_rows_are_reported() -> None:
    matched, problems = match_rows(table("file,name\nbo,Bo\nghost.pdf,Ghost\nbo,Other\n"), NAMES)
    assert matched["bo"].name == "Bo"
    assert [(problem.line, "ghost" in problem.cause) for problem in problems] == [(3, True), (4, False)]


def test_a_stem_of_two_files_is_ambiguous_and_their_names_are_not() -> None:
    names = {"anna.pdf": "anna.pdf", "anna.docx": "anna.docx"}
    _, problems = match_rows(table("file,name\nanna,Anna\n"), names)
    assert "fits" in problems[0].cause
    matched, problems = match_rows(table("file,name\nanna.docx,Anna\n"), names)
    assert set(matched) == {"anna.docx"}
    assert problems == ()


def test_dates_with_and_without_a_zone_can_be_compared() -> None:
    noon, evening = received_at("2026-03-01T12:00:00+02:00"), received_at("2026-03-01 11:00")
    assert noon is not None
    assert evening is not None
    assert noon < evening
    assert received_at("soon") is None


def test_a_huge_table_is_cut_or_refused_with_a_reason_and_read_whole_only_to_erase() -> None:
    many = "file,name\n" + "".join(f"p{n}.pdf,P\n" for n in range(20_005))
    read = table(many)
    assert len(read.rows) == 20_000
    assert "first 20,000 rows" in read.problems[0].cause
    assert len(read_candidate_table(many.encode(), whole=True).rows) == 20_005
    (problem,) = table("file,name\n" + "a,b\n" * 600_000).problems
    assert "at most 2 MB" in problem.cause


def test_rows_of_nobody_and_many_faults_are_told_in_a_few_lines() -> None:
    _, (problem,) = match_rows(table("file,name\n" + "".join(f"ghost{n},G\n" for n in range(900))), NAMES)
    assert problem.line == 2
    assert "900 rows name no file or folder" in problem.cause
    assert "897 more" in problem.cause
    faults = table("file,e-mail\n" + "bo,none\n" * 900).problems
    assert len(faults) == 51
    assert "850 more lines" in faults[-1].cause


@pytest.mark.parametrize(
    "text",
    [
        "file,name\nQuux One,Anna\n",
        "file,name\nQuux One,Anna\nQuux Two,Bo\n",
        "file,name\nanna.pdf,Q\nbo,Bo\nbo,Quux\n",
        "file,e-mail,received\nbo,Quux,Quux\n",
        "Quux,Anna\nQuux,Bo\n",
        "file,Quux\nbo,B\n",
    ],
)
def test_no_cause_for_the_blind_view_repeats_what_stands_in_the_table(text: str) -> None:
    read = table(text)
    told = [*read.problems, *match_rows(read, NAMES)[1]]
    assert told
    assert not any("Quux" in problem.without_names for problem in told)


def test_a_file_that_is_no_table_is_told_in_a_short_line_of_letters() -> None:
    (problem,) = read_candidate_table(b"%PDF-1.7 \x93\x8c" + bytes(range(256)) * 90).problems
    assert len(problem.cause) < 700
    assert problem.cause.isprintable()
