#!/bin/sh
# Runs the parts of the kernel that need no machine as a program, with sanitizers.
#
# usage: host-test.sh
#
# The tests are in grader/host/. They are compiled for i386, as the kernel is, with the address
# and the undefined-behaviour sanitizer. Each test prints a line `ok NAME` or `not ok NAME - why`;
# the last line counts them, and the exit status is 1 if one failed.

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
"$cc" -m32 -std=gnu17 -O1 -g -Wall -Wextra -Werror -Wno-format-nonliteral -fno-builtin \
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
    -DDEBUG_BUILD=1 -include grader/host/rename.h -Isrc -Isrc/include \
    -o "$work/host-test" grader/host/*.c src/lib/*.c src/kernel/cmdline.c src/kernel/memory/map.c
ASAN_OPTIONS=detect_leaks=0 "$work/host-test"
