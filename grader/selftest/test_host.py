"""Runs the kernel's parts that need no machine as a program, with sanitizers (make host-test)."""

from __future__ import annotations

import re
import unittest

from kit import ROOT, need, run

ORDER = 2


class Host(unittest.TestCase):
    """One part for each test in grader/host/."""

    @need("gcc")
    def test_host(self) -> None:
        done = run("sh", ROOT / "scripts/host-test.sh")
        if done.returncode == 3:
            self.skipTest(done.stderr.strip())
        names = 0
        for verdict, name, reason in re.findall(
            r"^(ok|not ok) (\w+)(?: - (.*))?$", done.stdout, re.MULTILINE
        ):
            names += 1
            with self.subTest(name):
                self.assertEqual(verdict, "ok", reason)
        with self.subTest("the program comes to its end"):
            self.assertEqual(done.returncode == 0, " 0 failed" in done.stdout, done.stderr)
            self.assertRegex(done.stdout, r"\n\d+ passed, \d+ failed\n$", done.stderr)
            self.assertGreater(names, 30)


if __name__ == "__main__":
    unittest.main()
