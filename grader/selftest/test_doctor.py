"""Tests of scripts/doctor.sh with tools that are missing, too old or broken on purpose."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path

from doctor_kit import VERSIONS, DoctorTest, can, real
from kit import ROOT, need

ORDER = 20

#: The checks of tools that a student cannot do without, and of those that one can.
NEEDED = (
    *("make", "gcc", "ld", "nm", "objdump", "readelf", "strip", "ar", "tar"),
    *("qemu-system-i386", "bochs", "grub-mkrescue", "xorriso", "mformat", "python3"),
)
OPTIONAL = (
    *("gdb", "clang", "bwrap", "doxygen", "dot", "clang-format", "clang-tidy", "cppcheck"),
    *("shellcheck", "ccache", "xmllint", "prove", "chromium", "munge", "sbatch"),
)
#: The last versions that are too old, and the first that will do.
TOO_OLD = {
    "make": ("3.81", "3.82"),
    "gcc": ("7.5.0", "8"),
    "ld": ("2.17", "2.18"),
    "clang": ("9.0.1", "10"),
    "qemu-system-i386": ("5.2.0", "6.0"),
    "xorriso": ("1.3.2", "1.4"),
    "grub-mkrescue": ("2.00", "2.02"),
    "python3": ("3.8.10", "3.9"),
    "gdb": ("10.1", "11"),
    "doxygen": ("1.8.20", "1.9"),
    "bwrap": ("0.4.1", "0.5"),
}
SAY_VERSION = 'case "$*" in *-version | -V) echo "{}"; exit 0 ;; esac'
COMPLAIN = 'case "$*" in *-version) ;; *) echo "cannot go on: reason 42" >&2; exit 1 ;; esac'
NO_NAMESPACES = ("unshare", "--user", "--map-root-user", "--net", "true")
SYSCTLS = {
    "kernel/unprivileged_userns_clone": ("0", "kernel.unprivileged_userns_clone=1"),
    "user/max_user_namespaces": ("0", "user.max_user_namespaces=10000"),
    "kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "kernel.apparmor_restrict_unprivileged_userns=0",
    ),
}
# Takes every port that Bochs would try, and runs a command.
HOLD_PORTS = """\
import os, socket, sys

held = []
for port in range(5900, 5950):
    held.append(socket.socket())
    held[-1].bind(("0.0.0.0", port))
    held[-1].listen(1)
    os.set_inheritable(held[-1].fileno(), True)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Talking(DoctorTest):
    """How one talks to the doctor. That it finds nothing wrong here, test_readme shows."""

    def test_one_check_runs_alone(self) -> None:
        printed = self.examine(0, "clock", "tar").splitlines()
        self.assertRegex(printed[0], "^ok +clock ")
        self.assertRegex(printed[1], "^ok +tar ")
        self.assertEqual(printed[2:], ["doctor: nothing is wrong with clock tar"])

    def test_unknown_check_is_named(self) -> None:
        done = self.must_end_with(2, "sh", ROOT / "scripts/doctor.sh", "bosch")
        self.assertIn("there is no check bosch; doctor.sh --list shows all", done.stderr)

    def test_every_tool_that_is_installed_is_examined(self) -> None:
        setup = (ROOT / "scripts/setup.sh").read_text(encoding="utf-8")
        needs = "\n".join(re.findall(r"(?s)cat <<'END'\n(.*?)\nEND", setup))
        tools = set(re.findall(r"\bhas ([a-z][\w-]*)", needs)) - {"i686-linux-gnu-gcc"}
        self.assertGreater(len(tools), 20)
        # qemu-img is a part of going back in time.
        listed = {*self.examine(0, "--list").split(), "qemu-img"}
        self.assertEqual(tools - listed, set())


class Tools(DoctorTest):
    """Tools that are missing, too old, or do not work."""

    def test_missing_needed_tools_are_wrong(self) -> None:
        absent = [name for name in NEEDED if name not in ("python3",)]
        printed = self.examine(1, *NEEDED, absent=[*absent, "python3"])
        for tool in NEEDED:
            with self.subTest(tool):
                self.found(printed, "WRONG", tool, "not installed", "type: sh scripts/setup.sh")
        self.assertIn(f"{len(NEEDED)} things are wrong: make gcc ld nm", printed)

    def test_missing_optional_tools_are_notes(self) -> None:
        printed = self.examine(0, *OPTIONAL, absent=OPTIONAL)
        for tool in OPTIONAL:
            with self.subTest(tool):
                self.found(printed, "note", tool, "not installed", "type: sh scripts/setup.sh")
        self.assertNotIn("WRONG", printed)

    def test_tools_that_are_too_old_are_found(self) -> None:
        fake = {
            tool: SAY_VERSION.format(VERSIONS[tool].format(old))
            for tool, (old, _) in TOO_OLD.items()
        }
        printed = self.examine(1, *TOO_OLD, fake=fake)
        for tool, (old, enough) in TOO_OLD.items():
            kind = "WRONG" if tool in NEEDED else "note"
            with self.subTest(tool):
                what = rf"{re.escape(old)} is too old \(.*\): {re.escape(enough)} or later"
                self.found(printed, kind, tool, what, "type: vagrant up")

    def test_the_first_versions_that_will_do_are_accepted(self) -> None:
        fake = {
            tool: f'{SAY_VERSION.format(VERSIONS[tool].format(enough))}; exec {real(tool)} "$@"'
            for tool, (_, enough) in TOO_OLD.items()
            if tool not in ("bwrap", "grub-mkrescue", "qemu-system-i386", "python3")
        }
        printed = self.examine(0, *fake, fake=fake)
        self.assertNotIn("too old", printed)

    def test_tools_that_fail_are_found(self) -> None:
        others = [name for name in NEEDED if name not in ("bochs", "gcc", "ld")]
        # xorriso and mformat are tried by way of grub-mkrescue.
        others = [name for name in others if name not in ("xorriso", "mformat")]
        for batch in (["gcc"], ["ld"], [*others, "gdb", "clang"]):
            printed = self.examine(1, *batch, fake={tool: COMPLAIN for tool in batch})
            for tool in batch:
                kind = "WRONG" if tool in NEEDED else "note"
                with self.subTest(tool):
                    what = "is there, but fails where it "
                    self.found(printed, kind, tool, what, "type: sh scripts/setup.sh")

    def test_compiler_without_i386_is_found(self) -> None:
        refuse = 'case "$*" in *-m32*) echo "sorry, no -m32" >&2; exit 1 ;; esac'
        fake = {"gcc": f'{refuse}; exec {real("gcc")} "$@"'}
        printed = self.examine(1, "gcc", "nm", "qemu-system-i386", fake=fake)
        what = r"is there, but fails where it compiles for i386 \(sorry, no -m32\)"
        self.found(printed, "WRONG", "gcc", what, "type: sh scripts/setup.sh")
        for tool in ("nm", "qemu-system-i386"):
            what = "not tried, as no kernel could be built"
            self.found(printed, "note", tool, what, "type: sh scripts/doctor.sh gcc ld")

    def test_the_compiler_gets_the_options_of_the_makefile(self) -> None:
        refuse = 'case "$*" in *-ffile-prefix-map*) echo "unknown option" >&2; exit 1 ;; esac'
        fake = {"gcc": f'{refuse}; exec {real("gcc")} "$@"'}
        self.found(
            self.examine(1, "gcc", fake=fake), "WRONG", "gcc", "unknown option", "sh scripts/setup"
        )

    def test_emulator_without_an_option_that_is_used_is_found(self) -> None:
        for option in ("-icount", "-action", "-sandbox"):
            refuse = f'case "$*" in *{option}*) echo "{option}: invalid option"; exit 1 ;; esac'
            fake = {"qemu-system-i386": f'{refuse}; exec {real("qemu-system-i386")} "$@"'}
            with self.subTest(option):
                printed = self.examine(1, "qemu-system-i386", fake=fake)
                what = rf"is there, but fails where it boots a kernel .*\({option}: invalid option"
                self.found(printed, "WRONG", "qemu-system-i386", what, "type: sh scripts/setup.sh")

    def test_boot_loader_without_its_modules_is_found(self) -> None:
        # It looks for them beside itself.
        place = self.folder / "grub"
        (place / "bin").mkdir(parents=True)
        tool = place / "bin/grub-mkrescue"
        tool.write_text(f'#!/bin/sh\nexec {real("grub-mkrescue")} "$@"\n', encoding="ascii")
        tool.chmod(0o755)
        path = f"{place}/bin:{os.environ['PATH']}"
        printed = self.examine(1, "grub-mkrescue", PATH=path)
        what = "GRUB's i386-pc modules are not installed"
        self.found(printed, "WRONG", "grub-mkrescue", what, "type: sh scripts/setup.sh")
        (place / "lib/grub").mkdir(parents=True)
        modules = Path(real("grub-mkrescue")).parent.parent / "lib/grub/i386-pc"
        shutil.copytree(modules, place / "lib/grub/i386-pc")
        self.examine(0, "grub-mkrescue", PATH=path)
        (place / "lib/grub/i386-pc/multiboot.mod").unlink()
        printed = self.examine(1, "grub-mkrescue", PATH=path)
        what = "is there, but fails where it makes a bootable ISO"
        self.found(printed, "WRONG", "grub-mkrescue", what, "type: sh scripts/setup.sh")


class Bochs(DoctorTest):
    """The many things that Bochs needs."""

    def plugins(self, *left_out: str) -> Path:
        """A folder with links to Bochs's plugins, without some."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        listed = self.must_succeed("dpkg", "-L", "bochs").stdout.split()
        plugins = [Path(name) for name in listed if "/libbx_" in name]
        folders = {path.parent for path in plugins}
        for path in (path for place in folders for path in place.iterdir()):
            if path.exists() and not any(word in path.name for word in left_out):
                (folder / path.name).symlink_to(path)
        return folder

    @need("bochs", "dpkg")
    def test_no_display_plugin(self) -> None:
        printed = self.examine(1, "bochs", LTDL_LIBRARY_PATH=str(self.plugins("rfb")))
        self.found(
            printed, "WRONG", "bochs", "lacks rfb, the display", "type: sudo apt-get install --rein"
        )
        self.examine(0, "bochs", LTDL_LIBRARY_PATH=str(self.plugins()))

    @need("bochs")
    def test_no_plugin_at_all(self) -> None:
        printed = self.examine(1, "bochs", LTDL_LIBRARY_PATH=str(self.folder))
        self.found(printed, "WRONG", "bochs", "finds none of its plugins", "--reinstall bochs")

    @need("bochs")
    def test_no_bios(self) -> None:
        printed = self.examine(1, "bochs", BXSHARE=str(self.folder))
        self.found(printed, "WRONG", "bochs", "does not find its BIOS", "--reinstall bochsbios")

    @need("bochs", "unshare")
    def test_ports_in_use(self) -> None:
        if not can(*NO_NAMESPACES):
            self.skipTest("this system permits no namespaces")
        (self.folder / "hold.py").write_text(HOLD_PORTS, encoding="ascii")
        space = " ".join(NO_NAMESPACES[:-1])
        hold = f'exec {space} python3 {self.folder}/hold.py {real("bochs")} "$@"'
        printed = self.examine(1, "bochs", fake={"bochs": hold})
        self.found(
            printed, "WRONG", "bochs", "finds no free port .* from 5900 to 5949", "type: ss -ltnp"
        )

    @need("bochs")
    def test_older_than_any_that_was_tried(self) -> None:
        change = 's/x86 Emulator [0-9.]*/x86 Emulator 2.6.11/'
        log = '$(sed -n "s/^log: //p" "$3")'
        fake = f"{real('bochs')} \"$@\"; sed -i '{change}' \"{log}\""
        printed = self.examine(0, "bochs", fake={"bochs": fake})
        self.found(printed, "note", "bochs", "2.6.11 works here, but 2.7 is", "vagrant up")

    def test_crash(self) -> None:
        printed = self.examine(1, "bochs", fake={"bochs": "echo strange things; kill -SEGV $$"})
        what = r"does not run \(strange things\)"
        self.found(printed, "WRONG", "bochs", what, "type: sudo apt-get")


class Debugger(DoctorTest):
    """GDB, and going back in time."""

    def test_gdb_without_i386_or_python_is_found(self) -> None:
        for option, message in (
            ("set architecture", 'Undefined item: "i386".'),
            ("python", "Python scripting is not supported in this copy of GDB."),
        ):
            fake = f"case \"$*\" in *'{option}'*) echo '{message}' >&2; exit 1 ;; esac"
            with self.subTest(option):
                printed = self.examine(0, "gdb", fake={"gdb": fake})
                what = rf"is there, but fails where .*\({re.escape(message)}\)"
                self.found(printed, "note", "gdb", what, "type: sh scripts/setup.sh")

    @need("qemu-system-i386")
    def test_emulator_that_cannot_record_is_found(self) -> None:
        refuse = 'case "$*" in *rr=*) echo "cannot record here" >&2; exit 1 ;; esac'
        fake = {"qemu-system-i386": f'{refuse}; exec {real("qemu-system-i386")} "$@"'}
        printed = self.examine(0, "rewind", "qemu-system-i386", fake=fake)
        what = "cannot go back in time: .*cannot record here"
        self.found(printed, "note", "rewind", what, "type: make run-TEST, make gdb")
        self.assertRegex(printed, "(?m)^ok +qemu-system-i386")

    @need("qemu-system-i386", "gdb")
    def test_gdb_that_cannot_go_back_is_found(self) -> None:
        script = f'exec {real("gdb")} "$@" -iex "define reverse-continue" -iex "end"'
        refuse = f'case "$*" in *reverse*) exec true ;; esac; {script}'
        printed = self.examine(0, "rewind", fake={"gdb": refuse})
        what = "cannot go back in time: .*GDB said nothing"
        self.found(printed, "note", "rewind", what, "type: make run-TEST, make gdb")

    def test_missing_disk_tool_is_found(self) -> None:
        printed = self.examine(0, "rewind", absent=["qemu-img"])
        self.found(printed, "note", "rewind", "needs .*qemu-img", "type: sh scripts/setup.sh")


class HostTests(DoctorTest):
    """Programs for 32 bits on the host."""

    @need("gcc")
    def test_no_library_for_32_bits(self) -> None:
        # A root without headers and libraries; kernels need neither.
        script = f'exec {real("gcc")} --sysroot={self.folder}/nothing "$@"'
        printed = self.examine(0, "gcc", "host-tests", fake={"gcc": script})
        self.assertRegex(printed, "(?m)^ok +gcc ")
        what = "gcc makes no programs for 32 bits"
        remedy = "type: sudo apt-get install gcc-multilib libc6-dev-i386"
        self.found(printed, "note", "host-tests", what, remedy)

    @need("gcc")
    def test_kernel_that_does_not_run_them(self) -> None:
        # A file that no system runs.
        script = 'while [ "$1" != -o ]; do shift; done; printf "\\177ELF" >"$2"; chmod +x "$2"'
        printed = self.examine(0, "host-tests", fake={"gcc": script})
        what = "are built, but this system does not run them"
        self.found(printed, "note", "host-tests", what, "type: make grade")


class Grading(DoctorTest):
    """What grading the work of others needs."""

    def with_sysctls(self, **values: str) -> Path:
        """A copy of the script that reads the system's values from a folder."""
        kit = self.copy_of_kit()
        script = kit / "scripts/doctor.sh"
        text = script.read_text(encoding="utf-8")
        for found in ("/proc/sys/", "/.dockerenv", "/run/.containerenv"):
            self.assertIn(found, text)
            text = text.replace(found, f"{self.folder}{found}")
        script.write_text(text, encoding="utf-8")
        return kit

    def test_forbidden_sandbox_is_a_note_that_says_what_permits_it(self) -> None:
        kit = self.with_sysctls()
        fake = {"bwrap": 'case "$*" in --version) ;; *) echo "bwrap: refused" >&2; exit 1 ;; esac'}
        what = r"no sandbox can be made, .*\(.*bwrap: refused\)"
        printed = self.examine(0, "bwrap", fake=fake, kit=kit)
        self.found(printed, "note", "bwrap", what, "grade what you trust with --trust")
        long = {"bwrap": fake["bwrap"].replace("refused", "refused " + "again and " * 20)}
        printed = self.examine(0, "bwrap", fake=long, kit=kit)
        self.found(printed, "note", "bwrap", r"again and again \.\.\.\)", "--trust")
        (self.folder / ".dockerenv").touch()
        printed = self.examine(0, "bwrap", fake=fake, kit=kit)
        self.found(printed, "note", "bwrap", what, "--security-opt seccomp=unconfined")
        for name, (value, remedy) in reversed(SYSCTLS.items()):
            with self.subTest(name):
                file = self.folder / "proc/sys" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(value + "\n", encoding="ascii")
                printed = self.examine(0, "bwrap", fake=fake, kit=kit)
                self.found(printed, "note", "bwrap", what, f"type: sudo sysctl -w {remedy}")

    @need("bwrap")
    def test_sandbox_that_the_system_forbids(self) -> None:
        inside = ("bwrap", "--unshare-user", "--disable-userns", "--dev-bind", "/", "/")
        if not can(*inside, "true"):
            self.skipTest("this system permits no sandbox at all, or bwrap cannot forbid one")
        script = f'exec {real("bwrap")} {" ".join(inside[1:])} {real("bwrap")} "$@"'
        printed = self.examine(0, "bwrap", fake={"bwrap": script})
        self.found(printed, "note", "bwrap", "no sandbox can be made", "")

    @need("qemu-system-i386", "gcc")
    def test_emulator_that_takes_no_such_plugin_is_found(self) -> None:
        message = "plugin requires API version 1, but this QEMU supports a minimum version of 2"
        refuse = f'case "$*" in *-plugin*) echo "{message}" >&2; exit 1 ;; esac'
        fake = {"qemu-system-i386": f'{refuse}; exec {real("qemu-system-i386")} "$@"'}
        printed = self.examine(0, "audit", fake=fake)
        what = rf"QEMU cannot note what the kernels of a class run \({message}\)"
        self.found(printed, "note", "audit", what, "vagrant up")


if __name__ == "__main__":
    unittest.main()
