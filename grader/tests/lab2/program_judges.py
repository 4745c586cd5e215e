"""How the console and the trace of runs with programs are judged."""

from __future__ import annotations

import re
from typing import List

from cairn_grader.machine import Check
from cairn_grader.trace import Trace

#: What each program of user_fault_report must have caused on the console, in order: the reason,
#: and the functions of the backtrace, innermost first.
REPORTS = (
    ("it read from address 0x00000000: a null pointer was used", "crash_inner crash_middle main"),
    (r"it wrote to address 0x\w{8}: the page is read only", "crash_inner crash_middle main"),
    ("divide error", "crash_inner crash_middle main program_start"),
    ("stack overflow: more than 960 KiB", "crash_deeper crash_deeper"),
    ("invalid opcode", "_start"),
    ("invalid opcode", "_start"),
)
#: The registers, as every report shows them.
REGISTERS = (
    r"  eax=\w{8} ebx=\w{8} ecx=\w{8} edx=\w{8}\r?\n"
    r"  esi=\w{8} edi=\w{8} ebp=\w{8} esp=\w{8}\r?\n"
    r"  eip=\w{8} eflags=\w{8} vector=\d+ error=\w+"
)


def fault_reports(trace: Trace, console: str) -> List[Check]:
    """Each report says what happened, through which functions, and the registers."""
    found = re.findall(r"\w+ \(pid \d+\) failed: .*?eip=[^\r\n]*", console, re.DOTALL)
    checks = [Check.equal("the console reports each failed program", len(REPORTS), len(found))]
    for report, (reason, functions) in zip(found, REPORTS):
        first = report.splitlines()[0]
        path = [name for name in re.findall(r"^  \w{8} (\w+)\+", report, re.MULTILINE)]
        wanted = functions.split()
        checks += [
            Check.holds(
                "the report says why the program failed",
                bool(re.search(reason, first)),
                reason,
                first,
            ),
            Check.holds(
                "the report names the functions, innermost first",
                path[: len(wanted)] == wanted,
                functions,
                " ".join(path[:8]),
            ),
            Check.holds(
                "the report shows the registers",
                bool(re.search(REGISTERS, report)),
                "so",
                report[-160:],
            ),
        ]
    events = [event.text("reason") for event in trace.all("program.fault")]
    checks.append(Check.equal("the trace has each failed program", len(REPORTS), len(events)))
    return checks
