"""The benchmark command: calibration, figures, table."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Dict
from unittest import mock

from grader_kit import GraderTest
from kit import ROOT, KitTest, need

from cairn_grader import calibration
from cairn_grader.bench import Measurement, read_figures, tables
from cairn_grader.errors import GraderError
from cairn_grader.performance import OPERATIONS, variants_of
from cairn_grader.processes import Processes
from cairn_grader.trace import parse_trace

ORDER = 15
#: The last lab, whose kernel can do everything.
LAB = max(int(path.name[len("lab") :]) for path in (ROOT / "grader" / "bench").glob("lab*"))
BUDGETS_FILE = ROOT / "grader" / "bench" / "budgets.json"
BUDGETS: Dict[str, int] = json.loads(BUDGETS_FILE.read_text("ascii"))["instructions"]

#: Instructions by which figures that are equal may differ: the clock's ticks fall anywhere.
EQUAL = 3
#: How much longer a look-up may take among 10,000 names: buckets are not all equally full.
MORE_NAMES = 1.25

BENCH_C = r"""
#include "kernel/ktest.h"
#include "kernel/x86/cpu.h"

KTEST(bench_loop, KTEST_FRAMES)
{
    uint32_t samples[3];
    for (uint32_t i = 0; i < 3; i++) {
        uint64_t start = cpu_timestamp();
        for (volatile uint32_t n = 0; n < 100; n++) {
        }
        samples[i] = (uint32_t)(cpu_timestamp() - start);
    }
    ktest_report_bench("loop.hundred", samples, 3);
}
"""
CATALOGUE = """
from cairn_grader.bench import Measurement

RUNS = [Measurement("bench_loop"), Measurement("bench_loop", memory=64, suffix=".64m")]
"""


class Calibration(KitTest):
    """One instruction must be one tick."""

    @need("qemu-system-i386")
    def test_exact(self) -> None:
        """A loop of known length, twice."""
        for name in ("first", "second"):
            folder = self.folder / name
            folder.mkdir()
            self.assertEqual(calibration.measure(folder, Processes()), 200_003)

    @need("qemu-system-i386")
    def test_host_counter_is_refused(self) -> None:
        """Without icount the counter is the host's, which is noticed."""
        ticks = calibration.measure(self.folder, Processes(), icount=False)
        self.assertNotEqual(ticks, calibration.EXPECTED)
        with mock.patch.object(calibration, "measure", return_value=ticks):
            with self.assertRaisesRegex(GraderError, f"counts {ticks} for 200003 instructions"):
                calibration.require(self.folder, Processes())


class Figures(unittest.TestCase):
    """From traces to figures to a table."""

    GOOD = (
        b"seq=0 t=100 ev=boot.start stage=1\nseq=1 t=350 ev=boot.milestone name=heap\n"
        b"seq=2 t=400 ev=bench name=a.b instructions=77 runs=9\n"
        b'seq=3 t=410 ev=note pid=2 text="bench c.d 1234 7"\n'
        b'seq=4 t=420 ev=note pid=2 text="my bench is long"\n'
        b"seq=5 t=500 ev=test.end name=x failures=0 parts=1\n"
    )

    def test_read(self) -> None:
        """Figures of tests and of programs; names get the suffix."""
        figures = read_figures(parse_trace(self.GOOD), Measurement("x", suffix=".1024m"))
        self.assertEqual(figures, {"a.b.1024m": 77, "c.d.1024m": 1234})

    def test_unfinished(self) -> None:
        """A benchmark that failed or did not end has no figures."""
        for data in (
            self.GOOD.rsplit(b"seq=5", 1)[0],
            self.GOOD.replace(b"failures=0", b"failures=1"),
            self.GOOD.replace(b"seq=2", b"seq=3"),
        ):
            self.assertEqual(read_figures(parse_trace(data), Measurement("x")), {})

    def test_table(self) -> None:
        """Only systems that have a figure get a column."""
        peers = {
            "systems": ["one", "two"],
            "figures": {"a.b": {"one": "1,000"}},
            "notes": {"a.b": "a note", "c.d": "another"},
        }
        figures = {"a.b": 1234, "e.f": 5, "a.b.64m": 7, "e.f.10p": 8}
        lines = tables(figures, {"a.b": 99}, peers).splitlines()
        self.assertEqual(lines[0].split(), ["operation", "instructions", "host", "cycles", "one"])
        self.assertEqual(lines[1].split(), ["a.b", "1,234", "99", "1,000"])
        self.assertEqual(lines[2].split(), ["e.f", "5", "-", "-"])
        self.assertEqual(lines[4].split(), ["operation", "32", "MiB", "64", "MiB"])
        self.assertEqual(lines[5].split(), ["a.b", "1,234", "7"])
        self.assertEqual(lines[7].split(), ["operation", "few", "processes", "10", "processes"])
        self.assertEqual(lines[8].split(), ["e.f", "5", "8"])
        self.assertEqual(lines[-1], "a.b: a note")


class Command(GraderTest):
    """The whole command, with a benchmark made up here."""

    @need("qemu-system-i386")
    def test_bench(self) -> None:
        """Figures repeat exactly, are written as JSON, and depend on the memory asked for."""
        folder = self.kit / "grader" / "bench" / "lab1"
        folder.mkdir(parents=True)
        (folder / "bench.c").write_text(BENCH_C, encoding="ascii")
        (folder / "catalogue.py").write_text(CATALOGUE, encoding="ascii")
        texts = [self.bench(f"out{number}") for number in (1, 2)]
        self.assertEqual(texts[0], texts[1])
        figures = json.loads(texts[0])
        self.assertEqual(sorted(figures), ["kernel.text_bytes", "loop.hundred", "loop.hundred.64m"])
        self.assertEqual(figures["loop.hundred"], figures["loop.hundred.64m"])
        self.assertTrue(300 <= figures["loop.hundred"] <= 1000, figures)
        host = json.loads((self.kit / "out1" / "bench-host.json").read_text("ascii"))
        self.assertEqual(sorted(host), ["loop.hundred", "loop.hundred.64m"])

    def bench(self, out: str) -> str:
        """Run the command; return bench.json."""
        command = self.kit / "grader" / "benchmark"
        done = self.must_succeed(command, "--ref", "--build", out, cwd=self.kit)
        self.assertIn("64 MiB", done.stdout)
        return Path(self.kit / out / "bench.json").read_text("ascii")


class Reference(KitTest):
    """The benchmarks of all labs, on the reference solution."""

    @need("qemu-system-i386")
    def test_costs(self) -> None:
        """No figure is above its budget, and none grows with memory, its use or processes.

        Messages cost the same to an instruction or two, however many processes, endpoints and
        handles there are; and a name is found as fast among 10,000 as among 10.
        """
        command = [ROOT / "grader" / "benchmark", "--lab", str(LAB), "--ref", "--no-host"]
        self.must_succeed(*command, "--build", self.folder, timeout=280)
        figures = json.loads((self.folder / "bench.json").read_text("ascii"))
        self.assertEqual(set(OPERATIONS) - set(figures), set())
        for name, budget in BUDGETS.items():
            with self.subTest(operation=name):
                self.assertLessEqual(figures[name], budget)
                variants = dict(variants_of(name, list(OPERATIONS), figures))
                costs = [figures[name], *variants.values()]
                self.assertGreater(min(costs), 10)
                self.assertLess(max(costs), 5 * min(costs), costs)
                many = [cost for variant, cost in variants.items() if variant == "1000p"]
                self.assertLess(max(many, default=0), 2 * figures[name])
                if name.startswith(("ipc.", "delegate.")):
                    self.assertLessEqual(max(costs) - min(costs), EQUAL, costs)
        for lookup in ("ns.lookup", "ns.lookup.kernel"):
            few, many_names = figures[f"{lookup}.10"], figures[f"{lookup}.10000"]
            self.assertLess(many_names, MORE_NAMES * few, lookup)

    def test_budgets(self) -> None:
        """Every operation whose cost matters has a budget."""
        times = {name for name in OPERATIONS if not name.startswith(("boot.", "kernel."))}
        self.assertEqual(set(BUDGETS), times)


if __name__ == "__main__":
    unittest.main()
