"""Where to look when a test fails: the student's function and file, handout and contract.

A panic names the student's functions on the stack. Any other failure is about the functions that
it mentions, or those that its test is about; and if nobody names one, about the file of the
exercise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Callable, Dict, List, Tuple

from cairn_grader.catalogue import Lab, Test
from cairn_grader.findings import Call, Finding

#: The kernel's own table of the functions that students write.
TABLE = Path("src/kernel/exercise.c")
_ROW = re.compile(r'\{"(lab\d+\.ex\d+)", "(labs/[^"]+)", "(\w+)"\}')
#: Most functions, and calls of a backtrace, that one line names.
FUNCTIONS_SHOWN = 3
CALLS_SHOWN = 2
#: The student's function in which every process begins.
BEGINNING = "kernel_process_start"
#: What the handout calls the section about panics.
PANICS = '"When it panics"'


@dataclass(frozen=True)
class Written:
    """A function that students write."""

    exercise: str
    #: As the kernel names it: "labs/lab1-memory/frame.c".
    file: str
    function: str


@lru_cache(maxsize=None)
def written_functions(root: Path) -> Dict[str, Written]:
    """The functions that students write, by name."""
    path = root / TABLE
    rows = _ROW.findall(path.read_text(encoding="utf-8")) if path.is_file() else []
    return {function: Written(exercise, file, function) for exercise, file, function in rows}


@dataclass(frozen=True)
class Where:
    """Finds the place of each failure of a lab."""

    root: Path
    lab: Lab
    #: From a file as the kernel names it to one as the reader finds it.
    shown: Callable[[str], str]

    def look_at(self, test: Test, finding: Finding) -> str:
        """Where to look, in a line."""
        calls = self._own_calls(finding)
        if calls:
            exercise, file = self._subject(calls, test)
            places = [f"{call.function}() {self._at(call)}" for call in calls[:CALLS_SHOWN]]
            return self._line(", called from ".join(places), exercise, file, finding.ended)
        functions = self._functions(test, finding)
        if functions:
            names = ", ".join(f"{written.function}()" for written in functions)
            exercise, file = functions[0].exercise, functions[0].file
            return self._line(f"{names} in {self.shown(file)}", exercise, file, finding.ended)
        return self.exercise(test, finding.ended)

    def exercise(self, test: Test, ended: bool = False) -> str:
        """The same, if nothing is to be said but which exercise it is."""
        file = self.file_of(test)
        return self._line(self.shown(file), test.exercise, file, ended)

    def file_of(self, test: Test) -> str:
        """The file of a test's exercise, as the kernel names it."""
        name = self.lab.exercise(test.exercise).file
        number = re.sub(r"\..*", "", test.exercise)
        folders = sorted((self.root / "labs").glob(f"{number}-*"))
        return f"labs/{folders[0].name}/{name}" if name and folders else name

    def _line(self, place: str, exercise: str, file: str, ended: bool) -> str:
        words = [place] if place else []
        lab, _, number = exercise.partition(".ex")
        handout = "handout" if lab == f"lab{self.lab.number}" else f"handout of lab {lab[3:]}"
        words.append(f"{handout}: exercise {number}" + (f" and {PANICS}" if ended else ""))
        contract = self.lab.contracts.get(Path(file).name, "")
        return "; ".join(words + ([f"contract: src/{contract}"] if contract else []))

    def _at(self, call: Call) -> str:
        file = self.shown(call.file)
        return f"at {file}:{call.line}" if call.line else f"in {file}"

    def _own_calls(self, finding: Finding) -> List[Call]:
        """The student's functions among those that a panic has found on the stack.

        Where a process began counts only if nothing else was there.
        """
        calls = finding.calls if len(finding.calls) == 1 else [
            call for call in finding.calls if call.function != BEGINNING
        ]
        return [call for call in calls if re.match(r"(labs|solutions)/", call.file)]

    def _subject(self, calls: List[Call], test: Test) -> Tuple[str, str]:
        """The exercise and file of the first call that is of this lab; of the first if none is."""
        found = [(self._exercise_of(call, test), call.file) for call in calls]
        own = [one for one in found if one[0].startswith(f"lab{self.lab.number}.")]
        return (own or found)[0]

    def _exercise_of(self, call: Call, test: Test) -> str:
        """The exercise of a function; of a helper, one of its file, the test's own if it can be."""
        table = written_functions(self.root)
        if call.function in table:
            return table[call.function].exercise
        name = Path(call.file).name
        beside = [one.exercise for one in table.values() if Path(one.file).name == name]
        return test.exercise if test.exercise in beside or not beside else beside[0]

    def _functions(self, test: Test, finding: Finding) -> List[Written]:
        """The functions that a failure is about; all are in one file."""
        table = written_functions(self.root)
        named = [*map(_named, (f"{finding.what} {finding.actual}", finding.part, test.title))]
        own = [
            [name for name in names if name in table and table[name].exercise == test.exercise]
            for names in named
        ]
        about = {table[name].file for name in test.about if name in table}
        for names in [*own, list(test.about), _named(test.hint)]:
            found = [table[name] for name in names if name in table]
            # A check may name a function of another file that the tested one works with.
            found = [one for one in found if not about or one.file in about]
            same = [one for one in found if one.file == found[0].file]
            if same:
                return list(dict.fromkeys(same))[:FUNCTIONS_SHOWN]
        return []


def _named(text: str) -> List[str]:
    """The functions that a text mentions."""
    return re.findall(r"\b([a-z]\w*)\(\)", text)
