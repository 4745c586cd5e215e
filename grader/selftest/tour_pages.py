#!/usr/bin/env python3
"""The pages of the guided tours, docs/tours/*.md, and what the tours show.

Each page is about one script, scripts/gdb/tours/*.gdb, and has a section for each of its stops. The
blocks of a section are, one after the other, what the stop shows; `...` in them stands for any
text within a line and, as a line of its own, for any number of lines.

usage: tour_pages.py      (writes anew the blocks that are not what the tours show any more)

Addresses of code, numbers of lines and the like are left out of blocks that are written anew; what
else shall be left out is for the author to decide. Kernels are built in build/.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ROOT / "scripts" / "gdb" / "tours"
PAGES = ROOT / "docs" / "tours"
#: How a stop begins, a section of a page, and a block of it.
STOP = re.compile(r"^== \d+ of \d+: (.*) ==$", re.MULTILINE)
SECTION = re.compile(r"^## (.*)$", re.MULTILINE)
BLOCK = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Before each line that a tour says; not a part of the blocks.
SAID = "| "
TYPED = "(gdb) "
ANY = "..."
#: GDB's last line, about what becomes of the machine.
LAST = re.compile(r"^\[Inferior 1 .*\]$")
#: What differs from build to build, with groups that stay.
VARIES = (
    (r"^(#\d+ +)0x[0-9a-f]{8}\b", r"\1..."),
    (r"^0x[0-9a-f]{8}( in )", r"...\1"),
    (r"^(0x[0-9a-f]{8}\t)?\d+\t", "...\t"),
    (r"(\.[chS]):\d+", r"\1:..."),
    (r"(=> )0x[0-9a-f]+ (<\w+)\+\d+>", r"\1... \2...>"),
    (r"\b(\w+)\+\d+,", r"\1+...,"),
    (r"=0x[0-9a-f]+", "=..."),
)


@dataclass
class Tour:
    """A script, its page, and the lab whose kernel it is about."""

    script: Path
    page: Path
    lab: int
    backwards: bool

    def command(self, folder: Path) -> List[str]:
        """The command that goes through all stops, of the kernel that is built in a folder."""
        if self.backwards:
            command = [str(ROOT / "grader" / "rewind"), "--tour", str(self.script), str(folder)]
            return [*command, "-batch", "-ex", "tour all"]
        return [str(ROOT / "scripts" / "tour.sh"), "--batch", str(self.script), str(folder)]


def tours() -> List[Tour]:
    """Every tour."""
    found = []
    for script in sorted(SCRIPTS.glob("lab*.gdb")):
        lab = int(script.name[len("lab")])
        page = PAGES / f"{script.stem}.md"
        found.append(Tour(script, page, lab, script.stem.endswith("-backwards")))
    return found


def stops(printed: str) -> Dict[str, List[str]]:
    """What each stop of a tour has shown, without what it has said."""
    parts = STOP.split(re.sub(rf"(?m)^\n(?={re.escape(SAID)})", "", printed))
    return {
        title: [
            line.rstrip()
            for line in text.strip("\n").splitlines()
            if not line.startswith(SAID) and not LAST.match(line)
        ]
        for title, text in zip(parts[1::2], parts[2::2])
    }


def sections(page: str) -> Dict[str, List[str]]:
    """The blocks of each section of a page that has some."""
    parts = SECTION.split(page)
    found = {title: BLOCK.findall(text) for title, text in zip(parts[1::2], parts[2::2])}
    return {title: blocks for title, blocks in found.items() if blocks}


def fits(blocks: List[str], shown: List[str]) -> bool:
    """Whether the blocks of a section are what a stop has shown."""
    pattern = ""
    for line in "".join(blocks).splitlines():
        if line.strip() == ANY:
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(map(re.escape, line.rstrip().split(ANY))) + r"\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in shown)) is not None


def difference(blocks: List[str], shown: List[str]) -> str:
    """The first line of a section that is not what the stop has shown."""
    lines = "".join(blocks).splitlines()
    for count in range(1, len(lines) + 1):
        if not fits(["\n".join([*lines[:count], ANY, ""])], shown):
            return f"from here on, the page is wrong: {lines[count - 1]}"
    return "the tour shows more than the page"


def written(shown: List[str]) -> str:
    """A block for what a stop has shown."""
    lines = []
    for line in shown:
        if not line.startswith(TYPED):
            for pattern, kept in VARIES:
                line = re.sub(pattern, kept, line)
        lines.append(line + "\n")
    return "".join(lines)


def split(blocks: List[str], shown: List[str]) -> List[str]:
    """What a stop has shown, in as many blocks as before, each of which begins as before."""
    firsts = [block.split("\n")[0] for block in blocks[1:]]
    parts: List[List[str]] = [[]]
    for line in shown:
        if firsts and line == firsts[0] and parts[-1]:
            firsts.pop(0)
            parts.append([])
        parts[-1].append(line)
    return [written(lines) for lines in parts]


def renewed(page: str, shown: Dict[str, List[str]]) -> str:
    """A page with new blocks in sections whose blocks do not fit."""
    parts = SECTION.split(page)
    for number in range(1, len(parts), 2):
        title, text = parts[number], parts[number + 1]
        blocks = BLOCK.findall(text)
        if title in shown and not fits(blocks, shown[title]):
            fresh = split(blocks, shown[title])
            text = BLOCK.sub(lambda match: f"```text\n{fresh.pop(0) if fresh else ''}```", text)
        parts[number] = f"## {title}"
        parts[number + 1] = text
    return "".join(parts)


def main() -> None:
    """Bring the pages up to date."""
    for tour in tours():
        make = ["make", f"LAB={tour.lab}", "REF=all", "kernel"]
        subprocess.run(make, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        command = tour.command(ROOT / "build" / f"lab{tour.lab}-ref")
        nobody = subprocess.DEVNULL
        done = subprocess.run(
            command, cwd=ROOT, stdin=nobody, stdout=subprocess.PIPE, text=True, check=True
        )
        before = tour.page.read_text(encoding="ascii")
        after = renewed(before, stops(done.stdout))
        if after != before:
            tour.page.write_text(after, encoding="ascii")
            print(f"{tour.page.relative_to(ROOT)} is new")


if __name__ == "__main__":
    main()
