#!/bin/sh
# Makes the archive to upload as a Gradescope autograder.
#
# usage: pack.sh LAB OUT.zip        (REF=1,2: take these earlier labs from the reference)
#
# The tests' random numbers start from a seed of their own, random or SEED=N.
#
# Specification: https://gradescope-autograders.readthedocs.io/en/latest/specs/: setup.sh and
# run_autograder lie at the top of the archive. The same files and seed give the same bytes.

set -eu
LC_ALL=C
export LC_ALL

fail() {
    printf 'pack: %s\n' "$*" >&2
    exit 1
}

[ $# -eq 2 ] || fail 'usage: pack.sh LAB OUT.zip'
case $2 in
*.zip) ;;
*) fail "'$2' must end in .zip" ;;
esac
case $2 in
/*) out=$2 ;;
*) out=$PWD/$2 ;;
esac
cd "$(dirname "$0")"
seed=$(sh ../seed.sh)

work=$(mktemp -d "${TMPDIR:-/tmp}/cairn-pack.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

mkdir "$work/source"
sh ../stage.sh "$1" "$work/source/kit"
cp setup.sh run_autograder "$work/source"
chmod +x "$work/source/setup.sh" "$work/source/run_autograder"
printf '# What this autograder grades; run_autograder reads it.\nLAB=%s\nREF=%s\nSEED=%s\n' \
    "$1" "${REF:-}" "$seed" >"$work/source/settings"
python3 zip_folder.py "$work/source" "$out"
printf '%s: %d files, %d KiB\n' "$2" "$(find "$work/source" -type f | wc -l)" \
    "$(($(wc -c <"$out") / 1024))"
