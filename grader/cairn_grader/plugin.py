"""Builds the plugin of QEMU that the execution audit rests on; see grader/audit/audit.c."""

from __future__ import annotations

import atexit
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

from cairn_grader.errors import GraderError
from cairn_grader.text import clean

SOURCE = Path(__file__).resolve().parents[1] / "audit" / "audit.c"
OPTIONS = ("-std=gnu17", "-O2", "-Wall", "-Wextra", "-fPIC", "-shared", "-fvisibility=hidden")


@functools.lru_cache(maxsize=None)
def plugin() -> Path:
    """The plugin, in a folder of its own; built once, and gone when the grader ends."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise GraderError("no C compiler is installed: run scripts/setup.sh (package gcc)")
    folder = Path(tempfile.mkdtemp(prefix="cairn-audit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    target = folder / "audit.so"
    done = subprocess.run(
        [compiler, *OPTIONS, "-o", str(target), str(SOURCE)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise GraderError(f"the audit's plugin does not build: {clean(done.stderr, 200)}")
    return target
