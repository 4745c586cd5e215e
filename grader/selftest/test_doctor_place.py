"""Tests of scripts/doctor.sh in copies of the kit that are spoilt, or in a bad place."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import List

from doctor_kit import DoctorTest, can
from kit import ROOT, clean_environment, need, run

ORDER = 20

#: The year 2100.
LATER = 4102444800
NOBODY = 65534
#: A file system of two megabytes at a place that can be chosen, for one command.
SMALL = ("bwrap", "--dev-bind", "/", "/", "--size", str(2 << 20), "--tmpfs")
#: Mounts one where nothing can be run at $0, and runs a command there.
NOEXEC = 'mount -t tmpfs -o noexec tmpfs "$0" && cp -R "$1"/. "$0" && cd "$0" && shift && exec "$@"'
NO_SOCKETS = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>

int bind(int descriptor, const struct sockaddr *address, socklen_t size)
{
    if (address->sa_family == AF_UNIX) {
        errno = EPERM;
        return -1;
    }
    int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    return next(descriptor, address, size);
}
"""


class Spoilt(DoctorTest):
    """Copies of the kit whose files are not as they should be."""

    def setUp(self) -> None:
        super().setUp()
        self.kit = self.copy_of_kit()

    def to_dos(self, *names: str) -> None:
        """Give the lines of files the ends that they have on Windows."""
        for path in (self.kit / name for name in names):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    def test_dos_line_ends_are_found(self) -> None:
        names = (
            *("labs/lab1-memory/heap.c", "labs/lab2-processes/switch.S", "src/kernel/panic.h"),
            *("scripts/run.sh", "grader/cairn_grader/cli.py", "src/stages.mk", "grader/grade"),
        )
        self.to_dos(*names)
        printed = self.examine(1, "line-ends", kit=self.kit)
        self.found(printed, "WRONG", "line-ends", "lines end in CR LF in grader/", "type: sed -i")
        for name in names:
            self.assertIn(name, printed)
        self.must_succeed("sh", "-c", self.remedy(printed), cwd=self.kit)
        self.examine(0, "line-ends", kit=self.kit)

    def test_dos_line_ends_everywhere_are_found_and_mended(self) -> None:
        files = [path for path in self.kit.rglob("*") if path.is_file()]
        before = {path: path.read_bytes() for path in files}
        for path, content in before.items():
            if b"\0" not in content and path.suffix != ".patch":
                path.write_bytes(content.replace(b"\n", b"\r\n"))
        script = self.kit / "scripts/doctor.sh"
        self.assertIn(b"\r\n", script.read_bytes())
        printed = self.examine(1, "place", "line-ends", kit=self.kit)
        self.assertRegex(printed, "(?m)^ok +place ")
        what = r"CR LF in \d+ files, such as "
        self.found(printed, "WRONG", "line-ends", what, "type: grep -rlI")
        self.must_succeed("sh", "-c", self.remedy(printed), cwd=self.kit)
        self.must_succeed("make", "doctor", "ARGS=line-ends", cwd=self.kit)
        places = ("Makefile", "src/", "scripts/", "grader/", "labs/")
        for path, content in before.items():
            name = path.relative_to(self.kit).as_posix()
            if name.startswith(places):
                self.assertEqual(path.read_bytes(), content, name)

    def test_missing_file_of_the_lab_is_found(self) -> None:
        (self.kit / "labs/lab3-ipc/endpoint.c").unlink()
        printed = self.examine(1, "lab-files", kit=self.kit)
        what = "labs/lab3-ipc/endpoint.c is missing"
        self.found(printed, "WRONG", "lab-files", what, "the release you began with")
        self.examine(0, "lab-files", kit=self.kit, LAB="2")
        (self.kit / "labs/lab2-processes/switch.S").unlink()
        printed = self.examine(1, "lab-files", kit=self.kit, LAB="2")
        self.assertIn("labs/lab2-processes/switch.S is missing", printed)
        self.examine(0, "lab-files", kit=self.kit, LAB="1")

    def test_missing_file_of_an_earlier_lab_is_found(self) -> None:
        (self.kit / "labs/lab1-memory/heap.c").unlink()
        for lab in ("1", "2", "3"):
            printed = self.examine(1, "lab-files", kit=self.kit, LAB=lab)
            self.assertIn("labs/lab1-memory/heap.c is missing", printed)

    def test_missing_given_file_is_found(self) -> None:
        (self.kit / "src/kernel/cmdline.c").unlink()
        printed = self.examine(1, "files", kit=self.kit)
        what = "src/kernel/cmdline.c is missing"
        self.found(printed, "WRONG", "files", what, "unpack the archive again")

    def test_missing_part_of_the_grader_is_found(self) -> None:
        (self.kit / "grader/cairn_grader/verdict.py").unlink()
        printed = self.examine(1, "grader", kit=self.kit)
        what = r"does not start \(.*cairn_grader.verdict"
        self.found(printed, "WRONG", "grader", what, "unpack the archive again")

    def test_incomplete_copy_is_found(self) -> None:
        for name in ("Makefile", "grader", "src"):
            (self.kit / name).rename(self.folder / name)
            with self.subTest(name):
                printed = self.examine(1, kit=self.kit)
                missing = "src/stages.mk" if name == "src" else name
                what = f"has no {missing}"
                self.found(printed, "WRONG", "place", what, "unpack the archive again")
                self.assertEqual(len(printed.splitlines()), 2, "the other checks have no sense")
            (self.folder / name).rename(self.kit / name)

    def test_file_from_the_future_is_found_and_mended(self) -> None:
        os.utime(self.kit / "src/kernel/main.c", (LATER, LATER))
        printed = self.examine(1, "clock", kit=self.kit)
        what = "src/kernel/main.c was changed in the future"
        self.found(printed, "WRONG", "clock", what, "type: touch src/kernel/main.c")
        self.must_succeed("sh", "-c", self.remedy(printed), cwd=self.kit)
        self.examine(0, "clock", kit=self.kit)

    def test_lost_execute_bits_are_found_and_mended(self) -> None:
        files = [path for path in self.kit.rglob("*") if path.is_file()]
        before = {path for path in files if os.access(path, os.X_OK)}
        self.assertGreater(len(before), 20)
        for path in before:
            path.chmod(0o644)
        for command in (["kernel"], ["grade"], ["gdb"], ["help"]):
            done = self.must_end_with(2, "make", *command, cwd=self.kit)
            self.assertIn("type: sh scripts/doctor.sh permissions", done.stderr)
        done = self.must_end_with(2, "make", "doctor", "ARGS=permissions", cwd=self.kit)
        what = "scripts have lost their execute bits"
        self.found(done.stdout, "WRONG", "permissions", what, "type: chmod \\+x scripts/")
        self.must_succeed("sh", "-c", self.remedy(done.stdout), cwd=self.kit)
        self.examine(0, "permissions", kit=self.kit)
        self.assertEqual({path for path in files if os.access(path, os.X_OK)}, before)


class Place(DoctorTest):
    """A kit that is sound, in a place that is not."""

    def test_blank_in_the_path_is_found(self) -> None:
        kit = self.copy_of_kit().rename(self.folder / "my kit")
        printed = self.examine(1, "place", kit=kit)
        self.found(printed, "WRONG", "place", "make cannot work below .*my kit", "move the kit")

    def test_folder_of_the_kit_is_told_from_the_kit(self) -> None:
        script = "../../scripts/doctor.sh"
        done = self.must_succeed("sh", script, "place", cwd=ROOT / "labs/lab1-memory")
        self.found(done.stdout, "note", "place", "make works in ", f"type: cd {ROOT}$")
        for folder in (ROOT, self.folder):
            done = self.must_succeed("sh", ROOT / "scripts/doctor.sh", "place", cwd=folder)
            self.assertNotIn("note", done.stdout)
        done = self.must_succeed("sh", "doctor.sh", "place", cwd=ROOT / "scripts")
        self.assertIn("ok     place", done.stdout)

    def as_nobody(self, kit: Path) -> "subprocess.CompletedProcess[str]":
        """Run the doctor without root's rights."""
        user = NOBODY if os.getuid() == 0 else None
        return subprocess.run(
            ["sh", kit / "scripts/doctor.sh", "place"],
            stdout=subprocess.PIPE, text=True, env=clean_environment({"TMPDIR": "/tmp"}),
            user=user, check=False,
        )  # fmt: skip

    def kit_for_everybody(self) -> Path:
        """A small kit that every user can see, and that belongs to nobody."""
        folder = Path(tempfile.mkdtemp(prefix="kit-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        for name in ("src/stages.mk", "Makefile", "scripts/doctor.sh"):
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        for name in ("build", "grader", "labs"):
            (folder / name).mkdir()
        if os.getuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        folder.chmod(0o755)
        return folder

    def test_folder_that_cannot_be_written_is_found(self) -> None:
        kit = self.kit_for_everybody()
        self.assertEqual(self.as_nobody(kit).returncode, 0)
        (kit / "build").chmod(0o555)
        printed = self.as_nobody(kit).stdout
        self.found(printed, "WRONG", "place", "cannot write to .*/build", "type: sudo chown -R ")

    @unittest.skipIf(os.getuid() != 0, "only root can build for root")
    def test_what_root_has_built_is_found(self) -> None:
        kit = self.kit_for_everybody()
        (kit / "build/lab1").mkdir()
        printed = self.as_nobody(kit).stdout
        what = "cannot change build/lab1, which somebody else has built"
        self.found(printed, "WRONG", "place", what, "type: sudo rm -rf build")

    def test_windows_drive_is_found(self) -> None:
        lines = "Filesystem 1024-blocks Used Available Capacity Mounted on\nC:\\\\ 9 1 8 1% /mnt/c"
        printed = self.examine(0, "place", fake={"df": f"printf '%s\\n' '{lines}'"})
        self.found(printed, "note", "place", "a Windows drive: slow", "type: cp -R . ~/cairn")

    def test_file_system_without_execute_bits_is_found(self) -> None:
        printed = self.examine(1, "permissions", fake={"chmod": "exit 0"})
        what = f"no program can be run from {ROOT}"
        self.found(printed, "WRONG", "permissions", what, "type: cp -R . ~/cairn")

    @need("unshare")
    def test_file_system_mounted_noexec_is_found(self) -> None:
        space = ("unshare", "--user", "--map-root-user", "--mount")
        place = self.folder / "place"
        place.mkdir()
        if not can(*space, "mount", "-t", "tmpfs", "tmpfs", str(place)):
            self.skipTest("this system permits no mounting")
        kit = self.kit_for_everybody()
        words = (*space, "sh", "-c", NOEXEC, place, kit, "sh", "scripts/doctor.sh", "permissions")
        printed = self.must_end_with(1, *words).stdout
        what = "no program can be run from .*noexec"
        self.found(printed, "WRONG", "permissions", what, "type: cp -R . ~/cairn")


class Disk(DoctorTest):
    """Disks that are full, in one way or another."""

    def fake_df(self, free: str = "9000000", files: str = "777777") -> str:
        """A df that says how much is free."""
        head = "Filesystem N Used Available Capacity Mounted on"
        lines = f"case $1 in *i*) n='1 1 {files}' ;; *) n='1 1 {free}' ;; esac"
        return f'{lines}; echo "{head}"; echo "/dev/x $n 99% /"'

    def test_enough_is_enough(self) -> None:
        printed = self.examine(0, "disk", fake={"df": self.fake_df()})
        self.assertRegex(printed, "(?m)^ok +disk +8789 MB are free on the disk of build$")

    def test_little_room_is_found(self) -> None:
        printed = self.examine(1, "disk", fake={"df": self.fake_df(free="20480")})
        what = "only 20 MB are free on the disk of build; 300 are needed"
        self.found(printed, "WRONG", "disk", what, "type: make clean")

    def test_no_room_for_more_files_is_found(self) -> None:
        printed = self.examine(1, "disk", fake={"df": self.fake_df(files="17")})
        what = "the disk of build has room for only 17 more files"
        self.found(printed, "WRONG", "disk", what, "type: make clean")

    def test_file_systems_that_count_no_files_are_fine(self) -> None:
        fake = self.fake_df().replace("1 1 777777", "0 0 0")
        self.examine(0, "disk", fake={"df": fake})
        self.examine(0, "disk", fake={"df": fake.replace("0 0 0", "- - -")})

    def test_quota_is_found(self) -> None:
        # As with a quota, df sees nothing, but files cannot grow.
        script = f"ulimit -f 1000; trap '' XFSZ; sh {ROOT}/scripts/doctor.sh disk"
        printed = self.must_end_with(1, "sh", "-c", script).stdout
        what = r"cannot write 16 MB to build: is there a quota\? \(.*File too large"
        self.found(printed, "WRONG", "disk", what, "type: make clean")

    @need("bwrap")
    def test_full_disk_is_found(self) -> None:
        if not can(*SMALL, str(self.folder), "true"):
            self.skipTest("this system permits no mounting")
        words = (*SMALL, self.folder, "env", f"TMPDIR={self.folder}")
        command = (*words, "sh", ROOT / "scripts/doctor.sh", "disk")
        printed = self.must_end_with(1, *command).stdout
        what = f"only [12] MB are free on the disk of {self.folder}; 300 are needed"
        remedy = f"type: mkdir -p build/tmp && export TMPDIR={ROOT}/build/tmp"
        self.found(printed, "WRONG", "disk", what, remedy)

    def test_folder_for_temporary_files_that_is_not_there_is_found(self) -> None:
        printed = self.examine(1, "disk", "clock", TMPDIR=f"{self.folder}/nothing")
        what = "TMPDIR names .*/nothing, which is no folder"
        self.found(printed, "WRONG", "disk", what, "type: unset TMPDIR")
        self.assertRegex(printed, "(?m)^ok +clock ")


class Ports(DoctorTest):
    """Sockets and ports that make qemu-gdb waits at."""

    def test_port_in_use_is_found(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            done = self.must_end_with(2, "make", "doctor", f"GDBPORT={port}", "ARGS=ports")
        what = f"port {port} cannot be had .*in use"
        self.found(done.stdout, "WRONG", "ports", what, "choose another: GDBPORT=N")
        # The port itself may be somebody else's by now.
        words = ("sh", ROOT / "scripts/doctor.sh", "ports")
        free = [run(*words, env={"GDBPORT": str(number)}) for number in self.free_ports(3)]
        self.assertIn(0, [done.returncode for done in free])

    def free_ports(self, count: int) -> List[int]:
        """Ports that were free a moment ago."""
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        ports = [int(one.getsockname()[1]) for one in sockets]
        for one in sockets:
            one.close()
        return ports

    def test_what_is_no_port_is_found(self) -> None:
        for word in ("gdb", "70000"):
            with self.subTest(word):
                printed = self.examine(1, "ports", GDBPORT=word)
                self.found(printed, "WRONG", "ports", f"{word} (is no|cannot be)", "GDBPORT=")

    def library(self) -> str:
        """A library that takes away sockets in files, as some shared folders do."""
        source = self.folder / "bind.c"
        source.write_text(NO_SOCKETS, encoding="ascii")
        library = self.folder / "bind.so"
        self.must_succeed("gcc", "-shared", "-fPIC", "-o", library, source, "-ldl")
        return str(library)

    @need("gcc", "qemu-system-i386")
    def test_folder_that_takes_no_socket_is_found(self) -> None:
        library = self.library()
        printed = self.examine(0, "ports", LD_PRELOAD=library)
        remedy = "type: make qemu-gdb GDBPORT=1234, and make gdb GDBPORT=1234"
        what = r"no socket for make qemu-gdb can be made in .*\(Operation not permitted\)"
        self.found(printed, "note", "ports", what, remedy)
        folder = self.folder / "lab1"
        folder.mkdir()
        (folder / "kernel.elf").write_bytes(b"")
        script = ROOT / "scripts/run.sh"
        done = self.must_end_with(1, "sh", script, "gdb", folder, env={"LD_PRELOAD": library})
        self.assertRegex(done.stderr, r"choose a port, here and for make gdb: GDBPORT=1234\n$")

    @need("bochs")
    def test_bochs_says_why_it_does_not_start(self) -> None:
        folder = self.folder / "lab1"
        folder.mkdir()
        (folder / "kernel.iso").write_bytes(b"")
        script = ROOT / "scripts/run.sh"
        env = {"LTDL_LIBRARY_PATH": str(self.folder), "BOCHS_DISPLAY": "nothing"}
        done = self.must_end_with(1, "sh", script, "bochs", folder, env=env)
        self.assertRegex(done.stderr, r"the emulator failed \(exit status \d+\)")
        env = {"BOCHS_DISPLAY": "nothing"}
        done = self.must_end_with(1, "sh", script, "bochs", folder, env=env)
        self.assertRegex(done.stderr, r"the emulator failed .*; .*display library 'nothing' not av")

    def test_folder_in_use_is_told_with_and_without_ps(self) -> None:
        folder = self.folder / "lab1"
        folder.mkdir()
        script = ["sh", "-c", "read line; :", str(ROOT / "scripts/run.sh")]
        with subprocess.Popen(script, stdin=subprocess.PIPE) as other:
            (folder / "run.pid").write_text(str(other.pid), encoding="ascii")
            for fakes in ({}, {"ps": "exit 127"}):
                path = f"{self.fakes(fakes)}:{os.environ['PATH']}"
                command = ["sh", ROOT / "scripts/run.sh", "gdb", folder]
                done = self.must_end_with(1, *command, env={"PATH": path})
                self.assertRegex(done.stderr, f"lab1 is in use by process {other.pid}; end that")
            other.communicate(b"\n")


if __name__ == "__main__":
    unittest.main()
