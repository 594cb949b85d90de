"""What figures are called on the page, what they mean, and how their values are written."""

from typing import NamedTuple

from evaluators.benchmarking.results import ALL_SETS, Figure
from evaluators.benchmarking.thresholds import Threshold

EVERY_SET = "all sets"


class Name(NamedTuple):
    """A figure in words."""

    title: str
    meaning: str


NAMES = {
    "tau_b": Name(
        "Rank agreement",
        "how alike the judge's order and that of the labels are (Kendall's tau-b): 1 the same, 0 chance, -1 reversed",
    ),
    "tau_b_lead": Name(
        "Rank agreement, judge less a cheap method",
        "tau-b of the judge less that of the method, on the same candidates; above 0 the judge is ahead",
    ),
    "ndcg_at_3": Name("Best three", "NDCG@3: how much of the best three's worth stands in the first three places"),
    "level_kappa": Name(
        "Levels", "levels 0 to 4 as labelled, far misses counting more (quadratic kappa): 1 the same, 0 chance"
    ),
    "annotator_kappa": Name(
        "Levels, second annotator", "the same kappa between two annotators, the most one can ask for"
    ),
    "superior_pairs": Name("Clear pairs", "of two candidates clearly apart, the better one is scored higher"),
    "interval_coverage": Name(
        "Rank intervals", "labelled ranks inside the printed 90% interval: near 90% its doubt is honest"
    ),
    "rank_follows_score": Name(
        "Ranks by score", "ranked candidates with the rank of their score, equal scores sharing one"
    ),
    "unscored": Name("Not scored", "levels for which no judgment could be had"),
    "gate_accuracy": Name(
        "Must-haves", "met, not met and unknown as labelled; most are met, so look at one answer for all beside it"
    ),
    "gate_kappa": Name(
        "Must-haves beyond chance", "the same less what chance gives (Cohen's kappa): 1 the same, 0 chance"
    ),
    "false_met": Name(
        "Wrongly met", "of must-haves that are not met or open, those called met: whom an interview has to find out"
    ),
    "false_not_met": Name(
        "Wrongly not met", "of must-haves that are met or open, those denied: the error that hurts people"
    ),
    "check_precision": Name("Facts, precision", "of the yes/no facts that the judge found, those that hold"),
    "check_recall": Name("Facts, recall", "of the yes/no facts that hold, those that the judge found"),
    "calibration_error": Name("Calibration error", "how far stated probabilities lie from frequencies; 0 is best"),
    "boundary_size": Name("Tied at the cut", "candidates too near the cut to be told apart"),
    "retrieval_recall": Name("Evidence shown", "quotes that decided the labels and were shown to the judge"),
    "verbatim_citations": Name("Quotes verbatim", "printed quotes that stand word for word in the documents"),
    "withdrawn_quotes": Name(
        "Quotes not found", "findings that were withdrawn since their quote stands nowhere in what was handed in"
    ),
    "empty_dossier_score": Name("Score of nothing", "points for dossiers without evidence, by number of passages"),
    "metamorphic": Name("Changed twins", "texts for which an intended change moved the score only as it may"),
    "redaction_recall": Name(
        "Names removed", "people of whose name no word was left for the judge to read, by country"
    ),
    "particulars_removed": Name(
        "Other particulars removed",
        "documents in which nothing of an employer, school, city, telephone or street was left to read",
    ),
    "technology_kept": Name("Technology kept", "words of technology that redaction left alone"),
    "hidden_recall": Name("Hidden text found", "texts that a reader does not see and that were kept from the judge"),
    "hidden_false_flags": Name("Hidden text, false alarms", "visible texts taken for hidden ones"),
    "tool_points": Name("Points for tools", "the largest part of a score that comes from named tools"),
    "holistic_spread": Name(
        "Spread of one prompt", "points by which answers about one candidate differ from each other"
    ),
    "tokens_per_candidate": Name("Tokens", "read and written by a model, per candidate"),
    "cost_per_candidate": Name("Cost", "US dollars per candidate"),
    "seconds_per_candidate": Name("Time", "seconds per candidate on the machine of this run"),
}
ABBREVIATIONS = {"api": "API", "html": "HTML", "pdf": "PDF", "docx": "DOCX"}
DIGITS = {"tokens": 0, "candidates": 0, "points": 1, "USD": 4}


def title_of(name: str) -> str:
    """A figure's name in words."""
    return NAMES[name].title if name in NAMES else plain(name)


def meaning_of(name: str) -> str:
    """What a figure says; nothing for one that is new."""
    return NAMES[name].meaning if name in NAMES else ""


def plain(identifier: str) -> str:
    """An identifier as words; one with capitals, such as `de_DE`, is no words and stays."""
    if identifier != identifier.lower():
        return identifier
    text = " ".join(ABBREVIATIONS.get(word, word) for word in identifier.split("_"))
    return f"{text[:1].upper()}{text[1:]}"


def group_title(group: str) -> str:
    """What a figure is narrowed to, in words."""
    if group in GROUPS:
        return GROUPS[group]
    kind, colon, name = group.partition(":")
    if kind in ("baseline", "holistic") and colon:
        return judge_title(group)
    return f"{plain(kind)}: {plain(name).lower() if name == name.lower() else name}" if colon else plain(group)


GROUPS = {
    "also_words": "names that are words of technology too (Ruby, Jenkins); alone they have to stay, so low is right",
    "twins": "with everybody in it twice, so that scores are equal",
    "not_met": "of those not met",
    "employer_short": "employer by its short name",
}


def judge_title(judge: str) -> str:
    """A judge, baseline or annotator in words."""
    kind, _, name = judge.partition(":")
    match kind:
        case "evidence":
            return "evidence judge"
        case "baseline":
            return BASELINES.get(name, plain(name))
        case "annotator":
            return f"{name} annotator"
        case "holistic":
            return f"one prompt, {name}"
    return judge


BASELINES = {
    "majority": "one answer for all",
    "tfidf": "TF-IDF",
    "bm25": "BM25",
    "keyword_share": "Share of keywords",
    "tool_count": "Number of tools",
    "cue_density": "Cue words",
    "length": "Length",
    "embedding": "Embedding",
}


def set_title(name: str) -> str:
    """A set's id, or that all of them are meant."""
    return EVERY_SET if name == ALL_SETS else name


def number(value: float, unit: str, *, fine: bool = False) -> str:
    """A value as short as it can be read; `fine` as a threshold needs it."""
    if unit == "share":
        return f"{100 * value:.1f}%" if fine or 0.99 < value < 1 or 0 < value < 0.01 else f"{100 * value:.0f}%"
    return f"{value:z,.{DIGITS.get(unit, 3 if fine else 2)}f}"


def value_of(figure: Figure | None, *, fine: bool = False) -> str:
    """The value of a figure; a dash if there is none."""
    return "–" if figure is None or figure.value is None else number(figure.value, figure.unit, fine=fine)


def range_of(figure: Figure | None) -> str:
    """Its 95% interval; nothing if there is none."""
    if figure is None or figure.value is None or figure.low is None or figure.high is None:
        return ""
    low, high = (number(value, figure.unit) for value in (figure.low, figure.high))
    return f"{low.removesuffix('%') if high.endswith('%') else low} to {high}"


def with_range(figure: Figure | None) -> str:
    """Value and interval on one line."""
    between = range_of(figure)
    return f"{value_of(figure)} ({between})" if between else value_of(figure)


def signed_with_range(figure: Figure) -> str:
    """A difference with its sign and its interval."""
    if figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:+z.2f}"
    return f"{figure.value:+z.2f} ({figure.low:+z.2f} to {figure.high:+z.2f})"


def bound_of(threshold: Threshold, unit: str) -> str:
    """What a threshold asks for."""
    if threshold.at_least is not None:
        return f"at least {number(threshold.at_least, unit, fine=True)}"
    return f"at most {number(threshold.at_most or 0.0, unit, fine=True)}"
