"""The page of one submission: its points, its failures explained, and what passed.

It has no script. With neighbours it is for the instructor; without, it is for the student: it
names nobody else, and leaves out the notes and whatever hidden tests could tell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, List, Optional, Sequence

from cairn_grader.formats.document import Document, Exercise, Finding, Test, conceal
from cairn_grader.pages.charts import meter
from cairn_grader.pages.failures import cause, explain, finding_list
from cairn_grader.pages.markup import Child, Html, element, lines, page
from cairn_grader.pages.standing import Standing, anchor, identity, person, short_name, standing
from cairn_grader.report import EMULATOR_NAMES
from cairn_grader.text import plural, points_text

#: A cause is told first if so many tests, and so large a share of the failed ones, have it.
COMMON, COMMON_SHARE = 4, 0.34


@dataclass(frozen=True)
class Neighbours:
    """The submissions beside one in the class."""

    before: Optional[Document]
    after: Optional[Document]


def submission_page(
    document: Document, lab: str, neighbours: Optional[Neighbours] = None
) -> str:
    """The whole page; `lab` is the lab's name for people."""
    shown = document if neighbours else conceal(document)
    body = [
        _top(shown, lab, neighbours),
        _notes(shown) if neighbours else None,
        element("main", _content(shown)),
        _footer(shown),
    ]
    wrapped = element("div", body, class_="sheet narrow")
    return page(f"{person(document)}, {lab}", wrapped)


def _content(document: Document) -> List[Child]:
    if standing(document) is Standing.ABSENT:
        words = "Nothing was handed in, so there is nothing to show."
        return [element("section", element("p", words))]
    if document.build_errors:
        return [_exercises(document), _build_errors(document)]
    return [_exercises(document), _failed(document), _passed(document)]


def _top(document: Document, lab: str, neighbours: Optional[Neighbours]) -> Html:
    who = [part for part in (document.student.id, document.student.email) if part]
    if document.id and document.id not in (*who, person(document)):
        who.insert(0, document.id)
    state = standing(document)
    badge = element("span", state.words, class_=f"badge {state.value}")
    names = [element("bdi", part) for part in who]
    line = element("p", badge, names, class_="about")
    title = element("div", element("h1", element("bdi", person(document))), line)
    points = element("b", points_text(document.points))
    score = element("p", points, f" of {points_text(document.max_points)}", class_="total")
    kicker = element("p", lab, class_="kicker")
    links = _navigation(lab, neighbours) if neighbours else kicker
    return element("header", links, element("div", title, score, class_="masthead"), class_="top")


def _navigation(lab: str, neighbours: Neighbours) -> Html:
    back = element("a", f"← {lab}", href="../index.html", class_="back")
    beside = [
        element(
            "a", word, href=f"{identity(other)}.html", rel=rel, title=person(other)
        ) if other else element("span", word, class_="off")
        for word, rel, other in (
            ("Previous", "prev", neighbours.before), ("Next", "next", neighbours.after)
        )
    ]  # fmt: skip
    return element("nav", back, element("span", beside, class_="beside"), aria_label="Class")


def _notes(document: Document) -> Child:
    if not document.notes:
        return None
    items = [element("li", note) for note in document.notes]
    title = element("h2", "Notes for the instructor")
    return element("section", title, element("ul", items), class_="notes")


def _exercises(document: Document) -> Html:
    rows = [
        element(
            "tr",
            element("th", short_name(row.name), scope="row"),
            element("td", row.title),
            element("td", _meter(row), class_="chart"),
            element("td", f"{points_text(row.points)} of {points_text(row.max_points)}",
                    class_="number"),
        )
        for row in document.exercises
    ]  # fmt: skip
    heads = ("Exercise", "Title", "Share", "Points")
    head = element("thead", element("tr", [element("th", word, scope="col") for word in heads]))
    table = element("table", head, element("tbody", rows), class_="exercises")
    return _section("Points", table, "points")


def _meter(row: Exercise) -> Html:
    whole = row.points >= row.max_points
    return meter(1.0 if whole else row.points / row.max_points, "good" if whole else "")


def _section(title: str, content: Child, name: str) -> Html:
    heading = element("h2", title, id=name)
    return element("section", heading, content, aria_labelledby=name)


def _build_errors(document: Document) -> Html:
    """Lines keep their length, for compilers point at columns."""
    words = element("p", "No test was run: the submission could not be made into a kernel.")
    text = element(
        *("pre", lines(document.build_errors)), class_="build", tabindex=0, role="region",
        aria_label="Errors of the build",
    )  # fmt: skip
    return _section("Why it is not built", [words, text], "build")


def _failed(document: Document) -> Html:
    failed = [test for test in document.tests if not test.passed]
    if not failed:
        return _section("Failures", element("p", "None: every test passed."), "failures")
    content: List[Child] = [_common(failed)]
    for exercise in document.exercises:
        cards = explain(test for test in document.tests if test.exercise == exercise.name)
        if cards:
            score = f"{points_text(exercise.points)} of {points_text(exercise.max_points)}"
            name = element("h2", f"{short_name(exercise.name)} {exercise.title}",
                           element("span", f" {score}", class_="score"))  # fmt: skip
            content.append(element("section", name, cards, class_="cards"))
    title = f"{len(failed)} of {plural(len(document.tests), 'test')} failed"
    return element("div", element("h2", title, class_="divider"), content)


def _common(failed: Sequence[Test]) -> Child:
    """The cause that many failures share, which is the one to mend first."""
    causes: Dict[Finding, List[Test]] = {}
    for test in failed:
        finding = cause(test)
        if finding is not None:
            happened = replace(finding, what="", expected="")
            causes.setdefault(happened, []).append(test)
    if not causes:
        return None
    finding, tests = max(causes.items(), key=lambda item: len(item[1]))
    if len(tests) < COMMON or len(tests) < COMMON_SHARE * len(failed):
        return None
    link = element("a", tests[0].name, href=f"#{anchor(tests[0])}")
    words = f"{len(tests)} of the {len(failed)} failed tests fail at the same place; the first is "
    title = element("h2", "Where to begin")
    body = [title, element("p", words, link, "."), finding_list(finding)]
    return element("section", body, class_="begin")


def _passed(document: Document) -> Child:
    passed = [test for test in document.tests if test.passed]
    if not passed:
        return None
    rows = [
        element(
            "li", element("code", test.name), f" {test.title}" if test.title else "",
            element("span", f" {points_text(test.points)}", class_="score"),
        )
        for test in passed
    ]  # fmt: skip
    summary = element("summary", element("h2", f"{plural(len(passed), 'test')} passed"))
    return element("details", summary, element("ul", rows), class_="passed-tests")


def _footer(document: Document) -> Html:
    names = [EMULATOR_NAMES.get(name, name) for name in document.emulators]
    words = f"Graded in {' and '.join(names)} with seed {document.seed}."
    return element("footer", element("p", words))
