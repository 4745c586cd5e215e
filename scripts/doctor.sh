#!/bin/sh
# Tries every tool that the kit uses and says what is wrong and what to do about it.
#
# usage: doctor.sh
#
# Each line begins with `ok`, `WRONG` (needed for building, booting or grading one's own work) or
# `note` (everything else goes on without it). The exit status is 1 if something is WRONG. Tools
# are really used: a kernel of a few instructions is compiled, linked, and booted. Honours
# CROSS_COMPILE and, for a lab's files, LAB and LABS, as make does.

set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
cd "$(dirname "$0")/.."

work=$(mktemp -d "${TMPDIR:-/tmp}/cairn-doctor.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

cross=${CROSS_COMPILE:-}
labs=${LABS:-labs}
install='type: sh scripts/setup.sh'
wrong=0

ok() {
    printf 'ok     %-18s %s\n' "$1" "$2"
}

# wrong NAME WHAT REMEDY; and the same as a note, for what is not needed for one's own work.
wrong() {
    printf 'WRONG  %-18s %s; %s\n' "$1" "$2" "$3"
    wrong=$((wrong + 1))
}

note() {
    printf 'note   %-18s %s; %s\n' "$1" "$2" "$3"
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# Runs a command with its output in $work/log and without standard input.
quietly() {
    "$@" >"$work/log" 2>&1 </dev/null
}

# The first number with dots in what a command prints.
version() {
    "$@" 2>&1 </dev/null | sed -n 's/^[^0-9]*\([0-9][0-9]*\.[0-9.]*[0-9]\).*/\1/p' | head -n 1
}

# check SEVERITY TOOL ABILITY COMMAND...: TOOL exists, and COMMAND shows that it is able.
check() {
    severity=$1
    tool=$2
    ability=$3
    shift 3
    if ! has "$tool"; then
        "$severity" "$tool" "not installed (it $ability)" "$install"
    elif quietly "$@"; then
        number=$(version "$tool" --version)
        ok "$tool" "${number:-$(version "$tool" -V)}: $ability"
    else
        reason=$(tr -d '\033\007' <"$work/log" | grep -v '^ *$' | tail -n 1 | cut -c 1-160)
        "$severity" "$tool" "is there, but fails where it $ability${reason:+ ($reason)}" "$install"
    fi
}

# ---- the place ----

check_place() {
    for part in Makefile src grader "$labs"; do
        if [ ! -e "$part" ]; then
            wrong place "$(pwd) has no $part" 'work in a complete copy of the kit'
            return
        fi
    done
    case $(pwd) in
    *[!A-Za-z0-9_./+@,-]*)
        wrong place "make cannot work below $(pwd)" \
            'move the kit to a path of letters, digits, -, _ and .'
        return
        ;;
    esac
    if ! (mkdir -p build && : >"build/.doctor.$$" && rm -f "build/.doctor.$$") 2>/dev/null; then
        wrong place "cannot write to $(pwd)/build" 'make the folder yours (chown, chmod)'
        return
    fi
    ok place "$(pwd)"
}

check_space() {
    for folder in . "${TMPDIR:-/tmp}"; do
        free=$(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024) }')
        if [ "$free" -lt 300 ]; then
            wrong 'disk space' "$free MB are free on the disk of $folder" 'free 300 MB: make clean'
        else
            ok 'disk space' "$free MB are free on the disk of $folder"
        fi
    done
}

check_clock() {
    : >"$work/now"
    late=$(find Makefile src "$labs" -type f -newer "$work/now" 2>/dev/null | head -n 1)
    if [ -n "$late" ]; then
        wrong clock "$late was changed in the future; make would not rebuild it" "type: touch $late"
    else
        ok clock 'no file is from the future'
    fi
}

check_line_ends() {
    # shellcheck disable=SC2046 # names in labs/ hold no blanks
    dos=$(grep -l "$(printf '\r')" $(find "$labs" src -name '*.[chS]' -type f) /dev/null |
        tr '\n' ' ' || :)
    if [ -n "$dos" ]; then
        wrong 'line ends' "lines end in CR LF in $dos" "type: sed -i 's/\\r\$//' $dos"
    else
        ok 'line ends' 'no file has lines that end in CR LF'
    fi
}

check_lab_files() {
    has make || return 0
    if ! files=$(make -s lab-files ${LAB:+"LAB=$LAB"} LABS="$labs" 2>"$work/log"); then
        wrong 'lab files' "$(tail -n 1 "$work/log")" 'choose a lab that exists'
        return
    fi
    lab=${files#lab}
    lab=${lab%%-*}
    while [ "$lab" -gt 1 ]; do
        lab=$((lab - 1))
        files="$files $(make -s lab-files "LAB=$lab")"
    done
    for file in $files; do
        if [ ! -f "$labs/$file" ]; then
            wrong 'lab files' "$labs/$file is missing" 'bring it back from the release you began with'
            return
        fi
    done
    # shellcheck disable=SC2086
    ok 'lab files' "$(echo $files | wc -w | tr -d ' ') files, all there"
}

# ---- tools ----

# A kernel that changes a variable twice and powers QEMU off with status 1 = (0 << 1) | 1. The
# names are those that grader/rewind --try looks for.
write_tiny_kernel() {
    cat >"$work/tiny.S" <<'END'
    .section .multiboot, "a"
    .long 0x1BADB002, 0, -0x1BADB002
    .text
    .globl _start, culprit, power_off, word
_start: movl $1, word
culprit: movl $2, word
    nop
power_off: movw $0xF4, %dx
    xorl %eax, %eax
    outb %al, %dx
    cli
0:  hlt
    jmp 0b
    .align 4
word: .long 0
    .section .note.GNU-stack, "", @progbits
END
    cat >"$work/tiny.ld" <<'END'
ENTRY(_start)
SECTIONS { . = 0x100000; .text : { *(.multiboot) *(.text) } }
END
    printf 'int twice(int x) { return 2 * x; }\n' >"$work/tiny.c"
}

link_tiny() {
    "${cross}gcc" -m32 -ffreestanding -nostdlib -static -no-pie -Wl,--build-id=none \
        -Wl,-T,"$work/tiny.ld" -o "$work/tiny.elf" "$work/tiny.S" "$work/tiny.c"
}

clang_compiles() {
    clang --target=i386-pc-none-elf -m32 -ffreestanding -c -o "$work/clang.o" "$work/tiny.c"
}

# As the Makefile packs the initrd.
tar_packs() {
    tar -c -f "$work/tiny.tar" -C "$work" --format=ustar --owner=0 --group=0 --numeric-owner \
        --mode=0755 --mtime=@0 tiny.c
}

boot_tiny_in_qemu() {
    [ -f "$work/tiny.elf" ] || { echo 'no kernel to boot, as the compiler fails' && return 1; }
    status=0
    timeout 30 qemu-system-i386 -M pc -m 32M -nodefaults -no-user-config -display none -no-reboot \
        -icount shift=5,align=off,sleep=off -sandbox on -device ib700 \
        -device isa-debug-exit,iobase=0xf4,iosize=4 -kernel "$work/tiny.elf" || status=$?
    [ $status -eq 1 ] || { echo "status $status instead of 1" && return 1; }
}

make_iso() {
    mkdir -p "$work/iso/boot/grub"
    cp "$work/tiny.elf" "$work/iso/boot/"
    grub-mkrescue -o "$work/tiny.iso" -d /usr/lib/grub/i386-pc --install-modules='multiboot' \
        --fonts='' --themes='' --locales='' "$work/iso" && [ -s "$work/tiny.iso" ]
}

# Bochs runs its BIOS for a million instructions, with the display that needs no screen. The thread
# of that display crashes Bochs 2.7 now and then (1 run of 400), so its caller tries three times.
run_bochs() {
    vga=/usr/share/bochs/VGABIOS-lgpl-latest
    [ -e $vga ] || vga=/usr/share/vgabios/vgabios.bin
    cat >"$work/bochsrc" <<END
display_library: rfb, options="timeout=0"
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=$vga
megs: 16
clock: sync=none, time0=946684800
log: $work/bochs.log
panic: action=fatal
END
    printf 'sb 1000000\nc\nq\n' >"$work/commands"
    : >"$work/bochs.log"
    timeout 30 bochs -q -f "$work/bochsrc" -rc "$work/commands" >"$work/bochs.out" 2>&1 </dev/null || :
    grep '>>PANIC<<' "$work/bochs.log" && return 1
    grep -q 'Caught time breakpoint' "$work/bochs.out" && return 0
    tail -n 1 "$work/bochs.out"
    return 1
}

bochs_version() {
    sed -n 's/.*Bochs x86 Emulator \([0-9.]*\).*/\1/p' "$work/bochs.log" | head -n 1
}

check_bochs() {
    if ! has bochs; then
        wrong bochs 'not installed (it is the second emulator)' "$install"
    elif quietly run_bochs || quietly run_bochs || quietly run_bochs; then
        ok bochs "$(bochs_version): runs its BIOS, without a screen, under its debugger"
    else
        wrong bochs "is there, but does not run: $(tail -n 1 "$work/log" | cut -c 1-160)" "$install"
    fi
}

debug_tiny() {
    gdb -nx -batch -ex 'set architecture i386' -ex 'python print("python", 6 * 7)' |
        grep '^python 42$'
}

# GDB goes back in a recording of that kernel, from its end to the change of the variable.
check_rewind() {
    if ! has gdb || ! has qemu-img; then
        note rewind 'needs gdb and qemu-img to go back in time from a failure' "$install"
    elif quietly timeout 60 grader/rewind --try "$work/tiny.elf"; then
        ok rewind 'QEMU replays a run, and GDB goes back in it'
    else
        note rewind "cannot go back in time: $(tail -n 1 "$work/log" | cut -c 1-160)" \
            'look at failures forwards: make run-TEST, make gdb'
    fi
}

host_tests_run() {
    printf 'int main(void) { return 0; }\n' >"$work/host.c"
    gcc -m32 -fsanitize=address,undefined -o "$work/host" "$work/host.c" && "$work/host"
}

python_is_recent() {
    python3 -c 'import sys; sys.exit("older than 3.9" if sys.version_info < (3, 9) else 0)'
}

sandbox_works() {
    bwrap --unshare-all --die-with-parent --ro-bind / / --proc /proc --dev /dev true
}

check_sandbox() {
    if ! has bwrap; then
        note bwrap 'not installed, so that work of others cannot be graded' "$install"
    elif quietly sandbox_works; then
        ok bwrap "$(version bwrap --version): may make a sandbox"
    else
        note bwrap 'this system permits no sandbox, so that work of others cannot be graded' \
            'allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1)'
    fi
}

check_place
check_space
check_clock
check_line_ends
write_tiny_kernel
check wrong make 'reads the Makefile' make -v
check wrong "${cross}gcc" 'compiles and links for i386' link_tiny
check wrong "${cross}nm" 'lists symbols' "${cross}nm" "$work/tiny.elf"
check wrong "${cross}objdump" 'lists source lines' "${cross}objdump" -h "$work/tiny.elf"
check wrong "${cross}ar" 'makes libraries' "${cross}ar" rcsD "$work/tiny.a" "$work/tiny.c"
check wrong tar 'packs programs as the kernel reads them' tar_packs
check wrong qemu-system-i386 'boots a kernel and is ended by it' boot_tiny_in_qemu
check wrong xorriso 'writes ISO files' xorriso -version
check wrong mformat 'is used by grub-mkrescue' mformat --version
check wrong grub-mkrescue 'makes a bootable ISO' make_iso
check_bochs
check wrong python3 'runs the grader (3.9 or later)' python_is_recent
check_lab_files
check note gdb 'knows i386 and Python' debug_tiny
check_rewind
check note clang 'compiles for i386' clang_compiles
if [ -z "$cross" ]; then
    check note gcc 'builds the host tests (-m32, sanitizers)' host_tests_run
fi
check_sandbox
check note doxygen 'builds the documentation' doxygen --version
check note dot 'draws diagrams for doxygen' dot -V
check note clang-format 'checks layout' clang-format --version
check note clang-tidy 'checks C' clang-tidy --version
check note cppcheck 'checks C' cppcheck --version
check note shellcheck 'checks shell scripts' shellcheck --version

case $wrong in
0) printf 'doctor: this machine can build, boot and grade\n' ;;
1) printf 'doctor: one thing is wrong\n' && exit 1 ;;
*) printf 'doctor: %d things are wrong\n' "$wrong" && exit 1 ;;
esac
