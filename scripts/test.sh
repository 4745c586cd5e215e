#!/bin/sh
# Runs all tests, after installing what they need.
#
# usage: test.sh [-j N] [--list] [NAME...]    NAME: a module or module.test, with * and ?
#
# It prints one line for each test and ends with `N passed, N failed`. The exit status is 0 only
# if nothing failed. The tests are the modules grader/selftest/test_*.py.

set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
exec python3 grader/selftest/run.py "$@"
