#!/bin/sh
# Copies into a folder what a platform needs to grade a lab.
#
# usage: stage.sh LAB FOLDER
#
# That is the kit without skeletons, mutants, alternatives, documents and its own tests, with the
# tests of labs 1 to LAB, hidden ones included, and with the solutions of the labs before LAB, for
# REF. The solution of LAB itself is left out. FOLDER must not exist.

set -eu
LC_ALL=C
export LC_ALL

fail() {
    printf 'stage: %s\n' "$*" >&2
    exit 1
}

[ $# -eq 2 ] || fail 'usage: stage.sh LAB FOLDER'
lab=$1
case $2 in
/*) stage=$2 ;;
*) stage=$PWD/$2 ;;
esac
cd "$(dirname "$0")/../.."

case $lab in
[1-9]) [ -f "grader/tests/lab$lab/catalogue.py" ] ;;
*) false ;;
esac || fail "there is no lab '$lab'"
[ ! -e "$stage" ] || fail "$stage is there already"

# In a git repository, files that are ignored are left out; a test that is not committed yet is not.
list_files() {
    if [ -e .git ] && git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard
    else
        find . -type f | sed 's|^\./||'
    fi
}

# The number of the lab that a path is of: the digit after the first "lab" that begins a name.
number_of() {
    number=${1#*/lab}
    printf '%s' "${number%%[!0-9]*}"
}

is_needed() {
    case $1 in
    */__pycache__/*) return 1 ;;
    Makefile | src/* | scripts/*.sh | grader/grade | grader/export) ;;
    grader/cairn_grader/* | grader/platforms/* | grader/tests/common/*) ;;
    grader/tests/lab[1-9]/*) [ "$(number_of "$1")" -le "$lab" ] ;;
    solutions/lab[1-9]-*/*) [ "$(number_of "$1")" -lt "$lab" ] ;;
    *) return 1 ;;
    esac
}

mkdir -p "$stage"
list_files | sort -u | while read -r file; do
    if [ -f "$file" ] && is_needed "$file"; then
        mkdir -p "$stage/$(dirname "$file")"
        cp -p "$file" "$stage/$file"
    fi
done
