"""JUnit XML, for continuous integration and test management.

There is no official specification. The elements and attributes are those that
https://github.com/testmoapp/junitxml describes as common, in the order of Jenkins' schema; the
kit's tests hold its own XSD of them. Points are properties. A test case has no time of its own,
because the grader measures none, and no suite has a time stamp: apart from `time`, the same
results give the same bytes.

XML 1.0 has no way to write most control characters (section 2.2); a document's texts have none.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import List, Sequence, Tuple
from xml.etree.ElementTree import Element, SubElement

from cairn_grader.formats.document import Document, Test
from cairn_grader.formats.wording import evidence, explain, headline, summary
from cairn_grader.text import points_text

#: Verdicts that say nothing about the work: JUnit calls them errors.
ERRORS = ("not_built", "not_run", "emulator_failed", "catalogue")

Properties = Sequence[Tuple[str, str]]


def to_junit(documents: Sequence[Document]) -> str:
    """Results as XML, a suite for each."""
    root = Element("testsuites", {"name": "cairn"})
    tests = [test for document in documents for test in document.tests]
    _count(root, tests, sum(document.seconds for document in documents))
    for document in documents:
        _suite(root, document)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(root: Element, document: Document) -> None:
    suite = SubElement(root, "testsuite", {"name": document.title})
    _count(suite, document.tests, document.seconds)
    student = document.student
    pairs = [
        ("lab", str(document.lab)),
        ("points", points_text(document.points)),
        ("max_points", points_text(document.max_points)),
        ("student.id", student.id),
        ("student.name", student.name),
        ("student.email", student.email),
        ("seed", str(document.seed)),
        ("emulators", " ".join(document.emulators)),
    ]
    pairs += [("note", note) for note in document.notes]
    _properties(suite, [(name, value) for name, value in pairs if value])
    for test in document.tests:
        _case(suite, test)
    SubElement(suite, "system-out").text = "\n".join(summary(document))


def _case(suite: Element, test: Test) -> None:
    case = SubElement(suite, "testcase", {"name": test.name, "classname": test.exercise})
    points = [("points", points_text(test.points)), ("max_points", points_text(test.max_points))]
    _properties(case, points + ([("title", test.title)] if test.title else []))
    if not test.passed:
        kind = "error" if _is_error(test) else "failure"
        attributes = {"message": headline(test), "type": _verdicts(test)}
        SubElement(case, kind, attributes).text = "\n".join(explain(test))
    shown = evidence(test)
    if shown:
        SubElement(case, "system-out").text = "\n".join(shown)


def _count(element: Element, tests: Sequence[Test], seconds: float) -> None:
    """The attributes that count tests."""
    failed: List[Test] = [test for test in tests if not test.passed]
    errors = sum(_is_error(test) for test in failed)
    element.set("tests", str(len(tests)))
    element.set("failures", str(len(failed) - errors))
    element.set("errors", str(errors))
    element.set("skipped", "0")
    element.set("time", f"{seconds:.2f}")


def _is_error(test: Test) -> bool:
    return any(outcome.verdict in ERRORS for outcome in test.failed_outcomes)


def _verdicts(test: Test) -> str:
    return " ".join(sorted({outcome.verdict for outcome in test.failed_outcomes})) or "failed"


def _properties(element: Element, pairs: Properties) -> None:
    properties = SubElement(element, "properties")
    for name, value in pairs:
        SubElement(properties, "property", {"name": name, "value": value})
