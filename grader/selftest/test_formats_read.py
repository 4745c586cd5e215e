"""JUnit XML and TAP, read by what other people wrote to read them."""

from __future__ import annotations

import json
import re
import unittest
import xml.etree.ElementTree as ElementTree
from typing import Any, Dict, List, Sequence

from cairn_grader.formats.document import Document, parse
from cairn_grader.formats.junit import to_junit
from cairn_grader.formats.tap import to_tap
from format_samples import Members, all_passed, hostile, not_built, of_class, plain, together
from kit import ROOT, KitTest, need, run

ORDER = 2
SCHEMA = ROOT / "grader" / "selftest" / "schemas" / "junit.xsd"

#: Prints what Perl's own reader of TAP finds: tests as JSON lines, then its complaints.
TAP_READER = """
use strict; use warnings; use TAP::Parser; use JSON::PP;
my $json = JSON::PP->new->utf8->canonical;
my $parser = TAP::Parser->new({ source => \\*STDIN });
while (my $result = $parser->next) {
    if ($result->is_test) {
        print $json->encode({ ok => $result->is_actual_ok ? 1 : 0, number => $result->number,
            directive => $result->directive, description => $result->description }), "\\n";
    } elsif ($result->is_yaml) {
        print $json->encode({ yaml => $result->data }), "\\n";
    } elsif (!$result->is_plan && !$result->is_version && !$result->is_comment) {
        print $json->encode({ other => $result->raw }), "\\n";
    }
}
print $json->encode({ errors => [$parser->parse_errors], plan => $parser->tests_planned }), "\\n";
"""


class JUnit(KitTest):
    """XML."""

    def validated(self, documents: Sequence[Document]) -> ElementTree.Element:
        """The XML, read back after its schema was checked."""
        path = self.folder / "results.xml"
        path.write_text(to_junit(documents), encoding="utf-8")
        self.must_succeed("xmllint", "--noout", "--huge", "--schema", SCHEMA, path)
        return ElementTree.parse(path).getroot()

    @need("xmllint")
    def test_elements(self) -> None:
        """Suites, cases, counts and points."""
        root = self.validated([parse(of_class()), parse(not_built("no"))])
        suites = root.findall("testsuite")
        self.assertEqual([suite.get("failures") for suite in suites], ["3", "0"])
        self.assertEqual([suite.get("errors") for suite in suites], ["0", "4"])
        self.assertEqual((root.get("tests"), root.get("failures")), ("8", "3"))
        self.assertEqual((root.get("time"), suites[0].get("time")), ("6.50", "3.25"))
        case = suites[0].findall("testcase")[1]
        self.assertEqual((case.get("classname"), case.get("name")), ("lab1.ex1", "bad"))
        points = case.find("properties/property[@name='points']")
        assert points is not None
        self.assertEqual(points.get("value"), "2")
        failure = case.find("failure")
        assert failure is not None and failure.text is not None
        self.assertEqual(failure.get("type"), "failed_checks")
        self.assertIn("look there", failure.text)
        self.assertIn("PANIC: it is broken", case.findtext("system-out") or "")

    @need("xmllint")
    def test_hostile(self) -> None:
        """Valid whatever the texts are, and the texts are there."""
        documents = [parse(members) for members in [*hostile(), together()]]
        root = self.validated(documents)
        for suite, document in zip(root.findall("testsuite"), documents):
            names = [case.get("name") for case in suite.findall("testcase")]
            self.assertEqual(names, [test.name for test in document.tests])

    @need("xmllint")
    def test_schema_can_refuse(self) -> None:
        """The schema is not one that allows everything."""
        text = to_junit([parse(plain())])
        path = self.folder / "wrong.xml"
        for old, new in (('tests="4"', 'tests="x"'), ("<failure", "<fail"), (' time="3.25"', "")):
            self.assertIn(old, text)
            wrong = text.replace(old, new).replace("</failure", new.replace("<", "</", 1))
            path.write_text(wrong, encoding="utf-8")
            done = run("xmllint", "--noout", "--schema", SCHEMA, path)
            self.assertNotEqual(done.returncode, 0, new)


class Tap(KitTest):
    """The Test Anything Protocol."""

    def found(self, members: Members) -> List[Dict[str, Any]]:
        """What Perl's reader finds; one that knows TAP 13 only is told that it is that."""
        text = to_tap(parse(members))
        self.assertTrue(text.startswith("TAP version 14\n1.."))
        for version in (14, 13):
            shown = text.replace("TAP version 14", f"TAP version {version}", 1)
            done = run("perl", "-e", TAP_READER, stdin=shown)
            self.assertEqual(done.returncode, 0, done.stderr)
            rows = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
            if not any("TAP specified version" in error for error in rows[-1]["errors"]):
                break
        self.assertEqual(rows[-1], {"errors": [], "plan": len(members["tests"])})
        return rows[:-1]

    @need("perl")
    def test_tests(self) -> None:
        """Results in their order, with diagnostics of those that failed."""
        rows = self.found(of_class())
        tests = [row for row in rows if "ok" in row]
        self.assertEqual([row["ok"] for row in tests], [1, 0, 0, 0])
        self.assertEqual([row["number"] for row in tests], [1, 2, 3, 4])
        self.assertEqual(tests[1]["description"], "- lab1.ex1 bad: what is bad")
        diagnostics = [row["yaml"] for row in rows if "yaml" in row]
        self.assertEqual(len(diagnostics), 3)
        told = "what is bad: expected: two and two (4); got: 5"
        self.assertEqual(diagnostics[0]["message"], told)
        self.assertEqual((diagnostics[0]["file"][-5:], diagnostics[0]["line"]), ("one.c", "12"))
        self.assertEqual(diagnostics[2]["category"], "failed checks")

    @need("perl")
    def test_hostile(self) -> None:
        """No text skips a test, ends the run or is taken for TAP."""
        members = together()
        rows = self.found(members)
        tests = [row for row in rows if "ok" in row]
        self.assertEqual({row["directive"] for row in tests}, {""})
        self.assertEqual([row["ok"] for row in tests], [int(t["passed"]) for t in members["tests"]])
        self.assertFalse([row for row in rows if "other" in row])
        self.assertEqual(len(rows), len(tests) + sum(not row["ok"] for row in tests))
        self.found(hostile()[-1])

    @need("prove")
    def test_prove(self) -> None:
        """`prove` fails exactly the tests that failed, and passes full marks."""
        for members, status in ((of_class(), 1), (all_passed(), 0), (together(), 1)):
            path = self.folder / "result.tap"
            path.write_text(to_tap(parse(members)), encoding="utf-8")
            done = run("prove", "--exec", "cat", path)
            if "don't know about versions later than 13" in done.stdout:
                path.write_text(path.read_text("utf-8").replace("14", "13", 1), encoding="utf-8")
                done = run("prove", "--exec", "cat", path)
            self.assertEqual(done.returncode, status, done.stdout)
            self.assertNotIn("Parse errors", done.stdout)
            failed = sum(not test["passed"] for test in members["tests"])
            found = re.search(r"Tests: (\d+) Failed: (\d+)", done.stdout)
            counted = found.groups() if found else (str(len(members["tests"])), "0")
            self.assertEqual(counted, (str(len(members["tests"])), str(failed)))

    def test_yaml(self) -> None:
        """The diagnostics are YAML to a full reader, too."""
        try:
            import yaml
        except ImportError:
            self.skipTest("not installed: python3-yaml")
        for members in (of_class(), together(), not_built("a", "b")):
            document = parse(members)
            blocks = re.findall(r"^  ---\n(.*?)^  \.\.\.$", to_tap(document), re.M | re.S)
            failed = [test for test in document.tests if not test.passed]
            self.assertEqual(len(blocks), len(failed))
            for block, test in zip(blocks, failed):
                shown = yaml.safe_load(block)
                self.assertEqual(shown["max_points"], test.max_points)
                if not test.hidden:
                    self.assertEqual(shown["actual"], test.outcomes[0].findings[0].actual)


class Script(KitTest):
    """The instructor's guide shows how a script reads a document."""

    def test_example_of_the_guide(self) -> None:
        """It prints points and the tests that failed."""
        guide = (ROOT / "docs" / "instructor.md").read_text(encoding="utf-8")
        example = re.search(r"^python3 -c '([^']+)' OUT/results/\*\.json$", guide, re.MULTILINE)
        assert example is not None
        (self.folder / "ada.json").write_text(json.dumps(of_class()), encoding="utf-8")
        (self.folder / "bob.json").write_text(json.dumps(all_passed()), encoding="utf-8")
        command = ("python3", "-c", example.group(1), "ada.json", "bob.json")
        printed = run(*command, cwd=self.folder).stdout.splitlines()
        self.assertRegex(printed[0], r"^[\d.]+ ada\.json bad\b")
        self.assertRegex(printed[1], r"^[\d.]+ bob\.json$")


if __name__ == "__main__":
    unittest.main()
