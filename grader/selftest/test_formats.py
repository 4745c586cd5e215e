"""Results in the formats of other programs, each as strictly as its documentation allows."""

from __future__ import annotations

import csv
import io
import json
import re
import unittest
from typing import Any, Dict, List, Sequence

import format_checks
from cairn_grader.errors import GraderError
from cairn_grader.formats.autolab import to_autolab
from cairn_grader.formats.command import FORMATS
from cairn_grader.formats.document import Document, parse, read
from cairn_grader.formats.github import to_github
from cairn_grader.formats.gradebook import to_csv
from cairn_grader.formats.gradescope import to_gradescope
from cairn_grader.report import Style
from format_samples import all_passed, hostile, not_built, of_class, plain, together

ORDER = 2


class Reading(unittest.TestCase):
    """Documents are checked while they are read."""

    def refused(self, members: Any, reason: str) -> None:
        """The document is refused with a reason of one line."""
        with self.assertRaises(GraderError) as caught:
            read(json.dumps(members))
        self.assertIn(reason, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))

    def test_graders_own(self) -> None:
        """What the grader writes, without what a class run adds."""
        document = parse(plain())
        self.assertEqual((document.points, document.max_points), (4, 7.5))
        self.assertEqual((document.id, document.student.id, document.notes), ("", "", ()))
        self.assertEqual(document.seconds, 3.25)
        self.assertEqual([test.passed for test in document.tests], [True, False, False, False])
        self.assertEqual(document.tests[1].outcomes[0].findings[0].details, ("in f()",))

    def test_of_class(self) -> None:
        """What a class run adds."""
        document = parse(of_class())
        self.assertEqual(document.student.email, "ada@example.org")
        self.assertEqual(document.tests[1].outcomes[0].console, ("PANIC: it is broken",))
        self.assertEqual(parse({**of_class(), "student": None}).student.name, "")

    def test_texts_are_clean(self) -> None:
        """Every text is one printable line."""
        for members in hostile():
            document = parse(members)
            texts = [document.student.name, *document.notes, document.submission]
            for test in document.tests:
                texts += [test.name, test.title]
                for outcome in test.outcomes:
                    texts += [outcome.hint, outcome.command, *outcome.trace, *outcome.console]
                    for finding in outcome.findings:
                        texts += [finding.what, finding.expected, finding.file, *finding.details]
            self.assertTrue(all(text.isprintable() and len(text) <= 1000 for text in texts))

    def test_exercises_without_tests(self) -> None:
        """An exercise of which nothing was to be run has no points to report, not even 0."""
        members = plain()
        members["exercises"][1].update(points=0, max_points=0)
        document = parse(members)
        self.assertEqual([row.name for row in document.exercises], ["lab1.ex1"])
        self.assertEqual(format_checks.autolab(to_autolab(document))["scores"], {"lab1.ex1": 4})

    def test_refused(self) -> None:
        """What is no document, and where it is wrong."""
        self.refused([], "not a result of grader/grade")
        self.refused({"schema": "cairn.grade/2"}, "not a result of grader/grade")
        for name in ("lab", "points", "passed", "build", "exercises", "tests", "times", "seed"):
            members = plain()
            del members[name]
            self.refused(members, f"'{name}'")
        for value in (-1, "3", True, None, 1e300, float("nan"), float("inf")):
            self.refused({**plain(), "points": value}, "'points'")
        members = plain()
        members["tests"][2]["outcomes"][0]["findings"][0]["line"] = "x"
        self.refused(members, "'tests[2].outcomes[0].findings[0].line'")
        members["tests"] = [3]
        self.refused(members, "'tests[0]'")

    def test_no_json(self) -> None:
        """Texts that are no JSON."""
        for text in ("", "{", "[" * 100_000, "\ud800"):
            with self.assertRaises(GraderError):
                read(text)

    def test_hidden_stay_hidden(self) -> None:
        """A document made with --reveal loses what students must not see."""
        revealed = parse(plain(Style(reveal=True)))
        self.assertEqual(revealed.tests[3].name, "secret")
        for text in (to_gradescope(revealed), to_autolab(revealed)):
            self.assertIn("hidden test 1", text)
            self.assertNotIn("secret", text)
        self.assertNotIn("secret", json.dumps(format_checks.github(to_github(revealed))))


class Gradebook(unittest.TestCase):
    """CSV."""

    def rows(self, documents: Sequence[Document]) -> List[Dict[str, str]]:
        """The lines of the gradebook, read back, after a look at its form."""
        text = to_csv(documents)
        self.assertTrue(text.endswith("\r\n"))
        self.assertNotIn("\n", text.replace("\r\n", ""))
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        return [dict(zip(rows[0], row)) for row in rows[1:]]

    def test_columns(self) -> None:
        """Student, points by exercise, note."""
        broken = not_built("frame.c:1: error: no", "more")
        rows = self.rows([parse(of_class()), parse(broken), parse(plain())])
        expected = {
            "student id": "s1",
            "name": "Ada Lovelace",
            "email": "ada@example.org",
            "submission": "ada",
            "points": "4",
            "max points": "7.5",
            "lab1.ex1": "4",
            "lab1.ex2": "0",
            "note": "handed in twice, the later one counts, late",
        }
        self.assertEqual(rows[0], expected)
        self.assertEqual(rows[1]["points"], "0")
        self.assertTrue(rows[1]["note"].endswith("late, not graded: frame.c:1: error: no"))
        self.assertEqual((rows[2]["name"], rows[2]["submission"]), ("", "labs"))

    def test_one_lab(self) -> None:
        """Columns of two labs would not be a gradebook."""
        with self.assertRaises(GraderError):
            to_csv([parse(plain()), parse({**plain(), "lab": 2})])

    def test_hostile(self) -> None:
        """No cell begins like a formula, and none is split."""
        documents = [parse(members) for members in hostile()]
        rows = self.rows(documents)
        for row, document in zip(rows, documents):
            self.assertEqual(row["submission"], document.id)
            self.assertIn(row["name"], (document.student.name, f"'{document.student.name}"))
            for cell in row.values():
                self.assertNotRegex(cell, r"^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
        self.assertGreaterEqual(sum(row["name"].startswith("'") for row in rows), 5)


class Gradescope(unittest.TestCase):
    """results.json."""

    def test_members(self) -> None:
        """Scores, states, numbers and explanations."""
        result = format_checks.gradescope(to_gradescope(parse(of_class())))
        self.assertEqual((result["score"], result["execution_time"]), (4, 3.25))
        tests = result["tests"]
        self.assertEqual([test["number"] for test in tests], ["1.1", "1.2", "2.1", "2.2"])
        self.assertEqual([test["score"] for test in tests], [2, 2, 0, 0])
        self.assertEqual([test["status"] for test in tests], ["passed"] + ["failed"] * 3)
        self.assertEqual(tests[1]["name"], "bad: what is bad")
        for words in ("expected: two and two (4); got: 5", "look there", "PANIC: it is broken"):
            self.assertIn(words, tests[1]["output"])

    def test_hidden(self) -> None:
        """Shown when grades are published, and then the category alone."""
        test = format_checks.gradescope(to_gradescope(parse(plain())))["tests"][3]
        self.assertEqual((test["name"], test["output"]), ("hidden test 1", "failed checks"))
        self.assertEqual(test["visibility"], "after_published")

    def test_notes_stay_with_the_instructor(self) -> None:
        """Notes about a submission are no business of its student's."""
        self.assertNotIn("handed in twice", to_gradescope(parse(of_class())))

    def test_not_built(self) -> None:
        """The reason stands at the top, once."""
        text = to_gradescope(parse(not_built("one.c:3: error: no")))
        self.assertEqual(format_checks.gradescope(text)["score"], 0)
        self.assertIn("one.c:3: error: no", format_checks.gradescope(text)["output"])
        self.assertEqual(text.count("one.c:3"), 1)

    def test_hostile(self) -> None:
        """Whatever a submission wrote."""
        for members in [*hostile(), together()]:
            text = to_gradescope(parse(members))
            result = format_checks.gradescope(text)
            self.assertEqual(result["score"], members["points"])
            self.assertLess(len(text), 2 << 20)


class Autolab(unittest.TestCase):
    """Feedback and its last line."""

    def test_scores(self) -> None:
        """Points by exercise."""
        text = to_autolab(parse(of_class()))
        result = format_checks.autolab(text)
        self.assertEqual(result["scores"], {"lab1.ex1": 4, "lab1.ex2": 0})
        self.assertEqual(result["scoreboard"], [4, 0, 4])
        self.assertIn("hidden test 1 (0 of 1): failed checks", text)
        self.assertIn("expected: two and two (4); got: 5", text)
        self.assertNotIn("handed in twice", text)

    def test_names_with_colons(self) -> None:
        """A name survives the rewriting."""
        members = plain()
        members["exercises"][0]["name"] = 'a word: and "another":'
        result = format_checks.autolab(to_autolab(parse(members)))
        self.assertEqual(list(result["scores"]), ['a word: and "another":', "lab1.ex2"])

    def test_hostile(self) -> None:
        """No text of a submission becomes the last line, or breaks it."""
        for members in [*hostile(), together()]:
            result = format_checks.autolab(to_autolab(parse(members)))
            self.assertEqual(result["scoreboard"][-1], members["points"])
            self.assertEqual(list(result["scores"]), ["lab1.ex1", "lab1.ex2"])

    def test_capped(self) -> None:
        """Endless feedback is cut, the scores are not."""
        members = of_class()
        members["tests"] = together()["tests"] * 40
        text = to_autolab(parse(members))
        self.assertEqual(format_checks.autolab(text)["scores"], {"lab1.ex1": 4, "lab1.ex2": 0})
        self.assertIn("(the rest is left out)", text)


class GitHub(unittest.TestCase):
    """The result object of GitHub Classroom."""

    def test_members(self) -> None:
        """State, scores, the place of the first failure."""
        result = format_checks.github(to_github(parse(of_class())))
        self.assertEqual((result["status"], result["max_score"]), ("fail", 7.5))
        self.assertEqual([test["score"] for test in result["tests"]], [2, 2, 0, 0])
        first, second = result["tests"][:2]
        self.assertEqual((first["status"], first["message"]), ("pass", None))
        self.assertEqual((second["status"], second["line_no"]), ("fail", 12))
        self.assertEqual(second["filename"], "labs/lab1-memory/one.c")
        told = "what is bad: expected: two and two (4); got: 5\n"
        self.assertTrue(second["message"].startswith(told))

    def test_states(self) -> None:
        """Full marks, and no kernel at all."""
        self.assertEqual(format_checks.github(to_github(parse(all_passed())))["status"], "pass")
        result = format_checks.github(to_github(parse(not_built("no frame.c"))))
        self.assertEqual({test["status"] for test in result["tests"]}, {"error"})
        self.assertEqual(result["tests"][0]["message"], "no frame.c")

    def test_hostile(self) -> None:
        """No command of the runner, and not too long for a variable."""
        for members in [*hostile(), together()]:
            result = format_checks.github(to_github(parse(members)))
            self.assertAlmostEqual(sum(t["score"] for t in result["tests"]), members["points"], 9)

    def test_sum(self) -> None:
        """GitHub adds up the tests; rounded thirds must not cost anybody a hundredth."""
        members = of_class()
        members["tests"] = [{**test, "points": 0.333} for test in members["tests"][1:] * 3]
        members["points"] = 3
        result = format_checks.github(to_github(parse(members)))
        self.assertAlmostEqual(sum(test["score"] for test in result["tests"]), 3, 9)
        members["tests"] = []
        self.assertEqual(format_checks.github(to_github(parse(members)))["tests"], [])

    def test_too_many_tests(self) -> None:
        """They are told by exercise, and the points stay."""
        members = together()
        members["tests"] *= 10
        result = format_checks.github(to_github(parse(members)))
        self.assertEqual(len(result["tests"]), 2)
        self.assertAlmostEqual(sum(t["score"] for t in result["tests"]), members["points"], 9)


class Same(unittest.TestCase):
    """All formats."""

    def test_times_apart(self) -> None:
        """Gradings that differ in time alone differ nowhere else."""
        slow = {**of_class(), "times": {"build": 7.0, "run": 8.5}}
        for known in FORMATS.values():
            texts = []
            for members in (of_class(), slow):
                one, every = known.of_one, known.of_all
                text = one(parse(members)) if one else every([parse(members)]) if every else ""
                texts.append(re.sub(r'(time"?[:=] ?"?)[0-9.]+', r"\1", text))
            self.assertEqual(texts[0], texts[1])


if __name__ == "__main__":
    unittest.main()
