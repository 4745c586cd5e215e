#!/bin/sh
# Runs a machine for one GDB, in FOLDER, and removes FOLDER when it is over; called by gdb.sh.
#
#   scripts/gdb/machine.sh FOLDER     FOLDER holds kernel.elf, perhaps initrd.tar, and a named pipe, life
#
# The machine's console is fed from the pipe: when the last process that has it open for writing is
# gone, however it went, the machine is told to leave (Ctrl-A X). What it prints is in
# FOLDER/console.txt; FOLDER/ended appears if it is over earlier.
set -eu

folder=$1
{
    cat "$folder/life" || true
    printf '\001x' 2> /dev/null || true
} | {
    GDBPORT='' scripts/run.sh gdb "$folder" > "$folder/console.txt" 2>&1 || true
    : > "$folder/ended"
}
rm -rf "$folder"
