"""Attacks earn nothing, learn nothing and leave nothing behind, and nobody else notices them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from attack_samples import CORPUS, corpus, read_attack, write, write_odd
from kit import ROOT, KitTest, need, run

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader import sandbox  # noqa: E402
from cairn_grader.mutants import load_reference  # noqa: E402
from cairn_grader.runner import DEFAULT_SEED  # noqa: E402

ORDER = 12
LIMIT = 900

#: Of each lab, tests that end quickly. Those of lab 1: one with parts, one that is judged from
#: outside, one of a boot that panics, a hidden one, and one that calls a helper which an honest
#: student's file has a function of the same name as.
TESTS = {
    1: (
        "frame_init_machine",
        "space_absent_pages",
        "boot_stack_overflow",
        "frame_init_random_maps",
        "heap_header_damage",
    ),
    2: ("table_pids",),
    3: ("endpoint_content",),
}
#: Attacks that use as much time as they may or are much like another one. They are graded only
#: where CAIRN_ALL_ATTACKS is set.
SELDOM = (
    *("array-bomb", "as-include-ptmx", "as-include-zero", "believe", "endless-output"),
    *("error-bomb", "function-bomb", "include-itself", "include-zero", "log-flood", "loop-nmi"),
    *("do-nothing", "macro-bomb", "port-as-data", "port-in-constants", "port-in-user-range"),
    *("port-on-stack", "port-patched-in", "print-bomb", "run-nowhere", "section-many"),
    *("space-bomb", "swept-in-c"),
    *("symbol-bomb", "symbol-names", "time-bomb", "trace-digits", "trace-flood", "triple-fault"),
)
#: Points that functions may earn that do nothing.
MOST_FOR_NOTHING = 2
#: What the file holds whose path attacks are told.
SECRET = "the-secret-that-nobody-may-know"
HONEST = {"ada": "", "zoe": "static void heap_agrees(void)\n{\n}\n\n"}
#: Endings of files that people read, and what must not be in them: codes that a terminal obeys,
#: and markup that a browser does. A bundle holds what the machine wrote, as it was.
FOR_PEOPLE = (".html", ".json", ".csv", ".svg", ".txt")
CODES = ("\033", "\x9b", "\x07")
MARKUP = "<script>alert"
#: The beginning of a line of /proc/self/mountinfo.
MOUNT = re.compile(rb"\b\d+ \d+ \d+:\d+ /")


class Cohort:
    """A class in a folder of its own, and what can be asked about it once it is graded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.submissions = folder / "submissions"
        self.out = folder / "out"
        self.guard = folder / "guard"
        self.temporary = folder / "tmp"
        self.secret = self.guard / "secret"
        for path in (self.submissions, self.guard, self.temporary):
            path.mkdir(parents=True)
        self.secret.write_text(SECRET + "\n", "ascii")
        self.said = ""
        self.status = 0
        self.changed = False

    def add_attacks(self, lab: int) -> List[str]:
        """Add the corpus of a lab; returns the names."""
        left_out = () if os.environ.get("CAIRN_ALL_ATTACKS") else SELDOM
        names = [name for name in corpus(lab) if name not in left_out]
        for name in names:
            write(self.submissions / name, lab, read_attack(lab, name, self.secret))
        return names

    def add_honest(self) -> None:
        """Add two students who have done the exercises of lab 1."""
        for name, inserted in HONEST.items():
            files = load_reference(ROOT, 1)
            start = files["heap.c"].index("\nstatic ") + 1
            text = files["heap.c"]
            if inserted:
                inserted = "__attribute__((used)) " + inserted
            files["heap.c"] = text[:start] + inserted + text[start:]
            write(self.submissions / name, 1, files)

    def grade(self, lab: int) -> None:
        """Grade the class, with a folder of its own for temporary files."""
        before = snapshot(self.guard, self.submissions)
        words = ["--lab", str(lab), "--seed", "77", "-j", "2", "--output", str(self.out)]
        words += [word for name in TESTS[lab] for word in ("--test", name)]
        if lab > 1:
            words += ["--ref", ",".join(str(earlier) for earlier in range(1, lab))]
        done = run(
            *(ROOT / "grader" / "class", *words, self.submissions),
            cwd=self.folder,
            env={"TMPDIR": str(self.temporary)},
            timeout=LIMIT,
        )
        self.said, self.status = done.stdout + done.stderr, done.returncode
        self.changed = snapshot(self.guard, self.submissions) != before

    def documents(self) -> Dict[str, Dict[str, Any]]:
        """The documents, without times."""
        found: Dict[str, Dict[str, Any]] = {}
        for path in sorted((self.out / "results").glob("*.json")):
            found[path.stem] = json.loads(path.read_text(encoding="ascii"))
            found[path.stem].pop("times", None)
        return found

    def written(self) -> Iterator[Tuple[Path, bytes]]:
        """Every file of the class, and what the command said."""
        yield Path("output.txt"), self.said.encode()
        for path in sorted(self.out.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(self.out), path.read_bytes()


def snapshot(*folders: Path) -> Dict[str, Sequence[int]]:
    """Kind, mode, size and time of everything in some folders."""
    found = {}
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            status = path.lstat()
            found[str(path)] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return found


def processes_in(folder: Path) -> List[str]:
    """Processes that have a folder in their command line, or work in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(folder) in words or str(folder) in os.readlink(process / "cwd"):
                found.append(words)
        except OSError:  # It has ended, or is somebody else's.
            continue
    return found


def secrets_of_host() -> Dict[str, bytes]:
    """Texts that no attack may bring to light, by what they are."""
    hidden = (ROOT / "grader" / "tests" / "lab1" / "hidden" / "frames.c").read_text("ascii")
    lines = [line for line in hidden.splitlines() if line.startswith((" * ", "/** "))]
    found = {f"line {number} of a hidden test": text for number, text in enumerate(lines)}
    found["the secret file"] = SECRET
    found["/etc/passwd"] = Path("/etc/passwd").read_text("utf-8").splitlines()[0]
    return {what: text.encode() for what, text in found.items() if len(text) > 24}


def formulas(data: bytes) -> List[str]:
    """The cells of a table that a spreadsheet would compute."""
    rows = csv.reader(io.StringIO(data.decode("utf-8")))
    return [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]


@need("qemu-system-i386", "gcc", "make", "bwrap")
@unittest.skipIf(sandbox.why_impossible(), "no sandbox: " + sandbox.why_impossible())
class Attacks(KitTest):
    """A class of lab 1 that nearly everybody attacks, and smaller ones of the later labs."""

    shared: Path
    all_together: Cohort
    names: List[str]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.shared = Path(tempfile.mkdtemp(prefix="attacks-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.all_together = Cohort(cls.shared / "lab1")
        cls.all_together.add_honest()
        cls.names = cls.all_together.add_attacks(1)
        odd = write_odd(
            cls.all_together.submissions, cls.all_together.secret, cls.all_together.guard
        )
        cls.names += odd
        cls.all_together.grade(1)

    def must_earn_nothing(self, cohort: Cohort, count: int) -> None:
        """Everybody but the honest has a document with 0 points."""
        documents = cohort.documents()
        for name, document in documents.items():
            with self.subTest(lab=document["lab"], attack=name):
                if name not in HONEST:
                    self.assertEqual(document["points"], 0, self.earned(document))
        self.assertEqual(len(documents), count, cohort.said[-2000:])
        self.assertEqual(cohort.status, 0, cohort.said[-2000:])

    def earned(self, document: Dict[str, Any]) -> str:
        """The tests that gave points, and why."""
        return ", ".join(
            f"{test['name']} {test['points']}" for test in document["tests"] if test["points"]
        )

    def test_earns_nothing(self) -> None:
        self.must_earn_nothing(self.all_together, len(self.names) + len(HONEST))

    def test_honest_students_do_not_notice(self) -> None:
        alone = Cohort(self.shared / "alone")
        alone.add_honest()
        alone.grade(1)
        together = self.all_together.documents()
        for name, document in alone.documents().items():
            with self.subTest(student=name):
                self.assertEqual(document["points"], document["max_points"])
                self.assertEqual(json.dumps(together[name]), json.dumps(document))

    def test_learns_nothing(self) -> None:
        secrets = secrets_of_host()
        for path, data in self.all_together.written():
            for what, text in secrets.items():
                if text in data:
                    with self.subTest(file=str(path)):
                        self.fail(f"{what} is in it")

    def test_learns_no_folder_of_the_host(self) -> None:
        for path, data in self.all_together.written():
            if path.suffix in FOR_PEOPLE and MOUNT.search(data):
                with self.subTest(file=str(path)):
                    self.fail("it holds a line of the list of mounts")

    def test_shows_nothing_dangerous(self) -> None:
        for path, data in self.all_together.written():
            raw = path.parts[0] == "submissions" or "bundles" in path.parts
            if path.suffix in FOR_PEOPLE and not raw:
                text = data.decode("utf-8", "replace")
                dangerous = (*CODES, MARKUP) if path.suffix in (".html", ".svg") else CODES
                found = [repr(part) for part in dangerous if part in text]
                if path.suffix == ".csv":
                    found += formulas(data)
                if found:
                    with self.subTest(file=str(path)):
                        self.fail("it holds " + ", ".join(found))

    def test_leaves_nothing(self) -> None:
        cohort = self.all_together
        self.assertFalse(cohort.changed, "something outside of the class folder has changed")
        self.assertEqual(processes_in(self.shared), [])
        self.assertEqual(list(cohort.temporary.iterdir()), [])
        self.assertEqual(list((cohort.out / "work").glob("area-*")), [])

    def test_later_labs(self) -> None:
        for lab in (2, 3):
            cohort = Cohort(self.shared / f"lab{lab}")
            names = cohort.add_attacks(lab)
            cohort.grade(lab)
            self.must_earn_nothing(cohort, len(names))

    def test_table(self) -> None:
        table = (CORPUS / "README.md").read_text("ascii")
        for lab in TESTS:
            for name in corpus(lab):
                with self.subTest(lab=lab, attack=name):
                    self.assertIn(f"| {name} |", table)


@need("qemu-system-i386", "gcc", "make", "bwrap")
class Unaudited(KitTest):
    """Attacks of lab 1 graded without an audit: the tests themselves must notice."""

    def points(self, attack: str, *words: str) -> float:
        """What an attack earns."""
        write(self.folder / attack, 1, read_attack(1, attack, self.folder))
        command = [ROOT / "grader/grade", "--lab", "1", "--sandbox", "-j", "2", "--json", "-"]
        command += ["--submission", self.folder / attack, "--build", self.folder / "build", *words]
        done = run(*command, timeout=400)
        shutil.rmtree(self.folder / attack)
        result = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if result["passed"] else 1, done.stderr[-2000:])
        self.assertEqual(result["build"]["errors"], [])
        return float(result["points"])

    def test_nothing_is_paid_for(self) -> None:
        self.assertLessEqual(self.points("do-nothing"), MOST_FOR_NOTHING)

    def test_answers_that_were_typed_in_are_right_for_one_seed_alone(self) -> None:
        chosen = ("--filter", "frame_init_*", "--seed")
        with self.subTest("the seed that everybody has"):  # canned_answers.py writes them anew
            self.assertGreater(self.points("answers-canned", *chosen, str(DEFAULT_SEED)), 8)
        with self.subTest("another"):
            self.assertLessEqual(self.points("answers-canned", *chosen, "77"), MOST_FOR_NOTHING)


if __name__ == "__main__":
    unittest.main()
