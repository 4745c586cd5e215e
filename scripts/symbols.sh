#!/bin/sh
# Writes the kernel's symbol table: assembly text with the names and source lines of all its code.
#
#   scripts/symbols.sh KERNEL.elf > symbols.S     from the symbols and line tables of a linked kernel
#   scripts/symbols.sh > symbols.S                empty tables, for the first of the two links
#
# The layout is that of the structures in src/kernel/symbols.c. READELF names the tool to use.
#
# Names come from whoever wrote the sources, and any text can be one. In quotes they must stay text,
# not become directives of the assembler, so a "?" stands for all that is not usual in names.
set -eu
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: > "$work/functions"
: > "$work/lines"

if [ $# -gt 0 ]; then
    # Functions: address and name, without the suffixes of compiler-made variants (.part.0).
    "${READELF:-readelf}" -W --syms "$1" > "$work/syms"
    awk '$4 == "FUNC" && $2 ~ /^[0-9a-f]+$/ { sub(/\..*/, "", $8); print $2, $8 }' "$work/syms" |
        sort -u > "$work/functions"

    # Lines: address, rank, file and line. The end of a range ranks before what starts there; of
    # several lines with one address the last counts, as in every debugger; line 0 stands for code
    # that the compiler made up, which is counted to the line before.
    "${READELF:-readelf}" -W --debug-dump=decodedline "$1" > "$work/decoded"
    awk '
        /:(\[\+\+\])?$/ && NF <= 2 {
            file = $NF
            sub(/:(\[\+\+\])?$/, "", file)
            sub(/^\.\//, "", file)
        }
        $3 ~ /^(0x[0-9a-f]+|0)$/ && $2 ~ /^([1-9][0-9]*|-)$/ {
            address = substr("00000000" substr($3, 3), length($3) - 1)
            printf "%s %07d %s %d\n", address, $2 == "-" ? 0 : NR, file, $2
        }' "$work/decoded" | sort |
        awk '
            function flush() {
                if (place != "" && place != printed) {
                    print address, place
                    printed = place
                }
            }
            $1 != address { flush() }
            { address = $1; place = $3 " " $4 }
            END { flush() }' > "$work/lines"
fi

awk '
    function text(string) { # the offset of a text, which is added when it is new
        gsub(/[^A-Za-z0-9_.$\/+-]+/, "?", string)
        if (!(string in offset)) {
            offset[string] = size
            size += length(string) + 1
            texts[count++] = string
        }
        return offset[string]
    }
    function label(name) { print "        .globl  " name "\n" name ":" }
    BEGIN {
        size = count = file_count = line_count = 0
        print "        .section .symbols, \"a\"\n        .balign 4"
        label("symbol_functions")
    }
    FILENAME ~ /functions$/ { print "        .long   0x" $1 ", " text($2); next }
    {
        if (!($2 in index_of)) {
            index_of[$2] = file_count
            files[file_count++] = $2
        }
        lines[line_count++] = "        .long   0x" $1 "\n        .short  " index_of[$2] ", " $3
    }
    END {
        label("symbol_functions_end")
        label("symbol_lines")
        for (i = 0; i < line_count; i++)
            print lines[i]
        label("symbol_lines_end")
        label("symbol_files")
        for (i = 0; i < file_count; i++)
            print "        .long   " text(files[i])
        label("symbol_texts")
        for (i = 0; i < count; i++)
            print "        .asciz  \"" texts[i] "\""
        print "        .section .note.GNU-stack, \"\", @progbits"
    }' "$work/functions" "$work/lines"
