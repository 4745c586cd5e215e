"""Checks what the documents say against the tree: links, commands and files."""

from __future__ import annotations

import re
import shutil
import subprocess
import unittest
from pathlib import Path
from typing import List

from kit import NOT_COPIED, ROOT
from markdown_links import dead_links, lines

ORDER = 30

# Words that begin like a path of the tree, in running text or in commands.
PATH = re.compile(r"(?<![\w/.-])(?:src|labs|solutions|grader|docs|scripts)/[\w./*-]*\w")
# Folders and files that exist only after a command, and names with a part to fill in.
NOT_THERE = re.compile(r"build|N|NAME|USER|\*|\.\.\.|TEST|results?\.json")


def documents() -> List[Path]:
    """Every Markdown file of the tree."""
    found = [path for path in ROOT.rglob("*.md") if not set(path.parts) & set(NOT_COPIED)]
    return sorted(found)


class Documents(unittest.TestCase):
    """One part for each document."""

    def test_links_lead_somewhere(self) -> None:
        for path in documents():
            with self.subTest(str(path.relative_to(ROOT))):
                # The release's README.md is written for the root of the release.
                beside = ROOT if path.name == "release-readme.md" else path.parent
                self.assertEqual(list(dead_links(path, beside)), [])

    def test_commands_exist(self) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        targets = set(re.findall(r"^([a-z_][\w-]*):", makefile, re.MULTILINE))
        for path in documents():
            with self.subTest(str(path.relative_to(ROOT))):
                unknown = []
                for number, line in lines(path):
                    quoted = re.findall(r"`make ([^`]+)`", line)
                    quoted += re.findall(r"^(?: {4}|\$ )make ([^#]+)", line)
                    for word in (word for command in quoted for word in command.split()):
                        known = word in targets or re.match(r"run-\w|[A-Z_]+=|-", word)
                        if re.match(r"[a-z]", word) and not known:
                            unknown.append(f"{number}: make {word}")
                self.assertEqual(unknown, [])

    def test_files_that_are_named_exist(self) -> None:
        for path in documents():
            with self.subTest(str(path.relative_to(ROOT))):
                absent = [
                    f"{number}: {name}"
                    for number, line in lines(path)
                    for name in PATH.findall(line)
                    if not (ROOT / name).exists() and not NOT_THERE.search(name)
                ]
                self.assertEqual(absent, [])

    def test_scripts_are_executable(self) -> None:
        for path in sorted((ROOT / "scripts").glob("*.sh")):
            with self.subTest(path.name):
                self.must_be_executable(path)

    def must_be_executable(self, path: Path) -> None:
        """A script that the Makefile calls must be executable, for git too."""
        self.assertTrue(path.stat().st_mode & 0o111, f"chmod +x {path.name}")
        if (ROOT / ".git").exists() and shutil.which("git"):
            listed = subprocess.run(
                ["git", "ls-files", "-s", str(path)], cwd=ROOT, stdout=subprocess.PIPE, check=False
            ).stdout.decode()
            self.assertTrue(listed.startswith("100755") or not listed, listed)


if __name__ == "__main__":
    unittest.main()
