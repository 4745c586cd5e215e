#!/bin/sh
# Installs what Cairn needs and this machine lacks, from Debian's or Ubuntu's packages.
#
# It looks for abilities, not for packages: a tool that came another way is left alone. It says
# nothing when nothing is missing, and may be run again at any time. It stands alone, without the
# rest of the tree, so that a virtual machine can be provisioned with it.
#
# usage: setup.sh              install what is missing (as root, or by sudo)
#        setup.sh --check      say what would be installed and why; change nothing
#        setup.sh --grading    install only what grading in QEMU needs

set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

say() {
    printf 'setup: %s\n' "$*"
}

complain() {
    printf 'setup: %s\n' "$*" >&2
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# A compiler that makes i386 code: Debian's own on PCs, a cross compiler elsewhere.
native() {
    case $(uname -m) in
    x86_64 | i?86) return 0 ;;
    esac
    return 1
}

# A program for i386 with the sanitizers is linked: without the libraries for i386 the compiler
# names those for x86-64 and then cannot use them.
gcc_links_32bit() {
    has gcc && printf 'int main(void) { return 0; }\n' |
        gcc -m32 -fsanitize=address,undefined -x c -o /dev/null - >/dev/null 2>&1
}

gcc_has_32bit_headers() {
    has gcc && printf '#include <stdio.h>\n' | gcc -m32 -E - >/dev/null 2>&1
}

python_is_recent() {
    has python3 && python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null
}

# Ubuntu has no package of a browser, only snaps; there the test that needs one is skipped.
has_browser() {
    has chromium || has chromium-browser || has google-chrome ||
        grep -q '^ID=ubuntu$' /etc/os-release 2>/dev/null
}

# One line for each need: the package, its reason, and a command that succeeds if it is met.
# Slurm's services do not start by being installed, since the packages bring no configuration.
needs() {
    if native; then
        cat <<'END'
gcc|compiles the kernel|has gcc
gcc-multilib|compiles for i386 (-m32), with the sanitizers of the host tests|gcc_links_32bit
libc6-dev-i386|the C library that the host tests run on|gcc_has_32bit_headers
END
    else
        cat <<'END'
gcc-i686-linux-gnu|compiles the kernel for i386 (make CROSS_COMPILE=i686-linux-gnu-)|has i686-linux-gnu-gcc
END
    fi
    cat <<'END'
make|runs every build|has make
clang|the second compiler|has clang
qemu-system-x86|the emulator|has qemu-system-i386
qemu-utils|keeps states of machines, so that make rewind goes back in time (qemu-img)|has qemu-img
bochs|the second emulator|has bochs
bochs-term|a display without X11, so that Bochs is installed without one that needs it|has bochs
bochsbios|the BIOS of Bochs|test -e /usr/share/bochs/BIOS-bochs-latest
vgabios|the video BIOS of Bochs|test -e /usr/share/vgabios/vgabios.bin || test -e /usr/share/bochs/VGABIOS-lgpl-latest
grub-common|makes bootable images (grub-mkrescue)|has grub-mkrescue
grub-pc-bin|the boot loader's modules for PCs with a BIOS|test -e /usr/lib/grub/i386-pc/moddep.lst
xorriso|writes the ISO file for grub-mkrescue|has xorriso
mtools|used by grub-mkrescue|has mformat
gdb|the debugger|has gdb
python3|runs the autograder (3.9 or later)|python_is_recent
bubblewrap|the sandbox in which work of others is graded|has bwrap
doxygen|builds the documentation|has doxygen
graphviz|draws its diagrams|has dot
clang-format|checks layout|has clang-format
clang-tidy|checks C|has clang-tidy
cppcheck|checks C|has cppcheck
ccache|makes the tests of the kit itself take less time|has ccache
libxml2-utils|checks results in JUnit XML against their schema in a test|has xmllint
perl|reads results in TAP in a test|has prove
shellcheck|checks shell scripts|has shellcheck
chromium|shows pages in tests|has_browser
munge|a cluster to test the slurm executor on|has munge
slurm-wlm|a cluster to test the slurm executor on|has sbatch
END
}

# What of that is needed to grade in QEMU.
grading=' gcc gcc-multilib gcc-i686-linux-gnu make qemu-system-x86 grub-common grub-pc-bin xorriso
    mtools python3 bubblewrap '

is_chosen() {
    [ "$mode" != grading ] || case $grading in
    *[[:space:]]"$1"[[:space:]]*) ;;
    *) return 1 ;;
    esac
}

# Prints "PACKAGE|REASON" for each need that is not met.
missing() {
    needs | while IFS='|' read -r package reason test; do
        is_chosen "$package" || continue
        eval "$test" </dev/null || printf '%s|%s\n' "$package" "$reason"
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 \
        -o APT::Update::Error-Mode=any "$@" </dev/null
}

has_candidate() {
    apt-cache policy "$1" 2>/dev/null | grep -q '^  Candidate: [0-9]'
}

# The words of $@ for which the package lists know no version.
without_candidate() {
    for package; do
        has_candidate "$package" || printf '%s ' "$package"
    done
}

case ${1:-} in
'') mode='install' ;;
--check) mode='check' ;;
--grading) mode='grading' ;;
*) complain 'usage: setup.sh [--check | --grading]' && exit 2 ;;
esac
[ $# -le 1 ] || { complain 'usage: setup.sh [--check | --grading]' && exit 2; }

lacking=$(missing)
if [ -z "$lacking" ]; then
    [ "$mode" != check ] || say 'everything is there; nothing to install'
    exit 0
fi

if [ "$mode" = check ]; then
    say 'would install:'
else
    say 'installing:'
fi
printf '%s\n' "$lacking" | while IFS='|' read -r package reason; do
    printf '  %-20s %s\n' "$package" "$reason"
done

if ! has apt-get; then
    complain 'this system has no apt-get; install the tools above by its own means'
    exit 1
fi
if [ "$(id -u)" -ne 0 ] && ! has sudo; then
    complain 'installing needs root: run it as root, or install sudo'
    exit 1
fi
[ "$mode" != check ] || exit 0

log=$(mktemp "${TMPDIR:-/tmp}/cairn-setup.XXXXXX")
trap 'rm -f "$log"' EXIT
trap 'exit 1' HUP INT TERM

run_logged() {
    "$@" >>"$log" 2>&1
}

show_log_and_fail() {
    tail -n 20 "$log" >&2
    complain "$1"
    exit 1
}

packages=$(printf '%s\n' "$lacking" | cut -d '|' -f 1)
updated=no
# shellcheck disable=SC2086 # package names hold no blanks
if [ -n "$(without_candidate $packages)" ]; then
    run_logged apt_get update || show_log_and_fail 'apt-get update failed; is there a network?'
    updated=yes
fi
# shellcheck disable=SC2086
unknown=$(without_candidate $packages)
known=''
for package in $packages; do
    case " $unknown" in
    *" $package "*) complain "this system's package lists have no $package" ;;
    *) known="$known $package" ;;
    esac
done

# Lists that are out of date name versions that the mirror no longer has: refresh them, once.
install_known() {
    # shellcheck disable=SC2086
    run_logged apt_get install --no-install-recommends $known
}
if [ -n "$known" ] && ! install_known; then
    if [ $updated = no ]; then
        run_logged apt_get update || show_log_and_fail 'apt-get update failed; is there a network?'
    fi
    install_known || show_log_and_fail 'apt-get install failed'
fi

lacking=$(missing)
if [ -n "$lacking" ]; then
    complain "still missing: $(printf '%s\n' "$lacking" | cut -d '|' -f 1 | tr '\n' ' ')"
    exit 1
fi
say 'done'
