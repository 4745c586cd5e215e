#!/bin/sh
# Writes the kernel's symbol table: assembly text with the names and source lines of all its code.
#
#   scripts/symbols.sh KERNEL.elf > symbols.s     from the symbols and line tables of a linked kernel
#   scripts/symbols.sh > symbols.s                empty tables, for the first of the two links
#
# The layout is that of the structures in src/kernel/symbols.c. READELF names the tool to use.
#
# Names come from whoever wrote the sources, and any text can be one. In quotes they must stay text,
# not become directives of the assembler, so a "?" stands for all that is not usual in names.
set -eu
export LC_ALL=C

# Prints "F ADDRESS NAME" for functions, and "L ADDRESS RANK FILE LINE" for lines, sorted. Functions
# lose the suffixes of compiler-made variants (.part.0). The end of a range of lines ranks before
# what starts there; of several lines with one address the last counts, as in every debugger, so
# that those before it need not be sorted; line 0 stands for code that the compiler made up, which
# is counted to the line before.
list() {
    awk '
        function keep() {
            if (line != "")
                printf "L %s %07d %s %d\n", address, rank, file, line
            line = known = ""
        }
        function padded(number) { return substr("00000000" substr(number, 3), length(number) - 1) }
        !decoded {
            if ($4 == "FUNC" && $2 ~ /^[0-9a-f]+$/) {
                sub(/\..*/, "", $8)
                print "F", $2, $8
            }
            decoded = /^Contents of the \.debug_line section/
            next
        }
        NF <= 2 {
            if (/:(\[\+\+\])?$/) {
                keep()
                file = $NF
                sub(/:(\[\+\+\])?$/, "", file)
                sub(/^\.\//, "", file)
            }
            next
        }
        $3 != known && $3 !~ /^(0x[0-9a-f]+|0)$/ || $2 !~ /^([1-9][0-9]*|-)$/ { next }
        $2 == "-" {
            keep()
            print "L", padded($3), "0000000", file, 0
            next
        }
        {
            if ($3 != known) {
                keep()
                known = $3
                address = padded(known)
            }
            rank = NR
            line = $2
        }
        END { keep() }' "$1" | sort -u
}

# Makes assembly of such a sorted list.
assemble() {
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
    function flush_line() {
        if (place == "" || place == printed)
            return
        if (!(file in index_of)) {
            index_of[file] = file_count
            files[file_count++] = file
        }
        lines[line_count++] = "        .long   0x" address "\n        .short  " \
            index_of[file] ", " line
        printed = place
    }
    BEGIN {
        size = count = file_count = line_count = 0
        print "        .section .symbols, \"a\"\n        .balign 4"
        label("symbol_functions")
    }
    $1 == "F" { print "        .long   0x" $2 ", " text($3); next }
    {
        if ($2 != address)
            flush_line()
        address = $2
        file = $4
        line = $5
        place = file " " line
    }
    END {
        flush_line()
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
    }'
}

if [ $# -eq 0 ]; then
    assemble </dev/null
    exit
fi
work=$(mktemp)
trap 'rm -f "$work"' EXIT
"${READELF:-readelf}" -W --syms --debug-dump=decodedline "$1" >"$work"
list "$work" | assemble
