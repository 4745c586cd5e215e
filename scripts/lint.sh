#!/bin/sh
# Checks the sources without running them, and prints one line with a figure for each check.
#
# usage: lint.sh
#
# A line begins with `ok`, `WRONG` (details follow, indented) or `skip` (the tool is not there).
# The exit status is 1 if something is wrong. Programs are checked with their own compiler options.
# The rules that no common tool knows are checked by scripts/style.py.

set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."

work=$(mktemp -d "${TMPDIR:-/tmp}/cairn-lint.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
wrong=0

# files FOLDER... -- PATTERN...: files of the folders that there are, one a line.
c_files() {
    pattern=$1
    shift
    for folder; do
        [ ! -d "$folder" ] || find "$folder" -type f -name "$pattern"
    done | sort
}

count() {
    grep -c . "$1" || :
}

# report NAME FIGURE STATUS: one line, and what is in $work/log if the status is not 0.
report() {
    if [ "$3" -eq 0 ]; then
        printf 'ok     %s - %s\n' "$1" "$2"
    else
        printf 'WRONG  %s - %s\n' "$1" "$2"
        sed 's/^/         /' "$work/log" | head -n 60
        wrong=1
    fi
}

# each LIST COUNT COMMAND...: runs COMMAND for the files of LIST, at most COUNT in one call, and
# several calls at a time. The output of a call is printed in one piece, so that pieces do not mix.
each() {
    list=$1
    size=$2
    shift 2
    : >"$work/log"
    [ -s "$list" ] || return 0
    # shellcheck disable=SC2016 # the inner shell expands these
    xargs -P "$jobs" -n "$size" sh -c '
        output=$("$@" 2>&1) && exit 0
        printf "%s\n" "$output"
        exit 1' each "$@" <"$list" >"$work/log"
}

lacks() {
    command -v "$1" >/dev/null 2>&1 && return 1
    printf 'skip   %s - not installed\n' "$1"
}

# Attacks are laid out like everything else, but nothing here compiles them.
c_files '*.[ch]' src solutions labs grader/tests grader/bench grader/host grader/alternatives \
    grader/attacks grader/selftest >"$work/all"
c_files '*.h' src >"$work/all_headers"
c_files '*.c' src solutions grader/tests grader/bench grader/selftest >"$work/all_compiled"
# Two sides: what belongs to programs (user), and all else (kernel).
for list in headers compiled; do
    grep -E '^src/user/|/programs/' "$work/all_$list" >"$work/user_$list" || :
    grep -vE '^src/user/|/programs/' "$work/all_$list" >"$work/kernel_$list"
done

# The compiler's options for a side and a compiler.
options() {
    case $1 in
    kernel) make -s cflags CC="$2" ;;
    user) make -s user-cflags CC="$2" ;;
    esac
}

check_layout() {
    lacks clang-format && return
    status=0
    each "$work/all" 50 clang-format --dry-run -Werror || status=1
    report clang-format "$(count "$work/all") files" $status
}

check_headers() {
    for compiler in gcc clang; do
        lacks $compiler && continue
        for side in kernel user; do
            flags=$(options $side $compiler)
            list=$work/${side}_headers
            status=0
            # shellcheck disable=SC2086 # flags are words
            each "$list" 10 $compiler $flags -Wno-unused-function -fsyntax-only -x c || status=1
            report "headers compile alone ($side, $compiler)" "$(count "$list") headers" $status
        done
    done
}

# tidy LIST FLAGS OPTION...: flags of the compiler come after the files, so that a shell of its own
# puts them there. What it says is added to $work/said.
tidy() {
    list=$1
    shift
    # shellcheck disable=SC2016 # the inner shell expands these
    each "$list" 8 sh -c '
        flags=$1
        shift
        clang-tidy --quiet "$@" -- $flags' tidy "$@"
    result=$?
    grep -E ': (error|warning): |^ ' "$work/log" >>"$work/said"
    return $result
}

check_clang_tidy() {
    lacks clang-tidy && return
    for side in kernel user; do
        grep '^grader/' "$work/${side}_compiled" >"$work/tests" || :
        grep -v '^grader/' "$work/${side}_compiled" >"$work/others" || :
        flags=$(options $side clang)
        status=0
        : >"$work/said"
        # The analyser does not know that a failed REQUIRE() ends the run.
        tidy "$work/tests" "$flags" --checks=-clang-analyzer-core.NullDereference || status=1
        tidy "$work/others" "$flags" || status=1
        mv "$work/said" "$work/log"
        report "clang-tidy ($side)" "$(count "$work/${side}_compiled") files" $status
    done
}

check_cppcheck() {
    lacks cppcheck && return
    for side in kernel user; do
        list=$work/${side}_compiled
        includes='-Isrc -Isrc/include'
        [ $side = kernel ] || includes="-Isrc/user/include $includes"
        status=0
        # Left out: pointers made by the linker script look unrelated (comparePointers), arithmetic
        # that wraps on purpose looks constant (knownConditionTrueFalse), and functions that do not
        # return look as if they did (nullPointerRedundantCheck). main.c and tests read address 0.
        # shellcheck disable=SC2086 # includes are words
        cppcheck -q -j "$jobs" --std=c11 --platform=unix32 --error-exitcode=1 --inline-suppr \
            --enable=warning,style,performance,portability \
            --suppress=missingIncludeSystem --suppress=comparePointers \
            --suppress=knownConditionTrueFalse --suppress=nullPointerRedundantCheck \
            --suppress=nullPointer:src/kernel/main.c --suppress=nullPointer:grader/tests/* \
            --suppress=unassignedVariable:grader/tests/* \
            -D__i386__ -DDEBUG_BUILD=1 -DCAIRN_STAGE=1 $includes \
            --file-list="$list" >"$work/log" 2>&1 || status=1
        report "cppcheck ($side)" "$(count "$list") files" $status
    done
}

check_shell() {
    lacks shellcheck && return
    {
        find scripts grader -type f -name '*.sh'
        [ ! -f .ci/run ] || echo .ci/run
    } >"$work/scripts"
    status=0
    each "$work/scripts" 10 shellcheck || status=1
    # POSIX sh only: a bash in #! is allowed for continuous integration, which asks for it.
    grep -v '^\.ci/' "$work/scripts" | while read -r file; do
        [ "$(head -n 1 "$file")" = '#!/bin/sh' ] || printf '%s: does not begin with #!/bin/sh\n' "$file"
    done >>"$work/log"
    [ ! -s "$work/log" ] || status=1
    report shellcheck "$(count "$work/scripts") files" $status
}

check_python() {
    find grader scripts docs -name '*.py' -type f >"$work/python"
    status=0
    # shellcheck disable=SC2046 # names of modules hold no blanks
    python3 -W error -c 'import sys
for name in sys.argv[1:]:
    compile(open(name, encoding="utf-8").read(), name, "exec")' \
        $(cat "$work/python") >"$work/log" 2>&1 || status=1
    report 'python compiles' "$(count "$work/python") files" $status
}

# What takes seconds comes first; it looks at the student's files, too.
python3 scripts/style.py || wrong=1
check_layout
check_shell
check_python
check_headers
check_cppcheck
check_clang_tidy
exit $wrong
