#!/bin/sh
# Shows what the kit does: builds the reference system, boots it, and grades it in two emulators.
#
# usage: demo.sh
#
# It installs what is missing first. It takes about a minute, shows every command that can be
# typed to have the same again, and leaves nothing behind. The exit status is 0 if the reference
# system earned all points in both emulators.

set -eu
cd "$(dirname "$0")/.."

sh scripts/setup.sh

work=$(mktemp -d "${TMPDIR:-/tmp}/cairn-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

begun=$(date +%s)

title() {
    printf '\n---- %s\n\n' "$1"
}

typed() {
    printf '$ %s\n' "$*"
}

title 'The kernel of lab 1, built from the reference solution'
typed make REF=all iso
since=$(date +%s)
make -j 2 REF=all BUILD="$work/build" APPEND=poweroff iso >/dev/null
folder=$(dirname "$work"/build/*/kernel.iso)
printf 'built in %d s: kernel.elf has %d bytes of code and constants, kernel.iso boots by GRUB\n' \
    $(($(date +%s) - since)) "$(size "$folder/kernel.elf" | awk 'NR == 2 { print $1 }')"

title 'What it prints when GRUB boots it from the ISO file in QEMU'
typed qemu-system-i386 -cdrom kernel.iso -serial stdio ...
status=0
timeout 60 qemu-system-i386 -M pc -m 32M -nodefaults -no-user-config -display none -vga std \
    -no-reboot -cdrom "$folder/kernel.iso" -device isa-debug-exit,iobase=0xf4,iosize=4 \
    -serial file:"$work/console" -serial file:"$work/trace" || status=$?
cat "$work/console"
if [ $status -ne 1 ]; then
    printf 'demo: the kernel did not power off as it should (status %d)\n' $status >&2
    exit 1
fi

title 'The same boot as the autograder sees it: the trace on the second serial port'
head -n 12 "$work/trace"

failed=0
for emulator in qemu bochs; do
    title "Grading the reference solution in $emulator"
    typed grader/grade --lab 1 --ref --emulator $emulator
    grader/grade --lab 1 --ref --emulator $emulator --build "$work/grade" || failed=1
done

title 'Now you'
cat <<'END'
  labs/lab1-memory/README.md    the first lab: read it, and edit the files beside it
  make REF=all qemu-nox         boots the reference kernel without GRUB; Ctrl-A X leaves
  make qemu-nox                 boots your kernel; it names the first exercise to do
  make grade                    grades your kernel
  make help                     everything else
END
printf '\nThis took %d s.\n' $(($(date +%s) - begun))
exit $failed
