"""Tests of the pages of a class in a real browser, and of their colours."""

from __future__ import annotations

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

from browser import LEAST_CONTRAST, PATIENCE, Browser, find_browser
from class_documents import HOSTILE, INVISIBLE, a_class, hostile, mixed
from kit import ROOT

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.formats.document import Student, parse  # noqa: E402  (the path must be set first)
from cairn_grader.pages import figures, standing  # noqa: E402
from cairn_grader.pages.writing import write_pages  # noqa: E402

ORDER = 15

PACKAGE = ROOT / "grader" / "cairn_grader" / "pages"
WIDTHS = (1280, 360)
#: Least contrast of text, and of what is drawn.
TEXT, DRAWN = 4.5, 3.0


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
        cls.documents = [parse(one) for one in a_class(60)]
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

    def test_a_class_fits_any_width(self) -> None:
        for width in (320, 500, 761, 900, 981, 1920):
            self.show(self.out / "index.html", width)
            self.must_be_fine()
            wide = "(e => e.scrollWidth - e.clientWidth)(document.querySelector('.wide'))"
            self.assertLessEqual(self.value(wide), 0, f"{width} pixels")

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
        write_pages(out, [parse(hostile("a")), raw, *map(parse, mixed())], HOSTILE)
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
        write_pages(out, [parse(one) for one in a_class(300)], "Memory")
        self.assertLess((out / "index.html").stat().st_size, 600_000)
        self.assertEqual(len(list((out / "pages").iterdir())), 300)
        self.show(out / "index.html", 360)
        self.choose("find", "student29")
        self.assertEqual(len(self.rows()), 10)
        self.must_be_fine()


if __name__ == "__main__":
    unittest.main()
