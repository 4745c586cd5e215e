"""Runs scripts/demo.sh, the first command of README.md, and checks what README.md promises."""

from __future__ import annotations

import re
import unittest

from kit import ROOT, KitTest, Stopwatch, need

ORDER = 91
ALONE = True  # It measures time.


class Demo(KitTest):
    """The first impression."""

    @need("qemu-system-i386", "bochs", "grub-mkrescue")
    def test_demo_shows_a_boot_and_full_marks_in_two_minutes(self) -> None:
        watch = Stopwatch()
        done = self.must_succeed("sh", ROOT / "scripts/demo.sh", cwd=self.folder, timeout=280)
        watch.stop()
        self.assertIn("Cairn, lab 1. Started by GRUB", done.stdout)
        self.assertRegex(done.stdout, r"ev=boot\.start ")
        for emulator in ("QEMU", "Bochs"):
            points = re.search(rf"Lab 1 in {emulator}: (\S+) of (\S+) points", done.stdout)
            assert points is not None, done.stdout
            self.assertEqual(points.group(1), points.group(2))
        self.assertEqual(list(self.folder.iterdir()), [])
        watch.must_be_at_most(self, 120)

    def test_readme_begins_with_the_two_commands(self) -> None:
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        commands = re.findall(r"^    sh (scripts/\w+\.sh)", text, re.MULTILINE)
        self.assertEqual(commands[:2], ["scripts/demo.sh", "scripts/test.sh"])

    def test_continuous_integration_runs_the_second(self) -> None:
        lines = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
        self.assertEqual(lines[0], "#!/usr/bin/env bash")
        self.assertEqual(lines[-1], "sh scripts/test.sh")


if __name__ == "__main__":
    unittest.main()
