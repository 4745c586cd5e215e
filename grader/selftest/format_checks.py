"""What a platform would do with a result, as strictly as its documentation allows.

A check raises AssertionError, or whatever a reader of JSON raises.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any, Dict, List

#: The members of Gradescope's results.json that its specification lists, with their types.
GRADESCOPE_TOP = {
    "score": (int, float),
    "execution_time": (int, float),
    "output": str,
    "output_format": str,
    "test_output_format": str,
    "test_name_format": str,
    "visibility": str,
    "stdout_visibility": str,
    "extra_data": dict,
    "tests": list,
    "leaderboard": list,
}
GRADESCOPE_TEST = {
    "score": (int, float),
    "max_score": (int, float),
    "status": str,
    "name": str,
    "name_format": str,
    "number": str,
    "output": str,
    "output_format": str,
    "tags": list,
    "visibility": str,
    "extra_data": dict,
}
VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")
GITHUB_TEST = {
    "name": str,
    "status": str,
    "score": (int, float),
    "message": (str, type(None)),
    "test_code": str,
    "filename": str,
    "line_no": int,
    "duration": (int, float),
}


def must(condition: bool, what: str) -> None:
    """AssertionError unless something holds."""
    if not condition:
        raise AssertionError(what)


def members_fit(members: Dict[str, Any], types: Dict[str, Any], place: str) -> None:
    """Every member is known and has its type; a truth value is no number."""
    must(isinstance(members, dict), f"{place} is an object")
    for name, value in members.items():
        must(name in types, f"{place}.{name} is a documented member")
        fits = isinstance(value, types[name]) and not isinstance(value, bool)
        must(fits, f"{place}.{name} has the documented type: {value!r:.80}")


def visible_text(text: str) -> None:
    """No control characters but ends of lines, nothing that cannot be encoded."""
    text.encode("utf-8")
    for line in text.split("\n"):
        must(line.isprintable(), f"printable: {line!r:.80}")


def gradescope(text: str) -> Dict[str, Any]:
    """The decoded results.json."""
    text.encode("ascii")
    result = dict(json.loads(text))
    members_fit(result, GRADESCOPE_TOP, "results")
    must(result["visibility"] in VISIBILITIES, "visibility is known")
    must(result["stdout_visibility"] in VISIBILITIES, "stdout_visibility is known")
    formats = ("output_format", "test_output_format", "test_name_format")
    must(all(result[name] == "text" for name in formats), "everything is plain text")
    visible_text(result["output"])
    for number, test in enumerate(result["tests"]):
        _gradescope_test(test, f"tests[{number}]")
    numbers = [test["number"] for test in result["tests"]]
    must(len(numbers) == len(set(numbers)), "numbers of tests are unique")
    return result


def _gradescope_test(test: Dict[str, Any], place: str) -> None:
    members_fit(test, GRADESCOPE_TEST, place)
    must(set(GRADESCOPE_TEST) == set(test), f"{place} is complete")
    must(test["status"] in ("passed", "failed"), f"{place}.status is known")
    must(test["visibility"] in VISIBILITIES, f"{place}.visibility is known")
    must(test["output_format"] == test["name_format"] == "text", f"{place} is plain text")
    must(0 <= test["score"] <= test["max_score"], f"{place}.score is in its range")
    must("\n" not in test["name"], f"{place}.name is one line")
    visible_text(test["name"])
    visible_text(test["output"])


def autolab(text: str) -> Dict[str, Any]:
    """What Autolab reads from feedback: its last line, rewritten and decoded."""
    data = text.encode("utf-8")
    must(len(data) < 1_000_000, f"less than 1 MB: {len(data)} bytes")
    visible_text(text)
    lines = text.rstrip().split("\n")
    must(len(lines) < 10_000, f"less than 10,000 lines: {len(lines)}")
    rewritten = re.sub(r"([a-zA-Z0-9]+):", r'"\1":', lines[-1])
    result = dict(json.loads(rewritten))
    must(set(result) == {"scores", "scoreboard"}, "scores and scoreboard, nothing else")
    for value in [*result["scores"].values(), *result["scoreboard"]]:
        must(isinstance(value, (int, float)) and value >= 0, "scores are numbers")
    return result


def github(text: str) -> Dict[str, Any]:
    """The decoded result object of GitHub Classroom."""
    must(re.fullmatch(r"[A-Za-z0-9+/]+=*\n", text) is not None, "one line of base64")
    must(len(text) < 128 << 10, f"fits into a variable: {len(text)} characters")
    result = dict(json.loads(base64.b64decode(text.strip(), validate=True).decode("utf-8")))
    must(set(result) == {"version", "status", "max_score", "tests"}, "the documented members")
    must(result["version"] == 1, "version 1")
    must(result["status"] in ("pass", "fail", "error"), "status is known")
    must(isinstance(result["max_score"], (int, float)), "max_score is a number")
    for number, test in enumerate(result["tests"]):
        members_fit(test, GITHUB_TEST, f"tests[{number}]")
        must(set(GITHUB_TEST) == set(test), f"tests[{number}] is complete")
        must(test["status"] in ("pass", "fail", "error"), "status is known")
        for line in _printed(test):
            visible_text(line)
            must(not line.strip().startswith("::"), f"no command of the runner: {line!r:.80}")
            must("##[" not in line, f"no command of the runner: {line!r:.80}")
    return result


def _printed(test: Dict[str, Any]) -> List[str]:
    """The lines that GitHub's reporter prints of a test."""
    return [test["name"], *(test["message"] or "").split("\n"), test["test_code"]]
