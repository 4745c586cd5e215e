#!/bin/sh
# Opens GDB on a running kernel, with its symbols and Cairn's commands (help cairn).
#
#   scripts/gdb.sh [--batch] FOLDER [GDB-ARGUMENT...]     FOLDER holds kernel.elf, perhaps initrd.tar
#
# It attaches to what `make qemu-gdb` runs from the same FOLDER. If nothing does, it starts a
# machine of its own, in a temporary folder, which ends together with GDB. With --batch GDB asks
# nothing and ends after its arguments: -ex 'break kernel_main' -ex continue -ex 'pagewalk $eip'.
# GDB reads no start-up files, unless GDBINIT=1 asks for ~/.gdbinit. From the environment come also
# GDBPORT (the TCP port that qemu-gdb was given), MEMORY and APPEND (see run.sh); with STEADY (see
# there, too) the machine is always one of its own.
set -eu

fail()
{
    echo "gdb.sh: $*" >&2
    exit 1
}

# What waits for GDB at $1: ready, busy or absent.
probe()
{
    python3 scripts/gdb/probe.py "$1"
}

# Make $target the machine of `make qemu-gdb`; fails if there is none.
find_machine()
{
    target=$folder/gdb.sock
    if [ -n "${GDBPORT:-}" ]; then
        target=localhost:$GDBPORT
    elif [ ! -S "$target" ]; then
        return 1
    fi
    case $(probe "$target") in
    ready) return 0 ;;
    busy) fail "another GDB is attached to the machine at $target; end that one first" ;;
    *) [ -z "${GDBPORT:-}" ] ||
        fail "nothing listens on port $GDBPORT; start it first: make qemu-gdb GDBPORT=$GDBPORT" ;;
    esac
    return 1
}

# Start a machine in a new folder and make it $target. It ends when descriptor 9 is closed here
# and in GDB. In a session of its own, Ctrl-C does not reach it.
start_machine()
{
    place=${TMPDIR:-/tmp}
    [ ${#place} -lt 80 ] || place=/tmp # a socket's path must be short
    machine=$(mktemp -d "$place/cairn-gdb.XXXXXX")
    target=$machine/gdb.sock
    ln -s "$folder/kernel.elf" "$machine/kernel.elf"
    [ ! -f "$folder/initrd.tar" ] || ln -s "$folder/initrd.tar" "$machine/initrd.tar"
    mkfifo "$machine/life"
    $(command -v setsid) scripts/gdb/machine.sh "$machine" < /dev/null > /dev/null 2>&1 &
    exec 9> "$machine/life"
}

[ "${1:-}" != --batch ] || { batch=-batch; shift; }
[ $# -ge 1 ] || fail "usage: scripts/gdb.sh [--batch] FOLDER [GDB-ARGUMENT...]"
command -v gdb > /dev/null || fail "gdb is not installed; run scripts/setup.sh"
folder=$(cd "$1" 2> /dev/null && pwd) || fail "$1 is missing; build it with: make kernel"
shift
cd "$(dirname "$0")/.."
[ -f "$folder/kernel.elf" ] || fail "$folder/kernel.elf is missing; build it with: make kernel"

if [ "${GDBINIT:-}" = 1 ] && [ -f "${HOME:-}/.gdbinit" ]; then
    set -- -ix "$HOME/.gdbinit" "$@"
fi
machine=
{ [ -z "${STEADY:-}" ] && find_machine; } || start_machine
[ ! -t 0 ] || set -m # Ctrl-C in this terminal is for GDB alone, not for make either
status=0
CAIRN_GDB_TARGET=$target CAIRN_GDB_MACHINE=$machine \
    gdb -nx -q ${batch:+"$batch"} -iex 'set auto-load off' -iex 'set debuginfod enabled off' \
    -x scripts/gdb/start.py "$@" "$folder/kernel.elf" || status=$?
set +m
exec 9>&-
wait
exit "$status"
