# What Doxygen reads instead of a file: awk -f docs/filter.awk FILE
#
# A header is put into the group that docs/groups.dox names for it: the first blank line after its
# include guard becomes the beginning of the group, and an end is added after its last line, so line
# numbers stay as they are. A Markdown page gets a table of contents below its title, and its
# pictures are named without their folders, since Doxygen puts all of them into one.

BEGIN {
    name = ARGV[1]
    sub(/^.*\/src\//, "", name)
    sub(/^src\//, "", name)
    while (name ~ /\.h$/ && (getline line < "docs/groups.dox") > 0) {
        if (line !~ /^\/\* [a-z0-9_]+: .* \*\/$/)
            continue
        count = split(line, word, " ")
        for (i = 3; i < count; i++) {
            fits = word[i] == name || (word[i] ~ /\/$/ && index(name, word[i]) == 1)
            if (fits && length(word[i]) > longest) {
                longest = length(word[i])
                group = word[2]
                sub(/:$/, "", group)
            }
        }
    }
    wants_contents = name ~ /\.md$/ && name !~ /index\.md$/
}

group != "" && guarded && !begun && /^$/ {
    print "/** @addtogroup " group " */ /** @{ */"
    begun = 1
    next
}
/^#define [A-Z0-9_]+_H$/ { guarded = 1 }
# One comment stands for both of two arrays that are declared together; Doxygen wants it twice.
name ~ /\.h$/ && /^extern [a-z ]+[a-z_]+\[\], [a-z_]+\[\];/ {
    first = second = $0
    sub(/, [a-z_]+\[\];/, ";", first)
    sub(/[a-z_]+\[\], /, "", second)
    print first " " (second ~ /\/\*/ ? second : "/** As the one before. */ " second)
    next
}
/^!\[/ { sub(/\]\(.*\//, "](") }
# Pages that the navigation names by lab get names of their own.
/^# / && wants_contents && match(name, /(labs|tours)\/lab[0-9]+-[a-z]+(\/README)?\.md$/) {
    kind = name ~ /tours\// ? "tour" : "handout"
    if (name ~ /-backwards\.md$/) kind = kind "_backwards"
    number = substr(name, RSTART)
    sub(/^[a-z]+\/lab/, "", number)
    sub(/-.*/, "", number)
    $0 = $0 " {#lab" number "_" kind "}"
}
{ print }
wants_contents && /^# / { print "\n[TOC]"; wants_contents = 0 }
END { if (begun) print "/** @} */" }
