#!/bin/sh
# Makes the two files that Autolab asks for, autograde.tar and autograde-Makefile.
#
# usage: pack.sh LAB FOLDER        (REF=1,2: take these earlier labs from the reference)
#
# The tests' random numbers start from a seed of their own, random or SEED=N.
#
# Specification: Autolab's "Guide for Lab Authors". The same files and seed give the same bytes.

set -eu
LC_ALL=C
export LC_ALL

fail() {
    printf 'pack: %s\n' "$*" >&2
    exit 1
}

[ $# -eq 2 ] || fail 'usage: pack.sh LAB FOLDER'
case $2 in
/*) out=$2 ;;
*) out=$PWD/$2 ;;
esac
cd "$(dirname "$0")"
seed=$(sh ../seed.sh)

work=$(mktemp -d "${TMPDIR:-/tmp}/cairn-pack.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

mkdir "$work/cairn"
sh ../stage.sh "$1" "$work/cairn/kit"
cp driver.sh "$work/cairn"
printf '# What this autograder grades; driver.sh reads it.\nLAB=%s\nREF=%s\nSEED=%s\n' \
    "$1" "${REF:-}" "$seed" >"$work/cairn/settings"
mkdir -p "$out"
tar -c -f "$out/autograde.tar" -C "$work" --sort=name --mtime=@0 --owner=0 --group=0 \
    --numeric-owner --mode='u=rwX,go=rX' cairn
cp autograde-Makefile "$out"
printf '%s: autograde.tar and autograde-Makefile, %d KiB\n' "$2" \
    "$(($(wc -c <"$out/autograde.tar") / 1024))"
