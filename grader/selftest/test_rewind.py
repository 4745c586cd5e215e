"""Going back in time: real failures are recorded, replayed in QEMU, and looked into with GDB."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import tempfile
import unittest
from pathlib import Path
from typing import Dict, List

from grader_kit import GraderTest
from kit import ROOT, KitTest, need, path_without, run

from cairn_grader.mutants import load_mutants, load_reference, solution_folder

ORDER = 15
LIMIT = 1200

#: QEMU's first version that is known to replay this machine.
QEMU_NEEDED = 7
#: A mistake of which the culprit is a store: a region is copied over one that is still to be moved.
MUTANT = "region-add-copied-forwards"
CULPRIT = "space->regions[i + 1] = space->regions[i];"
TEST = "region_list_sorted"
#: Finds a region that is not where it belongs, and who put it there.
TO_THE_CULPRIT = """
set $i = 0
while space->regions[$i].end <= space->regions[$i + 1].start
  set $i = $i + 1
end
watch -l space->regions[$i + 1].start
reverse-continue
"""
#: Values before and after: history must not change, whatever GDB does.
UNDISTURBED = """
set $before = $sp
print ktest_active()
set var space->region_count = 77
set var $eax = 77
reverse-stepi
stepi
printf "count %d\\n", space->region_count
printf "stack %d\\n", $sp == $before
"""
TO_BOTH_ENDS = """
reverse-stepi
stepi
continue
reverse-continue
"""


def setUpModule() -> None:  # noqa: N802 (unittest's name)
    """Skip where QEMU is too old; what is missing altogether is said by @need."""
    if shutil.which("qemu-system-i386"):
        text = run("qemu-system-i386", "--version").stdout
        version = re.search(r"version (\d+)", text)
        if version is None or int(version.group(1)) < QEMU_NEEDED:
            raise unittest.SkipTest(f"replay needs QEMU {QEMU_NEEDED}: {text.splitlines()[0]}")


def rewind_command(bundle: Path, script: Path) -> List[str]:
    """The words of `make rewind` for a bundle and a script."""
    return ["make", "rewind", f"BUNDLE={bundle}", f"ARGS=-batch -x '{script}'"]


@need("qemu-system-i386", "qemu-img", "gdb")
class Culprit(KitTest):
    """A mutant whose mistake shows long after it was made."""

    work: Path
    bundle: Path
    report: str
    files: Dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        """Grade the mutant, into folders whose names have blanks."""
        super().setUpClass()
        cls.work = Path(tempfile.mkdtemp(prefix="rewind-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        mutant = next(known for known in load_mutants(ROOT, 1) if known.name == MUTANT)
        cls.files = mutant.files(load_reference(ROOT, 1))
        folder = cls.work / "the work" / solution_folder(ROOT, 1).name
        folder.mkdir(parents=True)
        for name, text in cls.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        cls.bundle = cls.grade(cls.work / "the bundles") / TEST

    @classmethod
    def grade(cls, bundles: Path) -> Path:
        """Grade the test that fails, and one that passes; where the bundles are."""
        command = [str(ROOT / "grader" / "grade"), "--lab", "1", TEST, "frame_init_machine"]
        command += ["--submission", str(cls.work / "the work"), "--build", str(cls.work / "build")]
        done = run(*command, "--bundles", str(bundles), "-j", "1", timeout=280)
        assert done.returncode == 1, done.stdout + done.stderr
        cls.report = done.stdout
        return bundles

    def rewind(self, script: str) -> str:
        """Go back from the failure with a script of GDB's; what GDB prints."""
        path = self.folder / "a script.gdb"
        path.write_text(script, encoding="ascii")
        return self.must_succeed(*rewind_command(self.bundle, path)).stdout

    def test_same_bytes(self) -> None:
        """Grading again leaves the same bundle, and none of a test that passes."""
        again = self.grade(self.folder / "again")
        self.assertEqual([path.name for path in again.iterdir()], [TEST])
        files = [path for path in sorted(self.bundle.rglob("*")) if path.is_file()]
        self.assertGreater(len(files), 5)
        for path in files:
            other = again / TEST / path.relative_to(self.bundle)
            self.assertEqual(path.read_bytes(), other.read_bytes(), path.name)

    def test_description(self) -> None:
        """What bundle.json says about the run."""
        description = json.loads((self.bundle / "bundle.json").read_text(encoding="ascii"))
        self.assertEqual(description["schema"], "cairn.bundle/1")
        self.assertEqual((description["lab"], description["test"]), (1, TEST))
        self.assertEqual(description["finding"]["file"], "grader/tests/lab1/regions.c")
        number = description["failure"]["event"]
        lines = (self.bundle / "trace.txt").read_text(encoding="ascii").splitlines()
        self.assertIn(" ev=test.fail ", lines[number])

    def test_back_to_the_culprit(self) -> None:
        """A watchpoint and reverse-continue lead from the failed check to the mutated line."""
        line = 1 + self.files["fault.c"].splitlines().index(" " * 8 + CULPRIT)
        printed = self.rewind(TO_THE_CULPRIT)
        self.assertRegex(printed, r"(?m)^\d+\s+EXPECT\(space->regions\[i\]\.end <= ")
        self.assertRegex(printed, rf"{TEST} \(.*\): expected: the regions are sorted by their ")
        self.assertIn("Stopped at the call of ktest_check_true()", printed)
        self.assertNotIn("Note:", printed)
        after = printed[printed.index("Old value") :]
        self.assertRegex(after, rf"in region_add .* at labs/lab1-memory/fault\.c:{line}\n")
        self.assertIn(f"{line}\t        {CULPRIT}", after)

    def test_history_stays(self) -> None:
        """What GDB changes, or a function that it calls, does not change the past."""
        printed = self.rewind(UNDISTURBED)
        self.assertIn("$1 = true", printed)
        self.assertIn("count 20\n", printed)
        self.assertIn("stack 1\n", printed)

    def test_both_ends(self) -> None:
        """History ends where the kernel powers off, and begins with the first instruction."""
        printed = self.rewind(TO_BOTH_ENDS)
        self.assertEqual(printed.count("No more reverse-execution history."), 2)
        self.assertRegex(printed, r"(?m)^power_off \(reason=")
        self.assertIn("0x0000fff0 in ?? ()", printed)

    def test_nothing_stays(self) -> None:
        """The folder of a session is removed, and it needs no other place."""
        scratch = self.folder / "scratch"
        scratch.mkdir()
        script = self.folder / "nothing.gdb"
        script.touch()
        self.must_succeed(*rewind_command(self.bundle, script), env={"TMPDIR": str(scratch)})
        self.assertEqual(list(scratch.iterdir()), [])

    def test_another_run(self) -> None:
        """Where a replay differs from the bundle's run, GDB comes up with a note."""
        other = self.folder / "other"
        shutil.copytree(self.bundle, other)
        path = other / "bundle.json"
        text = path.read_text(encoding="ascii")
        path.write_text(text.replace("seed=20260", "seed=20261"), encoding="ascii")
        script = self.folder / "nothing.gdb"
        script.touch()
        printed = self.must_succeed(*rewind_command(other, script)).stdout
        self.assertRegex(printed, r"Note: from event \d+ on, test.begin, this run is another one")

    def test_own_work(self) -> None:
        """LAB and TEST build and run one's own kernel first; a test that passes has no failure."""
        make = ["make", "rewind", "LAB=1", f"LABS={self.work / 'labs'}"]
        make += [f"BUILD={self.work / 'build'}", "ARGS=-batch"]
        if not (self.work / "labs").exists():
            (self.work / "labs").symlink_to(self.work / "the work")
        printed = self.must_succeed(*make, f"TEST={TEST}").stdout
        self.assertIn("Stopped at the call of ktest_check_true()", printed)
        done = self.must_end_with(2, *make, "TEST=frame_init_machine")
        self.assertIn("rewind: frame_init_machine passes", done.stderr)

    def test_report(self) -> None:
        """The report of a failure names the command that goes back from it."""
        found = re.search(r"(?m)^ +rewind: +(.*)$", self.report)
        assert found is not None, self.report
        words = shlex.split(found.group(1)) + ["--build", str(self.work / "build"), "-batch"]
        printed = self.must_succeed(*words).stdout
        self.assertRegex(printed, rf"{TEST} \(.*\): expected: the regions are sorted")

    def test_what_is_missing(self) -> None:
        """Neither a test nor a bundle; a bundle that is not there."""
        done = self.must_end_with(2, "make", "rewind")
        self.assertIn("rewind: say BUNDLE=FOLDER, or LAB=N TEST=NAME", done.stderr)
        done = self.must_end_with(2, "make", "rewind", "BUNDLE=no where")
        self.assertIn("rewind: there is no bundle 'no where'", done.stderr)


@need("qemu-system-i386", "qemu-img", "gdb")
class Endings(GraderTest):
    """Where GDB comes up, for each way in which a test can fail."""

    PLACES = {
        "t_parts": ("call of ktest_check_equal() in ktest_t_parts()", "in ktest_t_parts ()"),
        "t_panic": ("call of memory_misuse() in checked_block()", "in checked_block ("),
        "t_fault": ("before the instruction at", "in ktest_t_fault ()"),
        "t_halt": ("call of panic_report() in trap_dispatch()", "in trap_dispatch ("),
        "t_inspect_bad": ("inspection from outside", "in ktest_t_inspect_bad ()"),
        "t_triple": ("last instruction before the processor reset", "in ktest_t_triple ()"),
        "t_early": ("last instruction of the run", "in ktest_t_early ()"),
    }

    def test_places(self) -> None:
        """The greeting says where, and GDB's frame is there; one step back and forth works."""
        bundles = self.folder / "bundles"
        self.grade("--lab", "1", "--bundles", str(bundles), "--emulator", "qemu", *self.PLACES)
        self.assertEqual({path.name for path in bundles.iterdir()}, set(self.PLACES))
        kernels = {(bundles / name / "kernel.elf").stat().st_ino for name in self.PLACES}
        self.assertEqual(len(kernels), 1, "the kernel is there once")
        script = self.folder / "steps.gdb"
        script.write_text("frame\nset $pc0 = $pc\nreverse-stepi\nstepi\nframe 0\n")
        for name, (words, frame) in self.PLACES.items():
            with self.subTest(name):
                printed = self.must_succeed(*rewind_command(bundles / name, script)).stdout
                self.assertIn(words, printed)
                self.assertIn(frame, printed)
                self.assertIn("Try: reverse-step", printed)
                self.assertNotIn("Note:", printed)


class DoctorsTrial(KitTest):
    """What `make doctor` says about going back in time."""

    def examine(self, path: str) -> str:
        """The line of the doctor."""
        done = run("sh", ROOT / "scripts" / "doctor.sh", env={"PATH": path})
        found = re.search(r"(?m)^\w+ +rewind .*$", done.stdout)
        return found.group(0) if found else done.stdout

    @need("qemu-system-i386", "qemu-img", "gdb")
    def test_works(self) -> None:
        """It works here."""
        self.assertRegex(self.examine(os.environ["PATH"]), "^ok +rewind +QEMU replays a run")

    @need("qemu-system-i386", "gdb")
    def test_missing(self) -> None:
        """A missing tool is a note, which says what to do."""
        path = path_without(self.folder / "bin", ["qemu-img"], {})
        self.assertRegex(self.examine(path), "^note +rewind +needs .*qemu-img.*setup.sh$")

    @need("qemu-system-i386", "qemu-img", "gdb")
    def test_does_not_work(self) -> None:
        """An emulator that cannot record is a note, with its reason."""
        real = shutil.which("qemu-system-i386")
        refuse = f'case "$*" in *rr=*) echo "no replay here" >&2; exit 1 ;; esac; exec {real} "$@"'
        path = path_without(self.folder / "bin", [], {"qemu-system-i386": refuse})
        self.assertRegex(self.examine(path), "^note +rewind +cannot go .*no replay here.*make gdb$")


if __name__ == "__main__":
    unittest.main()
