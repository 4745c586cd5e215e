#!/bin/sh
# Prepares Gradescope's image: Gradescope runs it once, as root, when the autograder is uploaded.
#
# CAIRN_AUTOGRADER replaces /autograder, for tests.

set -eu
source=${CAIRN_AUTOGRADER:-/autograder}/source
# The Makefile runs these by their names.
chmod +x "$source/run_autograder" "$source"/kit/scripts/*.sh
sh "$source/kit/scripts/setup.sh" --grading

# An autograder that cannot work should fail now, not when students submit.
# shellcheck source=/dev/null # it lies beside this file in the archive
. "$source/settings"
python3 "$source/kit/grader/grade" --lab "$LAB" --list >/dev/null
