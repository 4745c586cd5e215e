"""The command lines of `grade` and `benchmark`: options, errors, exit statuses."""

from __future__ import annotations

import os
import pty
import subprocess
import unittest
from typing import List

from grader_kit import GraderTest
from kit import ROOT, KitTest, clean_environment, need, path_without

from cairn_grader.catalogue import lab_numbers
from cairn_grader.cli import explicit_reference, seed_number

ORDER = 10


class Words(unittest.TestCase):
    """The meaning of single words."""

    def test_bare_reference(self) -> None:
        """A bare --ref means all, whatever follows it."""
        for words, meaning in (
            (["--ref"], ["--ref=all"]),
            (["--ref", "frame_poison"], ["--ref=all", "frame_poison"]),
            (["--ref", "--keep"], ["--ref=all", "--keep"]),
            (["--ref", "1,2", "x"], ["--ref", "1,2", "x"]),
            (["--ref=1"], ["--ref=1"]),
        ):
            self.assertEqual(explicit_reference(words), meaning)

    def test_seed(self) -> None:
        """Decimal and hexadecimal."""
        self.assertEqual(seed_number("0x10"), 16)
        self.assertEqual(seed_number("4294967295"), 0xFFFFFFFF)


class Errors(GraderTest):
    """Errors of use are one line, and the exit status is 2."""

    def refused(self, *words: str) -> str:
        """What the command says to these words."""
        done = self.must_end_with(2, *self.command(*words), cwd=self.kit)
        self.assertEqual(done.stdout, "")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        return done.stderr

    def test_one_line_each(self) -> None:
        """Everything that a person may get wrong."""
        for words, told in (
            (["--lab", "7"], "there are no tests for lab 7; known: lab1"),
            (["--lab", "x"], "'x' is not a positive number"),
            (["--ref=solutions"], "not 'all' or a list of labs"),
            (["--seed", "-1"], "'-1' is not a number from 0 to 0xffffffff"),
            (["--seed", "4294967296"], "not a number from 0 to 0xffffffff"),
            (["--emulator", "vmware"], "invalid choice: 'vmware'"),
            (["-j", "0"], "'0' is not a positive number"),
            (["--unknown"], "unrecognized arguments: --unknown"),
            (["no_such_test"], "lab 1 has no test 'no_such_test': --list shows them all"),
            (["--filter", "zzz*"], "no test of lab 1 fits 'zzz*'"),
            (["--submission", "/nowhere"], "there is no folder '/nowhere'"),
            (["--build", "/tmp/with blank"], "use a path without blanks"),
        ):
            with self.subTest(words=" ".join(words)):
                self.assertIn(told, self.refused(*words))

    @need("qemu-system-i386")
    def test_missing_tools(self) -> None:
        """A tool that is missing is named, with what to do."""
        self.grade("t_pass", status=0)
        for tool in ("qemu-system-i386", "make"):
            with self.subTest(tool=tool):
                path = path_without(self.folder / tool, [tool], {})
                done = self.must_end_with(
                    2, *self.command("--ref", "t_pass"), cwd=self.kit, env={"PATH": path}
                )
                self.assertIn(f"{tool} is not installed: run scripts/setup.sh", done.stderr)

    def test_unwritable_json(self) -> None:
        """The result cannot be written."""
        done = self.must_end_with(
            2, *self.command("--ref", "--json", "/nowhere/x.json", "t_pass"), cwd=self.kit
        )
        self.assertIn("cannot write '/nowhere/x.json'", done.stderr)


class DefaultLab(KitTest):
    """Which lab is meant if none is named, in the kit itself."""

    def test_last_lab(self) -> None:
        """The last one, as for make."""
        last = lab_numbers(ROOT)[-1]
        self.assertGreater(last, 1)
        for tool in ("grade", "mutate"):
            with self.subTest(tool):
                command = [str(ROOT / "grader" / tool), "--list"]
                listed = self.must_succeed(*command).stdout
                self.assertEqual(listed, self.must_succeed(*command, "--lab", str(last)).stdout)
                self.assertNotEqual(listed, self.must_succeed(*command, "--lab", "1").stdout)
        labs = self.must_succeed("make", "-s", "lab-files").stdout
        self.assertIn(f"lab{last}-", labs)

    @need("qemu-system-i386")
    def test_make_grades_the_same(self) -> None:
        """`make grade` and `make run-TEST` pass LAB on; a test of another lab is not known."""
        build = f"BUILD={self.folder / 'build'}"
        first = self.must_succeed("make", "run-frame_init_unaligned", "LAB=1", "REF=all", build)
        self.assertRegex(first.stdout.splitlines()[-1], r"^Lab 1 in QEMU: ")
        refused = self.must_end_with(2, "make", "run-frame_init_unaligned", "REF=all", build)
        told = f"lab {lab_numbers(ROOT)[-1]} has no test 'frame_init_unaligned'"
        self.assertIn(told, refused.stderr)


class Output(GraderTest):
    """What is printed."""

    def test_list(self) -> None:
        """The tests by exercise; hidden ones without their names."""
        done = self.must_succeed(*self.command("--list"), cwd=self.kit)
        self.assertRegex(done.stdout, r"(?m)^lab1\.ex1  Frames \(3 points\)$")
        self.assertRegex(done.stdout, r"(?m)^ +2  t_inspect +about inspect$")
        self.assertRegex(done.stdout, r"(?m)^ +1  hidden$")
        self.assertNotIn("secret", done.stdout)

    @need("qemu-system-i386")
    def test_exit_status(self) -> None:
        """0 for full marks of what was asked for, 1 for less."""
        self.must_succeed(*self.command("--ref", "--filter", "t_pas*"), cwd=self.kit)
        self.must_end_with(1, *self.command("--ref", "--filter", "lab1.ex6"), cwd=self.kit)

    @need("qemu-system-i386")
    def test_from_elsewhere(self) -> None:
        """The command works in any folder, and names paths as seen from there."""
        command = self.command("--filter", "t_pass")
        done = self.must_end_with(1, *command, cwd=self.kit / "grader")
        self.assertIn("Next: exercise lab1.ex1, in ../labs/lab1-memory/frame.c", done.stdout)
        self.assertIn("  run:     ./grade --lab 1 ", done.stdout)

    @need("qemu-system-i386")
    def test_skeleton(self) -> None:
        """The skeletons earn nothing, and are told what to do first."""
        done = self.must_end_with(1, *self.command("--filter", "t_*"), cwd=self.kit)
        self.assertIn("Next: exercise lab1.ex1, in labs/lab1-memory/frame.c", done.stdout)
        self.assertRegex(done.stdout.splitlines()[-1], r"^Lab 1 in QEMU: 0 of \d+ points")

    @need("qemu-system-i386")
    def test_submission(self) -> None:
        """A folder of a student: it builds, or the compiler's words have the student's paths."""
        submission = self.folder / "mine"
        self.must_succeed("cp", "-rL", self.kit / "solutions", submission)
        words = ["--submission", str(submission), "t_pass"]
        self.must_succeed(*self.command(*words), cwd=self.kit)
        with (submission / "lab1-memory" / "heap.c").open("a", encoding="ascii") as stream:
            stream.write("int unfinished(\n")
        done = self.must_end_with(1, *self.command(*words), cwd=self.kit)
        place = rf"{submission}/lab1-memory/heap.c:\d+"
        self.assertRegex(
            done.stdout,
            rf"\AFAILED  expected: the submission builds; got: {place}:.*error.*\n"
            rf"  look at: {place}\n  run:     make kernel LAB=1 LABS={submission}\n",
        )

    @need("qemu-system-i386")
    def test_colours(self) -> None:
        """On a terminal only, and not against the reader's will."""
        self.assertIn("\033[", self.on_terminal({"TERM": "xterm"}))
        quiet = self.on_terminal({"TERM": "xterm", "NO_COLOR": "1"})
        self.assertNotIn("\033[3", quiet)
        self.assertNotIn("\033[1", quiet)

    def on_terminal(self, environment: "dict[str, str]") -> str:
        """What the command prints on a terminal."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            self.command("--ref", "t_pass"),
            cwd=self.kit,
            env=clean_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        ):
            os.close(theirs)
            output: List[bytes] = []
            while True:
                try:
                    data = os.read(ours, 4096)
                except OSError:  # The other end is closed.
                    break
                if not data:
                    break
                output.append(data)
        os.close(ours)
        return b"".join(output).decode()


if __name__ == "__main__":
    unittest.main()
