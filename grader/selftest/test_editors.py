"""Tests of what the kit has for editors: VS Code's files, compile_commands.json, the container.

No editor and no Docker take part. The commands of the tasks are run, and GDB is driven by its
machine interface, as VS Code's extension for C drives it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import threading
import unittest
from contextlib import suppress
from pathlib import Path
from typing import Any, Dict, Iterator, List

from kit import ROOT, KitTest, clean_environment, need, run

ORDER = 25
LIMIT = 1200

VSCODE = ROOT / ".vscode"
CONTAINER = ROOT / ".devcontainer"
#: Tasks whose commands take long or ask; what they would run is looked at.
NOT_RUN = ("grade", "backwards from a failed test")
BACKGROUND = "machine that waits for GDB"
FRAME = "labs/lab1-memory/frame.c"
#: Seconds for a machine, a debugger, and what they are built from.
PATIENCE = 240.0
JOBS = {"MAKEFLAGS": "-j2"}


def document(path: Path) -> Any:
    """A file in JSON, without comments: it is valid for everybody."""
    return json.loads(path.read_text(encoding="utf-8"))


def substituted(text: str, folder: Path, **settings: str) -> str:
    """A text of VS Code with its variables replaced; settings go before those of the kit."""
    known = {**document(VSCODE / "settings.json"), **settings}
    inputs = {one["id"]: one["default"] for one in document(VSCODE / "tasks.json")["inputs"]}

    def value(match: "re.Match[str]") -> str:
        kind, _, name = match.group(1).partition(":")
        if kind == "workspaceFolder":
            return str(folder)
        return str({"config": known, "input": inputs}[kind][name])

    return re.sub(r"\$\{([^}]*)\}", value, text)


def tasks() -> Dict[str, Dict[str, Any]]:
    """The tasks by their names."""
    return {task["label"]: task for task in document(VSCODE / "tasks.json")["tasks"]}


def free_port() -> str:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return str(one.getsockname()[1])


class Gdb:
    """GDB's machine interface. Source: Debugging with GDB, chapter "The GDB/MI Interface"."""

    def __init__(self, program: str, folder: Path) -> None:
        self.process = subprocess.Popen(
            [program, "-nx", "--interpreter=mi2"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self.late = threading.Timer(PATIENCE, self.process.kill)
        self.late.start()
        self.number = 0
        #: Everything that it has said.
        self.said = ""

    def __enter__(self) -> "Gdb":
        return self

    def __exit__(self, *_: object) -> None:
        self.late.cancel()
        self.process.kill()
        self.process.communicate()

    def until(self, pattern: str) -> str:
        """The next line that matches."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if re.match(pattern, line):
                return line
        raise AssertionError(f"GDB ended before it said {pattern}:\n{self.said[-3000:]}")

    def command(self, text: str) -> str:
        """Carry out a command of the machine interface, or of the console; its result."""
        assert self.process.stdin is not None
        self.number += 1
        if not text.startswith("-"):
            text = f"-interpreter-exec console {json.dumps(text)}"
        self.process.stdin.write(f"{self.number}{text}\n")
        self.process.stdin.flush()
        return self.until(rf"{self.number}\^")


class Files(KitTest):
    """What the files of the editor say."""

    def test_they_are_json(self) -> None:
        for path in (*VSCODE.glob("*.json"), *CONTAINER.glob("*.json")):
            with self.subTest(path.name):
                self.assertIsInstance(document(path), dict)

    def test_the_lab_exists(self) -> None:
        lab = document(VSCODE / "settings.json")["cairn.lab"]
        self.assertTrue(list((ROOT / "labs").glob(f"lab{lab}-*")))

    def test_the_debugger_starts_a_task_that_exists(self) -> None:
        for configuration in document(VSCODE / "launch.json")["configurations"]:
            task = tasks()[configuration["preLaunchTask"]]
            self.assertTrue(task["isBackground"])

    def test_the_guide_names_every_task(self) -> None:
        guide = (ROOT / "docs/editors.md").read_text(encoding="utf-8")
        rows = re.findall(r"(?m)^\| ([^|(]+?)(?: \(.*?\))? \| .* \| `make ", guide)
        self.assertEqual(sorted([*rows, BACKGROUND]), sorted(tasks()))


class Tasks(KitTest):
    """The commands of the tasks, in a copy."""

    def setUp(self) -> None:
        super().setUp()
        self.kit = self.copy_of_kit()

    def command(self, label: str) -> str:
        """What a task types."""
        return substituted(tasks()[label]["command"], self.kit)

    def type(self, command: str) -> "subprocess.CompletedProcess[str]":
        """Type a command, as in the editor's terminal."""
        return run("sh", "-c", command, cwd=self.kit, env=JOBS, timeout=280)

    def test_those_that_take_long_would_do_what_they_say(self) -> None:
        expected = {"grade": "grader/grade --lab 1", NOT_RUN[1]: "grader/rewind --test 'frame_"}
        for label in NOT_RUN:
            with self.subTest(label):
                printed = self.type(self.command(label).replace("make ", "make -n ")).stdout
                self.assertIn(expected[label], printed)

    @need("qemu-system-i386")
    def test_the_others_run(self) -> None:
        for label in sorted(set(tasks()) - {*NOT_RUN, BACKGROUND}):
            with self.subTest(label):
                command = self.command(label)
                self.assertNotIn("${", command)
                if label == "doctor":
                    command += " place permissions"
                done = self.type(command)
                if label == "one test":
                    self.assertEqual(done.returncode, 2)
                    self.assertIn("frame_init() is not implemented yet", done.stdout)
                else:
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue((self.kit / "build/lab1/kernel.elf").is_file())
        self.assertTrue((self.kit / "compile_commands.json").is_file())

    @need("qemu-system-i386")
    def test_the_editor_notices_that_the_machine_does_not_start(self) -> None:
        matcher = tasks()[BACKGROUND]["problemMatcher"]
        self.assertEqual(matcher["base"], "$gcc")
        command = self.command(BACKGROUND)
        file = self.kit / FRAME
        file.write_text(file.read_text(encoding="utf-8") + "int wrong\n", encoding="utf-8")
        done = self.type(command)
        self.assertRegex(done.stdout + done.stderr, rf"(?m)^{FRAME}:\d+:\d+: error: ")
        self.ends(done)
        shutil.copy(ROOT / FRAME, file)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            template = tasks()[BACKGROUND]["command"]
            done = self.type(substituted(template, self.kit, **{"cairn.port": port}))
        self.assertIn(f"port {port} is in use", done.stderr)
        self.ends(done)

    def ends(self, done: "subprocess.CompletedProcess[str]") -> None:
        """A line that the editor waits for has come."""
        pattern = tasks()[BACKGROUND]["problemMatcher"]["background"]["endsPattern"]
        lines = (done.stdout + done.stderr).splitlines()
        self.assertTrue([line for line in lines if re.search(pattern, line)], lines)


class Debugging(KitTest):
    """The debugger, as launch.json sets it up."""

    @need("qemu-system-i386", "gdb")
    def test_breakpoints_at_source_level(self) -> None:
        kit = self.copy_of_kit()
        configuration = document(VSCODE / "launch.json")["configurations"][0]
        port = {"cairn.port": free_port()}
        pattern = tasks()[BACKGROUND]["problemMatcher"]["background"]["endsPattern"]
        with subprocess.Popen(
            ["sh", "-c", substituted(tasks()[BACKGROUND]["command"], kit, **port)],
            cwd=kit,
            env=clean_environment(JOBS),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        ) as machine:
            late = threading.Timer(PATIENCE, os.killpg, [machine.pid, signal.SIGKILL])
            late.start()
            self.addCleanup(late.cancel)
            assert machine.stdout is not None
            ready = (line for line in machine.stdout if re.search(pattern, line))
            self.assertRegex(next(ready), "^Waiting for GDB")
            try:
                with Gdb(configuration["miDebuggerPath"], kit) as gdb:
                    self.debug(gdb, configuration, kit, port)
                machine.communicate()
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(machine.pid, signal.SIGKILL)

    def debug(self, gdb: Gdb, configuration: Any, kit: Path, port: Dict[str, str]) -> None:
        """Set GDB up, stop at kernel_main() and in a student's file, and end the machine."""

        def filled(name: str) -> str:
            return substituted(configuration[name], kit, **port)

        def all_of(name: str) -> Iterator[str]:
            for one in configuration[name]:
                text = substituted(one["text"], kit, **port)
                answer = gdb.command(text)
                self.assertTrue("^done" in answer or one.get("ignoreFailures"), answer)
                yield text

        gdb.command(f"-environment-cd {filled('cwd')}")
        setup = list(all_of("setupCommands"))
        self.assertIn("source", "".join(setup))
        self.assertIn("^done", gdb.command(f"-file-exec-and-symbols {filled('program')}"))
        address = filled("miDebuggerServerAddress")
        self.assertIn("^connected", gdb.command(f"-target-select remote {address}"))
        self.assertEqual(len(list(all_of("postRemoteConnectCommands"))), 1)
        self.assertIn("^running", gdb.command("-exec-continue"))
        stop = gdb.until(r"\*stopped,")
        self.assertIn('func="kernel_main"', stop)
        self.assertIn(f'fullname="{kit}/src/kernel/main.c"', stop)
        text = (kit / FRAME).read_text(encoding="utf-8")
        line = text[: text.index('exercise_missing("lab1.ex1"')].count("\n") + 1
        answer = gdb.command(f"-break-insert -f {kit}/{FRAME}:{line}")
        self.assertIn(f'fullname="{kit}/{FRAME}"', answer)
        gdb.command("-exec-continue")
        stop = gdb.until(r"\*stopped,")
        self.assertRegex(stop, rf'func="frame_init".*fullname="{kit}/{FRAME}",line="{line}"')
        self.assertIn("kernel_main", gdb.command("-stack-list-frames"))
        gdb.command("pagewalk $eip")
        self.assertRegex(gdb.said, "(?i)paging is")
        gdb.command("kill")


class CompileCommands(KitTest):
    """compile_commands.json."""

    def entries(self, *words: str) -> List[Dict[str, str]]:
        """What it holds for some variables of make, in a copy."""
        self.must_succeed("make", *words, "compile_commands.json", cwd=self.kit)
        found: List[Dict[str, str]] = document(self.kit / "compile_commands.json")
        return found

    def setUp(self) -> None:
        super().setUp()
        self.kit = self.copy_of_kit()

    def test_options_are_those_of_make(self) -> None:
        for words in (["LAB=1"], ["LAB=3", "REF=1,2"], ["LAB=3", "REF=all"]):
            with self.subTest(" ".join(words)):
                plan = self.must_succeed("make", "-n", "V=1", *words, "kernel", cwd=self.kit).stdout
                compiled = re.findall(r"(?m)^(.*) -MMD -MP -c (\S+\.c) -o \S+$", plan)
                made = {f"{options} -c {file}" for options, file in compiled}
                self.assertGreater(len(made), 30)
                entries = self.entries(*words)
                self.assertEqual({entry["command"] for entry in entries} - made, set())
                self.assertEqual({entry["directory"] for entry in entries}, {str(self.kit)})
                # What both sides use has the options of the kernel.
                files = [entry["file"] for entry in entries]
                self.assertEqual(sorted(files), sorted({file for _, file in compiled}))
                self.assertEqual("labs/lab1-memory/heap.c" in files, "REF=" not in words[-1])

    @need("gcc")
    def test_every_entry_compiles(self) -> None:
        entries = self.entries("LAB=3")
        files: Dict[str, List[str]] = {}
        for entry in entries:
            compiler = entry["command"].split(" -c ")[0]
            files.setdefault(compiler, []).append(entry["file"])
        self.assertEqual(len(files), 2, "one for the kernel, one for programs")
        for compiler, names in files.items():
            self.must_succeed(*compiler.split(), "-fsyntax-only", *names, cwd=self.kit)

    @need("clangd")
    def test_clangd_is_content(self) -> None:
        self.entries("LAB=1")
        for name in (FRAME, "src/kernel/memory/frame.h"):
            with self.subTest(name):
                done = run("clangd", f"--check={name}", cwd=self.kit, timeout=280)
                self.assertIn("All checks completed, 0 errors", done.stderr)
                self.assertNotRegex(done.stderr, r"(?m)^E\[")


class Container(KitTest):
    """The container's description. Nothing here builds it."""

    def instructions(self) -> List[List[str]]:
        """The instructions of the Dockerfile, each as its name and the rest."""
        text = (CONTAINER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        return [line.split(None, 1) for line in lines]

    def test_it_is_the_virtual_machines_debian_set_up_by_the_same_script(self) -> None:
        self.assertEqual(
            [name for name, _ in self.instructions()], ["FROM", "COPY", "RUN", "RUN", "USER"]
        )
        given = dict(reversed(self.instructions()))
        vagrant = (ROOT / "Vagrantfile").read_text(encoding="utf-8")
        debian = re.search(r'box = "debian/([a-z]+)64"', vagrant)
        assert debian is not None
        self.assertTrue(given["FROM"].endswith(f"debian:{debian.group(1)}"))
        source, target = given["COPY"].split()
        self.assertEqual(source, "scripts/setup.sh")
        self.assertIn(f"sh {target} &&", given["RUN"])
        for name, rest in self.instructions():
            if name == "RUN":
                self.must_succeed("sh", "-n", "-c", rest)

    def test_its_user_is_not_root_and_exists(self) -> None:
        user = document(CONTAINER / "devcontainer.json")["remoteUser"]
        self.assertIn(["USER", user], self.instructions())
        runs = " ".join(rest for name, rest in self.instructions() if name == "RUN")
        self.assertRegex(runs, rf"useradd .* {user}$")

    def test_its_files_and_commands_exist(self) -> None:
        content = document(CONTAINER / "devcontainer.json")
        self.assertTrue((CONTAINER / content["build"]["dockerfile"]).is_file())
        self.assertEqual((CONTAINER / content["build"]["context"]).resolve(), ROOT)
        script = re.search(r"scripts/\S+", content["postCreateCommand"])
        assert script is not None
        self.assertTrue((ROOT / script.group()).is_file())
        extensions = content["customizations"]["vscode"]["extensions"]
        self.assertEqual(extensions, document(VSCODE / "extensions.json")["recommendations"])


class Release(KitTest):
    """What students get of all this."""

    def test_it_has_everything_and_begins_with_its_own_lab(self) -> None:
        names = [path.relative_to(ROOT).as_posix() for path in VSCODE.glob("*.json")]
        names += [".devcontainer/devcontainer.json", ".devcontainer/Dockerfile", ".clangd"]
        archive = self.folder / "lab2.tar.gz"
        self.must_succeed("sh", ROOT / "scripts/release.sh", "2", archive, timeout=280)
        with tarfile.open(archive) as release:
            held = {name.partition("/")[2] for name in release.getnames()}
            settings = release.extractfile("cairn-lab2/.vscode/settings.json")
            assert settings is not None
            self.assertEqual(json.load(settings)["cairn.lab"], "2")
        self.assertEqual({*names, "docs/editors.md"} - held, set())


if __name__ == "__main__":
    unittest.main()
