#!/bin/sh
# Shows what the kit does: builds the reference system, boots it, lets programs run on it, and
# grades every lab, the last one in two emulators.
#
# usage: demo.sh [FOLDER]      FOLDER: where to leave the results of grading, as labN-EMULATOR.json
#
# It installs what is missing first. It takes about two minutes, shows every command that can be
# typed to have the same again, and leaves nothing behind unless it is asked to. The exit status is
# 0 if the reference system earned all points of all labs.

set -eu
results=${1:+$(cd "$1" && pwd)}
cd "$(dirname "$0")/.."

sh scripts/setup.sh

work=$(mktemp -d "${TMPDIR:-/tmp}/cairn-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

begun=$(date +%s)
programs=hello,primes,family,relay,crash:null,float,@echo,ping,jobs,submit,vfs+1,posix:/motd
options="run=$programs trace=sched,ipc poweroff"

title() {
    printf '\n---- %s\n\n' "$1"
}

typed() {
    printf '$ %s\n' "$*"
}

title 'A microkernel and its programs, built from the reference solutions of all labs'
typed "make iso REF=all APPEND=\"$options\""
since=$(date +%s)
make -j 2 REF=all BUILD="$work/build" APPEND="$options" iso >/dev/null
folder=$(dirname "$work"/build/*/kernel.iso)
printf 'Built in %d s: a kernel of %d bytes, %d programs, and a CD image that GRUB boots.\n' \
    $(($(date +%s) - since)) "$(size "$folder/kernel.elf" | awk 'NR == 2 { print $1 }')" \
    "$(tar -tf "$folder/initrd.tar" | wc -l)"

title 'What it prints in QEMU: twelve programs share one processor, and one of them is broken'
typed qemu-system-i386 -cdrom kernel.iso -serial stdio ...
status=0
timeout 60 qemu-system-i386 -M pc -m 32M -nodefaults -no-user-config -display none -vga std \
    -icount shift=3,align=off,sleep=off -no-reboot -cdrom "$folder/kernel.iso" \
    -device isa-debug-exit,iobase=0xf4,iosize=4 \
    -serial file:"$work/console" -serial file:"$work/trace" || status=$?
cat "$work/console"
if [ $status -ne 1 ]; then
    printf 'demo: the kernel did not power off as it should (status %d)\n' $status >&2
    exit 1
fi
cat <<'END'

"crash" read address 0 on purpose. The kernel ended it and said where it was; the others did not
notice, and the kernel powered off when the last one had ended. "ping" called "echo", which runs in
ring 0; "submit" gave jobs to a server that answers the shortest first; and "posix" made system
calls that the kernel does not know: it passed them on to "vfs", another program.
END

title 'How each process ended, as the autograder sees it: the trace on the second serial port'
typed "grep -E 'proc.exit|power.off' trace.txt"
grep -E ' ev=(proc\.exit|power\.off) ' "$work/trace"
printf '\nThe trace has %d events. "make trace" draws them: who had the processor when, and why.\n' \
    "$(wc -l <"$work/trace")"

title 'What became of a system call: a message to a server, and its answer'
typed make chart REF=all APPEND=\"run=vfs+1,posix:/motd\" ARGS=\"--operation read\"
scripts/trace.py chart "$work/trace" --operation read --width 78

sed -n 's/^LABS_ALL *:= *//p' src/stages.mk | tr ' ' '\n' >"$work/labs"
last=$(tail -n 1 "$work/labs")
failed=0
while read -r lab; do
    emulators=qemu
    [ "$lab" -ne "$last" ] || emulators='qemu bochs'
    for emulator in $emulators; do
        title "Grading the reference solution of lab $lab in $emulator"
        typed grader/grade --lab "$lab" --ref --emulator "$emulator"
        grader/grade --lab "$lab" --ref --emulator "$emulator" --build "$work/grade" \
            ${results:+--json "$results/lab$lab-$emulator.json"} </dev/null || failed=1
    done
done <"$work/labs"

title 'Now you'
# The table of README.md.
sed -n 's/^| \([0-9]\) | \([^:]*\): .*(\(labs.*\)).*/\3 lab \1, \2: its handout/p' README.md |
    while read -r file text; do
        printf '  %-32s %s\n' "$file" "$text"
    done
cat <<'END'
  make qemu-nox LAB=1              boots your kernel; it names the first exercise to do
  make grade LAB=1                 grades it
  make qemu-nox REF=all            boots the reference system without GRUB; Ctrl-A X leaves
  make trace REF=all               draws who ran when, and why
  make help                        everything else
END
printf '\nThis took %d s.\n' $(($(date +%s) - begun))
exit $failed
