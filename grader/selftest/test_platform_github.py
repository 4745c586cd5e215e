"""The workflow for GitHub Classroom: its structure, and what its grading step does."""

from __future__ import annotations

import re
import shutil
import tarfile
import unittest
from typing import Any, Dict, List

import format_checks
from kit import ROOT, KitTest, need
from platform_kit import PATIENCE, PLATFORMS, SOLUTION, TESTS
from workflow_yaml import read_yaml

ORDER = 25
LIMIT = 1200


class GitHub(KitTest):
    """The workflow for GitHub Classroom."""

    def workflow(self) -> Dict[str, Any]:
        """The workflow, read."""
        return dict(read_yaml((PLATFORMS / "github" / "classroom.yml").read_text("ascii")))

    def steps(self) -> List[Dict[str, Any]]:
        """The steps of its only job."""
        return list(self.workflow()["jobs"]["run-autograding-tests"]["steps"])

    def test_reading(self) -> None:
        """The reader of this test reads it as a full one does."""
        try:
            import yaml
        except ImportError:
            self.skipTest("not installed: python3-yaml")
        text = (PLATFORMS / "github" / "classroom.yml").read_text("ascii")
        self.assertEqual(read_yaml(text), yaml.safe_load(text))

    def test_structure(self) -> None:
        """Steps that refer to each other, and permissions that the reporter needs."""
        workflow = self.workflow()
        self.assertEqual(workflow["name"], "Autograding Tests")
        self.assertIn("push", workflow["on"])
        self.assertEqual(workflow["permissions"]["checks"], "write")
        for step in self.steps():
            self.assertEqual(("run" in step) + ("uses" in step), 1, step["name"])
        grade, report = self.steps()[-2:]
        identity = grade["id"]
        self.assertEqual(report["with"]["runners"], identity)
        passed_on = f"${{{{ steps.{identity}.outputs.result }}}}"
        self.assertEqual(report["env"], {f"{identity.upper()}_RESULTS": passed_on})
        self.assertTrue(report["uses"].endswith("/autograding-grading-reporter@v1"))

    @need("qemu-system-i386")
    def test_grading_step(self) -> None:
        """What the step runs leaves a result, and the runner listens to no kernel meanwhile."""
        release = self.folder / "release.tar.gz"
        self.must_succeed("sh", ROOT / "scripts" / "release.sh", "1", release)
        with tarfile.open(release) as archive:
            archive.extractall(self.folder)
        kit = self.folder / "cairn-lab1"
        shutil.copytree(SOLUTION, kit / "labs" / "lab1-memory", dirs_exist_ok=True)
        step = self.steps()[-2]
        output = self.folder / "output"
        env = {**step["env"], "TESTS": TESTS, "GITHUB_OUTPUT": str(output)}
        self.assertEqual(step["env"]["TESTS"], "*")
        command = ["sh", "-e", "-c", step["run"]]
        done = self.must_succeed(*command, cwd=kit, env=env, timeout=PATIENCE)
        name, _, text = output.read_text("ascii").partition("=")
        result = format_checks.github(text)
        self.assertEqual((name, result["status"], result["max_score"]), ("result", "pass", 2))
        lines = done.stdout.splitlines()
        word = re.fullmatch("::stop-commands::([0-9a-f]{32})", lines[0])
        assert word is not None
        self.assertEqual(lines[-1], f"::{word.group(1)}::")
        self.assertFalse([line for line in lines[1:-1] if word.group(1) in line])

    def test_failing_step(self) -> None:
        """A grader that fails leaves no result; less than full marks does.

        An error that nobody foresaw has status 1, too: then there is no result to export.
        """
        write, fail = "echo {} >result.json", "test -f result.json"
        cases = ((f"{write}; exit 2", 1), (f"{write}; exit 1", 0), ("exit 1", 1))
        for number, (script, expected) in enumerate(cases):
            folder = self.folder / str(number)
            (folder / "grader").mkdir(parents=True)
            (folder / "result.json").write_text("old", encoding="ascii")
            for name, body in (("grade", script), ("export", f"{fail} && echo eA==")):
                (folder / "grader" / name).write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
                (folder / "grader" / name).chmod(0o755)
            env = {**self.steps()[-2]["env"], "GITHUB_OUTPUT": str(folder / "output")}
            command = ["sh", "-e", "-c", self.steps()[-2]["run"]]
            self.must_end_with(expected, *command, cwd=folder, env=env)
            self.assertEqual((folder / "output").exists(), expected == 0)


if __name__ == "__main__":
    unittest.main()
