"""The table of all submissions, and what filters it.

The script reads of a row: `data-state`, its standing; `data-notes`, how many notes it has;
`data-failed`, the numbers of the tests that it fails; `data-find`, what else a search finds. A
cell that sorts by something else than its text has it as `data-value`.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence

from cairn_grader.formats.document import Document, Exercise
from cairn_grader.pages.figures import Failing
from cairn_grader.pages.markup import Child, Html, element
from cairn_grader.pages.standing import Standing, anchor, identity, person, short_name, standing
from cairn_grader.text import plural, points_text

#: The order of the table when it is sorted by standing.
RANKS = {state: rank for rank, state in enumerate(Standing)}


def controls(tests: Sequence[Failing]) -> Html:
    """What filters the table; the script shows it."""
    states = [element("option", "any", value="")]
    states += [element("option", state.words, value=state.value) for state in Standing]
    states.append(element("option", "with notes", value="notes"))
    failed = [element("option", "any", value="")]
    for number, row in enumerate(tests):
        words = f"{row.test.name} ({len(row.failed)})"
        failed.append(element("option", words, value=number, data_anchor=anchor(row.test)))
    fields = [
        element("label", "Search ", element(
            "input", type="search", id="find", placeholder="name or id")),
        element("label", "Status ", element("select", states, id="state")),
        element("label", "Fails ", element("select", failed, id="failed")),
        element("button", "Show all", type="button", id="all"),
    ]  # fmt: skip
    counted = element("p", id="shown", class_="hint", role="status")
    return element("div", fields, counted, class_="controls", id="controls", role="search",
                   hidden=True)  # fmt: skip


def table(documents: Sequence[Document], tests: Sequence[Failing]) -> Html:
    """All submissions, each with a link to its page."""
    exercises = _exercises(documents)
    failed: Dict[int, List[int]] = {}
    for number, row in enumerate(tests):
        for place in row.failed:
            failed.setdefault(place, []).append(number)
    rows = [
        _row(document, list(exercises), failed.get(place, []))
        for place, document in enumerate(documents)
    ]
    empty = element("p", "No submission fits.", id="nobody", hidden=True)
    whole = element("table", _head(exercises), element("tbody", rows), id="submissions")
    return Html(element("div", whole, class_="wide") + empty)


def _exercises(documents: Sequence[Document]) -> Dict[str, Exercise]:
    return {row.name: row for document in documents for row in document.exercises}


def _head(exercises: Dict[str, Exercise]) -> Html:
    cells = [_column("Student", "text"), _column("Points", "number")]
    for exercise in exercises.values():
        title = f"{exercise.title}, {plural(int(exercise.max_points), 'point')}"
        cells.append(_column(short_name(exercise.name), "number", title))
    cells += [_column("Tests", "number", "tests passed"), _column("Status", "rank"),
              _column("Notes", "number")]  # fmt: skip
    return element("thead", element("tr", cells))


def _column(word: str, kind: str, title: Optional[str] = None) -> Html:
    number = "number" if kind == "number" else None
    return element("th", word, scope="col", data_kind=kind, title=title, class_=number)


def _row(document: Document, exercises: Sequence[str], failed: Sequence[int]) -> Html:
    state = standing(document)
    badge = element("span", state.words, class_=f"badge {state.value}")
    passed = sum(test.passed for test in document.tests)
    absent = state is Standing.ABSENT
    count = len(document.notes)
    return element(
        "tr",
        element("th", _who(document), scope="row", data_value=person(document)),
        _points(document),
        [_cell(document, name) for name in exercises],
        element("td", "–" if absent else f"{passed}/{len(document.tests)}", class_="number",
                data_value=passed, data_name="Tests"),
        element("td", badge, data_value=RANKS[state], class_="state"),
        element("td", _flag(count), class_="number flag", data_value=count),
        data_state=state.value, data_notes=count or None,
        data_failed=" ".join(map(str, failed)) or None,
        data_find=" ".join(filter(None, (document.student.id, document.student.email))) or None,
    )  # fmt: skip


def _who(document: Document) -> List[Child]:
    name, page = person(document), identity(document)
    link = element("a", element("bdi", name), href=f"pages/{page}.html")
    return [link, element("small", page) if page != name else None]


def _points(document: Document) -> Html:
    points = points_text(document.points)
    return element("td", element("b", points), class_="number points", data_value=document.points)


def _cell(document: Document, name: str) -> Html:
    """The points in an exercise, with a tint for all, some or none of them."""
    for row in document.exercises:
        if row.name == name and standing(document) is not Standing.ABSENT:
            kind = "all" if row.points >= row.max_points else "some" if row.points else "nil"
            return element("td", element("span", points_text(row.points), class_=f"mark {kind}"),
                           class_="number", data_value=row.points,
                           data_name=short_name(name))  # fmt: skip
    return element("td", "–", class_="number", data_value=-1, data_name=short_name(name))


def _flag(count: int) -> Child:
    return element("span", plural(count, "note"), class_="badge flagged") if count else None
