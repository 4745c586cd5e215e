"""The message that a process sends or has received."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

import gdb

from cairn_gdb import dialect, ipc, machine
from cairn_gdb.command import Command, optional, table
from cairn_gdb.memory import dump
from cairn_gdb.process import Family, Process, chosen, current
from cairn_gdb.waiting import why


class Message(Command):
    """Decode the message that a process sends or has received.

    Usage: message [PID]

    PID is a pid, or a pointer to a struct process; without it the current process is meant. For a
    process that waits to send or for a reply it is its request; else it is what is in its struct
    ipc: the message that it is about to send or has received, or the last one. Arguments are
    decoded by the signature in cairn/dialect.h; data is shown as words and as text."""

    name = "message"
    arguments = 1

    def run(self, arguments: Sequence[str]) -> None:
        """Print header, arguments and data."""
        ipc.require()
        text = optional(arguments, 0)
        process = current() if text is None else chosen(text)
        held = ipc.ipc_of(process)
        if held is None:
            never = int(process.value["ipc"]) == 0
            raise gdb.GdbError(
                f"{process.title} has no message: it has never communicated."
                if never
                else ipc.unreadable(process)
            )
        print("\n".join(message_lines(process, held, Family())))


def message_lines(process: Process, held: gdb.Value, family: Family) -> List[str]:
    """The lines about the message of a process."""
    waits = process.state == "blocked" and process.reason in ("send", "reply")
    request = ipc.request_of(process)
    if waits and request is None:
        return [
            f"{process.title} {why(process, family)}.",
            "Its request is in the kernel no more: it went straight to the server, which has had"
            " another message since.",
        ]
    value = held["message"] if request is None else request
    if request is None and not any(int(value[name]) for name in ("type", "length", "sender")):
        return [f"{process.title} has neither sent nor received a message yet."]
    own = int(value.address) == int(held["message"].address)
    lines = [title(process, held, waits, own, family)]
    lines += table(header(value, held if own else None, process, family))
    return lines + body(value)


def title(process: Process, held: gdb.Value, waits: bool, own: bool, family: Family) -> str:
    """Which message it is."""
    if not waits:
        text = why(process, family)
        state = f"{process.state}, {text}" if text else process.state
        return f"What {process.title} last sent or received; it is {state}:"
    if own:
        return f"The message of {process.title}, which {why(process, family)}:"
    server = ipc.process_named(int(held["server"]), family)
    return f"The message of {process.title}, in the struct ipc of {server}, who has received it:"


def header(
    value: gdb.Value, held: Optional[gdb.Value], process: Process, family: Family
) -> List[Tuple[str, str]]:
    """The words before the data; what is carried is in the struct ipc of who sends."""
    type_word = int(value["type"])
    number = int(value["request_id"])
    kind = "reply" if type_word & dialect.REPLY else "call" if number else "message"
    rows = [
        ("type", f"0x{type_word:08x}  {dialect.type_title(type_word)}, a {kind}"),
        ("length", length_text(int(value["length"]))),
        ("sender", sender_text(value, process, family)),
        ("request", str(number) if number else "0  no answer is wanted"),
        ("status", dialect.status_text(int(value["status"]))),
        ("handles", handles_text(value)),
    ]
    if held is not None and int(held["carried_count"]) != 0:
        rows.append(("carried", carried_text(held, family)))
    return rows


def length_text(length: int) -> str:
    """The length, and whether it is possible."""
    most = machine.constant("MESSAGE_DATA_MAX", dialect.MESSAGE_H)
    return f"{length} bytes" + ("" if length <= most else f", MORE THAN {most}")


def sender_text(value: gdb.Value, process: Process, family: Family) -> str:
    """Who has sent it, if the kernel has written that already; and in a reply, for whom it is."""
    if process.state == "blocked" and process.reason == "send":
        return f"{family.named(process.pid)}, written when it is delivered"
    pid = int(value["sender"])
    if pid == 0:
        return "not written yet"
    known = any(one.pid == pid for one in family)
    return family.named(pid) if known else f"{pid}, no process"


def handles_text(value: gdb.Value) -> str:
    """The handles in the header."""
    count, most = int(value["handle_count"]), value["handles"].type.range()[1] + 1
    if count > most:
        return f"{count}, MORE THAN {most}"
    return ", ".join(str(int(value["handles"][index])) for index in range(count)) or "none"


def carried_text(held: gdb.Value, family: Family) -> str:
    """The objects that are on their way."""
    count, most = int(held["carried_count"]), held["carried"].type.range()[1] + 1
    if count > most:
        return f"{count} objects, MORE THAN {most}"
    texts = []
    for index in range(count):
        address = int(held["carried"][index]["object"])
        thing = ipc.objects_of(family).things.get(address)
        what = f"{thing.kind} 0x{address:08x}" if thing else f"0x{address:08x}, NO OBJECT"
        texts.append(f"{what} {dialect.rights_text(int(held['carried'][index]['rights']))}")
    return ", ".join(texts)


def body(value: gdb.Value) -> List[str]:
    """Arguments and data."""
    most = machine.constant("MESSAGE_DATA_MAX", dialect.MESSAGE_H)
    length = min(int(value["length"]), most)
    address = int(value["data"].address)
    data = machine.read_virtual(address, length) if length else b""
    type_word = int(value["type"])
    known = dialect.operation(type_word)
    lines: List[str] = []
    if known is not None and not type_word & dialect.REPLY:
        rows = [(f"    {name}", text) for name, text in dialect.argument_lines(known, data)]
        lines += ["arguments:", *table(rows)] if rows else []
    return lines + (["data:", *dump(address, data)] if data else [])
