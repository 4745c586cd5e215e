#!/bin/sh
# Makes the archive that students get: everything but solutions, hidden tests, the versions with
# faults (mutants), alternative solutions, attacks, the kit's own tests, and what grades a class.
#
# usage: release.sh [LAB [OUT.tar.gz]]
#
# The archive holds labs 1 to LAB (default: all) with skeletons generated anew, so that work done
# in this tree does not leak into it. Of labs to come it has no handout, no files and no tests. The
# same input gives the same bytes. In a git repository, only files that are committed or staged are
# taken.

set -eu
LC_ALL=C
export LC_ALL

fail() {
    printf 'release: %s\n' "$*" >&2
    exit 1
}

[ $# -le 2 ] || fail 'usage: release.sh [LAB [OUT.tar.gz]]'
case ${2:-} in
'' | /*) out=${2:-} ;;
*) out=$PWD/$2 ;;
esac
cd "$(dirname "$0")/.."
[ -d solutions ] || fail 'solutions/ is not here; a release is made from the complete kit'

work=$(mktemp -d "${TMPDIR:-/tmp}/cairn-release.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

make -s lab-files ${1:+"LAB=$1"} >"$work/files" 2>"$work/log" ||
    fail "$(sed -n 's/^.*\*\*\* \(.*\)\.  Stop\.$/\1/p' "$work/log")"
read -r first <"$work/files"
lab=${first#lab}
lab=${lab%%-*}
out=${out:-$PWD/build/cairn-lab$lab.tar.gz}
root=cairn-lab$lab
stage=$work/$root
mkdir "$stage"

list_files() {
    if [ -e .git ] && git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files
    else
        find . -type f ! -path './.git/*' | sed 's|^\./||'
    fi
}

# What is left out, by path. Skeleton files are left out as well: they are generated below.
is_given() {
    case /$1 in
    */__pycache__/* | */hidden/* | /build/* | /handin/* | /compile_commands.json) return 1 ;;
    /grader/mutate | /grader/cairn_grader/mutate.py | /grader/cairn_grader/mutants.py) return 1 ;;
    /grader/cairn_grader/matrix.py | /grader/cairn_grader/patches.py) return 1 ;;
    /grader/cairn_grader/workshop.py | /grader/cairn_grader/caught.py) return 1 ;;
    /grader/cairn_grader/shortcut.py) return 1 ;;
    /grader/cairn_grader/mutant_report.py) return 1 ;;
    /solutions/* | /grader/mutants/* | /grader/alternatives/* | /grader/selftest/*) return 1 ;;
    /grader/class | /grader/pages | /grader/platforms/*) return 1 ;;
    /grader/cairn_grader/cohort/* | /grader/cairn_grader/pages/*) return 1 ;;
    /grader/cairn_grader/measure.py) return 1 ;;
    /grader/attacks/* | /docs/write-a-test.md | /docs/mutants.md | /docs/trials.md) return 1 ;;
    # It speaks of the solutions, the demo and the mutants on every page.
    /docs/self-learner.md) return 1 ;;
    /.ci/* | /docs/instructor.md | /README.md | /scripts/release-readme.md) return 1 ;;
    /scripts/demo.sh | /scripts/test.sh | /scripts/skeleton.sh | /scripts/release.sh) return 1 ;;
    /labs/*.[chS]) return 1 ;;
    */lab[1-9]/* | */lab[1-9]-*)
        number=${1#*/lab}
        [ "${number%%[!0-9]*}" -le "$lab" ]
        return
        ;;
    esac
    return 0
}

list_files | sort | while read -r file; do
    [ ! -f "$file" ] || ! is_given "$file" || printf '%s\n' "$file"
done >"$work/given"
tar -c --verbatim-files-from -T "$work/given" | tar -x -C "$stage"
cp scripts/release-readme.md "$stage/README.md"

# Documents lose the rows and the pictures of labs to come, and those of pages left out.
find "$stage" -name '*.md' | while read -r file; do
    awk -v last="$lab" '/^(\||!\[)/ && match($0, /\]\([^)]*(labs|tours)\/lab[0-9]+-/) {
            number = substr($0, RSTART, RLENGTH)
            gsub(/.*(labs|tours)\/lab|-$/, "", number)
            if (number + 0 > last) next
        }
        /^\|.*\((docs\/)?self-learner\.md\)/ { next }
        { print }' "$file" >"$work/document"
    cat "$work/document" >"$file"
done

sh scripts/skeleton.sh solutions "$work/labs" >/dev/null
number=1
while [ "$number" -le "$lab" ]; do
    for folder in "$work/labs/lab$number"-*/; do
        mkdir -p "$stage/labs/$(basename "$folder")"
        cp "$folder"* "$stage/labs/$(basename "$folder")/"
    done
    number=$((number + 1))
done

# The Makefile loses the commands that only the complete kit can run, and the labs to come.
awk '/^(test|skeletons|release):/ { skip = 1; next } skip && /^\t/ { next } { skip = 0; print }' \
    Makefile | sed '/^\.PHONY:/,/[^\\]$/s/ \(test\|skeletons\|release\)\>//g' >"$stage/Makefile"
sed "s/\(\"cairn.lab\": \"\)[0-9]*/\1$lab/" .vscode/settings.json >"$stage/.vscode/settings.json"
sed "s/^\(LABS_ALL *:= *\).*/\1$(seq -s ' ' 1 "$lab")/" src/stages.mk >"$stage/src/stages.mk"

# The site has only the pages that are here.
sed '/self-learner\.md/d' docs/Doxyfile >"$stage/docs/Doxyfile"

# What must never leave the house.
if leak=$(grep -rlE '(BEGIN|END) SOLUTION' "$stage" --include='*.[chS]'); then
    fail "a solution would be released: $leak"
fi
leak=$(find "$stage" -path '*hidden*' -o -path '*mutant*' -type d -o -path "$stage/solutions*")
[ -z "$leak" ] || fail "this must not be released: $leak"

# By these sums a copy says which given files were changed in it: scripts/given.sh.
(cd "$stage" && find Makefile src grader -type f | sort | xargs cksum) >"$work/sums"
mv "$work/sums" "$stage/scripts/given.cksum"

# The last commit's date is the date of everything.
date=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 946684800)}
mkdir -p "$(dirname "$out")"
tar -c -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mode='u+rwX,go+rX,go-w' \
    --mtime="@$date" --format=ustar "$root" | gzip -n -9 >"$out.$$"
mv "$out.$$" "$out"
printf '%s: %s files, %s bytes\n' "$out" "$(find "$stage" -type f | wc -l)" "$(wc -c <"$out")"
