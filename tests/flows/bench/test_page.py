import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from evaluators.benchmarking.figures import figure
from evaluators.benchmarking.leads import lead_words
from evaluators.benchmarking.moved import pair_figures
from evaluators.benchmarking.must_haves import MAJORITY
from evaluators.benchmarking.results import BenchmarkResult, BenchmarkSetRecord
from evaluators.benchmarking.thresholds import Threshold, check_thresholds
from flows.bench.page import bench_page, write_page
from flows.bench.run_figures import majority_figures
from tests.evaluators.benchmarking.builders import pair
from tests.flows.bench.invented_result import CRITERIA, RELATIONS, SETS, THRESHOLDS, invented_result

HOSTILE = "<script>alert(1)</script>\u202e&quot;'\"\x00"


def page_of(result: BenchmarkResult, thresholds: tuple[Threshold, ...] = THRESHOLDS) -> str:
    return bench_page(result, tuple(check_thresholds(thresholds, result.figures, judge=result.judge)))


@pytest.fixture(scope="module")
def html() -> str:
    return page_of(invented_result())


@pytest.fixture(scope="module")
def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "lxml")


def section(soup: BeautifulSoup, id: str):
    return soup.find("section", id=id)


def test_the_page_needs_nothing_from_outside_and_forbids_it(html: str, soup: BeautifulSoup) -> None:
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert soup.find(["script", "img", "link", "iframe", "object"]) is None
    assert not re.search(r"https?://|url\(|@import", html)
    # The policy would not apply them.
    assert soup.find(style=True) is None


def test_equal_results_give_equal_bytes(html: str) -> None:
    read_again = BenchmarkResult.model_validate_json(invented_result().model_dump_json())
    assert page_of(read_again) == html


def test_the_head_says_who_was_measured_when_on_what_and_how(soup: BeautifulSoup) -> None:
    made = section(soup, "made").get_text(" ")
    result = invented_result()
    for said in (result.judge, result.fingerprint, "2026-03-14", result.command, result.embedder):
        assert said in made
    for record in result.sets:
        assert record.id in made
        assert record.sha256[:16] in made
    assert "2026-03-14" in soup.find("header").get_text()


def test_the_lead_holds_the_judge_against_the_best_baseline(soup: BeautifulSoup) -> None:
    lead = soup.find("p", class_="mission").get_text()
    result = invented_result()
    tau = {one.judge: one.value for one in result.figures if one.name == "tau_b" and one.set == "all"}
    rivals = {judge: value for judge, value in tau.items() if judge.startswith(("baseline", "holistic"))}
    assert f"an agreement of {tau['evidence']:.2f}" in lead
    assert f"reaches {max(rivals.values()):.2f}" in lead
    assert "one prompt, gpt-x" in lead
    best = max(rivals, key=lambda judge: rivals[judge] or 0)
    ahead = next(one for one in result.figures if (one.name, one.set, one.group) == ("tau_b_lead", "all", best))
    assert f"difference on the same candidates is {ahead.value:+.2f} ({ahead.low:+.2f} to {ahead.high:+.2f})" in lead
    assert lead_words(ahead) in lead
    assert "overlap" not in lead


def test_thresholds_stand_with_verdict_bound_goal_and_what_was_found_misses_first(soup: BeautifulSoup) -> None:
    rows = [
        {cell: row.find(class_=cell).get_text(" ", strip=True) for cell in ("vd", "fg", "st", "fd", "bd", "gl")}
        for row in section(soup, "thresholds").tbody.find_all("tr")
    ]
    assert [row["vd"] for row in rows[:2]] == ["missed", "not measured"]
    assert all(row["vd"] == "passed" for row in rows[2:] if "metamorphic" not in row["fg"])
    own = next(row for row in rows if "tau_b" in row["fg"] and row["st"] == "all sets")
    value = next(one.value for one in invented_result().figures if one.name == "tau_b" and one.set == "all")
    assert (own["bd"], own["gl"]) == ("at least 0.600", "0.850")
    assert own["fd"].startswith(f"{value:.3f} ")
    assert {row["st"] for row in rows if "tau_b" in row["fg"]} == {"all sets", *SETS}


def test_every_drawing_is_labelled_with_judge_set_and_date(soup: BeautifulSoup) -> None:
    panels = soup.find_all("figure", class_="panel")
    assert len(panels) > 15
    for panel in panels:
        judge, data, date = panel.find(class_="from").get_text().split(" · ")
        assert judge == "evidence judge"
        assert data in (*SETS, "all sets")
        assert date == "2026-03-14"


def test_every_drawing_is_announced_and_has_its_figures_in_a_table(html: str, soup: BeautifulSoup) -> None:
    drawings = re.findall(r'<svg class="plot".*?</svg>', html, re.DOTALL)
    assert len(drawings) == len(soup.find_all("figure", class_="panel"))
    for text in drawings:
        drawing = ET.fromstring(text)
        title, description = drawing[0], drawing[1]
        assert (title.tag, description.tag) == ("title", "desc")
        assert title.text
        assert description.text
        assert drawing.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert drawing.get("role") == "img"
    for panel in soup.find_all("figure", class_="panel"):
        holds = "all hold" in panel.get_text()
        assert (panel.find("table") is None) == holds


def test_ids_are_unique_and_links_lead_somewhere(soup: BeautifulSoup) -> None:
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert {link["href"].removeprefix("#") for link in soup.find_all("a")} <= set(ids)
    referred = {one for tag in soup.find_all(attrs={"aria-labelledby": True}) for one in tag["aria-labelledby"].split()}
    assert referred <= set(ids)


def test_rank_agreement_has_a_named_dot_for_every_scored_candidate(soup: BeautifulSoup) -> None:
    panels = section(soup, "agreement").find_all("figure")
    assert [panel.h3.get_text() for panel in panels] == list(SETS)
    for panel in panels:
        result = invented_result()
        own = [one for one in result.candidates if one.set == panel.h3.get_text()]
        hovers = {dot.title.get_text() for dot in panel.find_all("circle")}
        assert hovers == {
            f"{one.candidate}: labels {one.gold_score:.2f}, score {one.score:.1f}"
            for one in own
            if one.score is not None
        }
    assert "Without a score: c07." in panels[1].get_text()


def test_kappa_stands_beside_what_two_people_reach(soup: BeautifulSoup) -> None:
    panel = section(soup, "levels").find("figure")
    assert len(panel.find_all("path", class_="people")) == len(CRITERIA) + 1
    ceiling = next(
        one.value
        for one in invented_result().figures
        if one.name == "annotator_kappa" and one.set == "all" and one.group == "mission_fit"
    )
    assert f"Mission fit: two annotators agree by {ceiling:.2f}" in panel.get_text()


def test_without_a_second_annotation_the_open_ceiling_is_said() -> None:
    result = invented_result()
    alone = result.model_copy(update={"figures": tuple(f for f in result.figures if f.judge != "annotator:second")})
    assert "Nobody has labelled these candidates a second time" in page_of(alone)


def test_calibration_tells_how_many_checks_are_behind_each_point(soup: BeautifulSoup) -> None:
    panel = section(soup, "calibration").find("figure")
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in panel.tbody.find_all("tr")]
    assert sum(int(row[2]) for row in rows) == len(invented_result().checks)
    assert len(panel.find_all("circle")) == len(rows) == 10


def test_moves_show_every_scored_pair_and_list_those_that_do_not_hold(soup: BeautifulSoup) -> None:
    pairs = invented_result().pairs
    panels = section(soup, "twins").find_all("figure")
    assert len(panels) == len(RELATIONS)
    for panel, relation in zip(panels, RELATIONS, strict=True):
        own = [pair for pair in pairs if pair.relation == relation and pair.twin_score is not None]
        broken = [pair for pair in own if not pair.holds]
        assert len(panel.find_all("circle")) == len(own) - len(broken)
        assert len(panel.find_all("path", class_="off")) == len(broken)
        assert len(panel.find_all("rect", class_="band")) == 1
        listed = {row.th.get_text() for row in panel.tbody.find_all("tr")} if broken else set()
        assert listed == {pair.pair for pair in broken}
    assert sum(not pair.holds for pair in pairs) > 5
    assert "Not drawn for want of a score: 1." in panels[2].get_text()


def test_the_band_of_a_relation_is_known_where_pairs_do_not_tell_it() -> None:
    result = invented_result()
    silent = tuple(pair.model_copy(update={"allowed": None}) for pair in result.pairs)
    soup = BeautifulSoup(page_of(result.model_copy(update={"pairs": silent})), "lxml")
    padding = section(soup, "twins").find_all("figure")[2]
    assert "Allowed: -1 to +1 points." in padding.get_text()
    assert padding.find("rect", class_="band")


def test_baselines_are_sorted_with_the_judge_among_them(soup: BeautifulSoup) -> None:
    panel = section(soup, "baselines").find("figure")
    names = [row.th.get_text() for row in panel.tbody.find_all("tr")]
    values = [float(row.td.get_text()) for row in panel.tbody.find_all("tr")]
    assert values == sorted(values, reverse=True)
    assert {"evidence judge", "BM25", "TF-IDF", "one prompt, gpt-x", "Number of tools"} <= set(names)
    assert len(panel.find_all("rect", class_="own")) == 1


def test_every_baseline_stands_with_the_judges_lead_over_it_in_figures_and_words(soup: BeautifulSoup) -> None:
    panel = section(soup, "baselines").find("figure")
    assert "Judge less this" in panel.thead.get_text()
    cells = {row.th.get_text(): [cell.get_text() for cell in row.find_all("td")] for row in panel.tbody.find_all("tr")}
    own = cells.pop("evidence judge")
    assert own[-2:] == ["", ""]
    assert cells.pop("second annotator")[-2:] == ["", ""]
    leads = [one for one in invented_result().figures if one.name == "tau_b_lead" and one.set == "all"]
    assert len(cells) == len(leads)
    for name, group in (("Length", "baseline:length"), ("one prompt, gpt-x", "holistic:gpt-x")):
        lead = next(one for one in leads if one.group == group)
        assert cells[name][-2].startswith(f"{lead.value:+.2f} (")
        assert cells[name][-1] == lead_words(lead)
        # Without opening the table too.
        assert f"{name} {cells[name][-2]}" in panel.find(class_="nb").get_text()


def test_a_result_without_leads_keeps_its_table() -> None:
    result = invented_result()
    older = result.model_copy(update={"figures": tuple(one for one in result.figures if one.name != "tau_b_lead")})
    panel = section(BeautifulSoup(page_of(older), "lxml"), "baselines").find("figure")
    assert "Judge less this" not in panel.get_text()


def test_injections_say_how_every_channel_did_and_on_how_many_texts() -> None:
    result = invented_result()
    pairs = tuple(
        pair(f"written:b{n}", channel != "pdf_white" or n > 0, relation="injection", channel=channel)
        for channel in ("comment", "pdf_white")
        for n in range(10)
    )
    pairs = tuple(one.model_copy(update={"set": SETS[0]}) for one in pairs)
    whole = result.model_copy(
        update={"pairs": pairs, "figures": (*result.figures, *pair_figures(pairs, judge="evidence"))}
    )
    text = section(BeautifulSoup(page_of(whole), "lxml"), "twins").get_text(" ")
    assert "By channel, with the texts behind it: comment 100% (69 to 100%) of 10; pdf white 90%" in text


def test_an_interval_that_misses_the_gold_rank_is_a_cross(soup: BeautifulSoup) -> None:
    candidates = invented_result().candidates
    missed = [
        one
        for one in candidates
        if one.rank_interval and (one.rank_interval[0] > one.gold_rank[1] or one.gold_rank[0] > one.rank_interval[1])
    ]
    crosses = section(soup, "intervals").find_all("path", class_="mark")
    assert len(crosses) == len(missed) > 0


def facts(html: str) -> dict[str, str]:
    found = BeautifulSoup(html, "lxml").find("dl", class_="facts").find_all("div")
    return {one.dt.get_text(): one.dd.get_text() for one in found}


def test_the_head_of_a_quick_run_says_how_much_of_it_was_not_measured() -> None:
    result = invented_result()
    passing = (Threshold(figure="tau_b", at_least=0.1), Threshold(figure="tau_b", set="*", at_least=0.1))
    late = (*passing, *(Threshold(figure="metamorphic", group=group, at_least=1) for group in ("padding", "format")))

    def head(thresholds: tuple[Threshold, ...], *, command: str, left_out: tuple[str, ...] = ()) -> str:
        outcomes = check_thresholds(thresholds, result.figures, judge="evidence", left_out=left_out)
        return facts(bench_page(result.model_copy(update={"command": command}), tuple(outcomes)))["thresholds"]

    assert head(passing, command="shortlist bench") == "4 passed"
    quick = head(late, command="shortlist bench --quick", left_out=("metamorphic:padding", "metamorphic:format"))
    assert quick == "4 passed, 2 not measured (quick run)"
    skipped = head(late, command="shortlist bench --skip metamorphic", left_out=("metamorphic",))
    assert skipped == "4 passed, 2 not measured (left out of this run)"
    assert head(late, command="shortlist bench") == "1 missed, 1 could not be measured, 4 passed"


def test_must_haves_stand_beside_what_one_answer_for_all_would_get() -> None:
    result = invented_result()
    figures = (*result.figures, *majority_figures(result.candidates, draws=20))
    html = page_of(result.model_copy(update={"figures": figures}))
    soup = BeautifulSoup(html, "lxml")
    constant = next(one for one in figures if (one.name, one.judge, one.set) == ("gate_accuracy", MAJORITY, "all"))
    own = next(one for one in figures if (one.name, one.judge, one.set) == ("gate_accuracy", "evidence", "all"))
    assert (
        facts(html)[f"must-haves right ({100 * constant.value:.0f}% by one answer for all)"]
        == f"{100 * own.value:.0f}%"
    )
    lead = soup.find("p", class_="mission").get_text()
    assert f"Of 30 must-haves it gets {100 * own.value:.0f}% right, where the same answer for all gets" in lead
    assert "Its agreement beyond chance (kappa) is" in lead
    rows = [row.th.get_text() for row in section(soup, "summary").tbody.find_all("tr")]
    assert any(row.startswith("Must-haves: one answer for all") for row in rows)
    assert any(row.startswith("Must-haves beyond chance: one answer for all") for row in rows)


def test_the_page_speaks_of_labels_and_says_what_a_low_figure_means() -> None:
    result = invented_result()
    kept = figure(
        "redaction_recall",
        0.0,
        judge="evidence",
        set_="redaction",
        group="also_words",
        cases=30,
        bases=30,
        unit="share",
    )
    thresholds = (*THRESHOLDS, Threshold(figure="tau_b_lead", group="*", at_least=0))
    soup = BeautifulSoup(page_of(result.model_copy(update={"figures": (*result.figures, kept)}), thresholds), "lxml")
    assert soup.style
    soup.style.decompose()
    text = soup.get_text(" ")
    assert not re.search(r"\bgold\b", text, re.IGNORECASE)
    assert "Also words" not in text
    assert "names that are words of technology too (Ruby, Jenkins); alone they have to stay, so low is right" in text
    lines = " ".join(section(soup, "thresholds").get_text(" ").split())
    assert "Baseline:" not in lines
    assert "Rank agreement, judge less a cheap method, TF-IDF" in lines


def test_what_was_not_measured_is_listed_with_its_reason(soup: BeautifulSoup) -> None:
    assert "Hidden text found: the parser for PDF is missing." in section(soup, "made").get_text()


def test_every_figure_of_the_run_is_on_the_page(soup: BeautifulSoup) -> None:
    table = section(soup, "made").find_all("table")[-1]
    assert len(table.tbody.find_all("tr")) == len(invented_result().figures)


def test_groups_that_no_drawing_shows_have_a_table(soup: BeautifulSoup) -> None:
    text = section(soup, "grouped").get_text(" ")
    assert "de_DE" in text
    assert "Score of nothing" in text
    assert "Name swap" not in text


def test_an_empty_result_still_makes_a_page() -> None:
    bare = BenchmarkResult(
        made_on=invented_result().made_on,
        judge="openai:x",
        fingerprint="f",
        package="0",
        embedder="e",
        sets=(BenchmarkSetRecord(id="alone", sha256="0" * 64, candidates=0),),
        figures=(),
        seconds=0,
    )
    text = page_of(bare, ())
    assert "No thresholds are set" in text
    assert "was not measured in this run" in text
    assert "<svg" not in text


def test_hostile_names_are_text() -> None:
    result = invented_result()
    renamed = result.model_copy(
        update={
            "judge": HOSTILE,
            "command": HOSTILE,
            "candidates": tuple(
                one.model_copy(update={"candidate": HOSTILE, "set": HOSTILE}) for one in result.candidates
            ),
            "pairs": tuple(
                one.model_copy(update={"pair": HOSTILE, "relation": HOSTILE, "note": HOSTILE, "base": HOSTILE})
                for one in result.pairs
            ),
            "figures": tuple(
                one.model_copy(update={"note": HOSTILE, "judge": HOSTILE, "set": HOSTILE, "group": HOSTILE})
                for one in result.figures
            ),
            "sets": tuple(one.model_copy(update={"id": HOSTILE}) for one in result.sets[:1]),
        }
    )
    text = page_of(renamed, (Threshold(figure="tau_b", set=HOSTILE, group=HOSTILE, at_least=0),))
    assert "alert(1)" in text
    assert "<script" not in text
    assert "\x00" not in text
    for drawing in re.findall(r'<svg class="plot".*?</svg>', text, re.DOTALL):
        ET.fromstring(drawing)
        assert "\u202e" not in drawing


def test_the_page_is_written_whole_beside_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "bench.html"
    path.write_text("old")
    write_page(invented_result(), path, thresholds=THRESHOLDS, left_out=("hidden_recall",))
    text = path.read_text(encoding="utf-8")
    assert text.endswith("</html>\n")
    assert "1 left out" in text
    assert [file.name for file in tmp_path.iterdir()] == ["bench.html"]
