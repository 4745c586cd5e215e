"""Follows docs/write-a-test.md, word for word, in a copy of the kit."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Iterator, NamedTuple

from kit import ROOT, KitTest, need

ORDER = 20
#: Blocks, each with the line before it, which may name the file that the block is.
BLOCK = re.compile(r"([^\n]*)\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CAPTION = re.compile(r"`([\w.-]+)` in `([\w./-]+)`:")


class Block(NamedTuple):
    """A fenced block of the page."""

    caption: str
    language: str
    text: str


def blocks() -> Iterator[Block]:
    """The blocks of the page, in order."""
    page = (ROOT / "docs" / "write-a-test.md").read_text(encoding="utf-8")
    for match in BLOCK.finditer(page):
        yield Block(*match.groups())


class Tutorial(KitTest):
    """One test: each step needs those before it."""

    @need("qemu-system-i386", "bochs", "patch")
    def test_followed(self) -> None:
        """Files are written, patches applied, commands run, and what they print compared."""
        kit = self.copy_of_kit()
        printed = ""
        kinds = []
        for caption, language, text in blocks():
            kinds.append(language)
            named = CAPTION.search(caption)
            if language == "sh":
                printed = self.must_succeed("sh", "-e", "-c", text, cwd=kit, timeout=280).stdout
            elif language == "text":
                self.must_be_printed(text, printed)
            elif named:
                (kit / named.group(2) / named.group(1)).write_text(text, encoding="utf-8")
            else:
                self.assertEqual(language, "diff", f"a block that is nothing: {text}")
                self.apply(kit, text)
        self.assertGreaterEqual(kinds.count("sh"), 5)
        self.assertGreaterEqual(kinds.count("text"), 5)

    def must_be_printed(self, shown: str, printed: str) -> None:
        """Every line that the page shows begins a line that the command printed."""
        lines = printed.splitlines()
        for line in shown.splitlines():
            self.assertTrue(any(other.startswith(line) for other in lines), f"{line}\n{printed}")

    def apply(self, kit: Path, text: str) -> None:
        """Apply a patch as the page says."""
        done = subprocess.run(
            ["patch", "-p1"], cwd=kit, input=text, capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("fuzz", done.stdout)
