"""Attaching GDB to the machine."""

from __future__ import annotations

import os
import time
from pathlib import Path

import gdb

#: Seconds that a machine may take until it answers.
PATIENCE = 10.0
#: Longest path that fits into the address of a unix socket.
SOCKET_PATH_MAX = 107


def connect(target: str, machine: str) -> None:
    """
    Attach to the machine at a unix socket or HOST:PORT; GDB ends if that fails.

    machine is the folder of a machine that was just started and still has to open its socket.
    """
    if not target:
        return
    try:
        _attach(reachable(target), machine)
    except gdb.error as error:
        print(f"make gdb: no machine answers at {target}: {error}")
        if machine:
            print(_last_words(Path(machine)))
        gdb.execute("quit 1")
    if machine:
        print("This machine was started for GDB and ends with it; console shows its screen.")
    print("Commands for this kernel: help cairn. To let it run: continue; to stop it: Ctrl-C.")


def reachable(target: str) -> str:
    """A name for the target that fits into a socket's address; Linux has a short one for all."""
    path = Path(target)
    if len(str(path)) <= SOCKET_PATH_MAX or not path.parent.is_dir():
        return target
    return f"/proc/self/fd/{os.open(path.parent, os.O_RDONLY)}/{path.name}"


def _attach(target: str, machine: str) -> None:
    """Attach, and try again for some seconds while a machine that was just started is not ready."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            gdb.execute(f"target remote {target}")
            return
        except gdb.error:
            if not machine or os.path.exists(f"{machine}/ended") or time.monotonic() >= end:
                raise
        time.sleep(0.05)


def _last_words(machine: Path) -> str:
    """What a machine that did not start has said."""
    try:
        return (machine / "console.txt").read_text(errors="replace").strip()
    except OSError:
        return ""
