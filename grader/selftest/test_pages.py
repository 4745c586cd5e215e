"""Tests of grader/pages: what is counted, what is escaped, what is written and said."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import unittest
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List

import class_documents
from class_documents import INVISIBLE, LABELS, TESTS, a_class, document, unbuilt
from kit import ROOT, KitTest

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.errors import GraderError  # noqa: E402  (the path must be set first)
from cairn_grader.formats.document import Document, Student, parse  # noqa: E402
from cairn_grader.pages import figures, markup, standing  # noqa: E402
from cairn_grader.pages.charts import describe, histogram  # noqa: E402
from cairn_grader.pages.class_page import class_page  # noqa: E402
from cairn_grader.pages.failures import KINDS  # noqa: E402
from cairn_grader.pages.submission_page import Neighbours, submission_page  # noqa: E402
from cairn_grader.pages.writing import write_pages, write_student_pages  # noqa: E402
from cairn_grader.verdict import Kind  # noqa: E402

ORDER = 14

SCRIPT = ROOT / "grader" / "pages"
PACKAGE = ROOT / "grader" / "cairn_grader" / "pages"


def class_of(*members: Dict[str, Any]) -> List[Document]:
    """Documents as the pages take them."""
    return [parse(member) for member in members]


def mixed() -> List[Document]:
    """One of each kind."""
    return class_of(*class_documents.mixed())


class Figures(unittest.TestCase):
    """What is counted."""

    def test_bars_are_round_and_not_too_many(self) -> None:
        for most, width in ((100, 10), (12, 1), (13, 2), (60, 5), (61, 10), (7.5, 1), (0.5, 0.1)):
            with self.subTest(most):
                self.assertEqual(figures.bar_width(most), width)

    def test_everybody_is_in_one_bar(self) -> None:
        documents = figures.handed_in(mixed())
        bars = figures.distribution(documents)
        self.assertEqual(sum(bar.count for bar in bars), 4)
        found = [(bar.low, bar.high, bar.built, bar.unbuilt) for bar in bars if bar.count]
        self.assertEqual(found, [(0, 5, 1, 1), (15, 20, 1, 0), (36, 36, 1, 0)])
        words = describe(bars)
        self.assertIn("2 submissions with 0 to less than 5 points (1 not built)", words)
        self.assertIn("1 submission with full marks", words)

    def test_full_points_without_a_pass_are_not_full_marks(self) -> None:
        almost = replace(mixed()[2], passed=False)
        bars = figures.distribution([almost])
        self.assertEqual((bars[-1].count, bars[-2].count), (0, 1))

    def test_nobody_is_counted_without_an_error(self) -> None:
        self.assertEqual(figures.middle([]), (0, 0))
        self.assertIn("no submission", histogram(figures.distribution([])))
        self.assertIn("No test was run.", class_page([], "Lab 1"))
        self.assertIn("No test was run.", class_page(mixed()[:2], "Lab 1"))

    def test_means_leave_out_who_handed_in_nothing(self) -> None:
        present = figures.handed_in(mixed())
        self.assertEqual(figures.middle(present), (7.5, (0 + 36 + 15 + 0) / 4))
        self.assertEqual([row.mean for row in figures.shares(present)], [6, 3, 3.75])
        self.assertEqual(figures.shares(present)[0].share, 0.5)

    def test_tests_are_counted_for_what_was_built(self) -> None:
        rows = figures.failing(mixed())
        self.assertEqual(len(rows), LABELS)
        first, last = rows[0], rows[-1]
        self.assertEqual((first.test.name, first.runs, first.failed), ("test_2_1", 3, [3, 4]))
        self.assertEqual((first.undone, last.failed, last.undone), (1, [4], 1))

    def test_people_are_in_the_order_of_their_names(self) -> None:
        names = ("Zoe", "élodie", "Eva", "Emil", "", "")
        documents = [
            replace(one, id=f"id{9 - number}", student=Student("", name, ""))
            for number, (one, name) in enumerate(zip(mixed() * 2, names))
        ]
        found = [standing.person(one) for one in sorted(documents, key=standing.order)]
        self.assertEqual(found, ["élodie", "Emil", "Eva", "id4", "id5", "Zoe"])

    def test_each_standing_is_found(self) -> None:
        found = [standing.standing(one).value for one in mixed()]
        self.assertEqual(found, ["absent", "unbuilt", "full", "part", "none"])


class Markup(unittest.TestCase):
    """The one place where text becomes markup."""

    def test_text_is_escaped_once(self) -> None:
        made = markup.element("td", "a<b>&amp;\"'", markup.element("b", "<"), title='"<x')
        self.assertEqual(
            made,
            '<td title="&quot;&lt;x">a&lt;b&gt;&amp;amp;&quot;&#x27;<b>&lt;</b></td>',
        )

    def test_what_has_no_shape_is_spelled_out(self) -> None:
        self.assertEqual(
            markup.escaped(INVISIBLE), "a\\u202eb\\u0007c\\u2066d\\ufeffe\\ud800f"
        )
        for kept in ("läuft", "\u4f60\u3000\u597d", "\u0645\u06cc\u200c\u062e", "a\u00a0b"):
            self.assertEqual(markup.escaped(kept), kept)

    def test_attributes_are_words_or_left_out(self) -> None:
        made = markup.element("input", hidden=True, id=None, checked=False, data_value=0)
        self.assertEqual(made, '<input hidden data-value="0">')

    def test_policies_name_what_is_in_the_page(self) -> None:
        documents = mixed()
        index = class_page(documents, "Lab 1")
        page = submission_page(documents[3], "Lab 1", Neighbours(None, None))
        for text, scripts in ((index, 1), (page, 0)):
            policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)[0]
            self.assertTrue(policy.startswith("default-src &#x27;none&#x27;; img-src data:; "))
            self.assertNotIn("unsafe", policy)
            code = re.findall(r"<(style|script)>(.*?)</\1>", text, re.DOTALL)
            self.assertEqual([kind for kind, _ in code], ["style"] + ["script"] * scripts)
            for kind, inner in code:
                digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
                self.assertIn(f"{kind}-src &#x27;sha256-{digest}&#x27;", policy)
            self.assertEqual("script-src" in policy, bool(scripts))
            self.assertNotRegex(text, r"https?://|@import|url\(|\sstyle=|\son\w+=")

    def test_the_script_makes_no_markup(self) -> None:
        code = (PACKAGE / "class.js").read_text(encoding="utf-8")
        forbidden = r"HTML|insertAdjacent|document\.write|eval|Function\(|fetch|import"
        self.assertNotRegex(code, forbidden)


class Writing(KitTest):
    """The files."""

    def files(self, folder: Path) -> Dict[str, bytes]:
        """Everything in a folder."""
        paths = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_bytes() for path in paths}

    def test_bytes_depend_on_the_documents_alone(self) -> None:
        one, two = self.folder / "one", self.folder / "two"
        write_pages(one, class_of(*a_class(40)), "Memory")
        again = [{**member, "times": {"build": 3}} for member in reversed(a_class(40))]
        write_pages(two, class_of(*again), "Memory")
        first = self.files(one)
        self.assertEqual(first, self.files(two))
        self.assertEqual(len(first), 41)

    def test_pages_of_nobody_are_removed(self) -> None:
        write_pages(self.folder, mixed())
        write_pages(self.folder, mixed()[:2])
        names = sorted(self.files(self.folder))
        self.assertEqual(names, ["index.html", "pages/absent.html", "pages/broken.html"])

    def test_names_that_cannot_be_files_are_refused(self) -> None:
        for name in ("../x", "a/b", "", "a b", "x" * 201, "<b>"):
            with self.subTest(name[:9]), self.assertRaisesRegex(GraderError, "submission's name"):
                write_pages(self.folder, [replace(mixed()[0], id=name, submission="")])
        with self.assertRaisesRegex(GraderError, "two submissions are called 'full'"):
            write_pages(self.folder, [mixed()[2]] * 2)
        self.assertEqual(self.files(self.folder), {})

    def test_documents_of_grade_have_the_name_of_their_folder(self) -> None:
        plain = document("x", ["passed"] * LABELS, submission="work/anna/")
        for extra in ("id", "student", "notes"):
            del plain[extra]
        write_pages(self.folder, class_of(plain))
        self.assertIn("pages/anna.html", self.files(self.folder))

    def test_a_page_for_a_student_tells_of_nobody_else(self) -> None:
        half = mixed()[3]
        secret = replace(half.tests[5], name="secret_name", title="secret title", passed=False)
        told = replace(half, tests=half.tests[:5] + (secret,) + half.tests[6:])
        write_pages(self.folder / "all", [*mixed()[:3], told])
        write_student_pages(self.folder / "own", [*mixed()[:3], told])
        inside = (self.folder / "all" / "pages" / "half.html").read_text(encoding="utf-8")
        outside = (self.folder / "own" / "half.html").read_text(encoding="utf-8")
        for text in ("handed in twice", "full.html", "index.html", "secret title"):
            self.assertIn(text, inside)
            self.assertNotIn(text, outside)
        self.assertNotIn("secret_name", outside)
        self.assertIn("hidden test", outside)


class Command(KitTest):
    """grader/pages."""

    def results(self, *members: Dict[str, Any]) -> Path:
        """A class's folder."""
        folder = self.folder / "out"
        (folder / "results").mkdir(parents=True)
        for member in members:
            path = folder / "results" / f"{member['id']}.json"
            path.write_text(json.dumps(member), encoding="ascii")
        return folder

    def test_results_become_pages_with_the_title_of_the_lab(self) -> None:
        out = self.results(*a_class(3))
        done = self.must_succeed(SCRIPT, out)
        self.assertEqual(done.stdout, f"3 submissions: {out / 'index.html'}\n")
        self.assertIn("<h1>Lab 1: Memory</h1>", (out / "index.html").read_text(encoding="utf-8"))
        self.must_succeed(SCRIPT, out, "--students", self.folder / "own", "--title", "")
        page = (self.folder / "own" / "student001.html").read_text(encoding="utf-8")
        self.assertIn(", Lab 1</title>", page)

    def test_errors_are_one_line(self) -> None:
        out = self.results(*a_class(1))
        bad = out / "results" / "bad.json"
        for content in ("{", '{"schema": "other"}', '{"schema": "cairn.grade/1"}'):
            bad.write_text(content, encoding="ascii")
            done = self.must_end_with(2, SCRIPT, out)
            self.assertRegex(done.stderr, r"\Apages: [^\n]*bad\.json[^\n]*\n\Z")
        done = self.must_end_with(2, SCRIPT, self.folder)
        self.assertRegex(done.stderr, r"\Apages: there are no results in [^\n]+\n\Z")


class Explained(unittest.TestCase):
    """What the page of a submission says."""

    def page(self, made: Dict[str, Any]) -> str:
        """The page without its markup."""
        text = submission_page(parse(made), "Lab 1", Neighbours(None, None))
        body = re.sub(r"<(style|title)>.*?</\1>", "", text, flags=re.DOTALL)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))

    def test_a_failed_check_has_everything(self) -> None:
        text = self.page(document("x", ["failed_checks"] + ["passed"] * (LABELS - 1)))
        for words in ("1 of 18 tests failed", "test_1_1", "what test 1 is about", "Check check 0",
                      "Expected 1 (0x1)", "Happened 0 (0x0)", "Where lab1-memory/frame.c",
                      "Hint look at 0", "first part passed", "2 20 test.fail part=1", "PANIC",
                      "Look at frame.c:0, exercise frames", "Repeat grader/grade --lab 1",
                      "17 tests passed"):  # fmt: skip
            self.assertIn(words, text)

    def test_every_kind_of_failure_has_words(self) -> None:
        kinds = {kind.value for kind in Kind if kind is not Kind.PASSED}
        self.assertEqual(kinds - set(KINDS), set())

    def test_the_line_of_the_failure_is_marked(self) -> None:
        made = document("x", ["panic"] + ["passed"] * (LABELS - 1))
        trace = [
            "    1  10 test.begin name=panic",
            "    2  20 panic kind=x",
            "    3  30 panic.frame n=1",
        ]
        made["tests"][0]["outcomes"][0]["evidence"]["trace"] = trace
        text = submission_page(parse(made), "Lab 1")
        self.assertEqual(re.findall("<mark>(.*?)</mark>", text), [trace[1]])

    def test_tests_that_fail_alike_are_told_once(self) -> None:
        text = self.page(document("x", ["missing_exercise"] * LABELS))
        self.assertIn("15 of the 18 failed tests fail at the same place", text)
        self.assertEqual(text.count("5 tests that fail in the same way"), 3)
        self.assertEqual(text.count("Happened frame_alloc() is not implemented yet"), 1 + 3)
        self.assertEqual(text.count("Repeat grader/grade"), 15)

    def test_a_check_that_fails_often_is_told_once(self) -> None:
        made = document("x", ["failed_checks"] + ["passed"] * (LABELS - 1))
        findings = made["tests"][0]["outcomes"][0]["findings"]
        findings += [{**findings[0], "what": "again", "actual": f"{n % 9}"} for n in range(90)]
        text = self.page(made)
        self.assertIn("90 further failures in this test", text)
        self.assertEqual(text.count("again"), 1)
        self.assertIn("1 (0x1), but it was 3 (10 times)", text)
        self.assertIn("and 1 other pair", text)

    def test_runs_that_differ_are_told_apart(self) -> None:
        made = document("x", ["failed_checks"] + ["passed"] * (LABELS - 1))
        first = made["tests"][0]["outcomes"][0]
        other = {**first, "schedule": 6, "verdict": "triple_fault", "findings": []}
        made["tests"][0]["outcomes"] += [{**first, "schedule": 4}, other]
        text = self.page(made)
        self.assertIn("In QEMU, schedule 5; QEMU, schedule 4:", text)
        self.assertIn("In QEMU, schedule 6:", text)
        self.assertIn("triple fault", text)

    def test_errors_of_the_build_are_shown_instead_of_tests(self) -> None:
        text = self.page(unbuilt("x", "frame.c:1: error: <oops>"))
        self.assertIn("frame.c:1: error: &lt;oops&gt;", text)
        self.assertNotIn("test_1_1", text)
        self.assertIn("Nothing was handed in", self.page(unbuilt("x", "nothing was handed in")))


if __name__ == "__main__":
    unittest.main()
