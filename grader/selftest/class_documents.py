"""Results of a class that was never there: the JSON documents that grader/class would write.

Everything is drawn from a seed, so that a class of any size is the same whenever it is made.
"""

from __future__ import annotations

import random
from typing import Any, Dict, List, Sequence

Json = Dict[str, Any]

EXERCISES = (("lab1.ex1", "Take possession"), ("lab1.ex2", "Hand out"), ("lab1.ex3", "Map"))
#: Tests of an exercise; the last one is hidden.
TESTS = 6
FIRST = ("Ada", "Bela", "Chloé", "Dmitri", "Elif", "Farid", "Haruto", "Ines", "Lê", "Søren")
LAST = ("Abara", "Bergström", "Castillo", "Dvořák", "García", "Hoang", "Nakamura", "Öztürk", "Xu")
#: All tests of the lab.
LABELS = len(EXERCISES) * TESTS
#: Characters that nobody sees.
INVISIBLE = "a\u202eb\u0007c\u2066d\ufeffe\ud800f"
#: A word that no line has room for.
LONG = "long" * 60
#: What a text may hold to become part of the page.
HOSTILE = (
    '</script><script>window.broken=1</script><img src=x onerror="window.broken=1">'
    "' onmouseover='window.broken=1' <svg onload=window.broken=1> &lt;b&gt; ]]> --> " + LONG
)


def document(name: str, verdicts: Sequence[str], **more: Any) -> Json:
    """The document of a submission whose tests came out like this, exercise by exercise."""
    tests = [_test(number, verdict, name) for number, verdict in enumerate(verdicts)]
    made: Json = {
        "schema": "cairn.grade/1",
        "id": name,
        "student": {"id": name, "name": "", "email": f"{name}@example.org"},
        "notes": [],
        "lab": 1,
        "submission": f"out/submissions/{name}",
        "reference": "",
        "seed": 7,
        "emulators": ["qemu"],
        "points": sum(test["points"] for test in tests),
        "max_points": sum(test["max_points"] for test in tests),
        "passed": all(test["passed"] for test in tests),
        "build": {"passed": True, "errors": []},
        "exercises": [_exercise(row, tests) for row in EXERCISES],
        "tests": tests,
        "times": {"build": 1.25, "run": 98765.5},
    }
    return {**made, **more}


def unbuilt(name: str, *errors: str, **more: Any) -> Json:
    """The document of a submission that could not be built."""
    build = {"passed": False, "errors": list(errors)}
    return document(name, ["not_built"] * LABELS, build=build, **more)


def mixed() -> List[Json]:
    """One of each kind, in the order of their names."""
    half = ["passed"] * TESTS + ["panic"] * TESTS + ["failed_checks"] * TESTS
    return [
        unbuilt("absent", "nothing was handed in"),
        unbuilt("broken", "frame.c:1: error: no", "and more", notes=["not an archive"]),
        document("full", ["passed"] * LABELS),
        document("half", half, notes=["handed in twice", "late"]),
        document("lazy", ["missing_exercise"] * LABELS),
    ]


def a_class(count: int, seed: int = 1) -> List[Json]:
    """A class with every kind of result."""
    dice = random.Random(seed)
    return [_member(f"student{number:03}", number, dice) for number in range(count)]


def _member(name: str, number: int, dice: random.Random) -> Json:
    called = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
    more: Json = {"student": {"id": name, "name": called, "email": f"{name}@example.org"}}
    if number % 11 == 5:
        more["notes"] = ["handed in twice; the later one counts"]
    if number % 17 == 8:
        return unbuilt(name, "nothing was handed in", **more)
    if number % 13 == 6:
        return unbuilt(name, "lab1-memory/frame.c:3:1: error: stray '\\' in program", **more)
    if number % 5 == 0:
        return document(name, ["passed"] * LABELS, **more)
    if number % 19 == 3:
        return document(name, ["missing_exercise"] * LABELS, **more)
    skill = dice.random()
    verdicts: List[str] = []
    for _ in EXERCISES:
        written = dice.random() < 0.4 + skill
        kinds = ("failed_checks", "panic") if written else ("missing_exercise",)
        right = 0.3 + 0.7 * skill if written else 0.0
        verdicts += [
            "passed" if dice.random() < right else dice.choice(kinds) for _ in range(TESTS)
        ]
    return document(name, verdicts, **more)


def _exercise(row: Sequence[str], tests: Sequence[Json]) -> Json:
    own = [test for test in tests if test["exercise"] == row[0]]
    points = {key: sum(test[key] for test in own) for key in ("points", "max_points")}
    return {"name": row[0], "title": row[1], **points}


def _test(number: int, verdict: str, name: str) -> Json:
    exercise, place = divmod(number, TESTS)
    hidden, passed = place == TESTS - 1, verdict == "passed"
    return {
        "name": f"hidden test {exercise + 1}" if hidden else f"test_{exercise + 1}_{place + 1}",
        "exercise": EXERCISES[exercise][0],
        "title": "" if hidden else f"what test {place + 1} is about",
        "hidden": hidden,
        "points": 2 if passed else 0.5 if verdict == "failed_checks" else 0,
        "max_points": 2,
        "passed": passed,
        "outcomes": [_outcome(number, verdict, name, hidden)],
    }


def _outcome(number: int, verdict: str, name: str, hidden: bool) -> Json:
    made: Json = {"emulator": "qemu", "schedule": 5, "verdict": verdict, "trace": None}
    if hidden:
        return made
    failed = verdict != "passed"
    made["parts"] = [{"name": "first part", "passed": True}, {"name": "", "passed": not failed}]
    made["hint"] = f"look at {number}"
    made["look_at"] = f"frame.c:{number}, exercise frames"
    made["command"] = f"grader/grade --lab 1 --submission out/submissions/{name} test_{number}"
    made["findings"] = [_finding(verdict, number)] if failed else []
    if failed and verdict != "not_built":
        trace = ["    1  10 test.begin name=x", "    2  20 test.fail part=1"]
        made["evidence"] = {"trace": trace, "console": ["Cairn", "PANIC"]}
    return made


def _finding(verdict: str, number: int) -> Json:
    actual = {
        "failed_checks": f"{number} (0x{number:x})",
        "panic": "panic: this must hold, but does not: order < ORDERS",
        "missing_exercise": "frame_alloc() is not implemented yet",
    }
    return {
        "what": f"check {number}" if verdict == "failed_checks" else "",
        "expected": "1 (0x1)" if verdict == "failed_checks" else "the test ends",
        "actual": actual.get(verdict, "it does not"),
        "file": "lab1-memory/frame.c",
        "line": {"panic": 73, "missing_exercise": 0}.get(verdict, number),
        "exercise": "",
        "details": ["in frame_alloc() at lab1-memory/frame.c:73"] if verdict == "panic" else [],
    }


def hostile(name: str) -> Json:
    """A document in which every text tries to become part of the page."""
    whole = ["failed_checks", "panic", "missing_exercise", "guest_time_limit"]
    made = document(name, (whole * LABELS)[:LABELS])
    made = _spoilt(made)
    made.update(schema="cairn.grade/1", id=name)
    for exercise, row in enumerate(made["exercises"]):
        row["name"] = f"{exercise}{HOSTILE}"
    for number, test in enumerate(made["tests"]):
        test["exercise"] = f"{number // TESTS}{HOSTILE}"
        test["name"] = f"{number}{HOSTILE}"
    return made


def _spoilt(value: Any) -> Any:
    """The same with every text replaced."""
    if isinstance(value, dict):
        return {key: _spoilt(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_spoilt(inner) for inner in value]
    return HOSTILE if isinstance(value, str) else value
