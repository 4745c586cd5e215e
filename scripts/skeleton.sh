#!/bin/sh
# Generates the skeleton files in labs/ from the solutions.
#
# A hole is marked in the solution, which compiles as it stands:
#
#     uint32_t frame_references(physaddr_t frame)
#     {
#         /* BEGIN SOLUTION lab1.ex2 */
#         ...the solution...
#         /* SKELETON
#         (void)frame;
#         exercise_missing("lab1.ex2", __func__);
#         END SOLUTION */
#     }
#
# The lines from BEGIN to END are dropped, and the lines between SKELETON and END stay. A helper
# function or a variable that only the solution needs is wrapped the same way, with nothing
# between SKELETON and END. Comments in the replacement begin with //. Markers that are nested or
# unbalanced, exercises of another lab and files without a hole are errors that name the line.
#
# What a file in labs/ held before it is written anew is kept in build/replaced/.

set -eu
LC_ALL=C
export LC_ALL

usage() {
    cat <<'END'
usage: skeleton.sh [--check | --count] [SOLUTIONS LABS]
       skeleton.sh --file SOLUTION.c

  (nothing)  write LABS/labN-NAME/ from SOLUTIONS/labN-NAME/ (default: solutions labs)
  --check    change nothing; show the difference and fail if there is one
  --count    print the number of lines of code that each exercise asks for
  --file     print the skeleton of one file
END
}

say() {
    printf '%s\n' "skeleton.sh: $*" >&2
}

# The skeleton of file $1 on standard output; $2 is the lab's number, or empty: any lab.
# With $3 = count: instead, one line "EXERCISE LINES" for each hole; blank lines and
# lines that are only comment do not count.
generate() {
    awk -v file="$1" -v lab="$2" -v mode="${3:-text}" '
    function fail(line, text) {
        printf "%s:%d: %s\n", file, line, text > "/dev/stderr"
        failed = 1
        exit 1
    }
    function emit(text) {
        blank = text ~ /^[ \t]*$/
        if (blank && squeeze && last_blank) return
        if (!blank) squeeze = 0
        last_blank = blank
        if (mode == "text") print text
    }
    BEGIN { state = "given"; last_blank = 1 }
    /\r/ { fail(NR, "the line ends in CR LF; convert the file with dos2unix") }
    /BEGIN SOLUTION/ {
        if (state != "given")
            fail(NR, "BEGIN SOLUTION inside the hole that begins in line " begin)
        if ($0 !~ /^[ \t]*\/\* BEGIN SOLUTION lab[1-9]\.ex[1-9][0-9]* \*\/[ \t]*$/)
            fail(NR, "the marker must read: /* BEGIN SOLUTION labN.exM */")
        exercise = $4
        if (lab != "" && index(exercise, "lab" lab ".") != 1)
            fail(NR, exercise " is not an exercise of lab " lab)
        state = "solution"; begin = NR; holes++; lines = 0; replaced = 0
        next
    }
    /END SOLUTION/ {
        if (state == "given") fail(NR, "END SOLUTION without BEGIN SOLUTION")
        if (state == "solution") fail(NR, "END SOLUTION without /* SKELETON before it")
        if ($0 !~ /^[ \t]*END SOLUTION \*\/[ \t]*$/) fail(NR, "the marker must read: END SOLUTION */")
        if (mode == "count") print exercise, lines
        if (!replaced) squeeze = 1
        state = "given"
        next
    }
    /^[ \t]*\/\*[ \t]*SKELETON/ {
        if (state == "given") fail(NR, "SKELETON outside of a hole")
        if (state == "skeleton") fail(NR, "a second SKELETON in the hole of line " begin)
        if ($0 !~ /^[ \t]*\/\* SKELETON[ \t]*$/) fail(NR, "the marker must read: /* SKELETON")
        state = "skeleton"
        next
    }
    state == "skeleton" && /\*\// { fail(NR, "*/ in the replacement ends it too early; use // for comments") }
    state == "skeleton" { replaced = 1; emit($0); next }
    state == "solution" { if ($0 !~ /^[ \t]*($|\/\/|\/\*|\*\/|\*$|\* )/) lines++; next }
    { emit($0) }
    END {
        if (failed) exit 1
        if (state != "given") fail(begin, "the hole has no END SOLUTION")
        if (!holes) fail(1, "no hole in this file; a file that students do not write belongs in src/")
    }' "$1"
}

mode='write'
case ${1:-} in
--check) mode='check' && shift ;;
--count) mode='count' && shift ;;
--file)
    [ $# -eq 2 ] || { usage >&2 && exit 2; }
    [ -f "$2" ] || { say "$2: no such file" && exit 1; }
    generate "$2" ""
    exit
    ;;
-h | --help) usage && exit 0 ;;
-*) usage >&2 && exit 2 ;;
esac

root=$(cd "$(dirname "$0")/.." && pwd)
case $# in
0) cd "$root" && set -- solutions labs ;;
2) ;;
*) usage >&2 && exit 2 ;;
esac
solutions=$1
labs=$2
[ -d "$solutions" ] || { say "$solutions/ is not here; a student release has none" && exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/cairn-skeleton.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Everything is generated before anything is written.
found=0
bad=0
for folder in "$solutions"/lab[1-9]*-*/; do
    [ -d "$folder" ] || continue
    name=$(basename "$folder")
    number=${name#lab}
    number=${number%%-*}
    mkdir -p "$work/new/$name"
    for file in "$folder"*.[chS]; do
        [ -f "$file" ] || continue
        found=$((found + 1))
        if [ $mode = count ]; then
            generate "$file" "$number" count >>"$work/count" || bad=1
        else
            generate "$file" "$number" >"$work/new/$name/$(basename "$file")" || bad=1
        fi
    done
done
[ $bad = 0 ] || exit 1
[ $found -gt 0 ] || { say "$solutions/ has no labN-NAME/*.c" && exit 1; }

if [ $mode = count ]; then
    awk '{ lines[$1] += $2; split($1, part, "."); total[part[1]] += $2 }
        END { for (e in lines) print e, lines[e]; for (l in total) print l, total[l] }' \
        "$work/count" | sort -t . -k 1,1 -k 2.3n
    exit 0
fi

changed=0
for new in "$work"/new/*/*; do
    name=${new#"$work/new/"}
    old=$labs/$name
    cmp -s "$new" "$old" && continue
    changed=$((changed + 1))
    if [ $mode = check ]; then
        [ -f "$old" ] || printf '%s is missing\n' "$old"
        [ ! -f "$old" ] || diff -u "$old" "$new" || :
        continue
    fi
    mkdir -p "$(dirname "$old")"
    if [ -f "$old" ] && [ "$labs" = labs ]; then
        mkdir -p "build/replaced/$(dirname "$name")"
        cp -p "$old" "build/replaced/$name"
    fi
    cp "$new" "$old.new.$$"
    mv "$old.new.$$" "$old"
    printf '%s: written\n' "$old"
done

# A file in labs/ that no solution stands behind is left over from a rename.
for old in "$labs"/lab[1-9]*-*/*.[chS]; do
    [ -f "$old" ] || continue
    name=${old#"$labs/"}
    [ -f "$work/new/$name" ] && continue
    changed=$((changed + 1))
    printf '%s has no solution behind it; remove it\n' "$old"
done

if [ $mode = check ] && [ $changed -gt 0 ]; then
    say "$labs/ differs from what $solutions/ gives; type: make skeletons"
    exit 1
fi
