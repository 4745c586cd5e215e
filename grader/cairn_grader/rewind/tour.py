"""A guided tour of a recording, in which time goes backwards, too: `make tour-back`.

The run is no test's: a kernel with its programs, and the boot options that the tour's script names.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import List, Sequence

from cairn_grader.bundle import INITRD, KERNEL, TRACE
from cairn_grader.errors import GraderError
from cairn_grader.processes import Processes
from cairn_grader.rewind.failure import Place
from cairn_grader.rewind.opening import PROGRAMS, whole_run
from cairn_grader.rewind.session import Session, work_folder

#: The machine, as that of the other tours.
SHIFT, MEMORY = 5, 32


class Guided(Session):
    """A recording of a kernel, and the script of a tour."""

    script: Path

    def gdb_command(self, root: Path, place: Place) -> List[str]:
        """The command that opens GDB on the recording, for the tour."""
        del place
        variables = ["GDBPORT=", "STEADY=", f"CAIRN_GDB_TOUR={self.script}"]
        return ["env", *variables, str(root / "scripts" / "gdb.sh"), str(self.bundle.folder)]


def make_tour(
    script: Path, built: Path, root: Path, arguments: Sequence[str], processes: Processes
) -> int:
    """Record what a folder holds, and open GDB at the end of the run; its exit status."""
    if not script.is_file():
        raise GraderError("of this lab there is no tour backwards; lab 2 has one")
    with work_folder() as folder:
        shutil.copyfile(built / KERNEL, folder / KERNEL)
        if (built / INITRD).is_file():
            shutil.copyfile(built / INITRD, folder / INITRD)
            shutil.copytree(built / PROGRAMS, folder / PROGRAMS)
        (folder / TRACE).touch()
        bundle = whole_run(folder, "tour", SHIFT, MEMORY, boot_options(script))
        with Guided(bundle, processes, False) as session:
            session.script = script.absolute()
            return session.debug(root, session.start(), arguments)


def boot_options(script: Path) -> str:
    """The kernel's command line, from the script's line `boot`."""
    found = re.search(r"(?m)^boot (.*)$", script.read_text(encoding="ascii"))
    return found.group(1) if found else ""
