"""Loaded by scripts/gdb.sh: gives GDB the commands of Cairn and connects it to the machine.

The environment says where the machine is: CAIRN_GDB_TARGET is a unix socket or HOST:PORT, and
CAIRN_GDB_MACHINE is the folder of a machine that was started for this GDB alone, if it was. With
CAIRN_GDB_TOUR, the file of a script, a guided tour begins.
"""

import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from cairn_gdb import connect, install  # noqa: E402 (needs the path above)
from cairn_gdb.tour import begin  # noqa: E402

install()
connect(os.environ.get("CAIRN_GDB_TARGET", ""), os.environ.get("CAIRN_GDB_MACHINE", ""))
if os.environ.get("CAIRN_GDB_TOUR"):
    begin(Path(os.environ["CAIRN_GDB_TOUR"]))
