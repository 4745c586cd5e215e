"""The pages of a site as its tests read them: ids, addresses, and links that lead nowhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Dict, List, Optional, Set


class Reader(HTMLParser):
    """Collects the ids and the addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: List[str] = []
        self.addresses: Set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: "list[tuple[str, Optional[str]]]") -> None:
        """Note what an element says."""
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.ids.append(value or "")
            elif name in ("href", "src"):
                self.addresses.add(value or "")


def read_pages(folder: Path) -> Dict[str, Reader]:
    """Every page of a folder by its name."""
    return {path.name: Reader(path.read_text("utf-8")) for path in sorted(folder.glob("*.html"))}


def dead_links(folder: Path, pages: Dict[str, Reader]) -> List[str]:
    """Addresses of the pages that name no file of the folder, or no place in it."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    ids = {name: set(page.ids) for name, page in pages.items()}
    dead = []
    for name, page in pages.items():
        for address in page.addresses:
            place, _, anchor = address.partition("#")
            place = place or name
            if re.match(r"https?:|javascript:|data:,$", address):
                continue
            if place not in there or (anchor and anchor not in ids.get(place, ())):
                dead.append(f"{name}: {address}")
    return dead
