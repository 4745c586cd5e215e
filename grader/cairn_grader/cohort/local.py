"""Tasks done on this machine: one process for each job, which does one task after the other.

Workers (worker.py) are processes, so that the interpreter of one cannot hold up or bring down
another. They are in sessions of their own, so that a terminal's Ctrl-C reaches only this process,
which then ends them: a compiler that is interrupted must not look like a submission that does not
compile.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Callable, Sequence, Union

from cairn_grader.cohort.executor import Task, error_file, is_finished, task_command
from cairn_grader.cohort.worker import READY
from cairn_grader.errors import GraderError
from cairn_grader.files import write_atomically
from cairn_grader.processes import guarded
from cairn_grader.text import clean

#: Seconds for a worker to end its emulators and to clean up before it is killed.
PATIENCE = 15.0
#: How often a task is tried whose worker dies.
ATTEMPTS = 2

_Waiting = queue.SimpleQueue[Task]
_Done = queue.SimpleQueue[Union[Task, GraderError]]


class LocalExecutor:
    """An executor; see cohort.executor."""

    def run(
        self, out: Path, tasks: Sequence[Task], jobs: int, finished: Callable[[Task], None]
    ) -> None:
        """Do all tasks, at most `jobs` at once."""
        waiting: _Waiting = queue.SimpleQueue()
        for task in tasks:
            waiting.put(task)
        done: _Done = queue.SimpleQueue()
        feeders = [_Feeder(out, waiting, done) for _ in range(min(jobs, len(tasks)))]
        try:
            for feeder in feeders:
                feeder.start()
            for _ in tasks:
                item = done.get()
                if isinstance(item, GraderError):
                    raise item
                finished(item)
        except BaseException:
            for feeder in feeders:
                feeder.interrupt()
            raise
        finally:
            for feeder in feeders:
                feeder.end()


class _Worker:
    """One process that does tasks."""

    def __init__(self, out: Path) -> None:
        self._stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            guarded(task_command(out, [])),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            encoding="ascii",
            start_new_session=True,
        )

    def wait_until_ready(self) -> None:
        """GraderError with the worker's own words if it cannot work."""
        if self._answer() != READY:
            self.end()
            raise GraderError(self.last_words())

    def do(self, task: Task) -> bool:
        """Have it do a task; whether it did."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(task.key + "\n")
            self.process.stdin.flush()
            return self._answer() == task.key
        except BrokenPipeError:
            return False

    def end(self) -> None:
        """Wait for its end, for which it has nothing left to do but to clean up."""
        for stream in (self.process.stdin, self.process.stdout):
            try:
                assert stream is not None
                stream.close()
            except BrokenPipeError:
                pass
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait()

    def interrupt(self) -> None:
        """Make it end its emulators and itself."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it with the compilers that it has started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)

    def last_words(self) -> str:
        """What it said last about why it ended."""
        self._stderr.seek(0)
        lines = self._stderr.read().decode("utf-8", "replace").strip().splitlines()
        status = self.process.poll()
        said = lines[-1].replace("class: ", "", 1) if lines else f"exit status {status}"
        return clean(said, 400)

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


class _Feeder(threading.Thread):
    """Gives one worker its tasks; and another worker, should it die."""

    def __init__(self, out: Path, waiting: _Waiting, done: _Done) -> None:
        super().__init__(daemon=True)
        self._out = out
        self._waiting = waiting
        self._done = done
        self._lock = threading.Lock()
        self._interrupted = False
        self._worker: Union[_Worker, None] = None

    def run(self) -> None:
        """Called by start()."""
        try:
            while True:
                task = self._waiting.get_nowait()
                self._do(task)
                self._done.put(task)
        except queue.Empty:
            pass
        except (GraderError, OSError) as error:
            self._done.put(error if isinstance(error, GraderError) else GraderError(str(error)))
        finally:
            self._drop_worker()

    def interrupt(self) -> None:
        """Have the worker stop, whatever it is doing."""
        with self._lock:
            self._interrupted = True
            if self._worker is not None:
                self._worker.interrupt()

    def end(self) -> None:
        """Wait for the end."""
        if self.ident is None:
            return  # It was never started.
        self.join(PATIENCE)
        with self._lock:
            if self._worker is not None:
                self._worker.kill()
        self.join(PATIENCE)

    def _do(self, task: Task) -> None:
        reason = ""
        for _ in range(ATTEMPTS):
            worker = self._worker or self._start_worker()
            if worker.do(task) and is_finished(self._out, task):
                return
            self._drop_worker()
            reason = worker.last_words()
            if self._interrupted:
                raise GraderError("interrupted")
        text = f"the process that graded it died {ATTEMPTS} times ({reason})\n"
        write_atomically(error_file(self._out, task.key), text.encode("utf-8"))

    def _start_worker(self) -> _Worker:
        with self._lock:
            if self._interrupted:
                raise GraderError("interrupted")
            worker = self._worker = _Worker(self._out)
        worker.wait_until_ready()
        return worker

    def _drop_worker(self) -> None:
        worker = self._worker
        if worker is not None:
            worker.end()
            with self._lock:
                self._worker = None
