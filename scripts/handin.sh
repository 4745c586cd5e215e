#!/bin/sh
# Packs the student's files of a lab for handing them in, as handin/labN-USER.tar.gz.
#
# usage: handin.sh [LAB]        (default: the last lab; LABS=FOLDER: instead of labs/)
#
# The archive holds exactly the files that the lab and those before it list, so that it can be
# graded with the student's own earlier labs as well as with the reference's. Exercises of this
# lab that are not done and a kernel that does not build are said, but do not stop it: part of a
# lab can be handed in.

set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."

fail() {
    printf 'handin: %s\n' "$*" >&2
    exit 1
}

warn() {
    printf 'warning: %s\n' "$*" >&2
    warned=yes
}

[ $# -le 1 ] || fail 'usage: handin.sh [LAB]'
labs=${LABS:-labs}
warned=no

work=$(mktemp -d "${TMPDIR:-/tmp}/cairn-handin.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

make -s lab-files ${1:+"LAB=$1"} >"$work/files" 2>"$work/log" ||
    fail "$(sed -n 's/^.*\*\*\* \(.*\)\.  Stop\.$/\1/p' "$work/log")"
read -r first <"$work/files"
lab=${first#lab}
lab=${lab%%-*}

while read -r file; do
    if [ ! -e "$labs/$file" ]; then
        fail "$labs/$file is missing; bring it back from the release you began with"
    elif [ ! -f "$labs/$file" ] || [ -h "$labs/$file" ]; then
        fail "$labs/$file must be a regular file"
    fi
    # Comments do not count.
    awk '/\/\*/ && !/\*\// { comment = 1 } /\*\// { comment = 0 }
        !comment && !/^[ \t]*\/\// && /exercise_missing\("/ { print FILENAME ":" FNR ":" $0 }' \
        "$labs/$file" >>"$work/holes"
    # Assembly passes the exercise as a constant of its own.
    awk '/\/\*/ && !/\*\// { comment = 1 } /\*\// { comment = 0 }
        !comment && /^[ \t]*call[ \t]+exercise_missing/ { hole[++n] = FNR }
        match($0, /"lab[1-9]\.ex[0-9]+"/) { exercise = substr($0, RSTART, RLENGTH) }
        END { for (i = 1; i <= n; i++) print FILENAME ":" hole[i] ":" exercise }' \
        "$labs/$file" >>"$work/holes"
done <"$work/files"

# One line for each exercise, with the first of its holes.
awk -F : '{ split($0, part, "\""); exercise = part[2]
        if (!count[exercise]++) { order[++n] = exercise; place[exercise] = $1 ":" $2 } }
    END { for (i = 1; i <= n; i++)
        printf "%s is not done yet (holes: %d, the first at %s)\n",
            order[i], count[order[i]], place[order[i]] }' "$work/holes" >"$work/missing"
while read -r line; do
    warn "$line"
done <"$work/missing"

differing=$(sh scripts/given.sh)
[ -z "$differing" ] || warn "$differing"

# The files are copied, so that what is built is what is packed.
number=1
while [ "$number" -le "$lab" ]; do
    for file in $(make -s lab-files LAB="$number"); do
        mkdir -p "$work/labs/$(dirname "$file")"
        [ ! -f "$labs/$file" ] || [ -h "$labs/$file" ] || cp "$labs/$file" "$work/labs/$file"
    done
    number=$((number + 1))
done
if ! make -s LAB="$lab" LABS="$work/labs" BUILD="$work/build" kernel >"$work/log" 2>&1; then
    warn 'it does not build:'
    # What the compiler and the linker say, with the files named as the student knows them.
    sed "s|$work/labs/|labs/|g; s|$work/build/[^ ]*/obj$work/||g; s|$work/||g" "$work/log" >"$work/told"
    grep -m 5 -E ': (fatal )?error: |: warning: |undefined reference|multiple definition' "$work/told" \
        >"$work/errors" || grep -m 5 -F '***' "$work/told" >"$work/errors" || :
    sed 's/^/    /' "$work/errors" >&2
fi

user=$(printf '%s' "${USER:-$(id -un)}" | tr -c 'A-Za-z0-9_.-' '_')
archive=handin/lab$lab-$user.tar.gz
mkdir -p handin
(cd "$work/labs" && find . -type f) | sed 's|^\./||' | sort >"$work/sorted"
tar -c -f - -C "$work/labs" --owner=0 --group=0 --numeric-owner --mode='u=rw,go=r' \
    -T "$work/sorted" | gzip -n -9 >"$archive.$$"
mv "$archive.$$" "$archive"

printf '%s holds\n' "$archive"
while read -r file; do
    printf '  %-28s %5d lines\n' "$file" "$(wc -l <"$work/labs/$file")"
done <"$work/sorted"
[ $warned = no ] || printf 'It is packed all the same; see the warnings above.\n'
