"""Tests of the Makefile: what it builds, what it builds again, and what it says when it cannot."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import time
import unittest
from pathlib import Path
from typing import Dict, List

from compilers import NOT_CACHED
from kit import ROOT, KitTest, need, path_without, run

from cairn_grader.catalogue import lab_numbers

ORDER = 9
LIMIT = 1200

#: The lab that make builds unless it is told otherwise.
LAST = lab_numbers(ROOT)[-1]


def digest(path: Path) -> str:
    """A fingerprint of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Build(KitTest):
    """Builds of the reference system in folders of their own."""

    def setUp(self) -> None:
        super().setUp()
        self.build = self.folder / "build"

    def make(self, *words: str, status: int = 0, cwd: Path = ROOT, **env: str) -> str:
        """Run make; what it prints."""
        command = ["make", "-j2", f"BUILD={self.build}", *words]
        done = self.must_end_with(status, *command, cwd=cwd, env=env)
        return done.stdout + done.stderr

    def compiled(self, printed: str) -> List[str]:
        """The files that make says it compiled."""
        return re.findall(r"^ *CC\s+(?:obj/)?(\S+)", printed, re.MULTILINE)

    def kernel(self, name: str = f"lab{LAST}-ref") -> Path:
        """The kernel that was built."""
        return self.build / name / "kernel.elf"

    def test_a_clean_build_gives_the_same_bytes_later_and_in_another_folder(self) -> None:
        digests = []
        for name, place, env in (("a", ROOT, {}), ("b", self.copy_of_kit(), NOT_CACHED)):
            self.build = self.folder / name
            self.make("REF=all", "kernel", "iso", cwd=place, **env)
            files = ("kernel.elf", "kernel.iso", "initrd.tar")
            digests.append([digest(self.kernel().with_name(file)) for file in files])
            run("make", f"BUILD={self.build}", "clean")
            self.assertFalse(self.build.exists())
            time.sleep(1.1)  # A time stamp in the image would now differ.
        self.assertEqual(digests[0], digests[1])

    def test_nothing_is_built_twice(self) -> None:
        self.make("REF=all", "kernel")
        stamp = self.kernel().stat().st_mtime_ns
        self.assertEqual(self.compiled(self.make("REF=all", "kernel")), [])
        self.assertEqual(self.kernel().stat().st_mtime_ns, stamp)

    def test_one_changed_file_is_one_file_compiled(self) -> None:
        copy = self.copy_of_kit()
        self.make("REF=all", "kernel", cwd=copy)
        for name, objects in (
            ("solutions/lab1-memory/fault.c", ["solutions/lab1-memory/fault.o"]),
            ("solutions/lab2-processes/switch.S", ["solutions/lab2-processes/switch.o"]),
            ("solutions/lab3-ipc/endpoint.c", ["solutions/lab3-ipc/endpoint.o"]),
            ("src/user/bin/hello.c", ["user/src/user/bin/hello.o"]),
            ("src/user/bin/echo.c", ["user/src/user/bin/echo.o"]),
        ):
            with self.subTest(name):
                source = copy / name
                source.write_text(source.read_text(encoding="utf-8") + "\n", encoding="utf-8")
                compiled = self.compiled(self.make("REF=all", "kernel", cwd=copy))
                self.assertEqual(compiled, objects)

    def test_a_changed_header_recompiles_its_users_and_no_others(self) -> None:
        copy = self.copy_of_kit()
        self.make("REF=all", "kernel", cwd=copy)
        header = copy / "src/lib/random.h"
        header.write_text(header.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        compiled = self.compiled(self.make("REF=all", "kernel", cwd=copy))
        self.assertIn("src/lib/random.o", compiled)
        self.assertNotIn("src/lib/string.o", compiled)
        self.assertNotIn("solutions/lab1-memory/frame.o", compiled)

    def test_names_in_debugging_information_are_text_alone(self) -> None:
        copy, secret = self.copy_of_kit(), self.folder / "secret"
        secret.write_text("this is nobody's business", encoding="ascii")
        source = copy / "solutions/lab1-memory/fault.c"
        odd_name = r'\"odd\\\";planted=7//\"'
        with source.open("a", encoding="ascii") as file:
            file.write(f'__asm__(".type {odd_name}, @function\\n{odd_name}: ret");\n')
            file.write(f'#line 1 "x\\";.incbin/**/\\"{secret}"\nvoid odd_file(void);\n')
            file.write("void odd_file(void)\n{\n}\n")
        self.make("LAB=1", "REF=all", "kernel", cwd=copy)
        kernel = self.kernel("lab1-ref")
        self.assertFalse(secret.read_bytes() in kernel.read_bytes(), "a file was taken in")
        names = self.must_succeed("readelf", "-W", "--syms", kernel).stdout
        self.assertNotRegex(names, r" planted\b")
        table = (kernel.parent / "obj/symbols.s").read_text(encoding="ascii")
        self.assertIn('.asciz  "odd?planted?7//"', table)
        self.assertIn(f'.asciz  "x?.incbin/?/?{secret}"', table)

    def test_skeleton_and_reference_have_folders_of_their_own(self) -> None:
        self.make("LAB=1", "kernel")
        self.make("LAB=1", "REF=1", "kernel")
        self.assertTrue(self.kernel("lab1").is_file())
        self.assertTrue(self.kernel("lab1-ref").is_file())
        self.assertNotEqual(digest(self.kernel("lab1")), digest(self.kernel("lab1-ref")))

    def without_warnings(self, *choices: str) -> None:
        """Build each of these choices of variables; the compiler has nothing to say."""
        for words in choices:
            with self.subTest(words):
                self.assertNotIn("warning", self.make(*words.split(), "kernel"))

    @need("clang")
    def test_clang_builds_every_stage_without_warnings(self) -> None:
        self.without_warnings(
            *("CC=clang LAB=1", "CC=clang LAB=1 REF=all"),
            *("CC=clang LAB=2", "CC=clang LAB=2 REF=1", "CC=clang LAB=2 REF=all"),
            *("CC=clang LAB=3", "CC=clang LAB=3 REF=all"),
        )

    def test_gcc_builds_every_stage_without_warnings(self) -> None:
        self.without_warnings(
            *("LAB=1", "LAB=1 REF=all", "LAB=2", "LAB=2 REF=1", "LAB=2 REF=all"),
            *("LAB=3", "LAB=3 REF=1,2", "LAB=3 REF=all", "LAB=3 DEBUG=0", "LAB=3 REF=all DEBUG=0"),
        )

    def test_a_compiler_may_have_options(self) -> None:
        self.make("LAB=1", "CC=gcc -fno-ident", "kernel")
        self.assertIn("gcc -fno-ident ", (self.build / "lab1/flags").read_text(encoding="utf-8"))

    def test_v_shows_the_commands(self) -> None:
        self.assertIn("-ffreestanding", self.make("LAB=1", "REF=all", "V=1", "kernel"))

    def test_two_builds_side_by_side_do_not_collide(self) -> None:
        commands = " & ".join(
            f"make -j2 BUILD={self.folder}/{name} REF=all kernel & p{index}=$!"
            for index, name in enumerate(("a", "b"))
        )
        self.must_succeed("sh", "-c", f"{commands}; wait $p0 && wait $p1")
        first, second = (self.folder / name / f"lab{LAST}-ref/kernel.elf" for name in ("a", "b"))
        self.assertEqual(digest(first), digest(second))

    def test_tree_is_not_touched(self) -> None:
        copy = self.copy_of_kit()
        before = self.listing(copy)
        self.make("REF=all", "kernel", "iso", cwd=copy)
        self.assertEqual(self.listing(copy), before)

    def listing(self, folder: Path) -> Dict[str, int]:
        """Every file of a folder and when it was changed."""
        return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


class Messages(KitTest):
    """What make says when something is wrong: one line that says what to do."""

    def failure(self, *words: str, cwd: Path = ROOT, path: str = "") -> str:
        """The line that a failing make prints."""
        env = {"PATH": path or os.environ["PATH"]}
        done = run("make", "-j2", f"BUILD={self.folder}/build", *words, cwd=cwd, env=env)
        self.assertNotEqual(done.returncode, 0)
        lines = done.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        return lines[0]

    def test_in_the_folder_of_a_lab_it_is_the_same_with_this_lab(self) -> None:
        for lab in lab_numbers(ROOT):
            (folder,) = (ROOT / "labs").glob(f"lab{lab}-*")
            here = self.must_succeed("make", "lab-files", cwd=folder).stdout
            there = self.must_succeed("make", "lab-files", f"LAB={lab}", cwd=ROOT).stdout
            self.assertEqual(here, there)
            self.assertIn("make qemu LAB=1", self.must_succeed("make", cwd=folder).stdout)

    def test_unknown_lab(self) -> None:
        for word in ("LAB=9", "LAB=x", "LAB=", "REF=9", "REF=1,9"):
            with self.subTest(word):
                self.assertRegex(self.failure(word, "kernel"), "no lab.*the labs are: 1 2 3")

    def test_missing_file_of_the_lab(self) -> None:
        copy = self.copy_of_kit()
        for name in ("lab3-ipc/name.c", "lab2-processes/switch.S", "lab1-memory/paging.c"):
            (copy / "labs" / name).unlink()
            told = self.failure("kernel", cwd=copy)
            self.assertRegex(told, rf"labs/{re.escape(name)} is missing; bring it back from")

    def test_missing_compiler(self) -> None:
        bare = path_without(self.folder / "bin", ["gcc"], {})
        self.assertRegex(self.failure("kernel", path=bare), "gcc is not installed.*setup.sh")

    def test_missing_iso_tool(self) -> None:
        bare = path_without(self.folder / "bin", ["grub-mkrescue"], {})
        command = ["make", "-j2", f"BUILD={self.folder}/build", "LAB=1", "REF=all", "iso"]
        done = run(*command, env={"PATH": bare})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("grub-mkrescue is not installed; run scripts/setup.sh", done.stderr)

    def test_missing_emulator(self) -> None:
        bare = path_without(self.folder / "bin", ["qemu-system-i386"], {})
        command = ["make", "-j2", f"BUILD={self.folder}/build", "LAB=1", "qemu-nox"]
        done = run(*command, env={"PATH": bare})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("qemu-system-i386 is not installed; run scripts/setup.sh", done.stderr)

    @need("qemu-system-i386")
    def test_port_in_use(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            words = [f"GDBPORT={port}", f"BUILD={self.folder}/build", "LAB=1", "REF=all"]
            done = run("make", "-j2", "qemu-gdb", *words)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"port {port} is in use, choose another: GDBPORT=N", done.stderr)

    def test_help_is_the_default_and_names_every_target(self) -> None:
        default = self.must_succeed("make").stdout
        self.assertEqual(default, self.must_succeed("make", "help").stdout)
        for target in (
            *("kernel", "iso", "qemu", "qemu-nox", "qemu-gdb", "gdb", "bochs", "grade", "run-"),
            *("handin", "clean", "doctor", "bench", "docs", "lint", "skeletons", "release"),
            *("trace", "test", "lab-files"),
        ):
            self.assertIn(f"make {target}", default)

    def test_help_names_tests_that_exist(self) -> None:
        named = re.findall(r"\brun-([a-z]\w*)", self.must_succeed("make", "help").stdout)
        lab = self.must_succeed("grader/grade", "--lab", "1", "--list").stdout.split()
        self.assertTrue(named)
        self.assertEqual([name for name in named if name not in lab], [])

    def test_a_variable_alone_builds_the_kernel(self) -> None:
        for words in (["LAB=1"], ["REF=1"], ["REF=all"]):
            with self.subTest(words[0]):
                build = self.folder / words[0]
                self.must_succeed("make", "-j2", f"BUILD={build}", *words)
                self.assertTrue(list(build.glob("*/kernel.elf")))


if __name__ == "__main__":
    unittest.main()
