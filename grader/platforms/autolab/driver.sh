#!/bin/sh
# Grades the hand-in in the current folder for Autolab: feedback, then the scores in the last line.
#
# usage: driver.sh        (LIMIT=SECONDS, TESTS=GLOB)
#
# The hand-in is whatever lies in the folder besides what Autolab and autograde.tar put there.

set -eu
# shellcheck source=/dev/null # it lies beside this file in the archive
. cairn/settings
rm -rf cairn/upload
mkdir cairn/upload
for file in *; do
    case $file in
    Makefile | autograde.tar | autograde-Makefile | cairn) ;;
    *) cp -R -P "$file" cairn/upload/ ;;
    esac
done
exec python3 cairn/kit/grader/platforms/grade_upload autolab \
    --lab "$LAB" --ref "$REF" --seed "$SEED" --upload cairn/upload --output - \
    --tests "${TESTS:-*}" --limit "${LIMIT:-150}"
