#!/bin/sh
# Opens GDB with a guided tour of a kernel; called by the Makefile.
#
#   scripts/tour.sh [--batch] SCRIPT FOLDER     FOLDER holds kernel.elf, perhaps initrd.tar
#
# SCRIPT is one of scripts/gdb/tours/*.gdb (see cairn_gdb/tour.py) and says by its line `boot` with
# which options the kernel starts. With --batch GDB waits for nobody and goes through all stops.
# The machine is one of its own, in which each run is the same.
set -eu

fail()
{
    echo "tour.sh: $*" >&2
    exit 1
}

[ "${1:-}" != --batch ] || { batch=--batch; shift; }
[ $# -eq 2 ] || fail "usage: scripts/tour.sh [--batch] SCRIPT FOLDER"
[ -f "$1" ] || fail "there is no tour of this lab"
script=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
append=$(sed -n 's/^boot //p' "$script")
unset MEMORY GDBPORT
STEADY=1 APPEND=$append CAIRN_GDB_TOUR=$script "$(dirname "$0")/gdb.sh" ${batch:+"$batch"} "$2" \
    ${batch:+-ex 'tour all'}
