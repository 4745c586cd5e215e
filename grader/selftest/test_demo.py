"""Runs scripts/demo.sh, the first command of README.md, and checks what README.md promises."""

from __future__ import annotations

import re
import unittest

from kit import ROOT, KitTest, Stopwatch, need

from cairn_grader.catalogue import lab_numbers

ORDER = 91
ALONE = True  # It measures time.
LIMIT = 500


class Demo(KitTest):
    """The first impression."""

    @need("qemu-system-i386", "bochs", "grub-mkrescue")
    def test_demo_shows_programs_and_full_marks_in_two_minutes(self) -> None:
        watch = Stopwatch()
        done = self.must_succeed("sh", ROOT / "scripts/demo.sh", cwd=self.folder, timeout=450)
        watch.stop()
        last = lab_numbers(ROOT)[-1]
        for line in (
            rf"Cairn, lab {last}\. Started by GRUB",
            r"hello: I am process \d+, child of process 1",
            r"family: 7 of 7 processes have reported",
            r"crash \(pid \d+\) failed: it read from address 0x00000000: a null pointer was used",
            r"float: the sum for pi is \S+ \* 2\^-62, which is right",
            r"ping: 10 of 10 answers of echo: are right",
            r"submit: live has become evil\n(?s:.*)submit: raw has become war\n",
            r"Stones are piled one by one\.\n(?s:.*)posix: /motd has 29 bytes; .*: 0\n",
            r"Call \d+ \(vfs\.read\): posix \(\d+\) calls vfs \(\d+\)\n",
            r"seq=\d+ t=\d+ ev=proc\.exit pid=\d+ status=526 kind=fault code=14 ",
            r"seq=\d+ t=\d+ ev=power\.off reason=done",
        ):
            self.assertRegex(done.stdout, line)
        for lab in lab_numbers(ROOT):
            for emulator in ("QEMU", "Bochs") if lab == last else ("QEMU",):
                result = rf"Lab {lab} in {emulator}: (\S+) of (\S+) points"
                points = re.search(result, done.stdout)
                assert points is not None, done.stdout
                self.assertEqual(points.group(1), points.group(2))
            handout = rf"(?m)^  labs/lab{lab}-\w+/README\.md +lab {lab}, [\w ]+:"
            self.assertRegex(done.stdout, handout)
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
