"""Schools go from beside degrees whatever stands above them, and what stands below a school's section is none."""

import pytest

from tests.pipeline.test_redaction import redacted


def text_of(resume: str) -> str:
    return "\n".join(block.text for block in redacted(resume))


@pytest.mark.parametrize(
    ("line", "school"),
    [
        ("Studies. BXE, programme design, 2013.", "BXE"),
        ("Ingeniero civil informático, UXACH, 2008.", "UXACH"),
        ("Ciência da Computação, UXSC, 2013 (incomplete, 80%)", "UXSC"),
        ("Before this I did nine years of COBOL at a paper mill. B.S., St. Veronica, 2007.", "Veronica"),
        ("BE (Computer), CXEP, 2010.", "CXEP"),
        ("NXNU, MSc cybernetics, 2014.", "NXNU"),
        ("UC Marlow, BS, 2016", "Marlow"),
        ("School: HXCC, A.A.S. 2000", "HXCC"),
        ("Ruby, Rails, PostgreSQL. Some Python. M.Sc. Industrial Engineering, Sharaf, 2008.", "Sharaf"),
        ("Evening study at technical school Jihlova, 2012-2015, finished.", "Jihlova"),
        ("PXG Tech, Coimbatore, BE 2017; TU Dramstadt, MSc 2019", "Dramstadt"),
    ],
)
def test_a_school_goes_from_beside_a_degree_in_any_section(line: str, school: str) -> None:
    text = text_of(f"Robin Averill\n\nBackend developer since 2010, mostly billing.\n\n{line}\n")
    assert school not in text
    assert "[SCHOOL]" in text


@pytest.mark.parametrize(
    "line",
    [
        "Python, PostgreSQL, 2013.",
        "School meals, 2014: 190 kitchens.",
        "Migrated Kafka to Redis, 2019.",
        "Finnish, English, Swedish since childhood.",
    ],
)
def test_what_stands_beside_a_year_alone_is_no_school(line: str) -> None:
    assert "[SCHOOL]" not in text_of(f"Robin Averill\n\nBackend developer, mostly billing.\n\n{line}\n")


@pytest.mark.parametrize("caption", ["YOUR JOB", "BEFORE", "JOB NOW", "Before", "Now", "WHAT I DID"])
def test_a_caption_ends_the_section_of_schools(caption: str) -> None:
    text = text_of(
        f"Robin Averill\n\nSTUDY\n\nBSc, Brno, 2012\n\n{caption}\n\nChildren with PKU: Tarvel plates since 2016."
    )
    assert "PKU: Tarvel plates" in text


def test_the_lines_of_one_school_section_stay_in_it() -> None:
    text = text_of(
        "Robin Averill\n\nEDUCATION\n\nCASTLETHORPE COLLEGE\n\nBSc Computing, 2012\n\nWexcombe Sixth Form, 2009"
    )
    assert "CASTLETHORPE" not in text
    assert "Wexcombe" not in text


@pytest.mark.parametrize(
    ("line", "telling"),
    [
        ("I studied informatics at TU Rietveld and finished in 2016.", "Rietveld"),
        ("I have a degree in mathematics from IES Fuentevieja.", "Fuentevieja"),
        ("Before that I graduated from Yenidere Anadolu Lisesi.", "Yenidere"),
        ("I studied law at Government College of Engineering, Sahyanagar and left.", "Sahyanagar"),
        ("Studied at École supérieure d'ingénieurs de Vaucreuse.", "Vaucreuse"),
        ("Studied at Università degli Studi di Pietramala.", "Pietramala"),
        ("Studium der Informatik an der FH Eichsberg.", "Eichsberg"),
        ("Informatics at Instituto Tecnológico de Peñalta.", "Peñalta"),
        ("Informatics at Uniwersytet Zawadowski.", "Zawadowski"),
        ("Informatics at Wyższa Szkoła Informatyki w Brzezince.", "Brzezin"),
    ],
)
def test_a_school_goes_from_a_sentence_about_studies(line: str, telling: str) -> None:
    text = text_of(f"Robin Averill\n\nBackend developer, mostly billing.\n\n{line}\n")
    assert telling not in text
    assert "[SCHOOL]" in text


@pytest.mark.parametrize(
    "line",
    [
        "Studied the failures at Boeing and wrote a summary.",
        "Studied papers from Google on Spanner.",
        "Master branch from GitHub Enterprise, master data from SAP.",
        "A degree of parallelism from Spark Structured Streaming.",
        "Graduated from Java 8 to Kotlin.",
        "Studied distributed systems at Work.",
    ],
)
def test_what_was_studied_at_no_school_stays(line: str) -> None:
    assert "[SCHOOL]" not in text_of(f"Robin Averill\n\nBackend developer, mostly billing.\n\n{line}\n")


@pytest.mark.parametrize("below", ["MSc Informatics, 2014", "2011 - 2014", "Bachelor of Science"])
def test_a_school_alone_on_its_line_is_told_by_the_line_below(below: str) -> None:
    text = text_of(f"Robin Averill\n\nBackend developer.\n\nEDUCATION\n\nOTH Regenhall\n{below}\n")
    assert "Regenhall" not in text
    assert below in text
