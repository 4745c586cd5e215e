"""Trying out whether this machine can go back in time, for `make doctor`.

The kernel for it writes 1 and then 2 into `word`, the second time at `culprit`, and ends at
`power_off`. GDB must come up there and, going backwards with a watchpoint, stop at `culprit`.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from cairn_grader.bundle import KERNEL, TRACE
from cairn_grader.errors import GraderError
from cairn_grader.processes import Processes
from cairn_grader.rewind.opening import whole_run
from cairn_grader.rewind.session import Session, work_folder

COMMANDS = (
    "watch *(int *) &word",
    "reverse-continue",
    "printf \"trial %d %d\\n\", (int) $pc == (int) &culprit, *(int *) &word",
)
EXPECTED = "trial 1 1\n"


def try_out(kernel: Path, root: Path, processes: Processes) -> int:
    """Go back in time in a kernel; 0, or GraderError if that does not work."""
    with work_folder() as folder:
        shutil.copyfile(kernel, folder / KERNEL)
        (folder / TRACE).touch()
        with Session(whole_run(folder, "trial", 5, 16, ""), processes, False) as session:
            command = session.gdb_command(root, session.start())
            command += ["-batch"] + [word for line in COMMANDS for word in ("-ex", line)]
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
    if EXPECTED in done.stdout:
        return 0
    lines = (done.stdout + done.stderr).strip().splitlines() or ["GDB said nothing"]
    raise GraderError(f"GDB did not get back to the change of a variable: {lines[-1]}")
