#!/bin/sh
# Tries every tool that the kit uses and says what is wrong and what to type about it.
#
# usage: doctor.sh [CHECK...]    only these checks, by their names in the second column
#        doctor.sh --list        the names of all checks
#
# Each line begins with `ok`, `WRONG` (needed for building, booting or grading one's own work) or
# `note` (everything else goes on without it). The exit status is 1 if something is WRONG. Tools
# are really used: a kernel of a few instructions is compiled, linked, and booted. Honours
# CROSS_COMPILE, GDBPORT, TMPDIR and, for a lab's files, LAB and LABS, as make does.
#
# The next lines end in comments, so that they work even if somebody has turned all ends of lines
# into CR LF: then the script goes on without the CRs, to be able to say so.
if [ -z "${CAIRN_DOCTOR:-}" ] && grep -q "$(printf '\r')" "$0"; then #
    CAIRN_DOCTOR=again #
    export CAIRN_DOCTOR #
    exec sh -c "$(tr -d '\r' <"$0")" "$0" "$@" #
fi #

set -eu
LC_ALL=C
export LC_ALL
unset CAIRN_DOCTOR
from=$(pwd -P)
cd "$(dirname "$0")/.."
root=$(pwd -P)

cross=${CROSS_COMPILE:-}
labs=${LABS:-labs}
temporary=${TMPDIR:-/tmp}
install='type: sh scripts/setup.sh'
unpack='unpack the archive again, and copy your files over it'
# What gives temporary files another place.
elsewhere="type: mkdir -p build/tmp && export TMPDIR=$root/build/tmp"
# Where to go when this system's own packages are too old.
newer='type: vagrant up, which makes a machine that has it, or see docs/editors.md'
wrong=
on_kernel=

# Megabytes and files that a build of all labs, with all tests graded, takes; and some more.
space_needed=300
files_needed=5000
# What is written to see whether that is possible, in megabytes.
written=16

ok() {
    printf 'ok     %-18s %s\n' "$1" "$2"
}

# wrong NAME WHAT REMEDY; and the same as a note, for what is not needed for one's own work.
wrong() {
    printf 'WRONG  %-18s %s; %s\n' "$1" "$2" "$3"
    case " $wrong " in
    *" $1 "*) ;;
    *) wrong="$wrong $1" ;;
    esac
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

# The last line of $work/log that is not blank.
reason() {
    tr -d '\033\007' <"$work/log" | grep -v '^ *$' | tail -n 1 |
        sed -E '/^.{161}/s/^(.{1,160}) .*/\1 .../'
}

# The first number with dots in what a command prints.
version() {
    "$@" 2>&1 </dev/null | sed -n 's/^[^0-9]*\([0-9][0-9]*\.[0-9.]*[0-9]\).*/\1/p' | head -n 1
}

# older IS NEEDED: whether a version is older than another, by the first two of its numbers.
older() {
    awk -v is="$1" -v needed="$2" 'BEGIN { split(is, a, "."); split(needed, b, ".")
        exit !(a[1] + 0 < b[1] + 0 || a[1] + 0 == b[1] + 0 && a[2] + 0 < b[2] + 0) }'
}

# check SEVERITY TOOL MINIMUM ABILITY COMMAND...: TOOL exists in this version or a later one (-: any
# will do), and COMMAND shows that it is able.
check() {
    severity=$1
    tool=$2
    minimum=$3
    ability=$4
    shift 4
    if ! has "$tool"; then
        "$severity" "$tool" "not installed (it $ability)" "$install"
        return
    fi
    number=$(version "$tool" --version)
    number=${number:-$(version "$tool" -V)}
    if [ "$minimum" != - ] && [ -n "$number" ] && older "$number" "$minimum"; then
        "$severity" "$tool" "$number is too old (it $ability): $minimum or later is needed" "$newer"
    elif [ -n "$on_kernel" ] && ! quietly tiny_kernel; then
        note "$tool" 'not tried, as no kernel could be built' 'type: sh scripts/doctor.sh gcc ld'
    elif quietly "$@"; then
        ok "$tool" "${number:+$number: }$ability"
    else
        why=$(reason)
        "$severity" "$tool" "is there, but fails where it $ability${why:+ ($why)}" "$install"
    fi
}

# with_kernel check ...: the same for a tool that is tried on a kernel.
with_kernel() {
    on_kernel=yes
    "$@"
    on_kernel=
}

# ---- the place ----

check_place() {
    for part in Makefile src/stages.mk scripts grader "$labs"; do
        if [ ! -e "$part" ]; then
            wrong place "$root has no $part" \
                'work in a complete copy of the kit: unpack the archive again'
            conclude || exit 1
        fi
    done
    case $root in
    *[!A-Za-z0-9_./+@,-]*)
        wrong place "make cannot work below $root" \
            'move the kit to a path of letters, digits, -, _ and .'
        return
        ;;
    esac
    if ! (mkdir -p build && : >"build/.doctor.$$" && rm -f "build/.doctor.$$") 2>/dev/null; then
        wrong place "cannot write to $root/build" "type: sudo chown -R $(id -un) $root"
        return
    fi
    foreign=$(find build ! -writable 2>/dev/null | head -n 1)
    if [ -n "$foreign" ]; then
        wrong place "cannot change $foreign, which somebody else has built (sudo make?)" \
            'type: sudo rm -rf build'
        return
    fi
    ok place "$root"
    case $from in
    "$root"/*) note place "make works in $root, not in folders of it" "type: cd $root" ;;
    esac
    # Windows' drives, as WSL shows them.
    case $(df -P . | awk 'NR == 2 { print $1 }') in
    [A-Za-z]:* | drvfs)
        note place 'this is a Windows drive: slow, and without sockets and execute bits' \
            'type: cp -R . ~/cairn && cd ~/cairn'
        ;;
    esac
}

# Prints those of some files that are there and cannot be run.
without_execute_bit() {
    for file; do
        [ ! -f "$file" ] || [ -x "$file" ] || printf '%s ' "$file"
    done
}

# Whether a script in this folder can be run by its name.
runs_scripts() {
    printf '#!/bin/sh\nexit 0\n' >"$1/.doctor-$$" && chmod +x "$1/.doctor-$$" && "$1/.doctor-$$"
    ran=$?
    rm -f "$1/.doctor-$$"
    return "$ran"
}

check_permissions() {
    mkdir -p build
    if ! quietly runs_scripts build; then
        wrong permissions "no program can be run from $root (mounted noexec? a Windows drive?)" \
            'type: cp -R . ~/cairn && cd ~/cairn'
        return
    fi
    # Among the tests, programs are those that begin like one.
    tests=$(awk 'FNR == 1 && /^#!/ { print FILENAME }' grader/selftest/*.py 2>/dev/null || :)
    # shellcheck disable=SC2086 # names hold no blanks
    lacking=$(without_execute_bit scripts/*.sh scripts/*.py scripts/gdb/*.sh grader/* .ci/run \
        grader/platforms/grade_upload grader/platforms/*/run_autograder $tests)
    if [ -n "$lacking" ]; then
        wrong permissions 'scripts have lost their execute bits, as in a ZIP file' \
            "type: chmod +x $lacking"
    else
        ok permissions 'all scripts can be run'
    fi
    if ! quietly runs_scripts "$work"; then
        note permissions "no program can be run from $temporary (mounted noexec?)" \
            "for make host-test, $elsewhere"
    fi
}

check_line_ends() {
    cr=$(printf '\r')
    # Without the patches, which are kept as they are.
    dos=$(grep -rlI --exclude='*.patch' "$cr" Makefile src scripts grader "$labs" | sort |
        tr '\n' ' ')
    remedy="sed -i 's/\\r\$//' $dos"
    if [ -z "$dos" ]; then
        ok line-ends 'no file has lines that end in CR LF'
    elif [ ${#dos} -lt 400 ]; then
        wrong line-ends "lines end in CR LF in $dos" "type: $remedy"
    else
        wrong line-ends "lines end in CR LF in $(echo "$dos" | wc -w) files, such as ${dos%% *}" \
            "type: grep -rlI --exclude='*.patch' \"\$(printf '\\r')\" Makefile src scripts \
grader $labs | xargs sed -i 's/\\r\$//'"
    fi
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

# room FOLDER REMEDY: there is room in a folder.
room() {
    free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }')
    # Some file systems count no files and print 0 or a dash for their number.
    files=$(df -Pi "$1" 2>/dev/null | awk 'NR == 2 && $2 + 0 > 0 { print $4 }')
    if [ "$free" -lt $space_needed ]; then
        wrong disk "only $free MB are free on the disk of $1; $space_needed are needed" "$2"
    elif [ -n "$files" ] && [ "$files" -lt $files_needed ]; then
        wrong disk "the disk of $1 has room for only $files more files" "$2"
    elif ! (dd if=/dev/zero of="$1/.doctor-$$" bs=1048576 count=$written) 2>"$work/log"; then
        why=$(sed -n 's/^dd: //p' "$work/log" | head -n 1)
        wrong disk "cannot write $written MB to $1: is there a quota? ($why)" "$2"
    else
        ok disk "$free MB are free on the disk of $1"
    fi
    rm -f "$1/.doctor-$$"
}

check_disk() {
    mkdir -p build
    room build 'type: make clean, and remove what else you can spare'
    if [ -d "$temporary" ]; then
        room "$temporary" "$elsewhere"
    else
        wrong disk "TMPDIR names $temporary, which is no folder" 'type: unset TMPDIR'
    fi
}

# ---- the files of the lab ----

# The given files of the lab and of its programs.
# shellcheck disable=SC2016 # make expands these
given_files() {
    make -s ${LAB:+"LAB=$LAB"} LABS="$labs" \
        --eval='given: ; @printf "%s\n" $(GIVEN) $(USER_LIB) $(PROGRAM_SOURCES)' given
}

check_files() {
    has make || return 0
    if ! quietly given_files; then
        wrong files "make does not know what to build ($(reason))" "$unpack"
        return
    fi
    sort -u "$work/log" >"$work/given"
    while read -r file; do
        if [ ! -f "$file" ]; then
            wrong files "$file is missing" "$unpack"
            return
        fi
    done <"$work/given"
    differing=$(sh scripts/given.sh)
    if [ -n "$differing" ]; then
        note files "$differing" "$unpack"
        return
    fi
    ok files "$(wc -l <"$work/given" | tr -d ' ') given files, all there"
}

check_lab_files() {
    has make || return 0
    if ! files=$(make -s lab-files ${LAB:+"LAB=$LAB"} LABS="$labs" 2>"$work/log"); then
        wrong lab-files "$(reason)" 'choose a lab that exists'
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
            wrong lab-files "$labs/$file is missing" 'bring it back from the release you began with'
            return
        fi
    done
    # shellcheck disable=SC2086
    ok lab-files "$(echo $files | wc -w | tr -d ' ') files, all there"
}

# Python's modules and the catalogue of tests.
list_tests() {
    python3 grader/grade ${LAB:+--lab "$LAB"} --list
}

check_grader() {
    has python3 || return 0
    if quietly list_tests; then
        ok grader "knows $(wc -l <"$work/log" | tr -d ' ') tests"
    else
        wrong grader "does not start ($(reason))" "$unpack"
    fi
}

# ---- sockets and ports ----

# listen PATH|PORT: whether QEMU could wait for GDB there.
listen() {
    python3 -c 'import socket, sys
place = sys.argv[1]
one = socket.socket(socket.AF_INET if place.isdigit() else socket.AF_UNIX)
one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    one.bind(("127.0.0.1", int(place)) if place.isdigit() else place)
    one.listen(1)
except (OSError, OverflowError) as error:
    sys.exit(getattr(error, "strerror", "") or str(error))' "$1"
}

check_ports() {
    has python3 || return 0
    mkdir -p build
    if quietly listen "build/.doctor-$$"; then
        ok ports 'make qemu-gdb can wait for make gdb at a socket'
    else
        note ports "no socket for make qemu-gdb can be made in $root/build ($(reason))" \
            'type: make qemu-gdb GDBPORT=1234, and make gdb GDBPORT=1234'
    fi
    rm -f "build/.doctor-$$"
    case ${GDBPORT:-} in
    '') ;;
    *[!0-9]*) wrong ports "GDBPORT=$GDBPORT is no number" 'type: make qemu-gdb GDBPORT=1234' ;;
    *)
        if quietly listen "$GDBPORT"; then
            ok ports "port $GDBPORT is free for make qemu-gdb"
        else
            wrong ports "port $GDBPORT cannot be had ($(reason))" 'choose another: GDBPORT=N'
        fi
        ;;
    esac
}

# ---- tools ----

# shellcheck disable=SC2016 # make expands these
make_reads() {
    printf '.DEFAULT_GOAL := $(or ,all)\nall: ; @echo $(words make reads)\n' >"$work/tiny.mk"
    make -s -f "$work/tiny.mk" | grep -q '^2$'
}

# A kernel that changes a variable twice and powers QEMU off with status 3 = (1 << 1) | 1, unlike
# the 1 of its errors. The names are those that grader/rewind --try looks for.
write_tiny_kernel() {
    cat >"$work/tiny_start.S" <<'END'
    .section .multiboot, "a"
    .long 0x1BADB002, 0, -0x1BADB002
    .text
    .globl _start, culprit, power_off, word
_start: movl $1, word
culprit: movl $2, word
    nop
power_off: movw $0xF4, %dx
    movb $1, %al
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
    printf 'int twice(int x);\nint twice(int x)\n{\n    return 2 * x;\n}\n' >"$work/tiny.c"
}

# The options that the Makefile gives to a compiler, or the one that matters most.
options() {
    make -s cflags CC="$1" 2>/dev/null || echo '-m32 -ffreestanding -fno-pic'
}

# shellcheck disable=SC2046 # options are words
compile_tiny() {
    for source in tiny_start.S tiny.c; do
        "${cross}gcc" $(options "${cross}gcc") -c -o "$work/${source%.*}.o" "$work/$source" ||
            return 1
    done
}

link_tiny() {
    "${cross}ld" -m elf_i386 -T "$work/tiny.ld" -z max-page-size=4096 --build-id=none \
        -o "$work/tiny.elf" "$work/tiny_start.o" "$work/tiny.o"
}

tiny_kernel() {
    [ -f "$work/tiny.elf" ] || { compile_tiny && link_tiny; }
}

# shellcheck disable=SC2046
clang_compiles() {
    clang $(options clang) -c -o "$work/clang.o" "$work/tiny.c"
}

# As the Makefile packs the initrd.
tar_packs() {
    tar -c -f "$work/tiny.tar" -C "$work" --format=ustar --owner=0 --group=0 --numeric-owner \
        --mode=0755 --mtime=@0 tiny.c
}

# boot_tiny OPTION...: the machine is the grader's (machine_options() in qemu.py), quick firmware
# included.
boot_tiny() {
    status=0
    timeout 30 qemu-system-i386 -M pc -m 32M -nodefaults -no-user-config -display none -vga std \
        -no-reboot -sandbox on -rtc base=2000-01-01T00:00:00,clock=vm \
        -device isa-debug-exit,iobase=0xf4,iosize=4 -device ib700 -action watchdog=inject-nmi \
        -global apic-common.vapic=off -icount shift=5,align=off,sleep=off \
        -bios qboot.rom -cpu qemu32,-apic -kernel "$work/tiny.elf" "$@" || status=$?
    case $status in
    3) ;;
    1) return 1 ;;
    *) echo "status $status instead of 3" && return 1 ;;
    esac
}

make_iso() {
    STRIP="${cross}strip" sh scripts/iso.sh "$work/tiny.elf" "$work/tiny.iso"
}

# Bochs runs its BIOS for a million instructions, with the display that needs no screen. The thread
# of that display crashes Bochs 2.7 now and then (1 run of 400), and may look for a port later than
# the run is over; so its caller tries three times.
run_bochs() {
    share=${BXSHARE:-/usr/share/bochs}
    cat >"$work/bochsrc" <<END
display_library: rfb, options="timeout=0"
romimage: file=$share/BIOS-bochs-latest
vgaromimage: file=$share/VGABIOS-lgpl-latest
megs: 16
clock: sync=none, time0=946684800
log: $work/bochs.log
panic: action=fatal
END
    printf 'sb 1000000\nc\nq\n' >"$work/commands"
    : >"$work/bochs.log"
    timeout 30 bochs -q -f "$work/bochsrc" -rc "$work/commands" >"$work/bochs.out" 2>&1 || :
    grep -q 'Caught time breakpoint' "$work/bochs.out" &&
        grep -q 'listening for connections' "$work/bochs.log"
}

# The last panic of Bochs, or the last that it said.
bochs_words() {
    cat "$work/bochs.log" "$work/bochs.out" | sed -n 's/.*>>PANIC<< //p' >"$work/log"
    [ -s "$work/log" ] ||
        grep -v 'dumped core\|^Segmentation fault' "$work/bochs.out" >"$work/log" || :
    reason
}

bochs_version() {
    sed -n 's/.*Bochs x86 Emulator \([0-9.]*\).*/\1/p' "$work/bochs.log" | head -n 1
}

# Why Bochs does not run, and what to do.
explain_bochs() {
    why=$(bochs_words)
    again='type: sudo apt-get install --reinstall'
    case $why in
    *"'rfb' not available"*)
        wrong bochs 'lacks rfb, the display that needs no screen' "$again bochs"
        ;;
    *'could not find a parameter'*)
        wrong bochs 'finds none of its plugins, displays included' "$again bochs"
        ;;
    *"couldn't open ROM"*)
        wrong bochs "does not find its BIOS ($why)" "$again bochsbios"
        ;;
    *'could not bind any port'*)
        wrong bochs 'finds no free port for its display, from 5900 to 5949' \
            'type: ss -ltnp, and end what has them'
        ;;
    *) wrong bochs "is there, but does not run ($why)" "$again bochs bochsbios" ;;
    esac
}

check_bochs() {
    if ! has bochs; then
        wrong bochs 'not installed (it is the second emulator)' "$install"
    elif quietly run_bochs || quietly run_bochs || quietly run_bochs; then
        number=$(bochs_version)
        if older "$number" 2.7; then
            note bochs "$number works here, but 2.7 is the oldest that was ever tried" "$newer"
        else
            ok bochs "$number: runs its BIOS, without a screen, under its debugger"
        fi
    else
        explain_bochs
    fi
}

python_is_recent() {
    python3 -c 'import sys; sys.exit("older than 3.9" if sys.version_info < (3, 9) else 0)'
}

# The kit's own commands are loaded, which takes much of GDB's Python.
debug_tiny() {
    CAIRN_GDB_TARGET='' gdb -nx -batch -ex 'set architecture i386' -x scripts/gdb/start.py \
        -ex 'help pagewalk' -ex 'python print("python", 6 * 7)' >"$work/gdb.out" 2>&1
    tail -n 3 "$work/gdb.out"
    grep -q '^python 42$' "$work/gdb.out" && ! grep -q 'Error\|Undefined' "$work/gdb.out"
}

# GDB goes back in a recording of that kernel, from its end to the change of the variable.
check_rewind() {
    if ! has gdb || ! has qemu-img || ! has python3 || ! has qemu-system-i386; then
        note rewind 'needs python3, gdb, qemu-system-i386 and qemu-img' "$install"
    elif ! quietly tiny_kernel; then
        note rewind 'not tried, as no kernel could be built' 'type: sh scripts/doctor.sh gcc ld'
    elif quietly timeout 60 python3 grader/rewind --try "$work/tiny.elf"; then
        ok rewind 'QEMU replays a run, and GDB goes back in it'
    else
        note rewind "cannot go back in time: $(reason)" \
            'look at failures forwards, type: make run-TEST, make gdb'
    fi
}

# The host tests are programs for 32 bits, with the sanitizers.
check_host_tests() {
    [ -z "$cross" ] && has gcc || return 0
    printf '#include <stdio.h>\nint main(void) { return puts("works") < 0; }\n' >"$work/host.c"
    if ! quietly gcc -m32 -fsanitize=address,undefined -o "$work/host" "$work/host.c"; then
        note host-tests "gcc makes no programs for 32 bits, as make host-test needs ($(reason))" \
            'type: sudo apt-get install gcc-multilib libc6-dev-i386'
    elif ! quietly env ASAN_OPTIONS=detect_leaks=0 "$work/host"; then
        note host-tests 'programs for 32 bits are built, but this system does not run them' \
            'do without make host-test; kernels need no such thing, type: make grade'
    else
        ok host-tests 'programs for 32 bits are built and run (-m32, sanitizers)'
    fi
}

# ---- what grading others' work needs ----

# Prints why the grader cannot make its sandbox; nothing if it can.
sandbox_refusal() {
    python3 -c 'import sys
sys.path.insert(0, "grader")
from cairn_grader.sandbox import why_impossible
print(why_impossible())'
}

system_value() {
    cat "/proc/sys/$1" 2>/dev/null || :
}

# What permits sandboxes on a system that does not.
permit_sandboxes() {
    if [ "$(system_value kernel/unprivileged_userns_clone)" = 0 ]; then
        echo 'type: sudo sysctl -w kernel.unprivileged_userns_clone=1'
    elif [ "$(system_value user/max_user_namespaces)" = 0 ]; then
        echo 'type: sudo sysctl -w user.max_user_namespaces=10000'
    elif [ "$(system_value kernel/apparmor_restrict_unprivileged_userns)" = 1 ]; then
        echo 'type: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'
    elif [ -e /.dockerenv ] || [ -e /run/.containerenv ]; then
        echo 'start the container with --security-opt seccomp=unconfined' \
            '--security-opt apparmor=unconfined --security-opt systempaths=unconfined'
    else
        echo 'ask for unprivileged user namespaces, or grade what you trust with --trust'
    fi
}

check_bwrap() {
    if ! has bwrap; then
        note bwrap 'not installed, so that work of others cannot be graded' "$install"
        return
    fi
    number=$(version bwrap --version)
    if [ -n "$number" ] && older "$number" 0.5; then
        note bwrap "$number is too old (it makes sandboxes): 0.5 or later is needed" "$newer"
    elif ! has python3 || ! quietly sandbox_refusal; then
        note bwrap 'not tried, as the grader does not start' 'type: sh scripts/doctor.sh grader'
    elif [ -z "$(reason)" ]; then
        ok bwrap "$number: may make a sandbox"
    else
        note bwrap "no sandbox can be made, so that work of others cannot be graded ($(reason))" \
            "$(permit_sandboxes)"
    fi
}

# The plugin of QEMU that notes what the kernels of a class have run.
plugin_notes() {
    gcc -std=gnu17 -O2 -fPIC -shared -fvisibility=hidden -o "$work/audit.so" grader/audit/audit.c &&
        entry=$("${cross}nm" "$work/tiny.elf" | sed -n 's/ T _start$//p') &&
        boot_tiny -plugin "$work/audit.so,out=$work/audit.log,entry=$entry,code=c705" &&
        grep '^block ' "$work/audit.log"
}

check_audit() {
    [ -e grader/class ] || return 0
    if ! has gcc || ! has qemu-system-i386 || ! quietly tiny_kernel; then
        note audit 'not tried, as no kernel could be built and booted' \
            'type: sh scripts/doctor.sh gcc ld qemu-system-i386'
    elif quietly plugin_notes; then
        ok audit "QEMU notes what the kernels of a class run"
    else
        note audit "QEMU cannot note what the kernels of a class run ($(reason))" \
            'grade a class with QEMU 6.0 to 8.2, as in Debian 12; vagrant up has it'
    fi
}

# ---- all checks ----

names='place permissions line-ends clock disk files lab-files ports
    make gcc ld nm objdump readelf strip ar tar
    qemu-system-i386 xorriso mformat grub-mkrescue bochs python3 grader
    gdb rewind clang host-tests bwrap audit
    doxygen dot clang-format clang-tidy cppcheck shellcheck'
# What only the tests of the complete kit use.
[ ! -d solutions ] || names="$names ccache xmllint prove chromium munge sbatch"

# Where a minimum comes from:
#   make 3.82      --eval, with which the grader asks what it would do
#   gcc 8          -ffile-prefix-map and -std=gnu17; clang 10 for the first of them
#   binutils 2.18  --build-id of ld
#   QEMU 6.0       -action, which turns the watchdog into an NMI and a shutdown into a stop
#   grub 2.02      --install-modules of grub-mkrescue;  xorriso 1.4.8: one date for all files
#   gdb 11         Frame.level(); 8.3 would do for the socket
#   Python 3.9     what the grader is written in
#   bwrap 0.5      --clearenv
#   doxygen 1.9.4  what docs/Doxyfile is written for
examine() {
    case $1 in
    make) check wrong make 3.82 'reads the Makefile' make_reads ;;
    gcc) check wrong "${cross}gcc" 8 'compiles for i386' compile_tiny ;;
    ld) check wrong "${cross}ld" 2.18 'links for i386' tiny_kernel ;;
    nm) with_kernel check wrong "${cross}nm" - 'lists symbols' "${cross}nm" "$work/tiny.elf" ;;
    objdump)
        with_kernel check wrong "${cross}objdump" - 'lists source lines' \
            "${cross}objdump" -h "$work/tiny.elf"
        ;;
    readelf)
        with_kernel check wrong "${cross}readelf" - 'lists symbols for panics' \
            "${cross}readelf" -W --syms "$work/tiny.elf"
        ;;
    strip)
        with_kernel check wrong "${cross}strip" - 'makes programs small' \
            "${cross}strip" --strip-debug -o "$work/stripped" "$work/tiny.elf"
        ;;
    ar)
        check wrong "${cross}ar" - 'makes libraries' \
            "${cross}ar" rcsD "$work/tiny.a" "$work/tiny.c"
        ;;
    tar) check wrong tar - 'packs programs as the kernel reads them' tar_packs ;;
    qemu-system-i386)
        with_kernel check wrong qemu-system-i386 6.0 'boots a kernel and is ended by it' boot_tiny
        ;;
    xorriso) check wrong xorriso 1.4 'writes ISO files' xorriso -version ;;
    mformat) check wrong mformat - 'is used by grub-mkrescue' mformat --version ;;
    grub-mkrescue)
        with_kernel check wrong grub-mkrescue 2.02 'makes a bootable ISO' make_iso
        ;;
    python3) check wrong python3 3.9 'runs the grader' python_is_recent ;;
    gdb) check note gdb 11 'knows i386, Python and this kernel' debug_tiny ;;
    clang) check note clang 10 'compiles for i386' clang_compiles ;;
    doxygen) check note doxygen 1.9 'builds the documentation' doxygen --version ;;
    dot) check note dot - 'draws diagrams for doxygen' dot -V ;;
    clang-format) check note clang-format - 'checks layout' clang-format --version ;;
    clang-tidy) check note clang-tidy - 'checks C' clang-tidy --version ;;
    cppcheck) check note cppcheck - 'checks C' cppcheck --version ;;
    shellcheck) check note shellcheck - 'checks shell scripts' shellcheck --version ;;
    ccache) check note ccache - 'makes the tests of the kit faster' ccache --version ;;
    xmllint) check note xmllint - 'checks results in XML in a test' xmllint --version ;;
    prove) check note prove - 'reads results in TAP in a test' prove --version ;;
    chromium) check note chromium - 'shows pages in a test' chromium --version ;;
    munge) check note munge - 'is used by the tests of Slurm' munge --version ;;
    # Without a cluster it does not even say its version.
    sbatch) check note sbatch - 'is used by the tests of Slurm' true ;;
    place) check_place ;;
    permissions) check_permissions ;;
    line-ends) check_line_ends ;;
    clock) check_clock ;;
    disk) check_disk ;;
    files) check_files ;;
    lab-files) check_lab_files ;;
    ports) check_ports ;;
    bochs) check_bochs ;;
    grader) check_grader ;;
    rewind) check_rewind ;;
    host-tests) check_host_tests ;;
    bwrap) check_bwrap ;;
    audit) check_audit ;;
    esac
}

# The last line; fails if something is wrong.
conclude() {
    # shellcheck disable=SC2086 # names hold no blanks
    set -- $wrong
    case $#${chosen:+-chosen} in
    0) printf 'doctor: this machine can build, boot and grade\n' ;;
    0-chosen) printf 'doctor: nothing is wrong with%s\n' "$chosen" ;;
    1 | 1-chosen) printf 'doctor: one thing is wrong: %s\n' "$1" ;;
    *) printf 'doctor: %d things are wrong: %s\n' $# "$*" ;;
    esac
    [ $# -eq 0 ]
}

if [ "${1:-}" = --list ]; then
    # shellcheck disable=SC2086
    printf '%s\n' $names
    exit 0
fi
chosen=
for name; do
    # shellcheck disable=SC2086
    case " $(printf '%s ' $names)" in
    *" $name "*) chosen="$chosen $name" ;;
    *) printf 'doctor: there is no check %s; doctor.sh --list shows all\n' "$name" >&2 && exit 2 ;;
    esac
done

# Even where TMPDIR is wrong, which is one of the checks.
[ -d "$temporary" ] && [ -w "$temporary" ] && place=$temporary || place=/tmp
work=$(mktemp -d "$place/cairn-doctor.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

write_tiny_kernel
for name in ${chosen:-$names}; do
    examine "$name"
done
conclude
