import io
import os
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline import intake, intake_candidates
from pipeline.documents.reading import DocumentReader
from pipeline.errors import ConfigurationError, SubmissionError
from pipeline.intake import open_batch
from pipeline.intake_tree import disk_folder
from pipeline.models.submissions import Batch
from pipeline.vault import Vault


class Extracted(NamedTuple):
    name: str
    content: bytes


class Left(NamedTuple):
    name: str
    reason: str


class Opened(NamedTuple):
    members: tuple[Extracted, ...]
    skipped: tuple[Left, ...]


class PlainReader:
    """Unpacks in this process; the limited child has its own tests."""

    def unpack(self, name: str, content: bytes) -> Opened:
        try:
            if name.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    members = [(member.filename, archive.read(member)) for member in archive.infolist()]
            else:
                with tarfile.open(fileobj=io.BytesIO(content)) as tar:
                    members = [(m.name, f.read()) for m in tar if (f := tar.extractfile(m)) is not None]
        except (zipfile.BadZipFile, tarfile.TarError) as error:
            raise SubmissionError("corrupt", "The archive cannot be opened. Ask for it again.") from error
        huge = tuple(Left(path, "too large") for path, body in members if body == b"huge")
        return Opened(tuple(Extracted(*member) for member in members if member[1] != b"huge"), huge)


def zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


class Desk:
    """A folder to lay batches out in, and a vault beside it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.vault = Vault(root / "vault")

    def lay(self, files: Mapping[str, bytes], name: str = "batch") -> Path:
        batch = self.root / name
        batch.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            target = batch / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return batch

    def pack(self, files: Mapping[str, bytes], name: str = "batch.zip") -> Path:
        path = self.root / name
        path.write_bytes(zipped(files))
        return path

    def open(self, path: Path) -> Batch:
        return open_batch(path, vault=self.vault, reader=PlainReader())

    def batch(self, files: Mapping[str, bytes]) -> Batch:
        return self.open(self.lay(files))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def roles(batch: Batch, candidate: str) -> dict[str, str]:
    (submission,) = [s for s in batch.submissions if s.candidate == candidate]
    return {file.name: file.role for file in submission.files}


def unused(batch: Batch) -> dict[str, str]:
    return {"/".join(filter(None, (row.candidate, row.file))): row.reason for row in batch.unused}


ANNA = {
    "anna/resume.pdf": b"%PDF anna",
    "anna/cover-letter.md": b"Dear team",
    "anna/takehome/README.md": b"# Lockers",
    "anna/takehome/src/main.go": b"package main",
}


def test_folders_and_loose_files_are_candidates_side_by_side(desk: Desk) -> None:
    batch = desk.batch({**ANNA, "bo.docx": b"bo", "Žofie Malá.txt": b"zofie"})
    assert [submission.candidate for submission in batch.submissions] == ["anna", "bo", "Žofie Malá"]
    assert roles(batch, "anna") == {
        "resume.pdf": "resume",
        "cover-letter.md": "cover",
        "takehome/README.md": "takehome",
        "takehome/src/main.go": "takehome",
    }
    assert roles(batch, "bo") == {"bo.docx": "resume"}
    assert batch.unused == batch.quarantined == batch.duplicates == batch.notices == ()


def test_the_bytes_lie_in_the_vault_under_their_hash(desk: Desk) -> None:
    batch = desk.batch(ANNA)
    for file in batch.submissions[0].files:
        content = ANNA[f"anna/{file.name}"]
        assert desk.vault.read(file.sha256) == content
        assert file.size == len(content)


def test_a_zip_gives_the_same_batch_as_its_folder_also_with_one_folder_around_it(desk: Desk) -> None:
    files = {**ANNA, "bo.docx": b"bo", "candidates.csv": b"file,name\nbo,Bo\n", "brief.md": b"Build lockers"}
    folder = desk.batch(files)
    noise = {"__MACOSX/batch/._bo.docx": b"x", ".DS_Store": b"x", "batch/Thumbs.db": b"x"}
    assert desk.open(desk.pack(files)) == folder
    assert desk.open(desk.pack({**noise, **{f"batch/{name}": content for name, content in files.items()}})) == folder
    assert desk.open(desk.pack({name.replace("/", "\\"): content for name, content in files.items()})) == folder
    assert desk.open(desk.lay({f"x/{name}": content for name, content in files.items()}, "wrapped")) == folder


@pytest.mark.parametrize(
    "takehome",
    [
        {"anna/takehome.zip": zipped({"README.md": b"# L", "src/a.go": b"package a"})},
        {"anna/lockers-main.tar.gz": tarred({"lockers-main/README.md": b"# L", "lockers-main/src/a.go": b"package a"})},
        {"anna/solution.tgz": tarred({"x/y/README.md": b"# L", "x/y/src/a.go": b"package a"})},
        {"anna/Take-Home/README.md": b"# L", "anna/Take-Home/src/a.go": b"package a"},
        {"anna/submission/README.md": b"# L", "anna/submission/src/a.go": b"package a"},
        {"anna/ASSIGNMENT/work.zip": zipped({"work/README.md": b"# L", "work/src/a.go": b"package a"})},
    ],
)
def test_a_takehome_comes_as_folder_or_archive_with_or_without_a_folder_around_it(
    desk: Desk, takehome: dict[str, bytes]
) -> None:
    batch = desk.batch({"anna/resume.md": b"Anna", **takehome})
    paths = [name for name, role in roles(batch, "anna").items() if role == "takehome"]
    assert [path.partition("README.md")[1] or path[-8:] for path in paths] == ["README.md", "src/a.go"]
    assert batch.unused == ()


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["resume.docx", "resume.pdf", "cv.pdf"], "resume.pdf"),
        (["cv.pdf", "resume.md"], "resume.md"),
        (["cv.txt", "cv.docx"], "cv.docx"),
        (["Résumé Anna.pdf", "notes.md"], "Résumé Anna.pdf"),
        (["anna_cv_2026.pdf", "portfolio.pdf"], "anna_cv_2026.pdf"),
        (["cover.pdf", "anna lind.pdf"], "anna lind.pdf"),
        (["cvetana.docx", "cv.html"], "cv.html"),
        (["Lebenslauf.odt"], "Lebenslauf.odt"),
    ],
)
def test_the_resume_is_chosen_by_name_and_then_by_format(desk: Desk, names: list[str], chosen: str) -> None:
    batch = desk.batch({"bo.md": b"Bo", **{f"anna/{name}": name.encode() for name in names}})
    assert [name for name, role in roles(batch, "anna").items() if role == "resume"] == [chosen]


def test_a_second_resume_is_listed(desk: Desk) -> None:
    batch = desk.batch({"anna/resume.pdf": b"new", "anna/cv.pdf": b"old"})
    assert unused(batch) == {"anna/cv.pdf": intake_candidates.SECOND_RESUME}


def test_two_documents_without_a_telling_name_are_not_guessed_at(desk: Desk) -> None:
    batch = desk.batch({"anna/one.pdf": b"1", "anna/two.pdf": b"2", "anna/takehome/a.py": b"x = 1"})
    (row,) = batch.quarantined
    assert (row.candidate, row.code, row.role) == ("anna", "missing_resume", "resume")
    assert roles(batch, "anna") == {"takehome/a.py": "takehome"}
    assert set(unused(batch)) == {"anna/one.pdf", "anna/two.pdf"}


def test_a_candidate_without_any_file_is_listed_not_lost(desk: Desk) -> None:
    batch_path = desk.lay({"bo.md": b"bo"})
    (batch_path / "empty").mkdir()
    batch = desk.open(batch_path)
    assert [(s.candidate, len(s.files)) for s in batch.submissions] == [("bo", 1), ("empty", 0)]
    assert [(row.candidate, row.code) for row in batch.quarantined] == [("empty", "missing_resume")]


def test_a_damaged_archive_is_quarantined_and_the_resume_goes_on(desk: Desk) -> None:
    batch = desk.batch({"anna/resume.md": b"Anna", "anna/takehome.zip": b"PK no zip"})
    assert roles(batch, "anna") == {"resume.md": "resume"}
    (row,) = batch.quarantined
    assert (row.file, row.code, row.role) == ("takehome.zip", "corrupt", "takehome")


def test_what_the_archive_reader_leaves_is_listed(desk: Desk) -> None:
    batch = desk.batch({"anna/resume.md": b"A", "anna/t.zip": zipped({"README.md": b"# L", "dump.md": b"huge"})})
    assert unused(batch) == {"anna/t.zip/dump.md": "too large"}


def test_an_archive_that_lies_loose_is_a_candidates_folder(desk: Desk) -> None:
    inside = {"anna/cv.md": b"Anna", "anna/takehome/a.py": b"x = 1"}
    batch = desk.batch(
        {"anna.zip": zipped(inside), "bo.tar.gz": tarred({"main.go": b"package a", "b.md": b"", "c.md": b"c"})}
    )
    assert roles(batch, "anna") == {"cv.md": "resume", "takehome/a.py": "takehome"}
    assert [row.code for row in batch.quarantined if row.candidate == "anna"] == []


def test_empty_and_huge_resumes_are_quarantined_without_being_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    # Patched because a real file of this size would make the test slow.
    monkeypatch.setattr(intake, "MAX_FILE_BYTES", 10)
    batch = desk.batch({"anna.pdf": b"", "bo.pdf": b"x" * 11, "cy.pdf": b"x"})
    assert [(row.candidate, row.code) for row in batch.quarantined] == [("anna", "empty"), ("bo", "too_large")]
    assert {s.candidate: len(s.files) for s in batch.submissions} == {"anna": 0, "bo": 0, "cy": 1}


def test_briefs_and_starter_are_not_the_candidates(desk: Desk) -> None:
    batch = desk.batch(
        {**ANNA, "brief.md": b"Build", "starter/app.py": b"x = 1", "starter/.git/HEAD": b"x", "starter/logo.png": b"p"}
    )
    assert [(file.name, file.role) for file in batch.brief_files] == [
        ("brief.md", "brief"),
        ("starter/app.py", "starter"),
    ]
    assert set(unused(batch)) == {"starter/.git/", "starter/logo.png"}
    assert [submission.candidate for submission in batch.submissions] == ["anna"]


def test_the_answers_of_a_benchmark_are_never_read(desk: Desk) -> None:
    secret = {
        "gold/levels.csv": b"secret",
        "variants/v1/resume.md": b"secret",
        "variants.yaml": b"secret",
        "scorecard.yaml": b"secret",
        "candidates/c01/meta.yaml": b"secret",
    }
    batch = desk.batch({**secret, "candidates/c01/resume.md": b"Anna", "candidates/c02/resume.md": b"Bo"})
    assert [submission.candidate for submission in batch.submissions] == ["c01", "c02"]
    assert {path.name for path in desk.vault.root.iterdir()} == {s.files[0].sha256 for s in batch.submissions}
    assert set(unused(batch)) == {"gold/", "variants/", "variants.yaml", "scorecard.yaml", "c01/meta.yaml"}


def test_meta_yaml_is_not_taken_for_a_loose_or_only_file(desk: Desk) -> None:
    batch = desk.batch({"c01/meta.yaml": b"secret", "c02/resume.md": b"Bo"})
    assert roles(batch, "c01") == {}
    assert "c01/meta.yaml" in unused(batch)


def test_candidates_csv_gives_name_email_channel_and_date(desk: Desk) -> None:
    table = b"file;name;e-mail;channel;received\nanna;Anna Lind;a@post.example;referral;2026-03-01\nghost.pdf;G;;;\n"
    batch = desk.batch({**ANNA, "candidates.csv": table})
    (anna,) = batch.submissions
    assert (anna.name, anna.email, anna.channel, anna.received) == (
        "Anna Lind",
        "a@post.example",
        "referral",
        "2026-03-01",
    )
    assert "candidates.csv, line 3" in unused(batch)
    assert "ghost.pdf" in unused(batch)["candidates.csv, line 3"]


def test_the_same_resume_twice_is_one_candidate_the_newest(desk: Desk) -> None:
    table = b"file,received\nold.pdf,2026-03-01\nnew.pdf,2026-03-02\n"
    batch = desk.batch({"old.pdf": b"same", "new.pdf": b"same", "other.pdf": b"x", "candidates.csv": table})
    assert [submission.candidate for submission in batch.submissions] == ["new", "other"]
    (row,) = batch.duplicates
    assert (row.candidate, row.same_as) == ("old", "new")
    assert "same bytes" in row.reason


def test_a_duplicate_names_what_is_not_read_of_it(desk: Desk) -> None:
    batch = desk.batch({"anna/resume.pdf": b"same", "anna/takehome/a.py": b"x = 1", "anna-2.pdf": b"same"})
    (row,) = batch.duplicates
    assert (row.candidate == "anna") == ("takehome/a.py" in row.reason)


def test_one_person_over_several_files_is_one_candidate_even_in_a_chain(desk: Desk) -> None:
    table = b"file,email,received\na,x@p.example,2026-01-01\nb,x@p.example,2026-01-03\nc,,2026-01-02\n"
    batch = desk.batch({"a.md": b"one", "b.md": b"two", "c.md": b"one", "candidates.csv": table})
    assert [submission.candidate for submission in batch.submissions] == ["b"]
    assert [(row.candidate, row.same_as) for row in batch.duplicates] == [("a", "b"), ("c", "b")]


def test_without_dates_renaming_does_not_change_who_is_kept(desk: Desk) -> None:
    one = desk.open(desk.lay({"a/cv.md": b"same", "a/takehome/x.py": b"x = 1", "b/cv.md": b"same"}, "one"))
    two = desk.open(desk.lay({"z/cv.md": b"same", "z/takehome/x.py": b"x = 1", "b/cv.md": b"same"}, "two"))
    assert [len(s.files) for s in one.submissions] == [len(s.files) for s in two.submissions]


def test_equal_stems_become_ids_by_the_whole_file_name(desk: Desk) -> None:
    batch = desk.batch({"anna.pdf": b"1", "anna.docx": b"2", "bo/resume.md": b"3", "bo.md": b"4"})
    assert [submission.candidate for submission in batch.submissions] == ["anna.docx", "anna.pdf", "bo", "bo.md"]
    assert len(batch.notices) == 3


def test_links_are_listed_and_never_followed(desk: Desk) -> None:
    secret = desk.lay({"secret.md": b"secret", "dir/resume.md": b"secret"}, "elsewhere")
    batch_path = desk.lay(ANNA)
    (batch_path / "link.md").symlink_to(secret / "secret.md")
    (batch_path / "linked").symlink_to(secret / "dir")
    (batch_path / "anna" / "takehome" / "x.md").symlink_to(secret / "secret.md")
    os.mkfifo(batch_path / "pipe.md")
    batch = desk.open(batch_path)
    assert set(unused(batch)) == {"link.md", "linked", "pipe.md", "anna/takehome/x.md"}
    assert [submission.candidate for submission in batch.submissions] == ["anna"]


def test_a_file_that_becomes_a_link_after_it_was_listed_is_not_followed(desk: Desk) -> None:
    secret = desk.lay({"secret.md": b"secret"}, "elsewhere")
    batch_path = desk.lay({"anna.md": b"Anna"})
    (found,) = disk_folder(batch_path).listing().files
    (batch_path / "anna.md").unlink()
    (batch_path / "anna.md").symlink_to(secret / "secret.md")
    with pytest.raises(SubmissionError, match="cannot be opened"):
        found.load()


def test_names_that_lead_out_of_a_zip_are_listed(desk: Desk) -> None:
    batch = desk.open(
        desk.pack(
            {"../../evil.md": b"x", "/etc/evil.md": b"y", "C:\\evil.md": b"z", "anna.md": b"Anna", "./bo.md": b"Bo"}
        )
    )
    assert [submission.candidate for submission in batch.submissions] == ["anna", "bo"]
    assert len(batch.unused) == 3


def test_hostile_names_stay_labels(desk: Desk) -> None:
    names = ["a\nb.md", "=cmd|' /C calc'!A1.md", "x\u202egpj.md", "a\tb.md", "<script>.md", "é" * 120 + ".md"]
    batch = desk.batch({name: name.encode() for name in names})
    ids = [submission.candidate for submission in batch.submissions]
    assert len(set(ids)) == len(names)
    assert all(letter.isprintable() for name in ids for letter in name)
    assert Batch.model_validate_json(batch.model_dump_json()) == batch


def test_a_file_name_that_is_no_utf8_is_shown_as_latin_1(desk: Desk) -> None:
    batch_path = desk.lay({})
    with open(os.fsencode(batch_path) + b"/J\xfcrgen.md", "wb") as stream:
        stream.write(b"J")
    assert desk.open(batch_path).submissions[0].candidate == "Jürgen"


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "cp1252"])
def test_zip_names_without_the_unicode_flag_are_read_as_what_they_are(desk: Desk, encoding: str) -> None:
    placeholder = "J_rgen M_ller.md".replace("_", "ue" if encoding == "utf-8" else "u")
    raw = zipped({placeholder: b"J"})
    wanted = "Jürgen Müller.md".encode(encoding)
    path = desk.root / "batch.zip"
    path.write_bytes(raw.replace(placeholder.encode(), wanted))
    assert desk.open(path).submissions[0].candidate == "Jürgen Müller"


def test_a_name_twice_in_a_zip_is_two_candidates(desk: Desk) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("anna.md", "one")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("anna.md", "two")
    (desk.root / "batch.zip").write_bytes(stream.getvalue())
    assert len(desk.open(desk.root / "batch.zip").submissions) == 2


def test_a_damaged_member_of_a_batch_zip_is_quarantined_and_the_others_go_on(desk: Desk) -> None:
    path = desk.pack({"anna.md": b"ANNA-CONTENT", "bo.md": b"Bo"})
    path.write_bytes(path.read_bytes().replace(b"ANNA-CONTENT", b"ANNA-CONTEND"))
    batch = desk.open(path)
    assert [(row.candidate, row.code) for row in batch.quarantined] == [("anna", "corrupt")]
    assert roles(batch, "bo") == {"bo.md": "resume"}


def test_a_locked_batch_zip_stops_with_the_next_step(desk: Desk) -> None:
    path = desk.pack({"anna.md": b"Anna"})
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(ConfigurationError, match=r"password.*without one"):
        desk.open(path)


@pytest.mark.parametrize(
    ("files", "name", "message"),
    [
        ({}, "batch", "holds no candidate.*one resume file per candidate"),
        ({"batch/candidates.csv": b"file\n", "batch/brief.md": b"x"}, "batch", "holds no candidate"),
        ({"anna.pdf": b"%PDF"}, "anna.pdf", "neither a folder nor a zip"),
        ({"b.zip": b"PK\x05\x06" + b"\0" * 10}, "b.zip", "neither a folder nor a zip|damaged"),
        ({"e.zip": zipped({})}, "e.zip", "holds no candidate"),
        ({}, "nowhere", "does not exist"),
        ({"anna/resume.md": b"A", "anna/takehome/a.py": b"x"}, "anna", "folder of one candidate.*folder above"),
    ],
)
def test_what_is_no_batch_stops_and_says_what_a_batch_looks_like(
    desk: Desk, files: dict[str, bytes], name: str, message: str
) -> None:
    (desk.root / "batch").mkdir()
    for path, content in files.items():
        (desk.root / path).parent.mkdir(exist_ok=True)
        (desk.root / path).write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        desk.open(desk.root / name)


def test_the_limited_reader_unpacks_takehomes_for_intake(desk: Desk) -> None:
    takehome = tarred({"lockers/README.md": b"# L", "lockers/node_modules/x.js": b"x", "../up.md": b"x"})
    path = desk.lay({"anna/resume.md": b"Anna", "anna/takehome.tar.gz": takehome, "bo.md": b"Bo"})
    with DocumentReader() as reader:
        batch = open_batch(path, vault=desk.vault, reader=reader)
    assert roles(batch, "anna") == {"resume.md": "resume", "takehome.tar.gz/README.md": "takehome"}
    assert len(unused(batch)) == 2
