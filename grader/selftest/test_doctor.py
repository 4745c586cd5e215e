"""Tests of scripts/doctor.sh with tools that are missing or broken on purpose."""

from __future__ import annotations

import os
import unittest
from pathlib import Path
from typing import Mapping, Sequence

from kit import ROOT, KitTest, path_without

ORDER = 20

NEEDED = (
    *("gcc", "make", "ar", "nm", "objdump", "tar"),
    *("qemu-system-i386", "bochs", "grub-mkrescue", "xorriso", "mformat"),
)
OPTIONAL = ("gdb", "clang", "bwrap", "doxygen", "clang-tidy", "cppcheck", "shellcheck")


class Doctor(KitTest):
    """Each test asks for the line about one tool."""

    def examine(
        self,
        status: int,
        absent: Sequence[str] = (),
        fake: Mapping[str, str] = {},
        kit: Path = ROOT,
    ) -> str:
        """Run the doctor; what it prints."""
        path = os.environ["PATH"]
        if absent or fake:
            path = path_without(self.folder / "bin", absent, fake)
        script = kit / "scripts/doctor.sh"
        text = script.read_text(encoding="utf-8").replace(":/usr/sbin:/sbin", "")
        copy = kit / "scripts" / f".doctor-{os.getpid()}.sh"
        copy.write_text(text, encoding="utf-8")
        try:
            return self.must_end_with(status, "sh", copy, env={"PATH": path}).stdout
        finally:
            copy.unlink()

    def test_all_is_well_here(self) -> None:
        printed = self.must_succeed("sh", ROOT / "scripts/doctor.sh").stdout
        self.assertNotIn("WRONG", printed)
        self.assertTrue(printed.endswith("doctor: this machine can build, boot and grade\n"))

    def test_missing_needed_tools_are_wrong(self) -> None:
        printed = self.examine(1, absent=NEEDED)
        for tool in NEEDED:
            with self.subTest(tool):
                self.assertRegex(printed, rf"(?m)^WRONG +{tool} +not installed .*type: sh scripts")

    def test_missing_optional_tools_are_notes(self) -> None:
        printed = self.examine(0, absent=OPTIONAL)
        for tool in OPTIONAL:
            with self.subTest(tool):
                self.assertRegex(printed, rf"(?m)^note +{tool} +not installed")
        self.assertNotIn("WRONG", printed)

    def test_tools_that_fail_are_found(self) -> None:
        complain = 'echo "cannot go on: reason 42" >&2; exit 1'
        tools = ("gcc", "qemu-system-i386", "grub-mkrescue")
        printed = self.examine(1, fake={tool: complain for tool in tools})
        for tool in tools:
            with self.subTest(tool):
                self.assertRegex(printed, rf"(?m)^WRONG +{tool} +is there, but fails")

    def test_compiler_without_i386_is_found(self) -> None:
        refuse = 'case "$*" in *-m32*) echo "sorry, no -m32" >&2; exit 1 ;; esac'
        only_64 = refuse + '; exec /usr/bin/gcc "$@"'
        printed = self.examine(1, fake={"gcc": only_64})
        self.assertRegex(printed, r"WRONG +gcc +is there, but fails where it compiles .*no -m32")

    def test_bochs_that_does_not_run_is_found(self) -> None:
        printed = self.examine(1, fake={"bochs": "echo no display library"})
        self.assertRegex(printed, r"WRONG +bochs +is there, but does not run: no display library")

    def test_forbidden_sandbox_is_a_note(self) -> None:
        printed = self.examine(0, fake={"bwrap": "exit 1"})
        self.assertRegex(printed, r"note +bwrap +this system permits no sandbox")

    def test_old_python_is_found(self) -> None:
        printed = self.examine(1, fake={"python3": "exit 1"})
        self.assertRegex(printed, r"WRONG +python3 +is there, but fails")


class Place(KitTest):
    """What the doctor says about a copy of the kit.

    The tools that are not needed fail at once, which is worth a note and saves most of the time.
    """

    def setUp(self) -> None:
        super().setUp()
        tools = self.folder / "tools"
        tools.mkdir()
        for name in (*OPTIONAL, "clang-format", "dot", "qemu-img"):
            (tools / name).write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
            (tools / name).chmod(0o755)
        self.env = {"PATH": f"{tools}:{os.environ['PATH']}"}

    def examine(self, kit: Path, status: int = 1) -> str:
        """Run the doctor of a copy."""
        return self.must_end_with(status, "sh", kit / "scripts/doctor.sh", env=self.env).stdout

    def make_doctor(self, kit: Path, lab: int, status: int) -> str:
        """Run it for a lab."""
        command = ["make", "doctor", f"LAB={lab}"]
        return self.must_end_with(status, *command, cwd=kit, env=self.env).stdout

    def test_dos_line_ends_are_found(self) -> None:
        kit = self.copy_of_kit()
        names = ("labs/lab1-memory/heap.c", "labs/lab2-processes/switch.S", "labs/lab3-ipc/name.c")
        for path in (kit / name for name in names):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        printed = self.examine(kit)
        self.assertRegex(printed, r"WRONG +line ends +lines end in CR LF in labs/lab")
        for name in names:
            self.assertIn(name, printed)
        remedy = printed.split("type: ", 1)[1].splitlines()[0]
        self.must_succeed("sh", "-c", remedy, cwd=kit)
        self.assertNotIn("WRONG", self.examine(kit, 0))

    def test_missing_file_of_the_lab_is_found(self) -> None:
        kit = self.copy_of_kit()
        (kit / "labs/lab3-ipc/endpoint.c").unlink()
        self.assertIn("labs/lab3-ipc/endpoint.c is missing", self.examine(kit))
        self.make_doctor(kit, 2, 0)
        (kit / "labs/lab2-processes/switch.S").unlink()
        printed = self.make_doctor(kit, 2, 2)
        self.assertIn("labs/lab2-processes/switch.S is missing", printed)
        self.make_doctor(kit, 1, 0)

    def test_missing_file_of_an_earlier_lab_is_found(self) -> None:
        kit = self.copy_of_kit()
        (kit / "labs/lab1-memory/heap.c").unlink()
        for lab in (1, 2, 3):
            printed = self.make_doctor(kit, lab, 2)
            self.assertIn("labs/lab1-memory/heap.c is missing", printed)

    def test_incomplete_copy_is_found(self) -> None:
        kit = self.folder / "kit"
        (kit / "scripts").mkdir(parents=True)
        script = ROOT / "scripts/doctor.sh"
        (kit / "scripts/doctor.sh").write_bytes(script.read_bytes())
        self.assertRegex(self.examine(kit), r"WRONG +place +.* has no Makefile")

    def test_blank_in_the_path_is_found(self) -> None:
        kit = self.copy_of_kit().rename(self.folder / "my kit")
        self.assertRegex(self.examine(kit), r"WRONG +place +make cannot work below .*my kit")

    def test_file_from_the_future_is_found(self) -> None:
        kit = self.copy_of_kit()
        later = 4102444800  # The year 2100.
        os.utime(kit / "src/kernel/main.c", (later, later))
        self.assertRegex(self.examine(kit), r"WRONG +clock +src/kernel/main\.c was changed in the")


if __name__ == "__main__":
    unittest.main()
