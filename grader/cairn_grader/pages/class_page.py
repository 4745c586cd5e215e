"""The page of a class: what it earned, what it failed at, and who handed in what.

Everything is in the page as plain HTML; the script class.js sorts and filters what is there.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, Sequence, Tuple

from cairn_grader.formats.document import Document
from cairn_grader.pages.charts import histogram, meter
from cairn_grader.pages.class_table import controls, table
from cairn_grader.pages.figures import (
    Failing,
    Share,
    distribution,
    failing,
    handed_in,
    middle,
    most_points,
    shares,
)
from cairn_grader.pages.markup import Child, Html, element, page
from cairn_grader.pages.standing import Standing, identity, person, short_name, standing
from cairn_grader.report import EMULATOR_NAMES
from cairn_grader.text import plural, points_text

#: Tests that are shown at once; the others unfold.
TESTS_SHOWN = 10


def class_page(documents: Sequence[Document], lab: str) -> str:
    """The whole page, with the documents in this order."""
    tests = failing(documents)
    content = [
        element("div", _distribution(documents), _exercises(documents), class_="pair"),
        _notes(documents),
        _tests(tests, len([one for one in documents if not one.build_errors])),
        _submissions(documents, tests),
    ]
    body = [_top(documents, lab), element("main", content), _footer(documents)]
    return page(lab, element("div", body, class_="sheet"), "class.js")


def _top(documents: Sequence[Document], lab: str) -> Html:
    links = [
        element("a", word, href=f"#{place}")
        for word, place in (
            ("Points", "points"), ("Tests", "tests"), ("Submissions", "table"),
        )
    ]  # fmt: skip
    kicker = element("p", "Results of the class", class_="kicker")
    head = element("div", element("div", kicker, element("h1", lab)),
                   element("nav", links, aria_label="On this page"), class_="masthead")  # fmt: skip
    return element("header", head, _tiles(documents), class_="top")


def _tiles(documents: Sequence[Document]) -> Html:
    present = handed_in(documents)
    counts = {state: 0 for state in Standing}
    for document in documents:
        counts[standing(document)] += 1
    median, mean = middle(present)
    most = f"of {points_text(most_points(documents))}"
    noted = sum(bool(document.notes) for document in documents)
    full, absent = counts[Standing.FULL], counts[Standing.ABSENT]
    tiles: List[Tuple[str, str, str]] = [
        ("Submissions", str(len(present)), f"of {len(documents)}" if absent else ""),
        ("Median", points_text(round(median, 1)), most),
        ("Mean", points_text(round(mean, 1)), most),
        ("Full marks", str(full), f"{full / len(present):.0%}" if present else ""),
        ("Not built", str(counts[Standing.UNBUILT]), ""),
        ("Nothing handed in", str(absent), ""),
        ("With notes", str(noted), ""),
    ]
    return element("dl", [_tile(*tile) for tile in tiles], class_="tiles")


def _tile(name: str, value: str, beside: str) -> Html:
    small = element("small", f" {beside}") if beside else None
    kind = "zero" if value == "0" else None
    return element("div", element("dt", name), element("dd", value, small, class_=kind))


def _section(title: str, content: Child, name: str, hint: str = "") -> Html:
    head = [element("h2", title, id=name), element("p", hint, class_="hint") if hint else None]
    return element("section", head, content, aria_labelledby=name)


def _distribution(documents: Sequence[Document]) -> Html:
    bars = distribution(handed_in(documents))
    kinds = [("built", "submissions"), ("full", "with full marks")]
    kinds += [("unbuilt", "not built")] if any(bar.unbuilt for bar in bars) else []
    key = [element("span", element("i", class_=kind), word) for kind, word in kinds]
    content = [histogram(bars), element("p", key, class_="key")]
    return _section("Distribution of the points", content, "points")


def _exercises(documents: Sequence[Document]) -> Html:
    rows = [_exercise(row) for row in shares(handed_in(documents))]
    heads = ("Exercise", "Title", "Share", "Mean points")
    head = element("thead", element("tr", [element("th", word, scope="col") for word in heads]))
    content = element("table", head, element("tbody", rows), class_="exercises")
    return _section("Points by exercise", content, "exercises")


def _exercise(row: Share) -> Html:
    points = f"{points_text(round(row.mean, 1))} of {points_text(row.exercise.max_points)}"
    return element(
        "tr",
        element("th", short_name(row.exercise.name), scope="row"),
        element("td", row.exercise.title),
        element("td", meter(row.share), class_="chart"),
        element("td", points, class_="number"),
    )


def _notes(documents: Sequence[Document]) -> Child:
    """Each note once, with those whom it is about."""
    found: Dict[str, List[Document]] = {}
    for document in documents:
        for note in dict.fromkeys(document.notes):
            found.setdefault(note, []).append(document)
    if not found:
        return None
    rows = [
        element("li", element("p", note), element("p", _people(about), class_="people"))
        for note, about in sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    title = element("h2", "Notes for the instructor", id="notes")
    return element("section", title, element("ul", rows), class_="notes", aria_labelledby="notes")


def _people(documents: Sequence[Document]) -> List[Html]:
    return [
        element("a", element("bdi", person(one)), href=f"pages/{identity(one)}.html")
        for one in documents
    ]


def _tests(tests: Sequence[Failing], built: int) -> Html:
    if not tests:
        words = "No test failed." if built else "No test was run."
        return _section("Tests that fail most", element("p", words), "tests")
    numbers: Mapping[str, int] = {row.test.name: n for n, row in enumerate(tests)}
    content: List[Child] = [_test_table(tests[:TESTS_SHOWN], numbers)]
    further = tests[TESTS_SHOWN:]
    if further:
        summary = element("summary", f"{plural(len(further), 'further test')}")
        content.append(element("details", summary, _test_table(further, numbers)))
    undone = element("i", class_="rest")
    hint = element(
        "p", "How many of the submissions that were built fail a test; ", undone,
        " because its exercise is not written yet.", class_="hint",
    )  # fmt: skip
    return _section("Tests that fail most", [hint, content], "tests")


def _test_table(tests: Sequence[Failing], numbers: Mapping[str, int]) -> Html:
    heads = ("Failed", "Share", "Test", "Exercise")
    head = element("thead", element("tr", [element("th", word, scope="col") for word in heads]))
    rows = [_test(row, numbers[row.test.name]) for row in tests]
    return element("table", head, element("tbody", rows), class_="tests")


def _test(row: Failing, number: int) -> Html:
    wrong = (len(row.failed) - row.undone) / row.runs
    bar = meter(wrong, "wrong", row.undone / row.runs)
    undone = f", {row.undone} not written" if row.undone else ""
    share = element("span", f"{len(row.failed) / row.runs:.0%}{undone}", class_="beside")
    name = element("code", row.test.name, class_="pick", data_test=number)
    title = element("span", row.test.title, class_="title") if row.test.title else None
    return element(
        "tr",
        element("td", str(len(row.failed)), class_="number"),
        element("td", bar, share, class_="chart"),
        element("td", name, title),
        element("td", short_name(row.test.exercise)),
    )


def _submissions(documents: Sequence[Document], tests: Sequence[Failing]) -> Html:
    content = [controls(tests), table(documents, tests)]
    return _section("Submissions", content, "table")


def _footer(documents: Sequence[Document]) -> Html:
    names = dict.fromkeys(name for document in documents for name in document.emulators)
    seeds = sorted({document.seed for document in documents})
    where = " and ".join(EMULATOR_NAMES.get(name, name) for name in names) or "no emulator"
    words = f"Graded in {where} with seed {', '.join(map(str, seeds))}." if documents else ""
    return element("footer", element("p", words))
