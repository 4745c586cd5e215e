#!/bin/sh
# Runs the parts of kernel and library that need no machine as a program, with sanitizers.
#
# usage: host-test.sh
#
# The tests are in grader/host/. They are compiled for i386, as the kernel is, with the address
# and the undefined-behaviour sanitizer. Where the solutions are there, those of lab 1 are tested as
# well, by the same tests that run in the kernel (grader/host/lab1/). Each test prints a line
# `ok NAME` or `not ok NAME - why`; the last line counts them, and the exit status is 1 if one
# failed, 3 if this computer cannot run the program.

set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."

work=$(mktemp -d "${TMPDIR:-/tmp}/cairn-host.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

cc=${CC:-gcc}
command -v "$cc" >/dev/null || {
    printf 'host-test: %s is not installed; run scripts/setup.sh\n' "$cc" >&2
    exit 1
}
# The solutions of lab 1 and the given files that they use, on a machine that is a program. It has
# its memory where a machine has it, from 1 MiB on, so the program itself lies higher up.
lab1=
if [ -d solutions/lab1-memory ]; then
    lab1="solutions/lab1-memory/*.c src/kernel/memory/block.c src/kernel/memory/heap_check.c
        src/kernel/memory/poison.c src/kernel/memory/window.c
        grader/host/lab1/*.c grader/tests/lab1/*.c grader/tests/lab1/hidden/*.c"
    options='-Wl,-Ttext-segment=0x50000000 -Wl,--wrap=poison_fill
        -Wl,--wrap=paging_map -Wl,--wrap=paging_unmap'
    for symbol in image_start=0x100000 text_start=0x100000 text_end=0x110000 \
        rodata_start=0x110000 rodata_end=0x118000 stack_guard=0x120000 \
        stack_bottom=0x121000 stack_top=0x125000 image_end=0x130000; do
        options="$options -Wl,--defsym=kernel_$symbol"
    done
    lab1="-fno-pie -no-pie $options $lab1"
fi
lab3=
if [ -d solutions/lab3-ipc ]; then
    lab3='grader/host/lab3/*.c'
fi

# shellcheck disable=SC2086 # these are lists of options and of patterns
"$cc" -m32 -std=gnu17 -O1 -g -Wall -Wextra -Werror -Wno-format-nonliteral -fno-builtin \
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
    -DDEBUG_BUILD=1 -include grader/host/rename.h -Igrader/host/include -Isrc -Isrc/include -idirafter src/user/include \
    -o "$work/host-test" grader/host/*.c src/lib/*.c src/kernel/cmdline.c src/kernel/memory/map.c \
    src/kernel/process/initrd.c src/kernel/ipc/name_path.c \
    $lab1 $lab3
printf 'int main(void) { return 0; }\n' >"$work/try.c"
"$cc" -m32 -o "$work/try" "$work/try.c"
"$work/try" 2>/dev/null || {
    printf 'host-test: the kernel of this computer runs no 32-bit programs\n' >&2
    exit 3
}
ASAN_OPTIONS=detect_leaks=0 "$work/host-test"
