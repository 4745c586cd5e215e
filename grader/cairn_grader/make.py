"""Running the kit's Makefile, in a sandbox if the files to compile are not one's own.

What make and the compilers print is kept only up to a limit; a submission can make them print
without end.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, List, Optional, Sequence

from cairn_grader.errors import BuildFailed, GraderError
from cairn_grader.processes import TUNED
from cairn_grader.sandbox import Sandbox
from cairn_grader.text import clean

#: Most lines of a compiler's output that are reported.
ERRORS_SHOWN = 12
#: Most bytes of make's output that are looked at.
OUTPUT_LIMIT = 4 << 20
#: Seconds of real time after which a make is given up: many, for a computer that does much else;
#: what a compiler may really use is a limit of the sandbox.
PATIENCE = 1200
#: The file in which gcc gives the assembler its work, and make's last word about a file.
TEMPORARY = re.compile(r"\S*/cc\w{6}\.s\b")
NOT_MADE = re.compile(r"^make: \*\*\* \[\S+ (\S+)\] (.*)$", re.MULTILINE)
#: What a make above the grader would pass on to a make below it.
NOT_PASSED_ON = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "GNUMAKEFLAGS", "MAKEOVERRIDES")


@dataclass(frozen=True)
class Done:
    """What a command that has ended left."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """All that it printed."""
        return self.stdout + self.stderr


def make(root: Path, arguments: Sequence[str], sandbox: Optional[Sandbox] = None) -> Done:
    """Run make in the kit's folder."""
    command = ["make", "--no-print-directory", "-C", str(root), *arguments]
    return run(command if sandbox is None else sandbox.command(command))


def ask(root: Path, *arguments: str) -> str:
    """What a goal of the Makefile prints that only tells something."""
    done = make(root, ["-s", *arguments])
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise GraderError(f"make failed: {clean(reason, 200)}")
    return done.stdout


def run(command: Sequence[str]) -> Done:
    """Run a command without input until it ends."""
    own = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    environment = {**TUNED, **own, "LC_ALL": "C"}
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        try:
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                timeout=PATIENCE,
                check=False,
            )
        except FileNotFoundError:
            raise GraderError(f"{command[0]} is not installed: run scripts/setup.sh") from None
        except subprocess.TimeoutExpired:
            raise BuildFailed([f"error: compiling took more than {PATIENCE} s"]) from None
        return Done(done.returncode, _beginning(stdout), _beginning(stderr))


def _beginning(stream: BinaryIO) -> str:
    stream.seek(0)
    return stream.read(OUTPUT_LIMIT).decode("utf-8", "replace")


def blame_kit(output: str, area: Path) -> None:
    """GraderError if what went wrong has nothing to do with the submission."""
    stopped = re.search(r"^(?:make: )?Makefile:\d+: \*\*\* (.*?)\.?  Stop\.$", output, re.MULTILINE)
    if stopped:
        raise GraderError(clean(stopped.group(1), 200))
    if re.match(r"bwrap: ", output):
        raise GraderError(f"the sandbox failed: {clean(output, 200)}")
    error = re.search(r"^(?:src|grader|solutions)/.* error: .*$", output, re.MULTILINE)
    if error and str(area) not in output and not re.search(r"\blabs/lab\d", output):
        raise GraderError(f"the kit itself does not build: {clean(error.group(0), 200)}")


def compile_errors(output: str, shown: str, area: Path) -> List[str]:
    """The lines of a compiler's output that say what is wrong, with the student's paths.

    Nothing in them tells where or when it was compiled: the area is a folder of the build's.
    """
    own = output.replace(f"obj{area}/", "obj/").replace(str(area), "labs")
    own = re.sub(r"\blabs/(?=lab\d)", f"{shown}/", own.replace(f"{area.parent}/", ""))
    own = NOT_MADE.sub(r"\1 was not made (\2)", TEMPORARY.sub("assembly", own))
    lines = [clean(line, 200) for line in own.splitlines()]
    wanted = [line for line in lines if not line.startswith(("make", "  CC", "  LD"))]
    first = next((i for i, line in enumerate(wanted) if _is_error(line)), None)
    if first is None:
        return (wanted or lines)[-ERRORS_SHOWN:] or ["make failed without a word"]
    kept = wanted[first : first + ERRORS_SHOWN]
    return kept if len(wanted) - first <= ERRORS_SHOWN else kept + ["..."]


def _is_error(line: str) -> bool:
    return re.search(r"[Ee]rror:|undefined reference|multiple definition", line) is not None
