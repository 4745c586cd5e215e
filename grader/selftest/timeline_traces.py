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
