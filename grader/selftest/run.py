#!/usr/bin/env python3
"""Run the tests of the kit and of the grader, and count them.

Every file test_*.py in this folder is a module of unittest tests. Modules run in processes of
their own, three at a time, so they must not depend on each other; a module's lines appear together
and in a fixed order, each as soon as its test is over:

    ok NAME - seconds
    not ok NAME - reason        (followed by details, indented)
    skip NAME - reason

NAME is module.test, for instance skeleton.nested_markers; subTest() adds a line for each of its
parts. The last line reads `N passed, N failed`, with `, N skipped` if there are any, and the exit
status is 0 only if nothing failed. A module may set, as plain numbers at its top level:

    ORDER = 50      when it starts, smaller is earlier
    ALONE = False   nothing else runs beside it (for tests that measure time); these come last
    LIMIT = 900     seconds of real time after which it is ended and counts as failed

Each module has a temporary directory of its own (TMPDIR), which is removed in the end; it lies in
memory where there is enough, since tests make and remove files by the thousand. Modules that may
run beside others share a cache of compiled files (compilers.py).
"""

from __future__ import annotations

import argparse
import ast
import fnmatch
import importlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, TextIO, Tuple

from compilers import NOT_CACHED, make_cache

SELFTEST = Path(__file__).resolve().parent
ROOT = SELFTEST.parent.parent
sys.path.insert(1, str(SELFTEST.parent))

from cairn_grader.processes import TUNED  # noqa: E402

DETAIL_LINES = 40
LINE_LENGTH = 200
SLOWEST = 8
#: How often files are removed that something may still write, a second apart.
ATTEMPTS = 5
#: Modules at a time: some wait for an emulator, a browser or a clock while others work.
JOBS = 3
#: Bytes of memory that must be free for the tests' files to be kept there: they need about 1 GB.
MEMORY_NEEDED = 6 << 30
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass
class Outcome:
    """What became of one test."""

    kind: str
    name: str
    seconds: float = 0.0
    reason: str = ""
    detail: str = ""

    def lines(self) -> List[str]:
        """The outcome as it is printed."""
        if self.kind == "ok":
            return [f"ok {self.name} - {self.seconds:.1f} s"]
        shown = [printable(f"{self.kind} {self.name} - {self.reason}", LINE_LENGTH)]
        detail = [printable(line, 2 * LINE_LENGTH) for line in self.detail.splitlines()]
        if len(detail) > DETAIL_LINES:
            half = DETAIL_LINES // 2
            left_out = len(detail) - 2 * half
            detail = detail[:half] + [f"... {left_out} lines left out ..."] + detail[-half:]
        return shown + ["    " + line for line in detail]


@dataclass
class Module:
    """A file of tests and what it says about itself."""

    path: Path
    order: int = 50
    alone: bool = False
    limit: int = 900
    output: List[Outcome] = field(default_factory=list)
    printed: int = 0
    finished: bool = False
    processor_seconds: float = 0.0

    @property
    def name(self) -> str:
        """The name without test_ and .py."""
        return short_name(self.path.stem)


def printable(text: str, limit: int) -> str:
    """Text without control characters, and not too long."""
    text = CONTROL.sub("?", text)
    return text if len(text) <= limit else text[: limit - 4] + " ..."


def short_name(name: str) -> str:
    """A name as people see it: without the prefix that unittest asks for."""
    return name[len("test_") :] if name.startswith("test_") else name


def read_settings(path: Path) -> Module:
    """Read ORDER, ALONE and LIMIT without running the module."""
    module = Module(path)
    settings: Dict[str, Any] = {}
    try:
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                if statement.targets[0].id in ("ORDER", "ALONE", "LIMIT"):
                    settings[statement.targets[0].id] = ast.literal_eval(statement.value)
    except (SyntaxError, ValueError):
        pass  # The worker reports what is wrong with the module.
    module.order = int(settings.get("ORDER", module.order))
    module.alone = bool(settings.get("ALONE", module.alone))
    module.limit = int(settings.get("LIMIT", module.limit))
    return module


# ---- the worker: one module in a process of its own ----


class Reporter(unittest.TestResult):
    """Turns unittest's calls into outcomes, written as JSON lines."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.stream = stream
        self.since = time.monotonic()
        self.output_start = 0
        self.had_parts = False

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 (unittest's name)
        """A test begins; remember when, and how much has been printed."""
        super().startTest(test)
        self.since = time.monotonic()
        self.had_parts = False
        sys.stdout.flush()
        self.output_start = os.lseek(1, 0, os.SEEK_END)

    def report(self, kind: str, test: Any, reason: str = "", detail: str = "") -> None:
        """Send one outcome to the parent."""
        now = time.monotonic()
        outcome = Outcome(kind, test_name(test), now - self.since, reason, detail)
        self.since = now
        self.stream.write(json.dumps(outcome.__dict__) + "\n")
        self.stream.flush()

    def printed_since_start(self) -> str:
        """What the running test and its children have printed."""
        sys.stdout.flush()
        with open("/proc/self/fd/1", encoding="utf-8", errors="replace") as captured:
            captured.seek(self.output_start)
            return captured.read()

    def report_error(self, test: Any, error: Any) -> None:
        """Send a failure with its traceback and its output."""
        detail = self._exc_info_to_string(error, test)  # Leaves out unittest's own frames.
        output = self.printed_since_start()
        if output.strip():
            detail += "--- output ---\n" + output
        self.report("not ok", test, first_line(error), detail)

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        """A test passed; one that consists of parts has been counted by them."""
        if not self.had_parts:
            self.report("ok", test)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        """An assertion of a test failed."""
        self.report_error(test, err)

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        """A test, or the set-up of a class or module, raised an exception."""
        self.report_error(test, err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        """A test cannot run here."""
        self.report("skip", test, reason)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        """A part of a test is over."""
        self.had_parts = True
        if err is None:
            self.report("ok", subtest)
        else:
            self.report_error(subtest, err)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        """A test marked as expected to fail did."""
        self.report("ok", test)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        """A test marked as expected to fail did not."""
        self.report("not ok", test, "passed, but is marked as an expected failure")


def test_name(test: Any) -> str:
    """Name a test: module.method, with the parameters of a part as unittest prints them."""
    identity = test.id()
    holder = re.fullmatch(r"(\w+) \((.*)\)", identity)
    if holder:  # setUpClass (test_x.Class) or setUpModule (test_x)
        return f"{short_name(holder.group(2).split('.')[0])}.{holder.group(1)}"
    path, blank, part = identity.partition(" ")
    words = path.split(".")
    return f"{short_name(words[0])}.{short_name(words[-1])}{blank}{part}"


def first_line(error: Any) -> str:
    """The first line that an exception says about itself."""
    text = str(error[1]).strip()
    text = re.sub(r"^(True is not false|False is not true) : ", "", text)
    line = text.splitlines()[0] if text else "no message"
    if error[0] is AssertionError:
        return line
    return f"{error[0].__name__}: {line}"


def select(suite: Any, patterns: Sequence[str]) -> List[unittest.TestCase]:
    """The tests of a suite whose name, or whose module's name, matches one of the patterns."""
    chosen: List[unittest.TestCase] = []
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            chosen += select(test, patterns)
        elif not patterns or any(matches(test_name(test), pattern) for pattern in patterns):
            chosen.append(test)
    return chosen


def matches(name: str, pattern: str) -> bool:
    """Whether a pattern names a test, or the module that it is in."""
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(name.split(".")[0], pattern)


def work(path: Path, patterns: Sequence[str], descriptor: int) -> None:
    """Run one module and write its outcomes to a descriptor."""
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        reporter = Reporter(stream)
        try:
            module = importlib.import_module(path.stem)
            suite = unittest.defaultTestLoader.loadTestsFromModule(module)
        except BaseException:  # A module may fail in any way; that is an outcome too.
            error = sys.exc_info()
            name = short_name(path.stem)
            kind, reason = "not ok", "cannot be loaded: " + first_line(error)
            if error[0] is unittest.SkipTest:
                kind, reason = "skip", str(error[1])
            detail = "" if kind == "skip" else "".join(traceback.format_exception(*error))
            stream.write(json.dumps(Outcome(kind, name, 0.0, reason, detail).__dict__) + "\n")
        else:
            unittest.TestSuite(select(suite, patterns)).run(reporter)
        stream.write(json.dumps(processor_seconds()) + "\n")


def processor_seconds() -> float:
    """Seconds of a processor that this process and its ended children have used."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


# ---- the parent: schedules modules, prints in order ----


class Runner:
    """Runs modules side by side and prints their outcomes in order."""

    def __init__(self, modules: List[Module], jobs: int, patterns: Sequence[str]) -> None:
        self.modules = modules
        self.jobs = jobs
        self.patterns = patterns
        self.changed = threading.Condition()
        self.children: Dict[int, subprocess.Popen[bytes]] = {}
        self.scratch = Path(tempfile.mkdtemp(prefix="cairn-test-", dir=scratch_place()))
        self.path = self.own_python()
        self.cache = make_cache(self.scratch, self.path)

    def run(self) -> None:
        """Run everything; on an interrupt, end the children first."""
        try:
            with self.changed:
                self.schedule()
        finally:
            for child in list(self.children.values()):
                end_group(child)
            for _ in range(ATTEMPTS):  # What an ended module had started may still write there.
                shutil.rmtree(self.scratch, ignore_errors=True)
                if not self.scratch.exists():
                    break
                time.sleep(1)

    def schedule(self) -> None:
        """Start modules as places become free, and print what is known."""
        waiting = list(enumerate(self.modules))
        running: List[int] = []
        while waiting or running:
            while waiting and self.may_start(waiting[0][1], running):
                number, _ = waiting.pop(0)
                running.append(number)
                threading.Thread(target=self.watch, args=(number,), daemon=True).start()
            self.changed.wait()
            running = [number for number in running if not self.modules[number].finished]
            self.print_known()

    def may_start(self, module: Module, running: List[int]) -> bool:
        """Whether there is room for one more module."""
        if module.alone or any(self.modules[number].alone for number in running):
            return not running
        return len(running) < self.jobs

    def print_known(self) -> None:
        """Print the outcomes up to the first module that is still running."""
        for module in self.modules:
            for outcome in module.output[module.printed :]:
                print("\n".join(outcome.lines()), flush=True)
            module.printed = len(module.output)
            if not module.finished:
                return

    def add(self, module: Module, outcome: Outcome) -> None:
        """Note an outcome."""
        with self.changed:
            module.output.append(outcome)
            self.changed.notify()

    def watch(self, number: int) -> None:
        """Run one module in a child process until it ends or its time is over."""
        module = self.modules[number]
        try:
            self.watch_child(number, module)
        except OSError as error:
            self.add(module, Outcome("not ok", module.name, 0.0, f"cannot run: {error}"))
        with self.changed:
            module.finished = True
            self.changed.notify()

    def watch_child(self, number: int, module: Module) -> None:
        """The body of watch()."""
        folder = self.scratch / str(number)
        folder.mkdir()
        output = folder / "output"
        reader, writer = os.pipe()
        command = [sys.executable, __file__, "--worker", str(module.path)]
        command += ["--report", str(writer), *self.patterns]
        with open(output, "wb") as sink:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=self.environment(module, folder),
                pass_fds=[writer],
                start_new_session=True,
            )
        os.close(writer)
        self.children[number] = child
        late = threading.Timer(module.limit, end_group, [child])
        late.daemon = True
        started = time.monotonic()
        late.start()
        complete = self.collect(module, reader)
        status = child.wait()
        late.cancel()
        end_group(child)
        del self.children[number]
        if not complete:
            took = time.monotonic() - started
            reason = f"ended early with status {status}"
            if took >= module.limit:
                reason = f"ended after its limit of {module.limit} s"
            text = output.read_text(encoding="utf-8", errors="replace")
            self.add(module, Outcome("not ok", module.name, took, reason, text))
        elif not module.output and not self.patterns:
            self.add(module, Outcome("not ok", module.name, 0.0, "has no test"))

    def environment(self, module: Module, folder: Path) -> Dict[str, str]:
        """The environment of a module. One that measures time has no cache of compiled files."""
        cache = NOT_CACHED if module.alone else self.cache
        own = {"TMPDIR": str(folder), "PYTHONPYCACHEPREFIX": str(self.scratch / "pycache")}
        return {**TUNED, **os.environ, "PATH": self.path, **cache, **own}

    def own_python(self) -> str:
        """A PATH on which this Python comes first, which may be the choice of a slow script."""
        folder = self.scratch / "python"
        folder.mkdir()
        (folder / "python3").symlink_to(sys.executable)
        return os.pathsep.join([str(folder), os.environ["PATH"]])

    def collect(self, module: Module, reader: int) -> bool:
        """Read a child's outcomes. True if it came to its end."""
        with os.fdopen(reader, encoding="utf-8") as stream:
            for line in stream:
                message = json.loads(line)
                if isinstance(message, float):
                    module.processor_seconds = message
                    return True
                self.add(module, Outcome(**message))
        return False


def scratch_place() -> Optional[Path]:
    """A file system in memory that has room, and where programs can be run; None: the usual one."""
    place = Path("/dev/shm")
    if "TMPDIR" in os.environ or not os.access(place, os.W_OK | os.X_OK):
        return None
    status = os.statvfs(place)
    memory = re.search(r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text("ascii"), re.M)
    room = min(status.f_bavail * status.f_frsize, int(memory.group(1)) << 10 if memory else 0)
    return None if room < MEMORY_NEEDED or status.f_flag & os.ST_NOEXEC else place


def end_group(child: subprocess.Popen[bytes]) -> None:
    """End a child and everything that it started and left behind."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def summary(outcomes: List[Outcome]) -> Tuple[str, bool]:
    """The last line, and whether all is well."""
    count = {"ok": 0, "not ok": 0, "skip": 0}
    for outcome in outcomes:
        count[outcome.kind] += 1
    line = f"{count['ok']} passed, {count['not ok']} failed"
    if count["skip"]:
        line += f", {count['skip']} skipped"
    return line, count["not ok"] == 0


def print_totals(outcomes: List[Outcome], modules: List[Module], seconds: float) -> bool:
    """Print the slowest tests, the failures once more, and the last line."""
    print(f"\n{len(outcomes)} tests in {seconds:.0f} s; the slowest:")
    for outcome in sorted(outcomes, key=lambda known: -known.seconds)[:SLOWEST]:
        print(f"  {outcome.seconds:6.1f} s  {outcome.name}")
    total = sum(module.processor_seconds for module in modules)
    print(f"{total:.0f} s of processors; the modules that used most:")
    for module in sorted(modules, key=lambda known: -known.processor_seconds)[:SLOWEST]:
        print(f"  {module.processor_seconds:6.1f} s  {module.name}")
    failures = [outcome for outcome in outcomes if outcome.kind == "not ok"]
    if failures:
        print("failed:")
        for outcome in failures:
            print("  " + outcome.lines()[0])
    line, good = summary(outcomes)
    print(line, flush=True)
    return good


def find_modules(folder: Path, patterns: Sequence[str]) -> List[Module]:
    """All modules that may hold a chosen test, in the order in which they start."""
    modules = [read_settings(path) for path in folder.glob("test_*.py")]
    heads = [pattern.split(".")[0] for pattern in patterns]
    if patterns:
        modules = [
            module
            for module in modules
            if any(fnmatch.fnmatchcase(module.name, head) for head in heads)
        ]
    return sorted(modules, key=lambda module: (module.alone, module.order, module.name))


def parse_arguments(arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Run the tests of the kit and the grader.")
    parser.add_argument("patterns", nargs="*", metavar="NAME", help="module or module.test")
    parser.add_argument("-j", "--jobs", type=int, default=JOBS, help=f"modules at a time ({JOBS})")
    parser.add_argument("--list", action="store_true", help="print the modules and end")
    parser.add_argument("--folder", type=Path, default=SELFTEST, help=argparse.SUPPRESS)
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--report", type=int, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def interrupted(number: int, frame: Any) -> None:
    """End by way of the clean-up that an interrupt from the keyboard causes."""
    raise KeyboardInterrupt


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The command."""
    options = parse_arguments(arguments)
    if options.worker:
        sys.path.insert(0, str(options.worker.resolve().parent))
        work(options.worker, options.patterns, options.report)
        return 0
    modules = find_modules(options.folder.resolve(), options.patterns)
    if options.list:
        for module in modules:
            print(module.name)
        return 0
    if not modules:
        print("run.py: no module of that name; --list prints them", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, interrupted)
    started = time.monotonic()
    try:
        Runner(modules, max(1, options.jobs), options.patterns).run()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    outcomes = [outcome for module in modules for outcome in module.output]
    if not outcomes:
        print("run.py: no test of that name", file=sys.stderr)
        return 2
    return 0 if print_totals(outcomes, modules, time.monotonic() - started) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # Whoever read the output has ended, for instance head.
        os._exit(141)
