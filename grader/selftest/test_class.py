"""A real class of lab 1: built, run and judged in the sandbox, twice, with the same results."""

from __future__ import annotations

import json
import shutil
import sys
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any, Dict, Tuple

from kit import ROOT, KitTest, need

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader import sandbox  # noqa: E402
from cairn_grader.mutants import load_mutants, load_reference, select  # noqa: E402

ORDER = 10
LIMIT = 1200

MUTANT = "frame-init-first-region-only"
TESTS = ("frame_init_unaligned", "frame_init_empty")
#: What the tests are worth together.
WORTH = 3
FOLDER = "lab1-memory"
ROSTER = "id;name\n" + "".join(
    f"{name};\n" for name in ("ada", "ben", "cai", "dan", "eve", "fay", "gus", "hal", "ida")
)
HANGS = "void frame_init("


def make_class(folder: Path) -> None:
    """Nine students, of whom eight hand in what students hand in."""
    solution = load_reference(ROOT, 1)
    mutant = select(load_mutants(ROOT, 1), [MUTANT])[0].files(solution)
    skeleton = {p.name: p.read_text() for p in (ROOT / "labs" / FOLDER).glob("*.c")}
    at = solution["frame.c"].index("{\n", solution["frame.c"].index(HANGS)) + 2
    hanging = solution["frame.c"][:at] + "    for (;;) {\n    }\n" + solution["frame.c"][at:]
    submissions = {
        "ada": solution,
        "ben": solution,
        "cai": {**solution, **mutant},
        "dan": skeleton,
        "eve": {**solution, "heap.c": "int broken(void) { return x; }\n"},
        "fay": {**solution, "frame.c": hanging},
        "hal": {name: text for name, text in solution.items() if name != "heap.c"},
    }
    for name, files in submissions.items():
        for file, text in files.items():
            path = folder / name / FOLDER / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    with tarfile.open(folder / "ada.tar.gz", "w:gz") as archive:
        archive.add(folder / "ada" / FOLDER, FOLDER)
    with zipfile.ZipFile(folder / "cai.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in (folder / "cai" / FOLDER).iterdir():
            zipped.write(path, f"my work/{FOLDER}/{path.name}")
    for name in ("ada", "cai"):
        shutil.rmtree(folder / name)
    (folder / "gus.tar.gz").write_text("I could not do it.\n")
    (folder / "roster.csv").write_text(ROSTER)


@need("qemu-system-i386", "gcc", "make", "bwrap")
@unittest.skipIf(sandbox.why_impossible(), "no sandbox: " + sandbox.why_impossible())
class Class(KitTest):
    """All tests share one class."""

    shared: Path

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.shared = Path(tempfile.mkdtemp(prefix="class-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        make_class(cls.shared / "submissions")

    def grade(self, out: Path, jobs: int, *more: str) -> str:
        """Grade the class; returns what is said."""
        words = ["--lab", "1", "--seed", "5", "-j", str(jobs), "--output", str(out)]
        words += ["--roster", str(self.shared / "submissions" / "roster.csv")]
        words += [word for test in TESTS for word in ("--test", test)]
        command = [ROOT / "grader" / "class", *words, self.shared / "submissions", *more]
        return self.must_succeed(*command, cwd=self.shared, timeout=LIMIT).stdout

    def documents(self, out: Path) -> Dict[str, Any]:
        """The documents, without times."""
        found: Dict[str, Any] = {}
        for path in sorted((out / "results").glob("*.json")):
            found[path.stem] = json.loads(path.read_text(encoding="ascii"))
            del found[path.stem]["times"]
        return found

    def test_a_class_twice(self) -> None:
        first, second = self.shared / "first", self.shared / "second"
        self.assertIn("8 submissions: 6 graded now, 3 cannot be", self.grade(first, 1))
        documents = self.documents(first)
        self.assertEqual(
            {name: self.outcome(document) for name, document in documents.items()},
            {
                "ada": (WORTH, "passed passed"),
                "ben": (WORTH, "passed passed"),
                "cai": (1.33, "failed_checks failed_checks"),
                "dan": (0, "missing_exercise missing_exercise"),
                "eve": (0, "not_built not_built"),
                "fay": (0, "guest_time_limit guest_time_limit"),
                "gus": (0, "not_built not_built"),
                "hal": (0, "not_built not_built"),
                "ida": (0, "not_built not_built"),
            },
        )
        errors = {name: "".join(d["build"]["errors"]) for name, d in documents.items()}
        self.assertIn("labs/lab1-memory/heap.c:1:", errors["eve"])
        self.assertIn("not a .tar.gz or .zip archive", errors["gus"])
        self.assertEqual(errors["hal"], "lab1-memory/heap.c: the file is missing")
        self.assertEqual(errors["ida"], "nothing was handed in")
        self.assertNotIn(str(self.shared), json.dumps(documents))
        bundles = first / documents["cai"]["bundles"]
        self.assertTrue((bundles / "frame_init_empty" / "bundle.json").is_file())
        self.assertEqual((documents["ada"]["bundles"], documents["eve"]["bundles"]), ("", ""))
        self.grade(second, 2)
        self.assertEqual(self.documents(second), documents)
        for name in ("gradebook.csv", "index.html", "pages/cai.html"):
            self.assertEqual((first / name).read_bytes(), (second / name).read_bytes(), name)
        self.assertIn("8 submissions: 0 graded now", self.grade(second, 1))

    def outcome(self, document: Dict[str, Any]) -> Tuple[float, str]:
        """The points, and the verdicts of the tests."""
        verdicts = [test["outcomes"][0]["verdict"] for test in document["tests"]]
        return document["points"], " ".join(verdicts)


if __name__ == "__main__":
    unittest.main()
