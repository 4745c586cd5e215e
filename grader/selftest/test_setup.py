"""Tests of scripts/setup.sh with an apt-get that only writes down what it is asked to do."""

from __future__ import annotations

import os
import unittest
from pathlib import Path
from typing import Dict, Sequence

from kit import ROOT, KitTest, path_without

ORDER = 6

SCRIPT = ROOT / "scripts" / "setup.sh"


class Setup(KitTest):
    """Each test takes tools away by way of PATH."""

    def setUp(self) -> None:
        """An apt-get that makes the tool `dot` appear when graphviz is installed."""
        super().setUp()
        self.log = self.folder / "log"
        self.bin = self.folder / "bin"
        self.candidate = "1.0"
        self.apt_get = (
            f'echo "apt-get $*" >>{self.log}\n'
            f'case "$*" in *install*) ln -sf /bin/true {self.bin}/dot ;; '
            f"*update) touch {self.folder}/updated ;; esac"
        )

        self.fake: Dict[str, str] = {}

    def setup(
        self, *words: str, absent: Sequence[str] = (), status: int = 0, user: int = 0
    ) -> str:
        """Run setup.sh on a PATH without some tools; what it prints."""
        known = f"test -n '{self.candidate}' || test -e {self.folder}/updated"
        fake = {
            "apt-get": self.apt_get,
            "apt-cache": f"if {known}; then echo '  Candidate: 1.0'; fi",
            "id": f"echo {user}",
            **self.fake,
        }
        if user and "sudo" not in absent:
            fake["sudo"] = f'echo sudo >>{self.log}; exec "$@"'
        path = path_without(self.bin, [*absent, *fake], fake)
        # The script appends the system's own folders for root; they must not bring tools back.
        text = SCRIPT.read_text(encoding="utf-8").replace(":/usr/sbin:/sbin", "")
        script = self.folder / "setup.sh"
        script.write_text(text, encoding="utf-8")
        done = self.must_end_with(status, "sh", script, *words, env={"PATH": path})
        return done.stdout + done.stderr

    def done(self) -> str:
        """What apt-get was asked to do."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def test_quiet_when_nothing_is_missing(self) -> None:
        self.assertEqual(self.setup(), "")
        self.assertEqual(self.done(), "")

    def test_check_says_what_and_why_and_changes_nothing(self) -> None:
        before = sorted(os.listdir(self.folder))
        printed = self.setup("--check", absent=["dot"])
        self.assertIn("would install:\n  graphviz             draws its diagrams\n", printed)
        self.assertEqual(self.done(), "")
        left = set(os.listdir(self.folder)) - set(before) - {"bin", "setup.sh"}
        self.assertEqual(left, set())

    def test_check_says_when_nothing_is_missing(self) -> None:
        self.assertIn("nothing to install", self.setup("--check"))

    def test_installs_only_what_is_missing(self) -> None:
        self.assertIn("setup: done", self.setup(absent=["dot"]))
        self.assertEqual(len(self.done().splitlines()), 1)
        self.assertRegex(self.done(), r"install --no-install-recommends graphviz\n")

    def test_a_compiler_with_libraries_for_64_bits_only_is_not_enough(self) -> None:
        self.fake["gcc"] = 'case "$*" in *-print-file-name*) echo /etc/passwd ;; *) exit 1 ;; esac'
        self.assertRegex(self.setup("--check"), r"\n  gcc-multilib ")

    def test_updates_the_lists_first_when_they_are_absent(self) -> None:
        self.candidate = ""
        self.setup(absent=["dot"])
        lines = self.done().splitlines()
        self.assertRegex(lines[0], "update$")
        self.assertRegex(lines[1], "install .*graphviz$")

    def test_updates_the_lists_when_they_are_stale(self) -> None:
        stale = f'echo "apt-get $*" >>{self.log}; test -e {self.folder}/updated || exit 100'
        self.apt_get = f'case "$*" in *install*) {stale} ;; esac\n' + self.apt_get
        self.setup(absent=["dot"])
        verbs = [line.split()[-1] for line in self.done().splitlines()]
        self.assertEqual(verbs[:2], ["graphviz", "update"])
        self.assertEqual(verbs[-1], "graphviz")

    def test_says_when_the_installation_fails(self) -> None:
        self.apt_get = "echo E: no route to host; exit 100"
        printed = self.setup(absent=["dot"], status=1)
        self.assertIn("E: no route to host", printed)
        self.assertIn("setup: apt-get update failed; is there a network?", printed)

    def test_says_when_a_tool_is_still_missing(self) -> None:
        self.apt_get = "true"
        self.assertIn("still missing: graphviz", self.setup(absent=["dot"], status=1))

    def test_uses_sudo_when_not_root(self) -> None:
        self.setup(absent=["dot"], user=1000)
        self.assertRegex(self.done(), r"^sudo\napt-get .*graphviz\n$")

    def test_says_when_neither_root_nor_sudo(self) -> None:
        printed = self.setup(absent=["dot", "sudo"], user=1000, status=1)
        self.assertIn("installing needs root", printed)

    def test_grading_needs_less(self) -> None:
        self.assertEqual(self.setup("--grading", absent=["dot", "clang"]), "")

    def test_grading_installs_what_it_needs(self) -> None:
        printed = self.setup("--grading", absent=["dot", "xorriso"], status=1)
        self.assertIn("still missing: xorriso", printed)
        self.assertRegex(self.done(), r"install --no-install-recommends xorriso\n")

    def test_wrong_option_shows_usage(self) -> None:
        self.assertIn("usage: setup.sh [--check | --grading]", self.setup("--chekc", status=2))


class SetupOfThisMachine(KitTest):
    """The real thing."""

    def test_nothing_is_missing_here(self) -> None:
        printed = self.must_succeed("sh", SCRIPT, "--check").stdout
        self.assertEqual(printed, "setup: everything is there; nothing to install\n")

    def test_stands_alone(self) -> None:
        copy = self.folder / "setup.sh"
        copy.write_bytes(Path(SCRIPT).read_bytes())
        self.must_succeed("sh", copy, "--check", cwd=self.folder)


if __name__ == "__main__":
    unittest.main()
