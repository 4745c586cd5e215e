"""Tests of grader/pages: what is counted, what is escaped, and the pages in a real browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import sys
import tempfile
import time
import unittest
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import class_documents
from browser import PATIENCE, Browser, find_browser
from class_documents import HOSTILE, TESTS, a_class, document, hostile, unbuilt
from kit import ROOT, KitTest

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.errors import GraderError  # noqa: E402  (the path must be set first)
from cairn_grader.formats.document import Document, Student, parse  # noqa: E402
from cairn_grader.pages import figures, markup, standing  # noqa: E402
from cairn_grader.pages.charts import describe, histogram  # noqa: E402
from cairn_grader.pages.class_page import class_page  # noqa: E402
from cairn_grader.pages.submission_page import Neighbours, submission_page  # noqa: E402
from cairn_grader.pages.writing import write_pages, write_student_pages  # noqa: E402

ORDER = 14

SCRIPT = ROOT / "grader" / "pages"
PACKAGE = ROOT / "grader" / "cairn_grader" / "pages"
WIDTHS = (1280, 360)
#: Least contrast of text, and of what is drawn.
TEXT, DRAWN = 4.5, 3.0
LABELS = len(class_documents.EXERCISES) * TESTS

INVISIBLE = "a\u202eb\u0007c\u2066d\ufeffe\ud800f"


def class_of(*members: Dict[str, Any]) -> List[Document]:
    """Documents as the pages take them."""
    return [parse(member) for member in members]


def mixed() -> List[Document]:
    """One of each kind, by name: absent, broken, full, half, lazy."""
    half = ["passed"] * TESTS + ["panic"] * TESTS + ["failed_checks"] * TESTS
    return class_of(
        unbuilt("absent", "nothing was handed in"),
        unbuilt("broken", "frame.c:1: error: no", "and more", notes=["not an archive"]),
        document("full", ["passed"] * LABELS),
        document("half", half, notes=["handed in twice", "late"]),
        document("lazy", ["missing_exercise"] * LABELS),
    )


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
            with self.subTest(name), self.assertRaisesRegex(GraderError, "submission's name"):
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


def colours(dark: bool) -> Dict[str, str]:
    """The variables of page.css."""
    text = (PACKAGE / "page.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", text, re.DOTALL)[: 2 if dark else 1]
    found: Dict[str, str] = {}
    for block in blocks:
        found.update(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    return found


def luminance(colour: str) -> float:
    """WCAG 2, relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2, contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


class Colours(unittest.TestCase):
    """Contrast, from the style itself."""

    def pairs(self) -> Iterator[Tuple[str, str, float]]:
        """What stands on what."""
        for ground in ("page", "panel", "lane"):
            for ink in ("ink", "soft", "focus"):
                yield ink, ground, TEXT
        for kind in ("good", "some", "bad"):
            yield f"{kind}-ink", f"{kind}-tint", TEXT
            yield f"{kind}-ink", "panel", TEXT
            yield kind, "panel", DRAWN
        yield "panel", "focus", TEXT
        for ink in ("ink", "soft"):
            yield ink, "some-tint", TEXT

    def test_text_stands_out_from_its_ground(self) -> None:
        for dark in (False, True):
            values = colours(dark)
            for ink, ground, least in self.pairs():
                words = f"{ink} on {ground}, dark: {dark}"
                self.assertGreaterEqual(contrast(values[ink], values[ground]), least, words)
        self.assertAlmostEqual(contrast("#000000", "#ffffff"), 21)

    def test_the_timeline_has_the_same_palette(self) -> None:
        other = (ROOT / "scripts" / "timeline" / "page.css").read_text(encoding="utf-8")
        for dark in (False, True):
            values = colours(dark)
            for name in ("page", "panel", "ink", "soft", "line", "lane", "focus"):
                self.assertIn(f"--{name}: {values[name]};", other)


#: The least contrast of any text on the page with what is behind it, and that text.
LEAST_CONTRAST = """(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => numbers(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if ((numbers(colour)[3] ?? 1) === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  let least = [99, ""];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility?.()) continue;
    if (element.closest("script, svg, option")) continue;
    const [low, high] = [light(getComputedStyle(element).color), light(ground(element))]
      .sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < least[0]) least = [ratio, texts.currentNode.data];
  }
  return least;
})()"""

OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
#: Elements that no page has, and attributes that would run something.
FOREIGN = """[...document.querySelectorAll('*')].filter((e) =>
  /^(img|iframe|object|embed|form|base|u|s|audio|video)$/i.test(e.tagName)
  || [...e.attributes].some((a) => /^on|^style$|^srcdoc$/i.test(a.name))).length"""


@unittest.skipUnless(find_browser(), "not installed: chromium")
class InBrowser(unittest.TestCase):
    """The pages in Chromium; all tests share one."""

    @classmethod
    def setUpClass(cls) -> None:
        """Write the pages of a class and start the browser."""
        cls.folder = Path(tempfile.mkdtemp(prefix="pages-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.out = cls.folder / "out"
        cls.documents = class_of(*a_class(60))
        write_pages(cls.out, cls.documents, "Memory")
        cls.browser = cls.enterClassContext_(Browser(cls.folder / "browser"))

    @classmethod
    def enterClassContext_(cls, browser: Browser) -> Browser:
        """The same as enterClassContext() of later versions of Python."""
        cls.addClassCleanup(browser.__exit__, None, None, None)
        return browser.__enter__()

    def show(self, path: Path, width: int = 1280, dark: bool = False) -> None:
        """Load a page, with a script or without."""
        self.browser.requests.clear()
        self.browser.resize(width, 900)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.browser.call("Emulation.setEmulatedMedia", features=[scheme])
        self.browser.show(path)

    def load_without_scripts(self, path: Path) -> None:
        """Load a page where scripts are off, and with them what tells when a page is drawn."""
        self.browser.call("Page.navigate", url=path.resolve().as_uri())
        deadline = time.monotonic() + PATIENCE
        while self.value("location.protocol + document.readyState") != "file:complete":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def value(self, expression: str) -> Any:
        """What an expression gives in the page."""
        return self.browser.evaluate(expression)

    def must_be_fine(self) -> None:
        """Nothing failed, nothing else was loaded, and nothing is wider than the window."""
        self.assertEqual(self.browser.errors, [])
        self.assertEqual({url.split(":")[0] for url in self.browser.requests}, {"file"})
        self.assertEqual(len(set(self.browser.requests)), 1)
        wide = "document.documentElement.scrollWidth - window.innerWidth"
        self.assertLessEqual(self.value(wide), 0)
        self.assertIn(self.value("document.documentElement.dataset.errors ?? '0'"), "0")

    def rows(self, what: str = "querySelector('a').textContent") -> List[Any]:
        """Something of each row that is shown, in their order."""
        return list(
            self.value(
                "[...document.querySelectorAll('#submissions tbody tr')]"
                f".filter((row) => row.checkVisibility()).map((row) => row.{what})"
            )
        )

    def choose(self, name: str, value: str) -> None:
        """Give a field of the filter a value."""
        event = "input" if name == "find" else "change"
        self.value(
            f"(e => {{ e.value = {json.dumps(value)}; e.dispatchEvent(new Event('{event}')); }})"
            f"(document.getElementById('{name}'))"
        )

    def test_pages_fit_both_widths_in_light_and_dark(self) -> None:
        kinds = {standing.standing(one): standing.identity(one) for one in self.documents}
        self.assertEqual(len(kinds), len(standing.Standing))
        pages = [self.out / "index.html"]
        pages += [self.out / "pages" / f"{name}.html" for name in kinds.values()]
        grounds = set()
        for path in pages:
            for width in WIDTHS:
                for dark in (False, True):
                    with self.subTest(f"{path.name}, {width} pixels, dark: {dark}"):
                        self.show(path, width, dark)
                        self.must_be_fine()
                        self.value(OPEN_ALL)
                        self.must_be_fine()
                        ratio, text = self.value(LEAST_CONTRAST)
                        self.assertGreaterEqual(ratio, TEXT, text)
                        self.assertLess(ratio, 99)
                        grounds.add(self.value("getComputedStyle(document.body).backgroundColor"))
        self.assertEqual(len(grounds), 2)

    def test_columns_sort(self) -> None:
        self.show(self.out / "index.html")
        names = [standing.person(one) for one in sorted(self.documents, key=standing.order)]
        self.assertEqual(self.rows(), names)
        points = "cells[1].textContent"
        head = "document.querySelectorAll('#submissions th button')[%d].click()"
        self.value(head % 1)
        every = sorted((one.points for one in self.documents), reverse=True)
        self.assertEqual([float(text) for text in self.rows(points)], every)
        self.value(head % 1)
        self.assertEqual([float(text) for text in self.rows(points)], every[::-1])
        order = "[...document.querySelectorAll('[aria-sort]')].map((e) => e.ariaSort).join()"
        self.assertEqual(self.value(order), "ascending")
        for column in range(len(self.value("document.querySelector('thead tr').cells"))):
            self.value(head % column)
        self.assertEqual(len(self.rows()), len(names))
        self.must_be_fine()

    def test_a_column_sorts_by_the_keyboard(self) -> None:
        self.show(self.out / "index.html")
        self.value("document.querySelectorAll('#submissions th button')[1].focus()")
        enter: Dict[str, Any] = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        self.browser.call("Input.dispatchKeyEvent", type="keyDown", text="\r", **enter)
        self.browser.call("Input.dispatchKeyEvent", type="keyUp", **enter)
        self.browser.settle()
        best = max(one.points for one in self.documents)
        self.assertEqual(float(self.rows("cells[1].textContent")[0]), best)
        self.assertIn("solid", self.value("getComputedStyle(document.activeElement).outline"))

    def test_filters_show_exactly_what_fits(self) -> None:
        self.show(self.out / "index.html")
        everybody = len(self.documents)
        for state in standing.Standing:
            self.choose("state", state.value)
            wanted = sum(standing.standing(one) is state for one in self.documents)
            self.assertEqual(len(self.rows()), wanted)
            shown = f"{wanted} of {everybody} are shown."
            self.assertEqual(self.browser.text("#shown"), shown)
        self.choose("state", "notes")
        self.assertEqual(len(self.rows()), sum(bool(one.notes) for one in self.documents))
        self.choose("state", "")
        wanted_one = self.documents[7]
        self.choose("find", f"  {wanted_one.student.email.upper()} {wanted_one.student.name[:3]}")
        self.assertEqual(self.rows(), [wanted_one.student.name])
        self.choose("find", "nobody is called so")
        self.assertEqual(self.rows(), [])
        self.assertTrue(self.value("document.getElementById('nobody').checkVisibility()"))
        self.value("document.getElementById('all').click()")
        self.assertEqual(len(self.rows()), everybody)
        self.assertEqual(self.browser.text("#shown"), f"All {everybody} are shown.")
        self.must_be_fine()

    def test_a_test_shows_who_fails_it(self) -> None:
        ordered = sorted(self.documents, key=standing.order)
        row = figures.failing(ordered)[1]
        self.show(self.out / "index.html")
        pick = "document.querySelectorAll('.pick button')[1]"
        self.assertEqual(self.value(pick + ".textContent"), row.test.name)
        self.value(pick + ".click()")
        wanted = [standing.person(ordered[place]) for place in row.failed]
        self.assertEqual(self.rows(), wanted)
        self.assertEqual(self.value(pick + ".ariaPressed"), "true")
        address = self.rows("querySelector('a').hash")
        self.assertEqual(set(address), {"#" + standing.anchor(row.test)})
        self.value(pick + ".click()")
        self.assertEqual(len(self.rows()), len(ordered))

    def test_links_lead_to_pages_and_places(self) -> None:
        for path in [self.out / "index.html", *sorted((self.out / "pages").glob("*.html"))]:
            text = path.read_text(encoding="utf-8")
            for address in re.findall(r'href="([^"]*)"', text):
                name, _, place = address.partition("#")
                if address != "data:,":
                    target = path.parent / name if name else path
                    self.assertTrue(target.is_file(), f"{path.name}: {address}")
                    self.assertIn(f'id="{place}"' if place else "", target.read_text("utf-8"))

    def test_failures_lead_to_their_place(self) -> None:
        ordered = sorted(self.documents, key=standing.order)
        for row in figures.failing(ordered)[:3]:
            for place in row.failed:
                name = standing.identity(ordered[place])
                page = (self.out / "pages" / f"{name}.html").read_text(encoding="utf-8")
                self.assertEqual(page.count(f'id="{standing.anchor(row.test)}"'), 1)

    def test_a_class_is_complete_without_scripts(self) -> None:
        self.browser.call("Emulation.setScriptExecutionDisabled", value=True)
        try:
            for width in WIDTHS:
                self.browser.requests.clear()
                self.browser.resize(width, 900)
                self.load_without_scripts(self.out / "index.html")
                self.must_be_fine()
                self.assertEqual(len(self.rows()), len(self.documents))
                shown = "document.getElementById('controls').checkVisibility()"
                self.assertFalse(self.value(shown))
                self.assertEqual(self.value("document.querySelectorAll('button').length"), 1)
        finally:
            self.browser.call("Emulation.setScriptExecutionDisabled", value=False)

    def test_hostile_texts_stay_texts(self) -> None:
        raw = replace(
            parse(hostile("raw")),
            student=Student("raw", HOSTILE + INVISIBLE, HOSTILE),
            notes=(HOSTILE + INVISIBLE,),
        )
        out = self.folder / "hostile"
        write_pages(out, [parse(hostile("a")), raw, *mixed()], HOSTILE)
        for name in ("index.html", "pages/a.html", "pages/raw.html"):
            for width in WIDTHS:
                with self.subTest(f"{name}, {width} pixels"):
                    self.show(out / name, width)
                    self.value(OPEN_ALL)
                    self.must_be_fine()
                    self.assertEqual(self.value(FOREIGN), 0)
                    self.assertIsNone(self.value("window.broken"))
                    scripts = self.value("document.scripts.length")
                    self.assertEqual(scripts, int(name == "index.html"))
        spelled = HOSTILE + "a\\u202eb\\u0007c\\u2066d\\ufeffe\\ud800f"
        self.assertEqual(self.browser.text("h1"), spelled)

    def test_three_hundred_are_one_page(self) -> None:
        out = self.folder / "many"
        write_pages(out, class_of(*a_class(300)), "Memory")
        self.assertLess((out / "index.html").stat().st_size, 600_000)
        self.assertEqual(len(list((out / "pages").iterdir())), 300)
        self.show(out / "index.html", 360)
        self.choose("find", "student29")
        self.assertEqual(len(self.rows()), 10)
        self.must_be_fine()


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
                      "Hint look at 0", "first part passed", "ev=test.fail", "PANIC",
                      "Repeat grader/grade --lab 1", "17 tests passed"):  # fmt: skip
            self.assertIn(words, text)

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
