"""The grader with real machines: every way in which a test can end, in both emulators."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import unittest
from pathlib import Path
from typing import Any, Dict, List, Tuple

from grader_kit import LONG, GraderTest
from kit import clean_environment, need

ORDER = 20
LIMIT = 1200

#: Of each test: the verdict, and the points that it earns.
EXPECTED: Dict[str, Tuple[str, float]] = {
    "t_pass": ("passed", 1),
    "boot_panic": ("passed", 1),
    "boot_grub": ("passed", 1),
    "t_parts": ("failed_checks", 2),
    "t_require": ("failed_checks", 1),
    "t_inspect": ("passed", 2),
    "t_inspect_bad": ("failed_checks", 1),
    "t_inspect_never": ("no_inspection", 0),
    "t_panic": ("panic", 1),
    "t_fault": ("panic", 0),
    "t_loop": ("guest_time_limit", 0),
    "t_halt": ("guest_time_limit", 0),
    "t_triple": ("triple_fault", 0),
    "t_early": ("ended_early", 0),
    "t_forged": ("damaged_trace", 0),
    "t_overflow": ("passed", 2),
    "hidden test 1": ("failed_checks", 0),
}


def outcomes(result: Dict[str, Any]) -> Dict[str, Tuple[str, float]]:
    """Verdict and points of each test."""
    return {
        test["name"]: (test["outcomes"][0]["verdict"], test["points"]) for test in result["tests"]
    }


def finding(result: Dict[str, Any], name: str) -> Dict[str, Any]:
    """The first finding about a test."""
    test = next(test for test in result["tests"] if test["name"] == name)
    return dict(test["outcomes"][0]["findings"][0])


def without_times(result: Dict[str, Any]) -> Dict[str, Any]:
    """What must repeat exactly."""
    return {name: value for name, value in result.items() if name != "times"}


class Ends(GraderTest):
    """Verdicts and explanations."""

    @need("qemu-system-i386", "grub-mkrescue")
    def test_qemu(self) -> None:
        """In QEMU; and all of it repeats, whatever runs beside it."""
        result = self.grade("-j", "2")
        self.assertEqual(outcomes(result), EXPECTED)
        self.assertEqual((result["points"], result["max_points"]), (12, 32))
        self.assertIn("it was still in ktest_t_loop()", finding(result, "t_loop")["actual"])
        self.assertIn("exception 13", " ".join(finding(result, "t_triple")["details"]))
        self.assertIn("ktest_t_triple()", finding(result, "t_triple")["details"][0])
        self.assertIn("0x1234", finding(result, "t_panic")["actual"])
        self.assertIn("0xdeadf000", finding(result, "t_fault")["actual"])
        again = self.grade("-j", "7")
        self.assertEqual(without_times(again), without_times(result))

    @need("bochs", "grub-mkrescue")
    def test_bochs(self) -> None:
        """In Bochs, several tests in one boot."""
        result = self.grade("--emulator", "bochs")
        self.assertEqual(outcomes(result), EXPECTED)
        for name in ("t_loop", "t_halt"):
            self.assertIn(f"ktest_{name}()", finding(result, name)["details"][0])
        self.assertIn("ktest_t_triple()", finding(result, "t_triple")["details"][0])

    @need("qemu-system-i386", "bochs", "grub-mkrescue")
    def test_both(self) -> None:
        """A test passes if it passes in both; its text names the one in which it does not."""
        result = self.grade("--emulator", "both", "t_pass", "t_inspect", status=0)
        emulators = [outcome["emulator"] for outcome in result["tests"][0]["outcomes"]]
        self.assertEqual(emulators, ["qemu", "bochs"])
        done = self.must_end_with(
            1, *self.command("--ref", "--emulator", "bochs", "t_panic"), cwd=self.kit
        )
        self.assertIn("(1 of 2 points, Bochs)", done.stdout)

    @need("qemu-system-i386")
    def test_seed(self) -> None:
        """Random numbers follow the seed, and the command that is printed repeats the run."""
        seen = {
            finding(self.grade("--seed", seed, "t_parts"), "t_parts")["actual"]
            for seed in ("1", "2", "3", "4", "5", "6")
        }
        self.assertGreater(len(seen), 1)
        test = self.grade("--seed", "77", "t_parts")["tests"][0]
        command = test["outcomes"][0]["command"]
        self.assertEqual(
            command,
            "grader/grade --lab 1 --ref all --emulator qemu --seed 77 --schedule 4 t_parts",
        )
        done = self.must_end_with(1, "sh", "-c", command, cwd=self.kit)
        number = test["outcomes"][0]["findings"][0]["actual"].split(" ")[0]
        self.assertIn(f"got: {number}\n", done.stdout)


class Leaving(GraderTest):
    """Nothing stays behind."""

    def start(self, test: str, temporary: Path) -> "subprocess.Popen[bytes]":
        """Start a grader that keeps its runs in a folder."""
        return subprocess.Popen(
            self.command("--ref", test),
            cwd=self.kit,
            env=clean_environment({"TMPDIR": str(temporary)}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def start_and_wait(self, temporary: Path) -> "subprocess.Popen[bytes]":
        """Start a grader with a test that takes long, and wait until its emulator runs."""
        with self.longer_catalogue(LONG):
            grader = self.start("t_long", temporary)
            deadline = time.monotonic() + 60
            while not processes_in(temporary) and time.monotonic() < deadline:
                time.sleep(0.02)
        self.assertEqual(len(processes_in(temporary)), 1)
        return grader

    @need("qemu-system-i386")
    def test_interrupted(self) -> None:
        """SIGTERM and Ctrl-C end the emulators and remove the folders of runs."""
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                temporary = self.folder / number.name
                temporary.mkdir()
                grader = self.start_and_wait(temporary)
                grader.send_signal(number)
                _, errors = grader.communicate(timeout=10)
                self.assertEqual((grader.returncode, errors), (2, b"grade: interrupted\n"))
                self.assertEqual(os.listdir(temporary), [])
                self.assertEqual(processes_in(temporary), [])

    @need("qemu-system-i386", "setpriv")
    def test_killed(self) -> None:
        """If the grader itself is killed, its emulator dies with it."""
        grader = self.start_and_wait(self.folder)
        grader.kill()
        grader.communicate()
        deadline = time.monotonic() + 10
        while processes_in(self.folder) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(processes_in(self.folder), [])

    @need("qemu-system-i386")
    def test_keep(self) -> None:
        """With --keep the consoles and traces stay, and the text says where."""
        command = self.command("--ref", "--keep", "t_pass")
        environment = {"TMPDIR": str(self.folder)}
        done = self.must_end_with(0, *command, cwd=self.kit, env=environment)
        where = done.stdout.split("Files of the runs: ")[1].splitlines()[0]
        kept = sorted(path.name for path in (Path(where) / "qemu-5-t_pass").iterdir())
        self.assertEqual(kept, ["console.txt", "emulator.err", "qemu.log", "trace.txt"])

    @need("qemu-system-i386")
    def test_side_by_side(self) -> None:
        """Graders that share a build folder do not disturb each other."""
        graders = [self.start(test, self.folder) for test in ("t_pass", "t_inspect", "t_pass")]
        texts = [b"".join(grader.communicate(timeout=100)).decode() for grader in graders]
        self.assertEqual([grader.returncode for grader in graders], [0, 0, 0], "\n".join(texts))


def processes_in(folder: Path) -> List[int]:
    """Emulators whose working directory lies in a folder."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            try:
                place = os.readlink(f"/proc/{entry}/cwd")
                name = Path(f"/proc/{entry}/comm").read_text("ascii", "replace").strip()
            except OSError:
                continue
            if place.startswith(f"{folder}/cairn-grade-") and name.startswith(("qemu", "bochs")):
                found.append(int(entry))
    return found


if __name__ == "__main__":
    unittest.main()
