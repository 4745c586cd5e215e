"""What a sandboxed command can see, do and use."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import unittest
from dataclasses import replace
from pathlib import Path

from kit import KitTest, need, path_without, run

from cairn_grader import sandbox
from cairn_grader.sandbox import BUILDING, MEBIBYTE, Limits, Sandbox

ORDER = 3
#: Python code that must not get through, and what it prints if it does not.
IMPOSSIBLE = {
    "the host's accounts": "open('/etc/passwd')",
    "a home": "__import__('os').listdir('/root')",
    "another folder": "open('{secret}/file')",
    "the names of the host's folders": "open('/proc/self/mountinfo')",
    "writing where only reading is allowed": "open('{readable}/new', 'w')",
    "writing to the system": "open('/usr/new', 'w')",
    "a network": "__import__('socket').create_connection(('127.0.0.1', {port}), 5)",
    "the grader's process": "__import__('os').kill({pid}, 0)",
}


@unittest.skipIf(sandbox.why_impossible(), sandbox.why_impossible())
class Walls(KitTest):
    """Each test has a folder to read, one to write, and one that is not shown."""

    def setUp(self) -> None:
        """Make the folders."""
        super().setUp()
        for name in ("readable", "writable", "secret"):
            (self.folder / name).mkdir()
            (self.folder / name / "file").write_text(f"{name}\n", encoding="ascii")

    def inside(
        self, *command: str, limits: Limits = BUILDING
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command in the sandbox."""
        writable = self.folder / "writable"
        view = Sandbox((self.folder / "readable",), (writable,), writable, limits)
        return run(*view.command(command), env={"SECRET": "secret"})

    def test_shown(self) -> None:
        """What is given can be read, and written if that is allowed."""
        readable = self.folder / "readable" / "file"
        done = self.inside("sh", "-c", f"pwd; cat {readable}; cp {readable} new; id -u")
        self.assertEqual(done.stdout.split()[:2], [str(self.folder / "writable"), "readable"])
        self.assertEqual((self.folder / "writable" / "new").read_text("ascii"), "readable\n")

    def test_hidden(self) -> None:
        """Nothing else can be reached."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            words = {
                "secret": self.folder / "secret",
                "readable": self.folder / "readable",
                "port": listener.getsockname()[1],
                "pid": os.getpid(),
            }
            for name, code in IMPOSSIBLE.items():
                with self.subTest(name):
                    done = self.inside("/usr/bin/python3", "-c", code.format(**words))
                    self.assertRegex((done.stderr.splitlines() or ["it worked"])[-1], "Error")

    def test_environment(self) -> None:
        """Variables of the grader, which may hold secrets, are not passed on."""
        self.assertNotIn("secret", self.inside("env").stdout)
        self.assertNotIn("SECRET", self.inside("env").stdout)

    def test_processes(self) -> None:
        """It sees no process but its own."""
        numbers = self.inside("sh", "-c", "echo /proc/[0-9]*").stdout.split()
        self.assertLessEqual(len(numbers), 4)

    def test_status(self) -> None:
        """The exit status is the command's own."""
        self.assertEqual(self.inside("sh", "-c", "exit 5").returncode, 5)

    def test_limits(self) -> None:
        """Memory, size of files and processor time end what uses too much."""
        small = replace(BUILDING, memory=256 * MEBIBYTE, file_size=MEBIBYTE, seconds=1)
        for name, command, left in (
            ("memory", "/usr/bin/python3 -c 'bytearray(1 << 29)' 2>&1 | grep -o MemoryError", 0),
            ("file size", "yes | head -c 10M >big; wc -c <big", 0),
            ("processor time", "while :; do :; done", 128 + 9),
        ):
            with self.subTest(name):
                self.assertEqual(self.inside("sh", "-c", command, limits=small).returncode, left)
        self.assertEqual((self.folder / "writable" / "big").stat().st_size, MEBIBYTE)

    def test_dies_with_its_starter(self) -> None:
        """Whatever happens to the grader, nothing goes on."""
        writable = self.folder / "writable"
        view = Sandbox((), (writable,), writable, BUILDING)
        command = view.command(["sh", "-c", "echo up; exec sleep 600"])
        starter = f"import subprocess; subprocess.run({command!r})"
        with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            self.assertEqual(process.stdout.readline(), b"up\n")
            process.kill()
            # The pipe closes when the last process that has it ends.
            self.assertEqual(process.stdout.read(), b"")


class Refusal(KitTest):
    """Where no sandbox can be made."""

    def why(self, **environment: str) -> str:
        """What a grader in such an environment says."""
        code = "from cairn_grader import sandbox; print(sandbox.why_impossible())"
        grader = str(Path(__file__).resolve().parents[1])
        done = run(sys.executable, "-c", code, env={"PYTHONPATH": grader, **environment})
        return done.stdout

    def test_no_bubblewrap(self) -> None:
        """The package to install is named."""
        path = path_without(self.folder / "bin", ["bwrap"], {})
        self.assertIn("bwrap is not installed", self.why(PATH=path))

    def test_not_permitted(self) -> None:
        """What bubblewrap says is passed on."""
        fake = {"bwrap": "echo 'bwrap: No permissions to create new namespace' >&2; exit 1"}
        path = path_without(self.folder / "bin", [], fake)
        self.assertIn("No permissions to create new namespace", self.why(PATH=path))

    @need("bwrap")
    def test_permitted(self) -> None:
        """Where it can be made, there is no reason."""
        self.assertEqual(self.why().strip(), sandbox.why_impossible())
        self.assertTrue(shutil.which("bwrap"))
