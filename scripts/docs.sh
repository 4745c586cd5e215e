#!/bin/sh
# Builds the documentation: a site with the handouts, the guides and the API grouped by lab.
#
# usage: docs.sh [FOLDER]      (default: build/docs)
#
# Any warning of Doxygen's is an error: it is printed, and the exit status is 1. The C files of the
# labs come from solutions/, or from labs/ in a copy that has no solutions.

set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."

fail() {
    printf 'docs: %s\n' "$*" >&2
    exit 1
}

# A field whose name says all needs no text, nor does what a .c file keeps to itself.
needs_no_text='Member .* (\(variable\) of struct [a-z_]*|.* of file [a-z_]*\.c) is not documented\.$'

[ $# -le 1 ] || fail 'usage: docs.sh [FOLDER]'
command -v doxygen >/dev/null || fail 'doxygen is not installed; run scripts/setup.sh'
folder=${1:-build/docs}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
log=$folder/doxygen.log

# Of two folders with the same files, only one is read.
sources=
if [ -d solutions ]; then
    sources='INPUT += solutions
EXCLUDE_PATTERNS = */labs/*.c'
fi

# The navigation has an entry for each lab that is here.
for handout in labs/lab*/README.md; do
    lab=${handout#labs/lab}
    lab=${lab%%-*}
    printf '    <tab type="usergroup" visible="yes" title="Lab %s" url="@ref lab%s_handout">\n' "$lab" "$lab"
    printf '      <tab type="user" visible="yes" title="Handout" url="@ref lab%s_handout"/>\n' "$lab"
    for tour in docs/tours/lab"$lab"-*.md; do
        [ -f "$tour" ] || continue
        title=Tour name=tour
        [ "${tour%backwards.md}" = "$tour" ] || title='Tour, backwards' name=tour_backwards
        printf '      <tab type="user" visible="yes" title="%s" url="@ref lab%s_%s"/>\n' \
            "$title" "$lab" "$name"
    done
    printf '      <tab type="user" visible="yes" title="Contracts" url="@ref lab%s"/>\n    </tab>\n' "$lab"
done >"$folder/labs.xml"

# Of the last of them there is an example of what `make trace` draws.
example=
if [ -d solutions ] && command -v qemu-system-i386 >/dev/null; then
    example=$(mktemp -d "${TMPDIR:-/tmp}/cairn-docs.XXXXXX")
    trap 'rm -rf "$example"' EXIT
    trap 'exit 1' HUP INT TERM
    make -s trace LAB="$lab" REF=all BUILD="$example" >"$log" 2>&1 ||
        fail "make trace LAB=$lab REF=all fails: $(tail -n 1 "$log")"
    printf '    <tab type="user" visible="yes" title="A run, drawn" url="trace.html"/>\n'
fi >>"$folder/labs.xml"
sed "/<!-- scripts\/docs.sh /r $folder/labs.xml" docs/layout.xml >"$folder/layout.xml"

rm -rf "$folder/html"
status=0
{
    cat docs/Doxyfile
    printf 'OUTPUT_DIRECTORY = "%s"\nLAYOUT_FILE = "%s"\n%s\n' "$folder" "$folder/layout.xml" "$sources"
} | doxygen - >"$log" 2>&1 || status=$?
if grep -vE "$needs_no_text" "$log" >"$log.wrong"; then
    sort -u "$log.wrong" | sed "s|^$PWD/||" >&2
    fail 'Doxygen has warnings; correct what they name'
fi
rm -f "$log.wrong" "$folder/labs.xml" "$folder/layout.xml"
[ $status -eq 0 ] || fail "Doxygen ended with status $status; see $log"
[ -z "$example" ] || cp "$example/lab$lab-ref/trace.html" "$folder/html/trace.html"
printf 'The site is in %s\n' "$folder/html/index.html"
