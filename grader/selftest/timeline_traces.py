"""Traces for the tests of the timeline: a small scheduler that writes what a kernel would write."""

from __future__ import annotations

import random
from collections import deque
from typing import Deque, Dict, List, Tuple


class Writer:
    """Writes events, at times that go up."""

    def __init__(self) -> None:
        self.lines: List[str] = []
        self.time = 0

    def at(self, time: int, event: str) -> None:
        """Write an event at a time."""
        self.time = time
        self.lines.append(f"seq={len(self.lines)} t={time} ev={event}\n")

    def then(self, event: str, later: int = 400) -> None:
        """Write an event some nanoseconds after the last one."""
        self.at(self.time + later, event)

    def bytes(self) -> bytes:
        """The trace."""
        return "".join(self.lines).encode("latin-1")


def small() -> bytes:
    """A parent that forks a child, waits for it, is preempted once, and ends; by hand."""
    w = Writer()
    w.at(100, 'boot.start stage=2 loader="qemu"')
    w.at(5_000, "boot.milestone name=ready")
    w.at(6_000, 'proc.create pid=1 parent=0 mode=user name="init"')
    w.at(6_100, "proc.state pid=1 from=new to=ready why=start for=0")
    w.at(6_900, "proc.state pid=1 from=ready to=running why=run for=0")
    w.at(7_000, "sched.switch from=0 to=1 why=yield")
    w.at(8_000, "sys.enter pid=1 call=fork number=32 a=0x0 b=0x0 c=0x0 d=0x0")
    w.at(8_500, 'proc.create pid=2 parent=1 mode=user name="init"')
    w.at(8_600, "proc.state pid=2 from=new to=ready why=start for=0")
    w.at(9_000, "sys.exit pid=1 call=fork result=2")
    w.at(9_500, "fork.cow pid=1 address=0x40105000 copied=1")
    w.at(10_000, "sys.enter pid=1 call=wait number=34 a=0x2 b=0x0 c=0x0 d=0x0")
    w.at(10_900, "proc.state pid=1 from=running to=blocked why=child for=2")
    w.at(11_000, "sched.switch from=1 to=2 why=block")
    w.at(11_500, "sys.exit pid=2 call=fork result=0")
    w.at(12_000, "sys.enter pid=2 call=exec number=33 a=0x40101000 b=0x0 c=0x0 d=0x0")
    w.at(13_000, 'proc.name pid=2 name="primes"')
    w.at(14_000, 'note pid=2 text="counting"')
    w.at(15_000, "sys.enter pid=2 call=sleep number=36 a=0x1 b=0x0 c=0x0 d=0x0")
    w.at(15_400, "proc.state pid=2 from=running to=sleeping why=sleep for=0")
    w.at(15_500, "sched.switch from=2 to=0 why=sleep")
    w.at(20_000, "proc.state pid=2 from=sleeping to=ready why=timeout for=0")
    w.at(20_500, "sched.switch from=0 to=2 why=yield")
    w.at(20_700, "sys.exit pid=2 call=sleep result=0")
    w.at(24_000, "sys.enter pid=2 call=exit number=8 a=0x7 b=0x0 c=0x0 d=0x0")
    w.at(24_200, "proc.exit pid=2 status=7 kind=normal code=7 by=0")
    w.at(24_300, "proc.state pid=2 from=running to=zombie why=exit for=0")
    w.at(24_400, "proc.state pid=1 from=blocked to=ready why=child for=2")
    w.at(24_500, "sched.switch from=2 to=1 why=exit")
    w.at(24_900, "proc.reap pid=2 by=1")
    w.at(25_000, "sys.exit pid=1 call=wait result=2")
    w.at(26_000, "proc.exit pid=1 status=0 kind=normal code=0 by=0")
    w.at(26_100, "proc.state pid=1 from=running to=zombie why=exit for=0")
    w.at(26_200, "sched.switch from=1 to=0 why=exit")
    w.at(30_000, "power.off reason=done")
    return w.bytes()


class Scheduler:
    """Runs made-up programs in turn; the same seed gives the same trace."""

    NAMES = ("hello", "primes", "sort", "pipe", "stress", "sleeper", "matrix", "echo")

    def __init__(self, seed: int, processes: int) -> None:
        self.writer = Writer()
        self.random = random.Random(seed)
        self.names: Dict[int, str] = {}
        self.ready: Deque[int] = deque()
        self.sleeping: List[Tuple[int, int]] = []
        self.current = 0
        self.init_waits = False
        self.left = processes
        self.next_pid = 2

    def run(self, turns: int) -> bytes:
        """Write the whole trace."""
        w = self.writer
        w.at(2_000, 'boot.start stage=2 loader="qemu"')
        w.then("boot.milestone name=frames", 150_000)
        w.then("boot.milestone name=ready", 90_000)
        w.then('proc.create pid=1 parent=0 mode=user name="init"')
        self.names[1] = "init"
        self.become(1, "new", "ready", "start")
        self.switch_to(self.ready.popleft(), "yield")
        for _ in range(turns):
            self.turn()
        w.then("power.off reason=done", 20_000)
        return w.bytes()

    def become(self, pid: int, before: str, after: str, why: str, awaited: int = 0) -> None:
        """Change a state."""
        self.writer.then(f"proc.state pid={pid} from={before} to={after} why={why} for={awaited}")
        if after == "ready":
            self.ready.append(pid)

    def switch_to(self, pid: int, why: str) -> None:
        """Give the processor to another process."""
        if pid:
            self.writer.then(f"proc.state pid={pid} from=ready to=running why=run for=0")
        self.writer.then(f"sched.switch from={self.current} to={pid} why={why}")
        self.current = pid

    def next(self, why: str) -> None:
        """Choose who comes next, the idle process if there is nobody."""
        self.wake_sleepers()
        self.switch_to(self.ready.popleft() if self.ready else 0, why)

    def wake_sleepers(self) -> None:
        """Wake whose time is over."""
        for entry in sorted(self.sleeping):
            if entry[0] <= self.writer.time:
                self.sleeping.remove(entry)
                self.become(entry[1], "sleeping", "ready", "timeout")

    def turn(self) -> None:
        """One turn of the current process."""
        if self.current == 0:
            self.idle()
        elif self.current == 1:
            self.init()
        else:
            self.program(self.current)

    def idle(self) -> None:
        """Sleep until somebody is to be woken."""
        if self.sleeping:
            self.writer.time = max(self.writer.time, min(self.sleeping)[0])
            self.next("yield")

    def init(self) -> None:
        """Make children while there are some to make, then wait for them."""
        w = self.writer
        if self.left:
            self.left -= 1
            self.spawn()
        if self.left and self.random.random() < 0.6:
            self.become(1, "running", "ready", "yield")
            self.next("yield")
        elif len(self.names) > 1:
            w.then("sys.enter pid=1 call=wait number=34 a=0xffffffff b=0x0 c=0x0 d=0x0", 3_000)
            self.init_waits = True
            self.become(1, "running", "blocked", "child")
            self.next("block")
        else:
            self.next("yield") if self.ready else self.switch_to(0, "exit")

    def spawn(self) -> None:
        """Fork and run a program."""
        w, pid = self.writer, self.next_pid
        self.next_pid += 1
        w.then("sys.enter pid=1 call=fork number=32 a=0x0 b=0x0 c=0x0 d=0x0", 5_000)
        w.then(f'proc.create pid={pid} parent=1 mode=user name="init"', 20_000)
        self.names[pid] = self.random.choice(self.NAMES)
        self.become(pid, "new", "ready", "start")
        w.then(f"sys.exit pid=1 call=fork result={pid}", 2_000)
        w.then(f"fork.cow pid=1 address=0x{0x40100000 + pid * 4096:x} copied=1", 3_000)

    def program(self, pid: int) -> None:
        """Work for a while and then stop for one reason or another."""
        w = self.writer
        if self.names[pid]:
            w.then(f"sys.enter pid={pid} call=exec number=33 a=0x40102000 b=0x0 c=0x0 d=0x0", 2_000)
            w.then(f'proc.name pid={pid} name="{self.names[pid]}"', 15_000)
            self.names[pid] = ""
        for _ in range(self.random.randrange(4)):
            call = self.random.choice(("getpid 5", "write 37", "clock 39", "grow 38")).split()
            w.then(f"sys.enter pid={pid} call={call[0]} number={call[1]} a=0x1 b=0x0", 9_000)
            w.then(f"sys.exit pid={pid} call={call[0]} result={pid}", 4_000)
        chance = self.random.random()
        if chance < 0.4:
            w.time += 1_000_000
            self.become(pid, "running", "ready", "preempt")
            self.next("preempt")
        elif chance < 0.6:
            w.then(f"sys.enter pid={pid} call=yield number=6 a=0x0 b=0x0 c=0x0 d=0x0", 80_000)
            self.become(pid, "running", "ready", "yield")
            self.next("yield")
        elif chance < 0.85:
            w.then(f"sys.enter pid={pid} call=sleep number=36 a=0x3 b=0x0 c=0x0 d=0x0", 150_000)
            self.sleeping.append((w.time + self.random.randrange(1, 5) * 1_000_000, pid))
            self.become(pid, "running", "sleeping", "sleep")
            self.next("sleep")
        else:
            self.end(pid)

    def end(self, pid: int) -> None:
        """Exit, or use a null pointer, or be killed."""
        w = self.writer
        chance = self.random.random()
        if chance < 0.3:
            w.then(
                "fault vector=14 error=0x6 address=0x00000010 eip=0x40101234 resolved=0 cause=null"
            )
            reason = "page fault: wrote to address 0x00000010: a null pointer was used"
            w.then(
                f'program.fault pid={pid} vector=14 reason="{reason}" address=0x10 eip=0x40101234'
            )
            w.then(f"proc.exit pid={pid} status=526 kind=fault code=14 by=0")
        else:
            w.then(f'note pid={pid} text="done"', 30_000)
            w.then(f"sys.enter pid={pid} call=exit number=8 a=0x0 b=0x0 c=0x0 d=0x0")
            w.then(f"proc.exit pid={pid} status=0 kind=normal code=0 by=0")
        self.become(pid, "running", "zombie", "fault" if chance < 0.3 else "exit")
        if self.init_waits:
            self.init_waits = False
            self.become(1, "blocked", "ready", "child", pid)
        self.next("exit")


def synthetic(seed: int = 1, processes: int = 6, turns: int = 120) -> bytes:
    """A trace with every kind of event."""
    return Scheduler(seed, processes).run(turns)


class Talk:
    """Writes what a kernel would write about processes that communicate.

    Nobody has the processor by chance: whoever is named goes on, and `run` gives it to somebody.
    """

    #: Operations: type, and name in the trace.
    OPERATIONS = {
        "query": (4, "query"), "open": (0x10064, "open"), "read": (0x10065, "read"),
        "own": (0x1000007, "?"),
    }  # fmt: skip

    def __init__(self, *names: str) -> None:
        self.writer = Writer()
        self.current = 0
        self.ready: List[int] = []
        self.calls = 0
        self.writer.at(1_000, 'boot.start stage=3 loader="qemu"')
        for pid, name in enumerate(names, 1):
            self.write(f'proc.create pid={pid} parent={min(pid - 1, 1)} mode=user name="{name}"')
            self.state(pid, "new", "ready", "start")

    def write(self, event: str) -> None:
        """Write an event, a microsecond after the last one."""
        self.writer.then(event, 1_000)

    def state(self, pid: int, before: str, after: str, why: str) -> None:
        """Change a state."""
        self.write(f"proc.state pid={pid} from={before} to={after} why={why} for=0")

    def run(self, pid: int, why: str = "block") -> None:
        """Give the processor to a process."""
        if pid != self.current:
            self.write(f"sched.switch from={self.current} to={pid} why={why}")
            self.current = pid

    def block(self, why: str, after: int) -> None:
        """The current process waits, and another one runs."""
        self.state(self.current, "running", "blocked", why)
        self.run(after)

    def message(self, source: int, target: int, kind: str, of: str, call: int, **more: int) -> None:
        """A message has been copied."""
        number, name = self.OPERATIONS[of]
        self.write(
            f"ipc.message from={source} to={target} kind={kind} id={call} type={number:#x} "
            f"name={name} length={more.get('length', 8)} handles={more.get('handles', 0)} "
            f"status={more.get('status', 0)}"
        )

    def call(self, target: int, of: str = "query", **more: int) -> int:
        """The current process calls one that waits for messages, which runs. @return the id."""
        self.calls += 1
        self.message(self.current, target, "call", of, self.calls, **more)
        self.block("reply", target)
        return self.calls

    def reply(self, target: int, of: str, call: int, **more: int) -> None:
        """The current process answers and goes on; the caller is ready."""
        self.message(self.current, target, "reply", of, call, **more)
        self.state(target, "blocked", "ready", "wake")

    def receive(self, after: int) -> None:
        """The current process waits for a message."""
        self.block("receive", after)

    def bytes(self) -> bytes:
        """The trace."""
        return self.writer.bytes()


def nested() -> bytes:
    """A client calls a server, which calls another one before it answers; then the server dies."""
    t = Talk("init", "client", "shell", "disk")
    t.run(3, "yield")
    t.write('ns.register pid=3 name="shell:"')
    t.receive(4)
    t.receive(2)
    one = t.call(3, "open", length=12, handles=1)
    two = t.call(4, "read", length=4)
    t.reply(3, "read", two, status=8, length=8)
    t.receive(3)
    t.reply(2, "open", one, status=-2)
    t.receive(2)
    t.call(3, "own")
    t.write("program.fault pid=3 vector=14 reason=null address=0x0 eip=0x4")
    t.write("proc.exit pid=3 status=526 kind=fault code=14 by=3")
    t.state(3, "running", "zombie", "fault")
    t.write("ns.withdraw pid=3")
    t.state(2, "blocked", "ready", "wake")
    t.run(2, "exit")
    t.write("sys.exit pid=2 call=call result=-5")
    t.write("power.off reason=done")
    return t.bytes()


def deferred() -> bytes:
    """Two clients call a server that answers later, in another order; a third gives up."""
    t = Talk("init", "first", "second", "third", "jobs")
    t.run(5, "yield")
    t.receive(2)
    one = t.call(5, "query")
    t.run(3, "preempt")
    t.write("sys.enter pid=3 call=call number=20 a=0x0 b=0x0 c=0x0 d=0x0")
    t.block("send", 4)
    t.write("sys.enter pid=4 call=endpoint_send number=17 a=0x2 b=0x0 c=0x5 d=0x0")
    t.block("send", 5)
    t.calls += 1
    two = t.calls
    t.message(3, 5, "call", "read", two)
    t.state(3, "blocked", "blocked", "reply")
    t.reply(3, "read", two, status=1)
    t.write("ipc.signal pid=5 handle=3 bits=0x8")
    t.run(3)
    t.write("sys.exit pid=3 call=call result=0")
    t.write("sys.enter pid=3 call=notification_wait number=24 a=0x0 b=0x0 c=0x0 d=0x0")
    t.block("notification", 5)
    t.write("ipc.signal pid=5 handle=3 bits=0x8")
    t.state(3, "blocked", "ready", "wake")
    t.state(4, "blocked", "ready", "timeout")
    t.run(4)
    t.write("sys.exit pid=4 call=endpoint_send result=-110")
    t.run(5, "yield")
    t.reply(2, "query", one, status=2)
    t.run(2)
    t.calls += 1
    t.message(2, 5, "call", "query", t.calls)
    t.block("reply", 5)
    t.write("sys.enter pid=5 call=reply number=21 a=0x0 b=0x0 c=0x0 d=0x0")
    t.write("sys.exit pid=5 call=reply result=-2")
    return t.bytes()


def talk(seed: int = 1, processes: int = 6, messages: int = 100) -> bytes:
    """Calls at random, nested and answered in any order, some of them never."""
    choose = random.Random(seed)
    t = Talk("init", *(choose.choice(Scheduler.NAMES) for _ in range(processes)))
    open_calls: List[Tuple[int, int, int, str]] = []
    waits = {pid: False for pid in range(2, processes + 2)}
    for _ in range(messages):
        able = [pid for pid in waits if not waits[pid]]
        answers = [entry for entry in open_calls if not waits[entry[1]]]
        if answers and (len(able) < 3 or choose.random() < 0.5):
            entry = choose.choice(answers)
            open_calls.remove(entry)
            call, server, client, of = entry
            t.run(server, "preempt")
            t.reply(client, of, call, status=choose.randrange(-5, 9))
            waits[client] = False
        elif len(able) >= 2:
            client, server = choose.sample(able, 2)
            t.run(client, "preempt")
            of = choose.choice(list(t.OPERATIONS))
            if choose.random() < 0.2:
                t.message(client, server, "send", of, 0)
                continue
            open_calls.append((t.call(server, of), server, client, of))
            waits[client] = True
    return t.bytes()
