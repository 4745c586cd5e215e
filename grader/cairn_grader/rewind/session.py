"""One session of going back in time: record, replay, go to the failure, and open GDB there."""

from __future__ import annotations

import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Iterator, List, Sequence

from cairn_grader.bundle import SOURCES, TRACE
from cairn_grader.elf import Elf
from cairn_grader.processes import Processes
from cairn_grader.qemu import listen
from cairn_grader.rewind.failure import Finder, Place
from cairn_grader.rewind.history import History
from cairn_grader.rewind.opening import Bundle, open_bundle
from cairn_grader.rewind.replayer import Workplace
from cairn_grader.rewind.scan import Scan
from cairn_grader.rewind.server import Server
from cairn_grader.run import read_capped
from cairn_grader.sentences import sentence
from cairn_grader.text import clean
from cairn_grader.trace import TRACE_LIMIT, Trace, parse_trace

#: The socket at which scripts/gdb.sh looks for a machine.
SOCKET = "gdb.sock"
HELP = (
    "Try: reverse-step (to the line before), watch -l VARIABLE and then reverse-continue (to the "
    "line that changed it), continue."
)


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder for a session, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="cairn-rewind-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Session:
    """A bundle that is replayed; use it in a `with` statement."""

    def __init__(self, bundle: Bundle, processes: Processes, sandbox: bool) -> None:
        self.bundle = bundle
        self._stack = ExitStack()
        self._elf = Elf.load(bundle.kernel)
        self._workplace = Workplace(bundle, self._elf, processes, sandbox)
        #: Why the replayed run is not the one that the bundle is of; empty if it is.
        self.difference = ""

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self) -> Place:
        """Record, and go to the failure; where that is."""
        self._workplace.record()
        trace = parse_trace(read_capped(self._workplace.trace, TRACE_LIMIT + 1))
        wanted = parse_trace(read_capped(self.bundle.folder / TRACE, TRACE_LIMIT + 1))
        self.difference = difference(self.bundle, wanted, trace)
        history = History(self._workplace)
        self._stack.callback(history.close)
        scan = Scan(history, self._elf, self._workplace)
        place = Finder(history, scan, self._elf).go(self.bundle, trace)
        self._serve(history)
        return place

    def _serve(self, history: History) -> None:
        """Wait for GDB in a thread of its own."""
        listener = socket.socket(socket.AF_UNIX)
        listen(listener, self.bundle.folder / SOCKET)
        server = Server(history)
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()

        def stop() -> None:
            listener.shutdown(socket.SHUT_RDWR)
            history.machine.kill()
            thread.join(timeout=5)
            listener.close()

        self._stack.callback(stop)

    def debug(self, root: Path, place: Place, arguments: Sequence[str]) -> int:
        """Open GDB; its exit status."""
        command = self.gdb_command(root, place) + list(arguments)
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for GDB alone.
        try:
            return subprocess.run(command, check=False).returncode
        finally:
            signal.signal(signal.SIGINT, previous)

    def gdb_command(self, root: Path, place: Place) -> List[str]:
        """The command that opens GDB on the machine and says where it stands."""
        sources = shlex.quote(str(self.bundle.folder / SOURCES))
        command = ["env", "GDBPORT=", str(root / "scripts" / "gdb.sh"), str(self.bundle.folder)]
        for prefix in ("labs", "./labs"):
            command += ["-iex", f"set substitute-path {prefix} {sources}"]
        if place.frames:
            command += ["-ex", f"up {place.frames}"]
        for line in greeting(self.bundle, place, self.difference):
            command += ["-ex", f"echo {_escaped(line)}\\n"]
        return command


def difference(bundle: Bundle, wanted: Trace, trace: Trace) -> str:
    """Where a recorded run differs from the bundle's; empty if it does not."""
    if trace.fingerprint() == bundle.trace:
        return ""
    for one, other in zip(wanted, trace):
        if (one.name, one.fields) != (other.name, other.fields):
            return f"from event {one.sequence} on, {clean(one.name)}, this run is another one"
    if len(wanted.events) != len(trace.events):
        count = min(len(wanted.events), len(trace.events))
        return f"from event {count} on, this run is another one"
    return "this run has the same events, but some at other times"


def greeting(bundle: Bundle, place: Place, difference_found: str) -> List[str]:
    """What the reader is told when GDB comes up."""
    finding = bundle.finding
    where = f" ({finding.file}:{finding.line})" if finding.file and finding.line else ""
    told = sentence(finding.what, finding.expected, finding.actual)
    lines = [f"{bundle.test}{where}: {told}. Stopped {place.words}.", HELP]
    if difference_found:
        lines.insert(0, f"Note: {difference_found}; the bundle was made by another QEMU or kit.")
    return lines


def _escaped(line: str) -> str:
    """A line for GDB's echo, in which a backslash begins an escape."""
    return line.replace("\\", "\\\\")


def rewind(
    source: Path, root: Path, sandbox: bool, arguments: Sequence[str], processes: Processes
) -> int:
    """Open GDB on a bundle; its exit status."""
    with work_folder() as folder:
        bundle = open_bundle(source, folder)
        with Session(bundle, processes, sandbox) as session:
            place = session.start()
            return session.debug(root, place, arguments)
