"""Tests of run.py, which runs all other tests."""

from __future__ import annotations

import re
import sys
import time
import unittest
from pathlib import Path
from typing import List

from kit import ROOT, KitTest, need

ORDER = 5

OUTCOMES = '''
import unittest
class T(unittest.TestCase):
    def test_a_good(self):
        pass
    def test_b_bad(self):
        print("what it printed \\x1b[31m")
        self.assertEqual(1, 2)
    def test_c_parts(self):
        for name in ("x", "y"):
            with self.subTest(name):
                self.assertEqual(name, "x")
    @unittest.skip("no tool")
    def test_d_skipped(self):
        pass
    def test_e_error(self):
        raise OSError("no disk")
'''


def command_lines() -> List[bytes]:
    """The command lines of all processes that are there now."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:
            pass  # It has ended in between.
    return lines


class Harness(KitTest):
    """Each test runs run.py on modules written for it."""

    def outcome(self, *words: str, status: int = 1, **modules: str) -> str:
        """What run.py prints for these modules."""
        for name, text in modules.items():
            (self.folder / f"test_{name}.py").write_text(text, encoding="utf-8")
        runner = ROOT / "grader" / "selftest" / "run.py"
        command = [sys.executable, runner, "--folder", self.folder, *words]
        return self.must_end_with(status, *command).stdout

    def test_every_kind_of_outcome_is_printed_and_counted(self) -> None:
        printed = self.outcome(a=OUTCOMES)
        self.assertIn("ok a.a_good - ", printed)
        self.assertIn("not ok a.b_bad - 1 != 2\n", printed)
        self.assertIn("ok a.c_parts [x] - ", printed)
        self.assertIn("not ok a.c_parts [y] - 'y' != 'x'", printed)
        self.assertIn("skip a.d_skipped - no tool\n", printed)
        self.assertIn("not ok a.e_error - OSError: no disk\n", printed)
        self.assertEqual(printed.splitlines()[-1], "2 passed, 3 failed, 1 skipped")

    def test_output_of_a_failed_test_is_shown_without_control_characters(self) -> None:
        printed = self.outcome(a=OUTCOMES)
        self.assertIn("    what it printed ?[31m", printed)

    def test_success_ends_with_status_0(self) -> None:
        good = "import unittest\nclass T(unittest.TestCase):\n    def test_x(self): pass\n"
        printed = self.outcome(status=0, a=good, b=good)
        self.assertLess(printed.index("ok a.x"), printed.index("ok b.x"))
        self.assertEqual(printed.splitlines()[-1], "2 passed, 0 failed")

    def test_a_module_that_dies_is_a_failure(self) -> None:
        printed = self.outcome(a="import os\nprint('last words', flush=True)\nos._exit(3)\n")
        self.assertIn("not ok a - ended early with status 3\n    last words", printed)

    def test_a_module_that_cannot_be_loaded_is_a_failure(self) -> None:
        self.assertIn("not ok a - cannot be loaded: SyntaxError", self.outcome(a="def\n"))

    def test_a_module_without_tests_is_a_failure(self) -> None:
        self.assertIn("not ok a - has no test", self.outcome(a="\n"))

    def test_a_module_is_ended_at_its_limit_with_its_children(self) -> None:
        endless = "LIMIT = 1\nimport os, subprocess\nsubprocess.run(['sleep', '47.11'])\n"
        started = time.monotonic()
        printed = self.outcome(a=endless)
        self.assertIn("not ok a - ended after its limit of 1 s", printed)
        self.assertLess(time.monotonic() - started, 30)
        self.assertFalse([words for words in command_lines() if b"47.11" in words])

    def test_modules_run_in_order_and_alone_where_they_ask_for_it(self) -> None:
        noted = (
            "import time, unittest\n"
            "class T(unittest.TestCase):\n"
            "    def test_x(self):\n"
            f"        log = open({str(self.folder / 'log')!r}, 'a')\n"
            "        print('begin', __name__, file=log, flush=True)\n"
            "        time.sleep(0.3)\n"
            "        print('end', __name__, file=log, flush=True)\n"
        )
        early = "ORDER = 1\n" + noted
        self.outcome(status=0, a="ALONE = True\n" + noted, b=noted, c=early)
        log = (self.folder / "log").read_text(encoding="utf-8").splitlines()
        self.assertEqual(log[-2:], ["begin test_a", "end test_a"])
        self.assertEqual({log[0], log[1]}, {"begin test_b", "begin test_c"})

    @need("ccache", "gcc")
    def test_modules_share_a_cache_of_compiled_files_unless_they_measure_time(self) -> None:
        source = self.folder / "one.c"
        source.write_text("int one;\n", encoding="ascii")
        log = self.folder / "log"
        words = ["gcc", "-c", str(source), "-MMD", "-o", str(self.folder / "one.o")]
        compiles = (
            "import os, subprocess, unittest\n"
            "class T(unittest.TestCase):\n"
            "    def test_x(self):\n"
            f"        env = {{**os.environ, 'CCACHE_STATSLOG': {str(log)!r}}}\n"
            f"        subprocess.run({words!r}, check=True, env=env)\n"
        )
        self.outcome("-j1", status=0, a=compiles, b=compiles, c="ALONE = True\n" + compiles)
        found = re.findall(r"^(?:cache_miss|direct_cache_hit)$", log.read_text("utf-8"), re.M)
        self.assertEqual(found, ["cache_miss", "direct_cache_hit"])

    def test_names_choose_modules_and_tests(self) -> None:
        printed = self.outcome("a.*good", status=0, a=OUTCOMES, b=OUTCOMES)
        self.assertEqual(printed.splitlines()[-1], "1 passed, 0 failed")
        self.outcome("nothing", status=2, a=OUTCOMES)
        self.outcome("a.nothing", status=2, a=OUTCOMES)

    def test_temporary_files_are_removed(self) -> None:
        leaves = (
            "import tempfile, unittest\n"
            "class T(unittest.TestCase):\n"
            "    def test_x(self):\n"
            f"        name = tempfile.mkdtemp()\n"
            f"        open({str(self.folder / 'log')!r}, 'w').write(name)\n"
        )
        self.outcome(status=0, a=leaves)
        left = (self.folder / "log").read_text(encoding="utf-8")
        self.assertFalse((self.folder / left).exists())


if __name__ == "__main__":
    unittest.main()
