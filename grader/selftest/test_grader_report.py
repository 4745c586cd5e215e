"""Reports: text for people, JSON for programs, from results that are made up here."""

from __future__ import annotations

import json
import re
import unittest
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List

from cairn_grader.catalogue import Exercise, Lab, Test
from cairn_grader.findings import Call, Finding
from cairn_grader.grading import Request, Result, TestResult
from cairn_grader.places import Where
from cairn_grader.report import Style, run_command
from cairn_grader.report_json import SCHEMA, to_json
from cairn_grader.report_text import to_text
from cairn_grader.run import End, Run
from cairn_grader.runner import Outcome, Settings, plan, repetitions
from cairn_grader.sentences import sentence
from cairn_grader.trace import parse_trace
from cairn_grader.verdict import Kind, Part, Verdict, judge, not_built
from kit import ROOT

ORDER = 1

TESTS = (
    Test("good", "lab1.ex1", 2, "what is good"),
    Test("bad", "lab1.ex1", 3, "what is bad", hint="look there", parts=3, schedules=(4, 5)),
    Test("later", "lab1.ex2", 1.5, "what comes later"),
    Test("secret", "lab1.ex2", 1, "secret title", hint="secret hint", hidden=True),
)
LAB = Lab(
    1,
    "Memory",
    (Exercise("lab1.ex1", "The first", "one.c"), Exercise("lab1.ex2", "The second", "two.c")),
    TESTS,
    contracts={"one.c": "kernel/one.h"},
)
#: Exercises of files that the kit really has.
EXERCISES = (Exercise("lab1.ex2", "The second", "frame.c"),)
CALLS = (
    Call("memset", "src/kernel/x86/memory_ops.S", 5),
    Call("help", "labs/lab1-memory/frame.c", 7),
    Call("frame_alloc", "labs/lab1-memory/frame.c", 9),
    Call("kernel_main", "src/kernel/main.c", 11),
)
CHECK = Finding("4", "5", "two and two", "labs/lab1-memory/one.c", 12, "lab1.ex1", ("in f()",))
SECOND = replace(CHECK, what="three and three", line=13)
UNDONE = Finding("exercise lab1.ex2 is done", "f() is not implemented yet", exercise="lab1.ex2")
SECRET = Finding("secret expected", "secret actual", "secret check")


def beginnings(text: str) -> int:
    """How many failures a text tells; each must begin with its three lines, the first at once."""
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("FAILED")]
    assert text.startswith("FAILED  "), text
    for block in blocks:
        assert re.match(r"FAILED  (?:.+: )?expected: \S.*; got: \S.*$", block[0]), text
        assert re.match(r"  look at: \S.*; handout(?: of lab \d)?: exercise \d", block[1]), text
        assert re.match(r"  run:     (make|grader/grade) ", block[2]), text
    return len(blocks)


def outcome(test: Test, verdict: Verdict) -> Outcome:
    """An outcome in QEMU."""
    return Outcome(test, "qemu", test.schedules[-1], verdict, Run(End.POWER_OFF, console="hi\n"))


def result(submission: str = "labs", **times: float) -> Result:
    """One test passed, one failed in part, one is undone, one is hidden."""
    parts = [Part("a", True), Part("b", False), Part("c", True)]
    verdicts = [
        Verdict(Kind.PASSED, [Part("", True)]),
        Verdict(Kind.CHECKS, parts, [CHECK] * 3 + [SECOND] * 3),
        Verdict(Kind.MISSING, [Part("", False)], [UNDONE]),
        Verdict(Kind.CHECKS, [Part("", False)], [SECRET]),
    ]
    request = Request(
        Path("/kit"), LAB, Path(submission), Path("/b"), settings=Settings(seed=7, jobs=1)
    )
    tests = [TestResult(t, (outcome(t, v),)) for t, v in zip(TESTS, verdicts)]
    return Result(request, tests, times=times)


class Text(unittest.TestCase):
    """What people read."""

    def test_failure(self) -> None:
        """Three lines first, and the rest behind them."""
        lines = to_text(result(), Style(command=("grader/grade", "--lab", "1"))).splitlines()
        self.assertEqual(
            lines[:8],
            [
                "FAILED  what is bad: expected: two and two (4); got: 5",
                "  look at: one.c; handout: exercise 1; contract: src/kernel/one.h",
                '  run:     make run-bad LAB=1 ARGS="--seed 7 --schedule 5"',
                "  hint:    look there",
                "  test:    bad (2 of 3 points, QEMU): what is bad; not passed: b",
                "  check:   labs/lab1-memory/one.c:12",
                "           in f()",
                "  also:    what is bad: expected: three and three (4); got: 5",
            ],
        )
        self.assertEqual(sum(line.startswith("  also:") for line in lines), 1)
        self.assertIn("  and 4 further failures", lines)

    def test_hidden_points_are_said(self) -> None:
        """A copy without the hidden tests says what they are worth, if all others were run."""
        visible = replace(result(), tests=result().tests[:3])
        for points, said in ((8.5, "; 2 more are given by hidden tests"), (6.5, ""), (0, "")):
            visible.request = replace(
                visible.request, lab=replace(LAB, tests=TESTS[:3], points=points)
            )
            last = to_text(visible, Style()).splitlines()[-1]
            self.assertIn(f"of 6.5 points, 1 of 3 tests passed, 0.0 s{said}", last)
            self.assertEqual(said != "", "hidden" in last)
        visible.tests.pop()
        self.assertNotIn("hidden", to_text(visible, Style()))

    def test_nothing_before(self) -> None:
        """Whatever a test fails of: three lines begin it, the first of them the whole text."""
        panic = Finding("the test ends", "panic: no", calls=CALLS, ended=True)
        for found in (CHECK, UNDONE, panic, replace(CHECK, what="", part="the part")):
            for kind in Kind:
                for style in (Style(), Style(verbose=True)):
                    with self.subTest(kind=kind.value, found=found.expected):
                        failed = result()
                        verdict = Verdict(kind, [Part("", False)], [found])
                        if kind not in (Kind.PASSED, Kind.NOT_BUILT):
                            failed.tests = [TestResult(TESTS[1], (outcome(TESTS[1], verdict),))]
                            self.assertEqual(beginnings(to_text(failed, style)), 1)

    def test_where_to_look(self) -> None:
        """The functions on the stack; those that a check names; those of the test; the file."""
        where = Where(ROOT, replace(LAB, exercises=EXERCISES), lambda path: path)
        test = replace(TESTS[0], exercise="lab1.ex2", title="what kfree() does")
        plain = Finding("4", "5", "two and two")
        for finding, about, told in (
            (replace(plain, calls=CALLS, ended=True), (),
             "help() at labs/lab1-memory/frame.c:7, called from frame_alloc() at "
             'labs/lab1-memory/frame.c:9; handout: exercise 2 and "When it panics"'),
            (replace(plain, what="frame_release() and kfree() agree"), ("frame_alloc",),
             "frame_release() in labs/lab1-memory/frame.c; handout: exercise 2"),
            (replace(plain, part="after frame_retain()"), ("frame_alloc",),
             "frame_retain() in labs/lab1-memory/frame.c; handout: exercise 2"),
            (plain, ("frame_alloc", "frame_check"),
             "frame_alloc(), frame_check() in labs/lab1-memory/frame.c; handout: exercise 2"),
            (plain, (), "labs/lab1-memory/frame.c; handout: exercise 2"),
        ):  # fmt: skip
            with self.subTest(told):
                self.assertEqual(where.look_at(replace(test, about=about), finding), told)

    def test_where_a_later_lab_looks(self) -> None:
        """In its own handout, if a function of its own called the one that was found."""
        later = replace(LAB, number=2, exercises=(Exercise("lab2.ex5", "Copies", "user.c"),))
        where = Where(ROOT, later, lambda path: path)
        test = replace(TESTS[0], exercise="lab2.ex5", about=())
        called = [
            Call("fault_resolve", "labs/lab1-memory/fault.c", 27),
            Call("copy_from_user", "labs/lab2-processes/user.c", 116),
        ]
        for calls, handout in ((called, "handout"), (called[:1], "handout of lab 1")):
            told = where.look_at(test, Finding("an end", "none", calls=calls, ended=True))
            self.assertRegex(told, rf'^fault_resolve\(\) at .*; {handout}: exercise 5 and "When')

    def test_where_a_process_began(self) -> None:
        """That says nothing about what it does, unless nothing else was on the stack."""
        where = Where(ROOT, replace(LAB, number=2), lambda path: path)
        test = replace(TESTS[0], exercise="lab2.ex5", about=("syscall_dispatch",))
        bottom = Call("kernel_process_start", "labs/lab2-processes/switch.S", 66)
        for calls, function in (
            ([Call("ktest_run", "src/kernel/ktest.c", 5), bottom], "syscall_dispatch"),
            ([bottom], "kernel_process_start"),
        ):
            told = where.look_at(test, Finding("an end", "none", calls=calls, ended=True))
            self.assertRegex(told, rf"^{function}\(\)")

    def test_commands(self) -> None:
        """As short as can be from the kit's folder; whole words from elsewhere."""
        plain = result()
        plain.request = replace(plain.request, settings=Settings())
        good = plain.tests[0].outcomes[0]
        for command, told in (
            (("grader/grade",), "make run-good LAB=1"),
            (("grader/grade", "--lab", "1", "--ref", "all"), "make run-good LAB=1 REF=all"),
            (("grader/grade", "--submission", "/me/x"), "make run-good LABS=/me/x LAB=1"),
            (("./grade", "--lab", "1"), "./grade --lab 1 good"),
            (("grader/grade", "--submission", "a b"), "grader/grade --submission 'a b' good"),
        ):
            found = run_command(plain, good, Style(command=command))
            self.assertEqual(sorted(found.split()), sorted(told.split()))
        elsewhere = replace(good, emulator="bochs")
        self.assertIn('ARGS="--emulator bochs"', run_command(plain, elsewhere, Style()))

    def test_points(self) -> None:
        """By exercise, and in the last line."""
        lines = to_text(result(build=1.25, run=1), Style()).splitlines()
        self.assertTrue(any(re.search(r"^lab1\.ex1 +The first +4 / 5$", line) for line in lines))
        self.assertTrue(any("0 / 2.5" in line for line in lines))
        self.assertEqual(lines[-1], "Lab 1 in QEMU: 4 of 7.5 points, 1 of 4 tests passed, 2.2 s")

    def test_undone(self) -> None:
        """What to do next is said once, in one place."""
        text = to_text(result(), Style())
        self.assertIn("Next: exercise lab1.ex2", text)
        self.assertEqual(text.count("is not implemented yet"), 1)

    def test_hidden(self) -> None:
        """Of a hidden test only the category is told, unless asked."""
        text = to_text(result(), Style(verbose=True))
        told = "FAILED  hidden test 1 of lab1.ex2: expected: it passes; got: failed checks"
        self.assertIn(told, text)
        self.assertNotIn("secret", text)
        self.assertIn("secret actual", to_text(result(), Style(reveal=True)))

    def test_own_paths(self) -> None:
        """A submission elsewhere has its own paths."""
        text = to_text(result("/home/me/work"), Style())
        self.assertIn("/home/me/work/lab1-memory/one.c:12", text)

    def test_colour(self) -> None:
        """Escape sequences only if asked."""
        self.assertNotIn("\033", to_text(result(), Style()))
        self.assertIn("\033[31mFAILED\033[0m", to_text(result(), Style(colour=True)))

    def test_not_built(self) -> None:
        """The compiler's words, and no more."""
        bad = result()
        bad.build_errors = ["In function f:", "one.c:3: error: no"]
        bad.tests = [TestResult(t, (outcome(t, not_built(t, bad.build_errors)),)) for t in TESTS]
        text = to_text(bad, Style())
        self.assertEqual(
            text.splitlines()[:4],
            [
                "FAILED  expected: the submission builds; got: one.c:3: error: no",
                "  look at: one.c:3",
                "  run:     make kernel LAB=1",
                "    In function f:",
            ],
        )
        self.assertIn("0 of 7.5 points", text)
        self.assertNotIn("run-", text)
        for error, place in (
            ("one.c: error: it must not refer to 'outb'", "one.c"),
            ("error: compiling took more than 240 s", "the files of the submission, "),
        ):
            bad.build_errors = [error]
            lines = to_text(bad, Style()).splitlines()
            self.assertTrue(lines[1].startswith(f"  look at: {place}"), lines[1])
            self.assertEqual(lines[2], "  run:     make grade LAB=1")


class Sentences(unittest.TestCase):
    """The first line."""

    def test_values(self) -> None:
        """Each kind of check, as a person reads it."""
        for what, expected, actual, told in (
            ("it is so", "true: a != b", "false", "it is so; got: that does not hold"),
            ("", "true: a != b", "false", "a != b; got: that does not hold"),
            ("it is so", "true", "false", "it is so; got: that does not hold"),
            ("it is 3", "3 (0x3)", "0 (0)", "it is 3 (3); got: 0"),
            ("an address", "8192 (0x2000)", "4294967295 (0xffffffff)",
             "an address (8192 (0x2000)); got: -1"),
            ("an address", "8388608 (0x800000)", "4026531840 (0xf0000000)",
             "an address (0x800000); got: 0xf0000000"),
            ("it is done", "0", "-E_BUSY", "it is done; got: -E_BUSY"),
            ("it is refused", "-E_BUSY", "0", "it is refused (-E_BUSY); got: 0, which is no error"),
            ("", "the test ends", "panic: no", "the test ends; got: panic: no"),
            ("", "exit with code 110", "exit with code 5",
             "exit with code 110 (E_TIMED_OUT); got: exit with code 5 (E_IO)"),
            ("", "exit with code 0", "exit with code 5", "exit with code 0; got: exit with code 5"),
            ("", "6 (0x6)", "-110", "6; got: -110 (-E_TIMED_OUT)"),
            ("", "6 (0x6)", "-1", "6; got: -1"),
            ("", "1074786304 to 1074790384", "1074792215",
             "0x400ff000 to 0x400ffff0; got: 0x40100717"),
            ("", "3 to 5", "7", "3 to 5; got: 7"),
        ):  # fmt: skip
            self.assertEqual(sentence(what, expected, actual), f"expected: {told}")

    def test_context(self) -> None:
        """What it belongs to."""
        told = "expected: 1; got: 2"
        self.assertEqual(sentence("", "1", "2", "title"), f"title: {told}")
        self.assertEqual(sentence("", "1", "2", "title", "part"), f"title (part): {told}")
        self.assertEqual(sentence("", "1", "2", part="part"), f"part: {told}")


class Json(unittest.TestCase):
    """What programs read."""

    def document(self, style: Style = Style()) -> Dict[str, Any]:
        """The JSON of the result above."""
        return dict(json.loads(to_json(result(build=1.0), style)))

    def test_members(self) -> None:
        """Every member that the description names."""
        document = self.document()
        self.assertEqual(document["schema"], SCHEMA)
        self.assertEqual((document["points"], document["max_points"]), (4, 7.5))
        self.assertFalse(document["passed"])
        self.assertEqual(document["exercises"][0]["points"], 4)
        test = document["tests"][1]
        self.assertEqual((test["name"], test["points"], test["max_points"]), ("bad", 2, 3))
        found = test["outcomes"][0]
        self.assertEqual(found["verdict"], "failed_checks")
        self.assertEqual(found["findings"][0]["expected"], "4")
        self.assertEqual([part["passed"] for part in found["parts"]], [True, False, True])

    def test_small_tests(self) -> None:
        """Points of single tests are exact, so that anybody can add them up."""
        tests = [replace(TESTS[0], name=f"t{n}", points=0.125) for n in range(2)]
        small = result()
        passed = Verdict(Kind.PASSED, [Part("", True)])
        small.tests = [TestResult(test, (outcome(test, passed),)) for test in tests]
        document = json.loads(to_json(small, Style()))
        self.assertEqual([test["max_points"] for test in document["tests"]], [0.125, 0.125])
        self.assertEqual((document["points"], document["max_points"]), (0.25, 0.25))

    def test_hidden(self) -> None:
        """Nothing of a hidden test but its category."""
        self.assertNotIn("secret", json.dumps(self.document()))
        self.assertEqual(self.document()["tests"][3]["outcomes"][0]["verdict"], "failed_checks")
        self.assertIn("secret check", json.dumps(self.document(Style(reveal=True))))

    def test_times_apart(self) -> None:
        """Two runs differ in the member `times` alone."""
        texts = [to_json(result(build=seconds), Style()) for seconds in (1.0, 2.0)]
        documents = [json.loads(text) for text in texts]
        self.assertNotEqual(documents[0].pop("times"), documents[1].pop("times"))
        self.assertEqual(documents[0], documents[1])


class Plan(unittest.TestCase):
    """Which tests share a boot."""

    def boots(self, tests: List[Test], emulator: str) -> List[List[str]]:
        """The names of each boot's tests."""
        settings = Settings(emulators=(emulator,))
        return [[test.name for test in job.tests] for job in plan(tests, settings)]

    def test_qemu(self) -> None:
        """Each test alone, once for each schedule."""
        self.assertEqual(
            self.boots(list(TESTS), "qemu"), [["good"], ["bad"], ["bad"], ["later"], ["secret"]]
        )

    def test_qemu_shared(self) -> None:
        """Where that is asked for, they share boots as in Bochs."""
        tests = [Test(f"t{n}", "lab1.ex1", 1, "t") for n in range(9)]
        jobs = plan(tests, Settings(share_boots=True))
        self.assertEqual([len(job.tests) for job in jobs], [8, 1])

    def test_bochs(self) -> None:
        """Tests for the same machine together, at most eight; others alone."""
        tests = [Test(f"t{n}", "lab1.ex1", 1, "t") for n in range(9)]
        tests += [
            Test("large", "lab1.ex1", 1, "t", memory=64),
            Test("options", "lab1.ex1", 1, "t", options="memmap=1M@1M"),
            Test("alone", "lab1.ex1", 1, "t", alone=True),
            Test("panic", "lab1.ex1", 1, "t", expect=("panic", "trap")),
            Test("never", "lab1.ex1", 1, "t", emulators=("qemu",)),
        ]
        self.assertEqual(
            self.boots(tests, "bochs"),
            [[f"t{n}" for n in range(8)], ["t8"]] + [["large"], ["options"], ["alone"], ["panic"]],
        )

    def repeated(self, trace: bytes, left_over: bool = False) -> List[List[str]]:
        """What runs again after a boot of four tests of which only the first passed."""
        tests = [Test(f"t{n}", "lab1.ex1", 1, "t") for n in range(4)]
        job = replace(plan(tests, Settings(emulators=("bochs",)))[0], left_over=left_over)
        run = Run(End.POWER_OFF, trace=parse_trace(trace))
        outcomes = [Outcome(test, "bochs", 5, judge(test, run), run) for test in tests]
        return [[test.name for test in again.tests] for again in repetitions(job, outcomes)]

    def test_repetitions(self) -> None:
        """What failed runs alone; what did not get its turn shares another boot, once."""
        ends = b"seq=0 t=1 ev=test.begin name=t0 seed=1\nseq=1 t=1 ev=test.end name=t0 "
        ends += b"failures=0 parts=1\nseq=2 t=2 ev=test.begin name=t1 seed=1\n"
        self.assertEqual(self.repeated(ends), [["t1"], ["t2", "t3"]])
        self.assertEqual(self.repeated(ends, left_over=True), [["t1"], ["t2"], ["t3"]])

    def test_no_turn_for_any(self) -> None:
        """A failure before the first test holds for all, if the kernel reported it."""
        todo = b"seq=0 t=1 ev=todo exercise=lab1.ex1 function=f file=x\n"
        off = b"seq=1 t=1 ev=power.off reason=todo\n"
        self.assertEqual(self.repeated(todo + off), [])
        self.assertEqual(self.repeated(b""), [["t0", "t1", "t2", "t3"]])
        self.assertEqual(self.repeated(b"", left_over=True), [["t0"], ["t1"], ["t2"], ["t3"]])


if __name__ == "__main__":
    unittest.main()
