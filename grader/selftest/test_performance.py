"""Tests the page about performance: how it is made, and that the one in docs/ was made so."""

from __future__ import annotations

import json
import re
import sys
import unittest

from kit import ROOT

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader import performance  # noqa: E402 (needs the path above)

FIGURES = {
    "kernel.text_bytes": 29000,
    "heap.alloc_free.64": 200,
    "frame.alloc_free.256m.1": 101,
    "frame.alloc_free.1024m.99": 102,
    "frame.alloc_free.16m": 103,
    "frame.alloc_free": 1100,
    "heap.alloc_free.4096": 300,
    "other.thing": 7,
    "other.thing.10p": 8,
    "other.thing.1000p": 9,
    "other.thing.10h": 11,
    "other.thing.1000e": 12,
    "other.thing.unheard": 10,
    "ipc.call.200": 900,
    "ipc.call.200.both": 1000,
    "ipc.call.200.10p": 901,
    "ipc.call.200.both.10p": 1001,
}
PEERS = {
    "systems": ["Large", "Small", "Absent"],
    "figures": {"frame.alloc_free": {"Large": "9,000-9,999"}, "kernel.text_bytes": {"Small": "1"}},
    "notes": {"frame.alloc_free": "a remark", "not.measured": "another"},
}


class Page(unittest.TestCase):
    """What the generator makes of figures."""

    def setUp(self) -> None:
        self.page = performance.page(FIGURES, {"frame.alloc_free": 4321}, PEERS)

    def row(self, name: str, table: int = 0) -> str:
        """The row of an operation in one of the tables."""
        return re.findall(rf"^\| `{re.escape(name)}` .*$", self.page, re.MULTILINE)[table]

    def test_operations_are_told_from_variants(self) -> None:
        self.assertEqual(
            performance.operations(FIGURES),
            [
                *("frame.alloc_free", "heap.alloc_free.64", "heap.alloc_free.4096"),
                *("ipc.call.200", "ipc.call.200.both", "kernel.text_bytes", "other.thing"),
            ],
        )

    def test_figures_stand_beside_those_of_others(self) -> None:
        self.assertIn("| 1,100 | 4,321 | 9,000-9,999 | - |", self.row("frame.alloc_free"))
        self.assertIn("| 29,000 | - | - | 1 |", self.row("kernel.text_bytes"))
        self.assertNotIn("Absent", self.page)

    def test_variants_are_in_order_of_size(self) -> None:
        self.assertIn("| operation | 32 MiB | 16 MiB | 256 MiB, 1 % | 1 GiB, 99 % |", self.page)
        self.assertIn("| 1,100 | 103 | 101 | 102 |", self.row("frame.alloc_free", 1))

    def test_each_kind_of_variant_has_a_table(self) -> None:
        self.assertIn("| operation | few processes | 10 processes | 1,000 processes |", self.page)
        self.assertEqual(self.row("other.thing", 1), "| `other.thing` | 7 | 8 | 9 |")
        self.assertIn("| operation | few of both | 10 handles | 1,000 endpoints |", self.page)
        self.assertEqual(self.row("other.thing", 2), "| `other.thing` | 7 | 11 | 12 |")
        self.assertIn("| operation | ordinary | unheard |", self.page)
        self.assertEqual(self.row("other.thing", 3), "| `other.thing` | 7 | 10 |")

    def test_an_operation_inside_the_name_of_another_keeps_its_variants(self) -> None:
        self.assertEqual(self.row("ipc.call.200", 1), "| `ipc.call.200` | 900 | 901 | - |")
        both = self.row("ipc.call.200.both", 1)
        self.assertEqual(both, "| `ipc.call.200.both` | 1,000 | 1,001 | - |")

    def test_remarks_are_shown_for_what_was_measured(self) -> None:
        self.assertIn("`frame.alloc_free`: a remark", self.page[1:])
        self.assertNotIn("another", self.page)

    def test_without_figures_of_others_there_is_a_page_too(self) -> None:
        self.assertIn("| 1,100 | - |", performance.page(FIGURES, {}, {}))


class Document(unittest.TestCase):
    """The page in docs/."""

    def test_the_document_is_a_generated_one(self) -> None:
        text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
        rows = dict(re.findall(r"^\| `([\w.]+)` \|[^|]*\| ([\d,]+) \|", text, re.MULTILINE))
        figures = {name: int(value.replace(",", "")) for name, value in rows.items()}
        self.assertLessEqual(set(performance.OPERATIONS), set(figures))
        peers = json.loads((ROOT / "grader" / "bench" / "peers.json").read_text("utf-8"))
        made = performance.page(figures, {}, peers)
        self.assertEqual(text.split("| operation |")[0], made.split("| operation |")[0])


if __name__ == "__main__":
    unittest.main()
