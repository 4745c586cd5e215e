#!/bin/sh
# Runs a kernel in an emulator, for people; called by the Makefile. (The grader has its own ways.)
#
#   scripts/run.sh window FOLDER      QEMU with a window for the screen, COM1 in this terminal
#   scripts/run.sh terminal FOLDER    QEMU with COM1 in this terminal; Ctrl-A then X leaves
#   scripts/run.sh gdb FOLDER         as terminal, but waits for GDB before the first instruction
#   scripts/run.sh bochs FOLDER       Bochs booting FOLDER/kernel.iso, COM1 in this terminal
#
# FOLDER holds kernel.elf and, from lab 2 on, initrd.tar; the trace (COM2) is written to FOLDER/trace.txt. From
# the environment come MEMORY (default 32M), APPEND (the kernel's command line) and GDBPORT (a TCP port for GDB
# instead of the socket FOLDER/gdb.sock). With STEADY=1 every run is the same: time goes by the instructions that
# QEMU has executed. In a terminal, what to do is said once if the kernel has been silent for SILENCE seconds
# (default 10) and does not rest. The exit status is 0 if the kernel powered off by itself or was closed.
set -eu

fail()
{
    echo "run.sh: $*" >&2
    exit 1
}

need()
{
    command -v "$1" > /dev/null || fail "$1 is not installed; run scripts/setup.sh"
}

# The words of a process; some systems have no ps.
command_of()
{
    ps -p "$1" -o args= 2> /dev/null || tr '\0' ' ' 2> /dev/null < "/proc/$1/cmdline" || true
}

# Runs in one folder would overwrite each other's files, so there can be one at a time.
claim()
{
    if other=$(cat "$folder/run.pid" 2> /dev/null) && command_of "$other" | grep -q 'run\.sh'; then
        fail "$folder is in use by process $other; end that run first, or choose another BUILD"
    fi
    echo $$ > "$folder/run.pid"
    trap '[ -z "$watcher" ] || kill "$watcher" 2> /dev/null || :; rm -f "$folder/run.pid"' EXIT
    trap 'exit 1' HUP INT TERM
}

# The exceptions that led to a triple fault: the same run once more, for 10 seconds at most, with a log of them.
last_exceptions()
{
    {
        (machine -display none -serial null -serial null -d int -D /dev/stdout) < /dev/null 2> /dev/null &
        again=$!
        (sleep 10 && kill "$again") > /dev/null 2>&1 &
        wait "$again" || :
    } | sed -n 's/.* v=\([0-9a-f]*\) e=\([0-9a-f]*\) .* pc=\([0-9a-f]*\) SP=[^ ]* *\(.*\)$/\1 \2 \3 \4/p' | tail -n 3
}

# The function of the kernel at an address; nothing if it is not known.
function_at()
{
    command -v addr2line > /dev/null || return 0
    addr2line -f -e "$folder/kernel.elf" "$1" | sed -n '1s/^[A-Za-z_].*/&/p'
}

# What is known about a triple fault, and where to stop before it.
explain_triple_fault()
{
    echo "Triple fault: an exception could not be reported. The last exceptions:"
    last_exceptions > "$folder/exceptions.txt"
    stop=kernel_main
    while read -r vector code place cr2; do
        function=$(function_at "0x$place")
        [ -z "$function" ] || stop=$function
        case $cr2 in
        CR2=*) cr2=", CR2=0x${cr2#CR2=}" ;;
        *) cr2= ;;
        esac
        echo "  exception $((0x$vector)) at 0x$place${function:+ in $function()}, error code 0x$code$cr2"
    done < "$folder/exceptions.txt"
    echo "To stop before them: \`make gdb\`, with the same variables; then \`break $stop\` and \`continue\`."
    echo "What it means: \"When it panics\" in the handout."
}

# Says once what to do about a kernel whose trace has stood still for a while, unless it rests.
watch_silence()
{
    before=
    while sleep "$(((${SILENCE:-10} + 1) / 2))" > /dev/null 2>&1; do
        now=$(cksum < "$folder/trace.txt" 2> /dev/null) || now=none
        ! grep -q ' ev=boot\.idle' "$folder/trace.txt" 2> /dev/null || return 0
        if [ "$now" = "$before" ]; then
            printf '\r\n%s\r\n%s\r\n' "run.sh: nothing new for ${SILENCE:-10} seconds, and the kernel does not rest." \
                "If it hangs: Ctrl-A, then X leaves; with APPEND=limit=2 it says where it was." >&2
            return 0
        fi
        before=$now
    done
}

# What the trace says about the end of the run; $1 is the emulator's exit status.
conclude()
{
    if grep -q ' ev=power\.off ' "$folder/trace.txt" 2> /dev/null; then
        reason=$(sed -n 's/.* ev=power\.off reason=\([a-z]*\).*/\1/p' "$folder/trace.txt" | tail -n 1)
        echo "The kernel powered off ($reason). Its trace is in $folder/trace.txt."
    elif grep -q 'Triple fault' "$folder/qemu.log" 2> /dev/null; then
        explain_triple_fault
    elif [ "$1" -ne 0 ]; then
        fail "the emulator failed (exit status $1)${advice:+; $advice}"
    else
        echo "The emulator was closed."
    fi
}

# Becomes QEMU, with the kernel; to be called in a subshell.
machine()
{
    [ ! -f "$folder/initrd.tar" ] || set -- "$@" -initrd "$folder/initrd.tar"
    [ -z "${STEADY:-}" ] || set -- "$@" -no-user-config -icount shift=5,align=off,sleep=off \
        -rtc base=2000-01-01T00:00:00,clock=vm
    exec qemu-system-i386 -M pc -m "$memory" -nodefaults -vga std -no-reboot \
        -kernel "$folder/kernel.elf" -append "${APPEND:-}" \
        -device isa-debug-exit,iobase=0xf4,iosize=4 -device ib700 -action watchdog=inject-nmi "$@"
}

run_qemu()
{
    need qemu-system-i386
    [ -f "$folder/kernel.elf" ] || fail "$folder/kernel.elf is missing; build it with: make kernel"
    status=0
    (machine -d cpu_reset -D "$folder/qemu.log" "$@" -serial "file:$folder/trace.txt") || status=$?
    conclude "$status"
}

window()
{
    need qemu-system-i386
    if qemu-system-i386 -display help | grep -q '^cocoa$' ||
        { [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] &&
            qemu-system-i386 -display help | grep -q -E '^(gtk|sdl)$'; }; then
        run_qemu -serial stdio
    else
        echo "There is no display for a window, so only the serial console is shown; as make qemu-nox." >&2
        terminal
    fi
}

terminal()
{
    watch_silence &
    watcher=$!
    run_qemu -display none -serial mon:stdio
}

gdb()
{
    if [ -n "${GDBPORT:-}" ]; then
        stub="tcp:127.0.0.1:$GDBPORT"
        advice="if port $GDBPORT is in use, choose another: GDBPORT=N"
    else
        socket=$folder/gdb.sock
        [ ${#socket} -lt 108 ] || fail "$socket is too long for a socket; use a shorter BUILD or GDBPORT=N"
        stub="unix:$socket,server=on,wait=off"
        advice="if there can be no socket in $folder, choose a port, here and for make gdb: GDBPORT=1234"
    fi
    echo "Waiting for GDB: type \`make gdb\`, with the same variables, in another terminal." >&2
    run_qemu -display none -serial mon:stdio -S -gdb "$stub"
}

# The folder with Bochs's BIOS images.
bochs_share()
{
    for share in "${BXSHARE:-}" /usr/share/bochs /usr/local/share/bochs /opt/homebrew/share/bochs; do
        if [ -f "$share/BIOS-bochs-latest" ]; then
            echo "$share"
            return
        fi
    done
    fail "Bochs's BIOS images are missing; run scripts/setup.sh, or set BXSHARE to their folder"
}

bochs()
{
    need bochs
    [ -f "$folder/kernel.iso" ] || fail "$folder/kernel.iso is missing; build it with: make iso"
    share=$(bochs_share)
    megabytes=${memory%[mM]}
    case $megabytes in
    *[!0-9]* | '') fail "MEMORY for Bochs is a number of megabytes, such as 32M" ;;
    esac
    cat > "$folder/bochsrc" <<END
megs: $megabytes
romimage: file=$share/BIOS-bochs-latest
vgaromimage: file=$share/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path=$folder/kernel.iso, status=inserted
boot: cdrom
display_library: ${BOCHS_DISPLAY:-rfb, options="timeout=0"}
com1: enabled=1, mode=file, dev=/dev/fd/3
com2: enabled=1, mode=file, dev=$folder/trace.txt
cpu: ips=50000000
log: $folder/bochs.log
panic: action=fatal
error: action=report
info: action=report
END
    # Debian's Bochs is a debugger, which waits for a command: c, continue. Its own output goes to a file.
    echo c > "$folder/bochs.commands"
    echo "Ctrl-C leaves. The screen can be seen by VNC, from port 5900 on." >&2
    status=0
    command bochs -q -f "$folder/bochsrc" -rc "$folder/bochs.commands" \
        3>&1 > "$folder/bochs.out" 2>&1 < /dev/null || status=$?
    advice=$(cat "$folder/bochs.log" "$folder/bochs.out" 2> /dev/null | sed -n 's/.*>>PANIC<< //p' | tail -n 1)
    conclude "$status"
}

[ $# -eq 2 ] || fail "usage: scripts/run.sh window|terminal|gdb|bochs FOLDER"
folder=$2
memory=${MEMORY:-32M}
advice=
watcher=
[ -d "$folder" ] || fail "$folder is missing; build it with: make kernel"
claim
rm -f "$folder/trace.txt" "$folder/qemu.log"
case $1 in
window | terminal | gdb | bochs) "$1" ;;
*) fail "unknown way to run: $1" ;;
esac
