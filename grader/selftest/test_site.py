"""Tests of the site that `make docs` builds, of its pictures, and of the map of the source tree."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
import unittest
import xml.etree.ElementTree as ElementTree
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, Iterator, Set, Tuple

from browser import PATIENCE, Browser, find_browser
from kit import ROOT, have, need, run
from site_pages import dead_links, read_pages

ORDER = 31
LIMIT = 1200

#: Least contrast of text.
TEXT = 4.5
PICTURES = sorted([*ROOT.glob("labs/*/*.svg"), *ROOT.glob("docs/*.svg")])
MAP = ROOT / "docs" / "source-map.svg"
SVG = "{http://www.w3.org/2000/svg}"


@lru_cache(maxsize=None)
def site() -> Path:
    """The site, built once for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="the site-"))
    unittest.addModuleCleanup(shutil.rmtree, folder, ignore_errors=True)
    done = run("sh", ROOT / "scripts" / "docs.sh", folder)
    assert done.returncode == 0, done.stderr
    return folder / "html"


@need("doxygen")
class Links(unittest.TestCase):
    """Every page, read as a file."""

    def test_no_link_is_dead(self) -> None:
        self.assertEqual(dead_links(site(), read_pages(site())), [])

    def test_every_tour_is_in_the_navigation(self) -> None:
        navigation = (site() / "navtreedata.js").read_text("utf-8")
        for tour in sorted((ROOT / "docs" / "tours").glob("*.md")):
            kind = "tour_backwards" if tour.stem.endswith("-backwards") else "tour"
            self.assertIn(f'"{tour.stem.partition("-")[0]}_{kind}.html"', navigation)


@need("doxygen", "qemu-system-i386")
class Example(unittest.TestCase):
    """The drawn run of the reference."""

    def test_it_is_there_and_in_the_navigation(self) -> None:
        page = (site() / "trace.html").read_text("utf-8")
        self.assertIn("vfs.open", page, "no message of lab 3 is in it")
        self.assertIn('"trace.html"', (site() / "navtreedata.js").read_text("utf-8"))


class Map(unittest.TestCase):
    """The map of the source tree against the tree."""

    def groups(self) -> Iterator[Tuple[str, ElementTree.Element]]:
        """Each part of the picture that stands for a folder."""
        for group in ElementTree.parse(MAP).getroot().iter(f"{SVG}g"):
            if "data-folder" in group.attrib:
                yield group.attrib["data-folder"], group

    def shown(self) -> Dict[str, Set[str]]:
        """The files that the picture names, by their folders."""
        found: Dict[str, Set[str]] = {}
        for folder, group in self.groups():
            names = found.setdefault(folder, set())
            for text in group.iter(f"{SVG}text"):
                if text.get("class") == "files":
                    names.update(word for word in (text.text or "").split() if word[-1] != "/")
        return found

    def test_what_the_picture_names_is_there(self) -> None:
        shown = self.shown()
        self.assertGreater(len(shown), 15)
        absent = [
            f"{folder}/{name}"
            for folder, names in shown.items()
            for name in names
            if not (ROOT / folder / name).is_file()
        ]
        self.assertEqual(absent, [])
        self.assertEqual([folder for folder in shown if not (ROOT / folder).is_dir()], [])

    def test_the_picture_has_every_file_that_students_write(self) -> None:
        for folder in sorted((ROOT / "labs").iterdir()):
            files = {path.name for path in folder.glob("*.[cS]")}
            self.assertEqual(self.shown()[f"labs/{folder.name}"], files)

    def test_picture_and_page_have_every_folder_of_the_kernel(self) -> None:
        page = (ROOT / "docs" / "map.md").read_text("utf-8")
        listed = {span.rstrip("/") for span in re.findall(r"`([\w/-]+/)`", page)}
        folders = {
            path.parent.relative_to(ROOT).as_posix()
            for root in ("src", "labs")
            for path in (ROOT / root).rglob("*.[chS]")
        }
        self.assertEqual(sorted(folders - listed), [])
        pictured = set(self.shown())
        self.assertEqual(sorted(folders - pictured - {"src/user/include/sys"}), [])

    def test_what_to_read_first_is_numbered_alike(self) -> None:
        page = (ROOT / "docs" / "map.md").read_text("utf-8")
        rows = re.findall(r"^\| (\d) \| `([^`]+)` \|", page, re.MULTILINE)
        self.assertEqual([int(number) for number, _ in rows], list(range(1, len(rows) + 1)))
        numbers = [
            (text.text, folder)
            for folder, group in self.groups()
            for text in group.iter(f"{SVG}text")
            if text.get("class") == "number"
        ]
        for number, path in rows:
            folder, _, name = path.rpartition("/")
            self.assertIn((number, folder), numbers)
            self.assertIn(name, self.shown()[folder])
        self.assertEqual(len(numbers), len(rows))


#: Of each text of a picture: it, its box, the box of the smallest rectangle that it begins in (or
#: of the picture), and the contrast with what is behind it.
TEXTS = """(() => {
  const box = (e) => { const b = e.getBBox(); return [b.x, b.y, b.x + b.width, b.y + b.height]; };
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const shapes = [...document.querySelectorAll("rect, circle")]
    .filter((e) => getComputedStyle(e).fill !== "none");
  return [...document.querySelectorAll("text")].map((text) => {
    const own = box(text);
    const x = (own[0] + own[2]) / 2, y = (own[1] + own[3]) / 2;
    const behind = shapes.filter((e) => {
      const [left, top, right, bottom] = box(e);
      return left <= x && x <= right && top <= y && y <= bottom;
    }).sort((a, b) => (box(a)[2] - box(a)[0]) * (box(a)[3] - box(a)[1])
      - (box(b)[2] - box(b)[0]) * (box(b)[3] - box(b)[1]));
    const [low, high] = [text, behind[0]].map((e) => light(getComputedStyle(e).fill))
      .sort((a, b) => a - b);
    return [text.textContent, own, box(behind[0]), (high + 0.05) / (low + 0.05)];
  });
})()"""

@unittest.skipUnless(find_browser() and have("doxygen"), "not installed: chromium, or doxygen")
class InBrowser(unittest.TestCase):
    """The site and its pictures in Chromium; all tests share one."""

    browser: Browser

    @classmethod
    def setUpClass(cls) -> None:
        """Start the browser."""
        folder = Path(tempfile.mkdtemp(prefix="site-browser-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.browser = Browser(folder).__enter__()
        cls.addClassCleanup(cls.browser.__exit__, None, None, None)

    def value(self, expression: str) -> Any:
        """What an expression gives in the page."""
        return self.browser.evaluate(expression)

    def test_nothing_is_wider_than_a_phone(self) -> None:
        for name in ("index", "lab1_handout", "lab3_handout", "md_docs_map", "group__lab1__frames"):
            for dark in (False, True):
                with self.subTest(f"{name}, dark: {dark}"):
                    self.browser.look_at(site() / f"{name}.html", 390, dark)
                    wide = "document.documentElement.scrollWidth - innerWidth"
                    self.assertLessEqual(self.value(wide), 0)
                    turned = self.value("getComputedStyle(document.documentElement).filter")
                    self.assertEqual("invert" in turned, dark)
                    self.assertEqual(self.browser.errors, [])

    def test_every_handout_is_one_click_away(self) -> None:
        links = "[...document.querySelectorAll('%s')].filter((a) => a.checkVisibility())"
        for width, place in ((1280, "#main-nav a"), (390, "div.contents a")):
            self.browser.look_at(site() / "index.html", width)
            href = "(a) => (a.getAttribute('href') ?? '').split('#')[0]"
            found = self.value(f"{links % place}.map({href})")
            for handout in ROOT.glob("labs/lab*/README.md"):
                number = handout.parent.name[len("lab") :].split("-")[0]
                self.assertIn(f"lab{number}_handout.html", found, f"{width} pixels")

    def test_search_finds_a_function(self) -> None:
        for width in (1280, 390):
            self.browser.look_at(site() / "index.html", width)
            self.value("document.getElementById('MSearchField').focus()")
            self.browser.call("Input.insertText", text="frame_alloc")
            self.browser.key("c")
            shown = "getComputedStyle(document.getElementById('MSearchResultsWindow')).display"
            end = time.monotonic() + PATIENCE
            while self.value(shown) != "block":
                self.assertLess(time.monotonic(), end, f"{width} pixels")
                time.sleep(0.05)
            self.browser.settle()
        found = [path for path in (site() / "search").glob("all_*.js") if "'frame_alloc'" in
                 path.read_text("utf-8")]  # fmt: skip
        self.assertEqual(len(found), 1)

    def test_texts_of_pictures_are_in_their_boxes_and_stand_out(self) -> None:
        for picture in PICTURES:
            for dark in (False, True):
                with self.subTest(f"{picture.name}, dark: {dark}"):
                    self.browser.look_at(picture, 1280, dark)
                    texts = self.value(TEXTS)
                    self.assertGreater(len(texts), 10)
                    for text, own, around, contrast in texts:
                        self.assertGreaterEqual(contrast, TEXT, text)
                        self.assertGreaterEqual(own[0], around[0], text)
                        self.assertLessEqual(own[2], around[2], text)


if __name__ == "__main__":
    unittest.main()
