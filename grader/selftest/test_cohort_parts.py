"""Tests of the parts of a class run that need no run: names, roster, keys, progress, store."""

from __future__ import annotations

import io
import os
import sys
import unittest
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List

from kit import ROOT, KitTest

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.cohort import kit, similarity, store  # noqa: E402
from cairn_grader.cohort.documents import document, merge  # noqa: E402
from cairn_grader.cohort.listing import Submission, list_class  # noqa: E402
from cairn_grader.cohort.names import free_id, make_ids, safe_name  # noqa: E402
from cairn_grader.cohort.progress import Progress, duration  # noqa: E402
from cairn_grader.cohort.roster import Student, match, read_roster  # noqa: E402
from cairn_grader.cohort.settings import ClassSettings  # noqa: E402
from cairn_grader.errors import GraderError  # noqa: E402
from cairn_grader.files import write_atomically  # noqa: E402

ORDER = 41

ADA = Student("u17", "Ada Lovelace", "ada@example.org")
EVE = Student("u1", "Eve Ørsted", "eve@example.org")


class Names(unittest.TestCase):
    """Names of submissions."""

    def test_names_are_safe(self) -> None:
        for entry, name in (
            ("Ada Lovelace_12_assignsubmission_file_", "Ada_Lovelace_12_assignsubmission_file"),
            ("lab1-ada.tar.gz", "lab1-ada"),
            ("Zoë.ZIP", "Zoe"),
            ("../../etc/passwd", "etc_passwd"),
            (".hidden.tgz", "hidden"),
            ("a" * 200 + ".tar", "a" * 80),
            ("\x1b[31m<b>&", "31m_b"),
        ):
            self.assertEqual(make_ids([entry])[entry], name)
        for entry in ("..", "...", "李", "", "-", "__"):
            self.assertRegex(safe_name(entry), r"^submission-[0-9a-f]{6}$")

    def test_names_are_unique(self) -> None:
        entries = ["ada", "ada.zip", "Ada.tar.gz", "ä", "ö", "eve", "x" * 90, "x" * 91]
        ids = make_ids(entries)
        self.assertEqual(len({name.lower() for name in ids.values()}), len(entries))
        self.assertEqual(ids["eve"], "eve")
        self.assertRegex(ids["ada"], r"^ada-[0-9a-f]{6}$")
        self.assertTrue(all(len(name) <= 80 for name in ids.values()))

    def test_names_do_not_depend_on_others(self) -> None:
        self.assertEqual(make_ids(["ada", "eve"])["eve"], make_ids(["eve", "zoe"])["eve"])
        self.assertEqual(free_id("eve", ["ada"]), "eve")
        self.assertRegex(free_id("eve", ["EVE"]), r"^eve-[0-9a-f]{6}$")


class Roster(KitTest):
    """The students, and whose submission is whose."""

    def read(self, data: bytes) -> List[Student]:
        """Read a roster of these bytes."""
        path = self.folder / "roster.csv"
        path.write_bytes(data)
        return read_roster(path)

    def test_forms_of_a_roster(self) -> None:
        for text in (
            "id,name,email\nu17,Ada Lovelace,ada@example.org\n",
            "\ufeffemail;group;ID;Name\r\nada@example.org;3;u17;Ada Lovelace\r\n\r\n",
            'id\tname\temail\nu17\t"Ada Lovelace"\tada@example.org',
            'name, id ,email\n"Ada Lovelace" , u17,ada@example.org\n,,\n',
        ):
            self.assertEqual(self.read(text.encode("utf-8")), [ADA])
        self.assertEqual(self.read(b"id\nu1\nu2\n"), [Student("u1"), Student("u2")])

    def test_errors_name_the_line(self) -> None:
        for data, error in (
            (b"", "no column 'id'"),
            (b"name,email\nAda,a\n", "no column 'id'"),
            (b"id,name\nu1,Ada\nu1,Eve\n", "line 3: there is the id 'u1' again"),
            (b"id,name\n,Ada\n", "line 2: there is no id"),
            ("id,name\nu1,Müller".encode("latin-1"), "UTF-8"),
        ):
            with self.assertRaisesRegex(GraderError, error):
                self.read(data)
        with self.assertRaisesRegex(GraderError, "cannot read"):
            read_roster(self.folder / "absent.csv")

    def test_matching(self) -> None:
        for entry in (
            "Ada Lovelace_4711_assignsubmission_file_",
            "lovelaceada_4711_99_lab1-x.tar.gz",
            "lab1-u17.tar.gz",
            "U17.zip",
            "Lovelace, Ada - 3 Nov",
        ):
            self.assertEqual(match([ADA, EVE], [entry]).entries, {"u17": [entry], "u1": []}, entry)
        for entry in ("u171.zip", "au17.zip", "adalovelaces.zip", "Ada Byron", "submission_17"):
            matching = match([ADA, EVE], [entry])
            self.assertEqual(matching.entries, {"u17": [], "u1": []}, entry)
            self.assertEqual(matching.entry_notes, {entry: ["no student of the roster fits"]})

    def test_letters_that_look_the_same(self) -> None:
        decomposed = Student("x", "Zoe\u0308 Be\u0301", "")
        self.assertEqual(match([decomposed], ["Zoë Bé_7"]).entries, {"x": ["Zoë Bé_7"]})
        odd = Student("a.b+c", "(.*) [x")
        self.assertEqual(match([odd], ["a.b+c.zip", "aab+c.zip"]).entries["a.b+c"], ["a.b+c.zip"])

    def test_nothing_is_guessed(self) -> None:
        matching = match([ADA, EVE], ["u17-and-u1.zip"])
        self.assertEqual(matching.entries, {"u17": [], "u1": []})
        self.assertIn("fits several students (u17, u1)", matching.entry_notes["u17-and-u1.zip"][0])
        for name in ("u17", "u1"):
            self.assertIn("may be this student's", matching.student_notes[name][0])

    def test_roster_may_name_the_submission(self) -> None:
        named = replace(ADA, submission="team 7")
        matching = match([named, EVE], ["team 7.zip", "u17.zip"])
        self.assertEqual(matching.entries["u17"], ["team 7.zip"])
        self.assertIn("u17.zip", matching.entry_notes)
        absent = match([named], ["team 8.zip"])
        self.assertIn("'team 7' is not there", absent.student_notes["u17"][0])

    def test_the_last_one_counts(self) -> None:
        for name, age in (("u17-1.zip", 300), ("u17-2.zip", 100), ("u17-3.zip", 200)):
            (self.folder / name).write_bytes(b"")
            os.utime(self.folder / name, (10000 - age, 10000 - age))
        entries = sorted(path.name for path in self.folder.iterdir())
        listing = list_class(self.folder, entries, [ADA, EVE])
        self.assertEqual([s.entry for s in listing.submissions], ["u17-2.zip", ""])
        self.assertIn("handed in 3 times; 'u17-2.zip' counts", listing.submissions[0].notes[0])
        self.assertEqual(listing.submissions[1].id, "u1")
        self.assertEqual([note.split(":")[0] for note in listing.notes], ["u17-1", "u17-3"])

    def test_everybody_is_listed_once(self) -> None:
        listing = list_class(self.folder, ["u1", "stranger"], [ADA, EVE])
        self.assertEqual([s.id for s in listing.submissions], ["u1", "stranger", "u17"])
        self.assertEqual(listing.select(["Ada Lovelace"])[0].id, "u17")
        self.assertEqual(listing.select(["u1", "eve@example.org"])[0].entry, "u1")
        with self.assertRaisesRegex(GraderError, "called 'zoe'"):
            listing.select(["zoe"])


class Keys(KitTest):
    """What results depend on."""

    SETTINGS = ClassSettings(lab=2, seed=7)

    def test_every_byte_of_the_kit_counts(self) -> None:
        root = self.folder / "kit"
        names = [
            *("Makefile", "src/a/b.c", "src/kernel.ld", "scripts/symbols.sh"),
            *("grader/tests/common/x.h", "grader/tests/lab2/x.c"),
            *("grader/tests/lab2/hidden/catalogue.py", "grader/tests/lab2/programs/p.c"),
            *("grader/cairn_grader/verdict.py", "grader/cairn_grader/cohort/task.py"),
            *("solutions/lab1-a/x.c", "solutions/lab2-b/x.S"),
        ]
        others = ["labs/lab2-b/x.S", "grader/tests/lab1/x.c", "grader/cairn_grader/pages/x.py"]
        for name in [*names, *others]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(b"a")
        digests = getattr(kit, "_files")
        before = digests(root, 2)
        for name in names:
            (root / name).write_bytes(b"b")
            self.assertNotEqual(digests(root, 2), before, name)
            (root / name).write_bytes(b"a")
        for name in [*others, "src/__pycache__/x.pyc"]:
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes(b"b")
            self.assertEqual(digests(root, 2), before, name)
        (root / "src/new.c").write_bytes(b"")
        self.assertNotEqual(digests(root, 2), before)

    def test_the_kit_itself_is_covered(self) -> None:
        paths = {str(path.relative_to(ROOT)) for path in getattr(kit, "_paths")(ROOT, 1)}
        for name in ("src/stages.mk", "src/kernel/main.c", "grader/tests/lab1/catalogue.py"):
            self.assertIn(name, paths)
        self.assertIn("grader/audit/audit.c", paths)
        self.assertIn("grader/cairn_grader/runner.py", paths)
        self.assertIn("solutions/lab1-memory/frame.c", paths)
        self.assertNotIn("solutions/lab2-processes/fork.c", paths)

    def test_versions_of_tools_count(self) -> None:
        described = kit.describe_kit(ROOT, self.SETTINGS)
        self.assertRegex(described["tools"]["qemu-system-i386"], r"\d")
        self.assertEqual(kit.difference(described, described), "")
        tools = {**described["tools"], "qemu-system-i386": "9.9"}
        self.assertIn("is '9.9', not", kit.difference(described, {**described, "tools": tools}))
        files = {**described["files"], "Makefile": "x", "src/new.c": "y"}
        told = kit.difference(described, {**described, "files": files})
        self.assertEqual(told, "the kit's files differ: Makefile and 1 more")

    def test_every_setting_counts(self) -> None:
        described: Dict[str, Any] = {"files": {"a": "f"}, "tools": {"cc": "1"}}
        keys = [kit.key_of(described, self.SETTINGS, digest) for digest in ("d", "e")]
        keys.append(kit.key_of({**described, "files": {"a": "g"}}, self.SETTINGS, "d"))
        keys.append(kit.key_of({**described, "tools": {"cc": "2"}}, self.SETTINGS, "d"))
        changes: List[Dict[str, Any]] = [{"lab": 1}, {"seed": 8}, {"emulators": ("qemu", "bochs")}]
        changes += [{"reference": "1"}, {"tests": ("x",)}, {"sandbox": False}, {"reveal": True}]
        for change in changes:
            keys.append(kit.key_of(described, replace(self.SETTINGS, **change), "d"))
        self.assertEqual(len(set(keys)), len(keys))

    def test_every_byte_of_a_submission_counts(self) -> None:
        digests = [
            kit.digest_of(files)
            for files in (
                {"a": b"xy", "b": b"z"},
                {"a": b"x", "b": b"yz"},
                {"a": b"xy", "c": b"z"},
                {"a": b"xy"},
                {"a": b"xY", "b": b"z"},
            )
        ]
        self.assertEqual(len(set(digests)), len(digests))
        self.assertEqual(kit.digest_of({"b": b"z", "a": b"xy"}), digests[0])


class Screen(io.StringIO):
    """A terminal that remembers."""

    def isatty(self) -> bool:
        """Pretend."""
        return True


class ProgressLines(unittest.TestCase):
    """What is said while a class is graded."""

    def setUp(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        """The time that the test makes pass."""
        return self.now

    def test_on_a_terminal(self) -> None:
        screen = Screen()
        progress = Progress(60, 10, screen, self.clock)
        progress.begin()
        self.assertIn("] 10 of 60 graded", screen.getvalue())
        self.now = 20.0
        progress.finished("ada\x1b[2J\n")
        progress.finished("eve")
        shown = screen.getvalue()
        self.assertEqual(progress.text(), "12 of 60 graded, about 8 min left, last: eve")
        self.assertNotIn("\x1b[2J", shown)
        self.assertNotIn("\n", shown)
        self.assertIn("[####....................]", shown)
        progress.end()
        self.assertTrue(screen.getvalue().endswith("\r\033[K"))

    def test_elsewhere_a_line_now_and_then(self) -> None:
        stream = io.StringIO()
        progress = Progress(100, 0, stream, self.clock)
        progress.begin()
        for number in range(100):
            self.now += 1.0
            progress.finished(f"s{number}")
        progress.end()
        lines = stream.getvalue().splitlines()
        self.assertEqual(lines[0], "0 of 100 graded")
        self.assertEqual(lines[1], "30 of 100 graded, about 1 min left, last: s29")
        self.assertEqual(len(lines), 4)
        self.assertNotIn("\r", stream.getvalue())

    def test_durations(self) -> None:
        spans = [duration(seconds) for seconds in (0.1, 59, 61, 3599, 3601, 9000)]
        self.assertEqual(spans, ["1 s", "59 s", "1 min", "1 h 0 min", "1 h 0 min", "2 h 30 min"])


class Storing(KitTest):
    """The class folder."""

    def test_what_a_killed_run_leaves_is_removed(self) -> None:
        class_folder = store.Store(self.folder)
        class_folder.write_document("ada", {"id": "ada"})
        (self.folder / "results/.new-1-ada").write_bytes(b"{")
        (self.folder / "tasks/0123").mkdir(parents=True)
        abandoned = self.folder / "work/area-1"
        abandoned.mkdir(parents=True)
        (abandoned / "lock").write_bytes(b"")
        with store.work_area(self.folder) as used:
            class_folder.clear_leftovers()
            self.assertTrue(used.is_dir())
        names = sorted(path.name for path in self.folder.rglob("*"))
        self.assertEqual(names, ["ada.json", "results", "work"])

    def test_writing_leaves_all_or_nothing(self) -> None:
        path = self.folder / "x" / "file"
        write_atomically(path, b"one")
        write_atomically(path, b"two")
        self.assertEqual((path.read_bytes(), os.listdir(path.parent)), (b"two", ["file"]))
        (self.folder / "taken").write_bytes(b"")
        with self.assertRaisesRegex(GraderError, "cannot make the folder"):
            write_atomically(self.folder / "taken" / "file", b"")

    def test_one_run_at_a_time(self) -> None:
        with store.Store(self.folder).locked():
            with self.assertRaisesRegex(GraderError, f"process {os.getpid()} is grading in"):
                with store.Store(self.folder).locked():
                    self.fail("two runs in one folder")
        with store.Store(self.folder).locked():
            pass

    def test_submissions_that_are_gone_are_forgotten(self) -> None:
        class_folder = store.Store(self.folder)
        for name in ("ada", "eve"):
            class_folder.write_document(name, {"id": name})
            class_folder.write_files(Path("submissions") / name, {"lab1-memory/x.c": b""})
        class_folder.keep_only(["eve"])
        self.assertEqual(os.listdir(self.folder / "results"), ["eve.json"])
        self.assertEqual(os.listdir(self.folder / "submissions"), ["eve"])
        class_folder.write_files(Path("submissions/eve"), {"lab1-memory/y.c": b""})
        self.assertEqual(os.listdir(self.folder / "submissions/eve/lab1-memory"), ["y.c"])

    def test_bundles_of_results_that_stay_are_kept(self) -> None:
        class_folder = store.Store(self.folder)
        names = ("graded/old/bundles", "graded/new/bundles")
        class_folder.write_files(Path(names[0]), {f"t{i}/bundle.json": b"old" for i in (1, 2, 9)})
        class_folder.write_files(Path(names[1]), {"t2/bundle.json": b"new"})
        tests = [{"name": "t1"}, {"name": "t2"}]
        before, new = ({"bundles": name, "tests": tests} for name in names)
        class_folder.keep_bundles(before, new)
        found = {path.parent.name: path.read_bytes() for path in self.folder.glob("*/new/*/*/*")}
        self.assertEqual(found, {"t1": b"old", "t2": b"new"})
        class_folder.keep_bundles({**before, "bundles": ""}, new)


def result(*tests: Any, seed: int = 7) -> Dict[str, Any]:
    """A document with tests that have three parts: (name, exercise, how many parts passed)."""
    rows = [
        {
            "name": name,
            "exercise": exercise,
            "points": round(2 * passed / 3, 2),
            "max_points": 2,
            "passed": passed == 3,
            "outcomes": [
                {"verdict": "passed", "parts": [{"passed": i < passed} for i in range(3)]}
            ],
        }
        for name, exercise, passed in tests
    ]
    exercises = [{"name": f"e{i}", "title": "", "points": 0, "max_points": 0} for i in (1, 2)]
    head = {"schema": "s", "lab": 1, "seed": seed, "emulators": ["qemu"], "reference": ""}
    return {**head, "build": {"passed": True}, "exercises": exercises, "tests": rows}


class Documents(unittest.TestCase):
    """What a document of a class says."""

    ADA = Submission("ada", "ada.zip", ADA, ["late"])

    def test_whose_it_is(self) -> None:
        found = document(result(("t", "e1", 3)), self.ADA, ["late", "odd"], "d")
        self.assertEqual(found["id"], "ada")
        self.assertEqual(
            found["student"], {"id": "u17", "name": "Ada Lovelace", "email": "ada@example.org"}
        )
        self.assertEqual(found["notes"], ["late", "odd"])

    def test_emulators_that_failed_are_noted(self) -> None:
        spoilt = result(("t", "e1", 0))
        spoilt["tests"][0]["outcomes"][0]["verdict"] = "emulator_failed"
        self.assertIn("--again", document(spoilt, self.ADA)["notes"][-1])

    def test_killed_compilers_are_noted(self) -> None:
        unbuilt = result(("t", "e1", 0))
        said = "gcc: fatal error: Killed signal terminated program cc1"
        unbuilt["build"] = {"passed": False, "errors": [said]}
        self.assertIn("--again", document(unbuilt, self.ADA)["notes"][-1])

    def test_tampering_is_noted(self) -> None:
        names = [f"t{i}" for i in range(1, 8)]
        spoilt = result(*((name, "e1", 0) for name in names))
        for test in spoilt["tests"]:
            test["outcomes"][0]["verdict"] = "tampered"
        self.assertEqual(
            document(spoilt, self.ADA)["notes"][-1],
            "7 tests look tampered with (t1, t2, t3, t4, t5, ...): read why before you judge",
        )

    def test_notes_follow_the_tests_of_a_merged_document(self) -> None:
        before, after = result(("t1", "e1", 0), ("t2", "e1", 0)), result(("t2", "e1", 3))
        for test in before["tests"]:
            test["outcomes"][0]["verdict"] = "tampered"
        merged = merge(
            document(before, self.ADA, (), "d"), document(after, self.ADA, (), "d", some=True)
        )
        self.assertEqual(
            merged["notes"], ["late", "1 test looks tampered with (t1): read why before you judge"]
        )

    def test_one_test_stands_in_for_the_old_one(self) -> None:
        tests = [("t1", "e1", 1), ("t2", "e1", 1), ("t3", "e2", 1)]
        before = document(result(*tests), self.ADA, (), "d")
        after = document(result(("t2", "e1", 3)), self.ADA, (), "d", some=True)
        merged = merge(before, after)
        self.assertEqual([test["points"] for test in merged["tests"]], [0.67, 2, 0.67])
        self.assertEqual([row["points"] for row in merged["exercises"]], [2.67, 0.67])
        self.assertEqual((merged["points"], merged["max_points"]), (3.33, 6))
        self.assertEqual((merged["passed"], merged["notes"]), (False, ["late"]))
        one_more = merge(after, document(result(("t3", "e2", 3)), self.ADA, (), "d", some=True))
        self.assertEqual(one_more["points"], 4)
        self.assertEqual(one_more["notes"][-1], "graded by only 2 tests: t2, t3")

    def test_other_files_are_not_mixed(self) -> None:
        before = document(result(("t1", "e1", 3)), self.ADA, (), "d")
        for other in (
            document(result(("t2", "e1", 3)), self.ADA, (), "e", some=True),
            document(result(("t2", "e1", 3), seed=8), self.ADA, (), "d", some=True),
            document(result(("hidden test 1", "e1", 3)), self.ADA, (), "d", "", True, True),
        ):
            self.assertEqual(merge(before, other), other)


class Similarity(KitTest):
    """Layouts for programs that compare submissions."""

    def test_layouts(self) -> None:
        files = {"lab1-memory/a.c": b"old", "lab2-processes/b.c": b"b"}
        files.update({"lab2-processes/c.c": b"c", "lab2-processes/s.S": b"s"})
        skeletons = {name: b"hole" for name in files}
        similarity.lay_out(self.folder, [("ada", "Ada, L.", files)], skeletons, 2)
        folder = self.folder / "similarity"
        found = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        self.assertEqual(
            found,
            {
                "jplag/base/b.c": b"hole",
                "jplag/base/c.c": b"hole",
                "jplag/submissions/ada/b.c": b"b",
                "jplag/submissions/ada/c.c": b"c",
                "moss-base/b.c": b"hole",
                "moss-base/c.c": b"hole",
                "moss/ada/b.c": b"b",
                "moss/ada/c.c": b"c",
                "dolos-base.c": b"// b.c\nhole\n// c.c\nhole",
                "dolos/ada.c": b"// b.c\nb\n// c.c\nc",
                "dolos/info.csv": b'filename,full_name\nada.c,"Ada, L."\n',
            },
        )

    def test_skeletons_are_generated_from_the_solutions(self) -> None:
        skeletons = similarity.generate_skeletons(ROOT, self.folder / "labs")
        self.assertIn(b"exercise_missing", skeletons["lab1-memory/frame.c"])
        self.assertNotIn(b"SOLUTION", b"".join(skeletons.values()))


if __name__ == "__main__":
    unittest.main()
