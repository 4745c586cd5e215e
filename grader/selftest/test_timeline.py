"""Tests of scripts/trace.py: what it reads, what it writes, and the page in a real browser."""

from __future__ import annotations

import json
import re
import sys
import unittest
from pathlib import Path
from typing import Any, Dict, List, Tuple

import timeline_traces
from browser import Browser, dump_dom, find_browser
from kit import ROOT, KitTest, need
from trace_format import problems

sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.trace import parse_trace  # noqa: E402  (the path must be set first)
from timeline import machine, page, perfetto, wording  # noqa: E402
from timeline.model import ON_CPU, Process, Run  # noqa: E402
from timeline.reading import read_run  # noqa: E402

ORDER = 24

SCRIPT = ROOT / "scripts" / "trace.py"
#: What a program may be called, and say, to break out of the page.
HOSTILE = '</script><img src=x onerror="window.broken=1">&lt;${1}'
WIDTHS = (1280, 390)
#: The picture of the ruler, which changes with the part of the run that is shown.
RULER = "document.getElementById('ruler').toDataURL()"


def run_of(data: bytes) -> Run:
    """The run that a trace tells of."""
    return read_run(parse_trace(data))


def turns(process: Process) -> List[Tuple[int, int, str]]:
    """When a process had the processor, and why it lost it."""
    return [(s.begin, s.end, s.why) for s in process.spans if s.state in ON_CPU]


def lines_of(*events: str) -> bytes:
    """A trace of these events, a microsecond apart."""
    writer = timeline_traces.Writer()
    for event in events:
        writer.then(event, 1000)
    return writer.bytes()


def exactly_one_runs(test: unittest.TestCase, run: Run) -> None:
    """All turns, one after the other, cover the run; so do the states of each process."""
    every = sorted(turn for process in run.processes for turn in turns(process))
    test.assertEqual((every[0][0], every[-1][1]), (0, run.end))
    for before, after in zip(every, every[1:]):
        test.assertEqual(before[1], after[0])
    for process in run.processes:
        for one, next_one in zip(process.spans, process.spans[1:]):
            test.assertEqual(one.end, next_one.begin)


def must_be_fine(test: unittest.TestCase, browser: Browser) -> None:
    """No script failed, nothing else was loaded, and nothing is wider than the window."""
    test.assertEqual(browser.errors, [])
    test.assertEqual(browser.evaluate("document.documentElement.dataset.errors"), "0")
    test.assertEqual({url.split(":")[0] for url in browser.requests}, {"file"})
    test.assertEqual(len(set(browser.requests)), 1)
    wide = "document.documentElement.scrollWidth - window.innerWidth"
    test.assertLessEqual(browser.evaluate(wide), 0)


class Intervals(KitTest):
    """What is read from a trace made by hand, exactly."""

    def setUp(self) -> None:
        super().setUp()
        self.run_ = run_of(timeline_traces.small())
        self.kernel, self.parent, self.child = self.run_.processes

    def test_turns_are_those_of_the_switches(self) -> None:
        self.assertEqual(
            turns(self.kernel),
            [(0, 7_000, "start"), (15_500, 20_500, "idle"), (26_200, 30_000, "")],
        )
        self.assertEqual(turns(self.parent), [(7_000, 11_000, "block"), (24_500, 26_200, "exit")])
        self.assertEqual(turns(self.child), [(11_000, 15_500, "sleep"), (20_500, 24_500, "exit")])

    def test_states_follow_each_other_without_a_gap(self) -> None:
        states = [(s.state, s.begin, s.end) for s in self.parent.spans]
        self.assertEqual(
            states,
            [
                ("new", 6_000, 6_100), ("ready", 6_100, 7_000), ("running", 7_000, 11_000),
                ("blocked", 11_000, 24_400), ("ready", 24_400, 24_500),
                ("running", 24_500, 26_200), ("zombie", 26_200, 30_000),
            ],
        )  # fmt: skip
        self.assertEqual(self.child.spans[-1].state, "zombie")
        self.assertEqual((self.child.spans[-1].end, self.child.reaped), (24_900, 24_900))

    def test_reasons_are_told_in_words(self) -> None:
        texts = [wording.span_text(self.run_, self.parent, n) for n in range(7)]
        self.assertEqual(texts[2], "blocked: waiting for child 2 (primes)")
        self.assertEqual(texts[3], "blocked: waiting for child 2 (primes)")
        self.assertEqual(
            texts[4], "ready: a child ended: by primes (2); it waits for the processor"
        )
        self.assertEqual(texts[5], "exited with code 0")
        sleeping = wording.span_text(self.run_, self.child, 2)
        self.assertEqual(sleeping, "sleeping: it asked to be woken by the clock, for 4.500 µs")
        self.assertEqual(wording.ending_text(self.run_, self.child), "exited with code 7")

    def test_switches_name_both_sides(self) -> None:
        found = [(s.time, s.source, s.target, s.why) for s in self.run_.switches]
        self.assertEqual(
            found,
            [
                (7_000, 0, 1, "start"), (11_000, 1, 2, "block"), (15_500, 2, 0, "sleep"),
                (20_500, 0, 2, "idle"), (24_500, 2, 1, "exit"), (26_200, 1, 0, "exit"),
            ],
        )  # fmt: skip
        for switch in self.run_.switches:
            self.assertEqual(self.run_.processes[switch.source].spans[switch.span].end, switch.time)

    def test_calls_have_their_results(self) -> None:
        found = [(c.name, c.begin, c.end, c.result) for c in self.parent.calls]
        self.assertEqual(found, [("fork", 8_000, 9_000, 2), ("wait", 10_000, 25_000, 2)])
        texts = [wording.call_text(call) for call in self.child.calls]
        self.assertEqual(texts[0], "exec(0x40101000, 0x0, 0x0, 0x0) did not return")
        self.assertEqual(texts[1], "sleep(0x1, 0x0, 0x0, 0x0) returned 0")
        self.assertEqual(self.child.calls[0].end, 13_000)

    def test_errors_have_their_texts(self) -> None:
        for result in ("-2", str((1 << 32) - 2)):
            with self.subTest(result):
                run = run_of(
                    lines_of(
                        'proc.create pid=1 parent=0 mode=user name="a"',
                        "sys.enter pid=1 call=exec number=33 a=0x0",
                        f"sys.exit pid=1 call=exec result={result}",
                    )
                )
                text = wording.call_text(run.processes[1].calls[0])
                self.assertEqual(text, "exec(0x0) failed: no such object (-2)")

    def test_arrows_lead_from_cause_to_effect(self) -> None:
        found = [(a.kind, a.time, a.source, a.target) for a in self.run_.arrows]
        self.assertEqual(
            found, [("fork", 6_000, 0, 1), ("fork", 8_500, 1, 2), ("wake", 24_400, 2, 1)]
        )

    def test_marks_say_what_happened(self) -> None:
        kinds = [(m.kind, m.time) for m in self.child.marks]
        self.assertEqual(
            kinds, [("return", 11_500), ("exec", 13_000), ("note", 14_000), ("wake", 20_000)]
        )
        self.assertEqual([m.kind for m in self.parent.marks], ["cow", "wake"])

    def test_killing_and_faults_are_told_apart_from_exits(self) -> None:
        run = run_of(
            lines_of(
                'proc.create pid=1 parent=0 mode=user name="killer"',
                'proc.create pid=2 parent=1 mode=user name="victim"',
                'proc.create pid=3 parent=1 mode=kernel name="wild"',
                "sched.switch from=0 to=1 why=yield",
                "proc.exit pid=2 status=256 kind=killed code=0 by=1",
                "proc.state pid=2 from=ready to=zombie why=kill for=0",
                "proc.state pid=1 from=running to=ready why=preempt for=0",
                "sched.switch from=1 to=3 why=preempt",
                'program.fault pid=3 vector=14 reason="page fault: null" address=0x0 eip=0x4',
                "proc.exit pid=3 status=526 kind=fault code=14 by=0",
                "proc.state pid=3 from=running to=zombie why=fault for=0",
                "sched.switch from=3 to=1 why=exit",
            )
        )
        killer, victim, wild = run.processes[1:]
        self.assertEqual(wording.ending_text(run, victim), "killed by killer (1)")
        self.assertEqual(wording.ending_text(run, wild), "ended by a fault: page fault: null")
        self.assertEqual(killer.switches(), {"preempt": 1})
        self.assertEqual(wild.switches(), {"fault": 1})

    def test_the_end_of_the_run_is_told(self) -> None:
        for last, ending in (
            ("power.off reason=done", "the kernel powered off, with its work done"),
            ("boot.idle", "the trace stops, without a power-off"),
            ('panic kind=panic message="oh"', "the kernel powered off after a panic: oh"),
            ('panic kind=timeout message="x"', "the limit of the machine's time was over"),
        ):
            with self.subTest(last):
                panicked = [last, "power.off reason=panic"] if "panic" in last else [last]
                self.assertEqual(run_of(lines_of("boot.start stage=2", *panicked)).ending, ending)

    def test_a_fault_is_told_once(self) -> None:
        run = run_of(timeline_traces.synthetic(1, processes=30, turns=900))
        ended = [p for p in run.processes if p.ended and p.ended[0] == "fault"]
        self.assertGreater(len(ended), 1)
        for process in ended:
            texts = [mark.text for mark in process.marks if mark.kind == "fault"]
            self.assertEqual(len(texts), 1)
            self.assertIn("a null pointer was used", texts[0])

    def test_a_pid_that_is_used_again_is_another_process(self) -> None:
        run = run_of(
            lines_of(
                'proc.create pid=2 parent=0 mode=user name="first"',
                "proc.exit pid=2 status=0 kind=normal code=0 by=0",
                "proc.reap pid=2 by=1",
                'proc.create pid=2 parent=0 mode=user name="second"',
                'note pid=2 text="hello"',
            )
        )
        first, second = run.processes[1:]
        self.assertEqual((first.marks, second.marks[0].text), ([], "hello"))
        self.assertEqual(perfetto.tracks(run)[1:], [2, 2 + perfetto.REUSED])

    def test_a_process_may_be_named_before_its_creation_is_told(self) -> None:
        run = run_of(
            lines_of(
                'proc.name pid=1 name="init"',
                'proc.create pid=1 parent=0 mode=user name="init"',
            )
        )
        self.assertEqual([process.name for process in run.processes], ["kernel", "init"])

    def test_a_switch_from_a_process_that_did_not_run_is_told(self) -> None:
        run = run_of(
            lines_of("sched.switch from=0 to=1 why=yield", "sched.switch from=2 to=3 why=yield")
        )
        self.assertEqual(len(run.warnings), 1)
        self.assertIn("takes the processor from pid 2, but pid 1 had it", run.warnings[0])

    def test_there_is_always_exactly_one_that_runs(self) -> None:
        for seed in range(8):
            with self.subTest(f"seed {seed}"):
                exactly_one_runs(self, run_of(timeline_traces.synthetic(seed)))


class TraceEvents(KitTest):
    """The file for Perfetto."""

    def document(self, data: bytes) -> Dict[str, Any]:
        """The file, read back."""
        return dict(json.loads(perfetto.document(run_of(data))))

    def test_files_keep_the_rules_of_the_format(self) -> None:
        self.assertEqual(problems(self.document(timeline_traces.small())), [])
        for seed in range(12):
            with self.subTest(f"seed {seed}"):
                data = timeline_traces.synthetic(seed, processes=12, turns=400)
                self.assertEqual(problems(self.document(data)), [])

    def test_the_rules_are_really_checked(self) -> None:
        good = self.document(timeline_traces.small())
        for phase, key in (("X", "dur"), ("X", "ts"), ("i", "s"), ("f", "bp"), ("M", "args")):
            with self.subTest(f"{phase} without {key}"):
                spoilt = json.loads(json.dumps(good))
                next(e for e in spoilt["traceEvents"] if e["ph"] == phase).pop(key)
                self.assertNotEqual(problems(spoilt), [])
        track = {"name": "x", "pid": 1, "tid": 1}
        for name, event in (
            ("an end without a begin", {**track, "ph": "E", "ts": 99}),
            ("a time that goes back", {**track, "ph": "i", "ts": 1, "s": "t"}),
            ("a flow outside", {**track, "ph": "s", "ts": 99, "cat": "c", "id": 99}),
        ):
            with self.subTest(name):
                spoilt = json.loads(json.dumps(good))
                spoilt["traceEvents"].append(event)
                self.assertNotEqual(problems(spoilt), [])

    def test_slices_are_exact(self) -> None:
        events = self.document(timeline_traces.small())["traceEvents"]
        runs = [
            (e["ts"], e["dur"], e["args"]["why the processor was taken"])
            for e in events
            if e["ph"] == "X" and e["pid"] == 1 and e["name"] == "running"
        ]
        self.assertEqual(
            runs,
            [
                (7.0, 4.0, "blocked: waiting for child 2 (primes)"),
                (24.5, 1.7, "exited with code 0"),
            ],
        )
        waits = [e for e in events if e["ph"] == "X" and e["pid"] == 1 and e["name"] == "wait"]
        self.assertEqual([e["args"]["piece"] for e in waits], [f"{n} of 4" for n in (1, 2, 3, 4)])
        who = [e["name"] for e in events if e["ph"] == "X" and e["cat"] == "running"]
        self.assertEqual(who, ["init (1)", "primes (2)", "primes (2)", "init (1)"])


class Command(KitTest):
    """scripts/trace.py, on good files and on bad ones."""

    def fails(self, *words: object) -> str:
        """The one line that the command says when it cannot go on."""
        done = self.must_end_with(1, SCRIPT, *map(str, words))
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Atrace\.py: [^\n]+\n\Z")
        return done.stderr

    def file(self, data: bytes) -> Path:
        """A trace with this content."""
        path = self.folder / "trace.txt"
        path.write_bytes(data)
        return path

    def test_a_good_trace_becomes_two_files(self) -> None:
        trace = self.file(timeline_traces.small())
        one, two = self.folder / "a.json", self.folder / "a.html"
        done = self.must_succeed(SCRIPT, trace, "--json", one, "--html", two)
        self.assertIn("2 processes, 6 switches in 0.030 ms", done.stdout)
        self.assertIn("powered off, with its work done", done.stdout)
        self.assertIn(str(two), done.stdout)
        self.assertEqual(problems(json.loads(one.read_text(encoding="utf-8"))), [])
        self.assertEqual(done.stderr, "")
        left = sorted(path.name for path in self.folder.iterdir())
        self.assertEqual(left, ["a.html", "a.json", "trace.txt"])

    def test_nothing_to_read_is_said_in_one_line(self) -> None:
        html = ("--html", self.folder / "a.html")
        self.assertIn("there is no file", self.fails(self.folder / "none.txt", *html))
        self.assertIn("is a folder", self.fails(self.folder, *html))
        self.assertIn("is empty: was the kernel started?", self.fails(self.file(b""), *html))
        message = self.fails(self.file(b"\x7fELF\x01 and more\n"), *html)
        self.assertIn('is not a trace: its first line is "\\u007fELF\\u0001 and more"', message)
        self.assertFalse((self.folder / "a.html").exists())

    def test_nothing_to_do_is_said_in_one_line(self) -> None:
        trace = self.file(timeline_traces.small())
        self.assertIn("say what to write", self.fails(trace))
        self.assertIn("name a trace, or --run", self.fails())
        self.assertIn("kernel.elf is missing", self.fails("--run", self.folder))
        self.assertIn("LIMIT=0 is not", self.fails("--run", self.folder, "--limit", "0"))
        self.assertIn("MEMORY=big is not", self.fails("--run", self.folder, "--memory", "big"))

    def test_damaged_lines_are_left_out_and_told(self) -> None:
        lines = timeline_traces.small().splitlines(keepends=True)
        lines[20] = b"seq=20 t=oops\xff\n"
        lines += [b"cut off in the mid"]
        html = self.folder / "a.html"
        done = self.must_succeed(SCRIPT, self.file(b"".join(lines)), "--html", html)
        self.assertIn("trace.py: note: line 21 is not an event\n", done.stderr)
        self.assertIn("2 processes", done.stdout)
        self.assertIn("line 21 is not an event", html.read_text(encoding="utf-8"))

    def test_much_damage_is_counted(self) -> None:
        data = timeline_traces.small() + b"?\n" * 50
        done = self.must_succeed(SCRIPT, self.file(data), "--html", self.folder / "a.html")
        self.assertIn("and 46 more places like these", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 5)

    def test_any_line_may_be_cut_or_lost(self) -> None:
        lines = timeline_traces.synthetic(2, turns=40).splitlines(keepends=True)
        for n in range(0, len(lines), 3):
            run = run_of(b"".join(lines[:n] + lines[n + 1 :]))
            for text in (perfetto.document(run), page.document(run)):
                self.assertGreater(len(text), 100)
        for start in range(0, len(lines) - 1, 5):
            self.assertEqual(
                problems(json.loads(perfetto.document(run_of(b"".join(lines[start:]))))), []
            )

    def test_lines_may_end_as_they_do_in_dos(self) -> None:
        data = timeline_traces.small().replace(b"\n", b"\r\n")
        done = self.must_succeed(SCRIPT, self.file(data), "--html", self.folder / "a.html")
        self.assertEqual(done.stderr, "")

    def test_a_file_that_cannot_be_written_is_said_in_one_line(self) -> None:
        target = self.folder / "no" / "a.html"
        self.assertIn(
            "No such file", self.fails(self.file(timeline_traces.small()), "--html", target)
        )

    def test_options_of_the_kernel_are_joined(self) -> None:
        line = machine.command_line("seed=3 trace=mmu limit=9", 5)
        self.assertEqual(line, "poweroff trace=sched,syscall,ipc,mmu limit=5 seed=3")


class Untrusted(KitTest):
    """Programs choose their names and notes."""

    def hostile(self) -> bytes:
        """A trace with a name, a note and a reason that try to become part of the page."""
        quoted = HOSTILE.replace('"', '\\"')
        return lines_of(
            f'proc.create pid=1 parent=0 mode=user name="{quoted}"',
            f"sched.switch from=0 to=1 why=<i>{'x' * 10}</i>",
            f'note pid=1 text="{quoted} \\xe2\\x80\\xae\\x07"',
            "sys.enter pid=1 call=<u> number=5 a=<s>",
            "proc.state pid=1 from=running to=blocked why=<b> for=0",
            "sched.switch from=1 to=0 why=<b>",
        )

    def test_the_page_has_no_element_of_theirs(self) -> None:
        text = page.document(run_of(self.hostile()))
        body = text.split("<body>")[1]
        self.assertEqual(body.count("<script"), 2)
        self.assertEqual(body.count("</script"), 2)
        self.assertNotIn("<img", body)
        data = re.findall(r'id="data">(.*?)</script>', body, re.DOTALL)[0]
        self.assertFalse(set(data) & set("<>&\u202e\x07"))

    def test_invisible_characters_are_spelled_out(self) -> None:
        note = run_of(self.hostile()).processes[1].marks[0]
        self.assertEqual(note.text, HOSTILE + " \\u202e\\u0007")

    def test_letters_of_other_languages_stay(self) -> None:
        run = run_of(lines_of('note pid=1 text="l\\xc3\\xa4uft \\xff"'))
        self.assertEqual(run.processes[1].marks[0].text, "läuft \ufffd")

    def test_the_page_allows_no_script_but_its_own_and_no_network(self) -> None:
        text = page.document(run_of(timeline_traces.small()))
        policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)[0]
        self.assertRegex(policy, r"^default-src 'none'; ")
        self.assertRegex(policy, r"script-src 'sha256-[\w+/=]{44}'; ")
        self.assertNotRegex(text, r"(src|href)=[\"']?(?!data:)\w")
        self.assertNotRegex(text, r"https?://|@import|url\(")


@unittest.skipUnless(find_browser(), "not installed: chromium")
class InBrowser(KitTest):
    """The page in Chromium."""

    def page(self, data: bytes) -> Path:
        """A page."""
        path = self.folder / "page.html"
        path.write_text(page.document(run_of(data)), encoding="utf-8")
        return path

    def browser(self) -> Browser:
        """A browser that has not seen a page."""
        return Browser(self.folder / "browser")

    def test_the_page_is_drawn_at_both_widths(self) -> None:
        path = self.page(timeline_traces.small())
        for width, layout in zip(WIDTHS, ("wide", "narrow")):
            with self.subTest(f"{width} pixels"):
                dom = dump_dom(path, self.folder / f"dump{width}", width)
                root = re.findall(r"<html[^>]*>", dom)[0]
                for attribute in ('data-errors="0"', 'data-ready="yes"', f'data-layout="{layout}"'):
                    self.assertIn(attribute, root)
                self.assertEqual(len(re.findall(r'class="label" data-lane="\d"', dom)), 3)
                for text in ("Cairn, lab 2: timeline of a run", "pid 2 · ring 3", "primes",
                             "blocked: waiting for child 2 (primes)", "exited with code 7",
                             "All 6 switches are listed."):  # fmt: skip
                    self.assertIn(text, dom)

    def test_it_fits_every_width_in_light_and_dark(self) -> None:
        path = self.page(timeline_traces.synthetic(3, processes=9, turns=200))
        with self.browser() as browser:
            grounds = set()
            for width in (320, *WIDTHS, 1920):
                for dark in (False, True):
                    browser.open(path, width, dark=dark)
                    must_be_fine(self, browser)
                    grounds.add(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
            self.assertEqual(len(grounds), 2)

    def test_bars_are_where_the_turns_are(self) -> None:
        probe = """(() => { const c = document.getElementById('lanes'), k = c.getContext('2d');
            const at = (time, lane) => [...k.getImageData(
                176 + (c.clientWidth - 188) * time / 30000, lane * 68 + 36, 1, 1).data].join();
            return JSON.stringify([%s].map(([t, l]) => at(t, l))); })()"""
        places = "[9000, 1], [25200, 1], [13000, 2], [22000, 2], [18000, 1], [18000, 2]"
        with self.browser() as browser:
            browser.open(self.page(timeline_traces.small()))
            colours = json.loads(browser.evaluate(probe % places))
            palette = ["47,102,204,255"] * 2 + ["200,80,31,255"] * 2
            self.assertEqual(colours[:4], palette)
            self.assertFalse(set(palette) & set(colours[4:]))

    def test_keys_lead_through_turns_and_lanes(self) -> None:
        with self.browser() as browser:
            browser.open(self.page(timeline_traces.small()))
            browser.evaluate("document.getElementById('chart').focus()")
            browser.key("ArrowDown")
            browser.key("ArrowDown")
            self.assertIn("init (1) runs", browser.text("#details"))
            self.assertIn("Then: blocked: waiting for child 2", browser.text("#details"))
            self.assertIn("from 7.000 µs to 11.000 µs: 4.000 µs", browser.text("#details"))
            self.assertIn("System calls in it: fork, wait", browser.text("#details"))
            browser.key("ArrowRight")
            self.assertIn("Then: exited with code 0", browser.text("#details"))
            browser.key("ArrowDown")
            self.assertIn("primes (2) runs", browser.text("#details"))
            browser.key("Enter")
            for name in ("+", "-", "0", "Home", "End", "Escape"):
                browser.key(name)
            self.assertIn("Choose a turn", browser.text("#details"))
            must_be_fine(self, browser)

    def place(
        self, browser: Browser, time: int, lane: int, end: int = 30_000
    ) -> Tuple[float, float]:
        """Where a time of a lane is on the screen."""
        browser.evaluate("document.getElementById('chart').scrollIntoView()")
        browser.settle()
        box = browser.evaluate(
            "(r => ({x: r.x, y: r.y, width: r.width}))"
            "(document.getElementById('lanes').getBoundingClientRect())"
        )
        narrow = browser.evaluate("document.documentElement.dataset.layout") == "narrow"
        left, height, bar = (8, 90, 56) if narrow else (176, 68, 36)
        x = left + (box["width"] - left - 12) * time / end
        return box["x"] + x, box["y"] + lane * height + bar

    def test_the_mouse_explains_zooms_and_moves(self) -> None:
        with self.browser() as browser:
            browser.open(self.page(timeline_traces.small()))
            x, y = self.place(browser, 13_000, 2)
            browser.mouse("mouseMoved", x, y)
            self.assertIn("primes (2) runs", browser.text("#tip"))
            self.assertIn("for 4.500 µs", browser.text("#tip"))
            browser.click(x, y)
            self.assertIn("primes (2) runs", browser.text("#details"))
            whole = browser.evaluate(RULER)
            for _ in range(6):
                browser.mouse("mouseWheel", x, y, deltaX=0, deltaY=-120)
            zoomed = browser.evaluate(RULER)
            browser.mouse("mouseMoved", x, y)
            self.assertIn("primes (2) runs", browser.text("#tip"))
            browser.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1)
            browser.mouse("mouseMoved", x - 90, y, button="left", buttons=1)
            browser.mouse("mouseReleased", x - 90, y, button="left", clickCount=1)
            self.assertEqual(len({whole, zoomed, browser.evaluate(RULER)}), 3)
            browser.evaluate("document.getElementById('fit').click()")
            browser.settle()
            self.assertEqual(browser.evaluate(RULER), whole)
            must_be_fine(self, browser)

    def test_fingers_explain_and_zoom(self) -> None:
        with self.browser() as browser:
            browser.open(self.page(timeline_traces.small()), 390, 844)
            x, y = self.place(browser, 13_000, 2)
            browser.touch("touchStart", (x, y))
            browser.touch("touchEnd")
            self.assertIn("primes (2) runs", browser.text("#details"))
            before = browser.evaluate(RULER)
            browser.touch("touchStart", (x - 20, y), (x + 20, y))
            browser.touch("touchMove", (x - 60, y), (x + 60, y))
            browser.touch("touchMove", (x - 90, y), (x + 90, y))
            browser.touch("touchEnd")
            after = browser.evaluate(RULER)
            self.assertNotEqual(before, after)
            must_be_fine(self, browser)

    def test_switches_are_filtered_and_continued(self) -> None:
        data = timeline_traces.synthetic(4, processes=30, turns=900)
        switches = run_of(data).switches
        preempted = sum(switch.why == "preempt" for switch in switches)
        with self.browser() as browser:
            browser.open(self.page(data))
            self.assertIn(
                f"The first 100 of {len(switches)} switches", browser.text("#switches-count")
            )
            rows = "document.querySelectorAll('#switches tbody tr').length"
            browser.evaluate("document.getElementById('more').click()")
            self.assertEqual(browser.evaluate(rows), 200)
            browser.evaluate(
                "(e => { e.value = 'preempt'; e.dispatchEvent(new Event('change')); })"
                "(document.getElementById('of-reason'))"
            )
            self.assertEqual(browser.evaluate(rows), min(preempted, 100))
            browser.evaluate("document.querySelector('#switches tbody tr button').click()")
            self.assertIn("Then: preempted", browser.text("#details"))
            must_be_fine(self, browser)

    def test_what_programs_say_stays_text(self) -> None:
        with self.browser() as browser:
            browser.open(self.page(Untrusted("hostile").hostile()))
            must_be_fine(self, browser)
            self.assertEqual(browser.evaluate("document.querySelectorAll('img, u, s').length"), 0)
            self.assertEqual(browser.text('.label[data-lane="1"] b'), HOSTILE)
            self.assertIsNone(browser.evaluate("window.broken"))

    def test_a_run_without_processes_is_shown(self) -> None:
        with self.browser() as browser:
            browser.open(self.page(lines_of("boot.start stage=1", "panic message=oops")))
            self.assertIn("This run had no processes", browser.text("main"))
            must_be_fine(self, browser)


class RealRun(KitTest):
    """`make trace`, with the kernel of lab 2."""

    @need("qemu-system-i386")
    def test_a_kernel_is_run_and_drawn(self) -> None:
        build = self.folder / "build"
        done = self.must_succeed("make", "trace", "LAB=2", "REF=all", f"BUILD={build}")
        self.assertIn("powered off, with its work done", done.stdout)
        folder = build / "lab2-ref"
        data = (folder / "timeline.txt").read_bytes()
        run = run_of(data)
        self.assertEqual(run.warnings, [])
        exactly_one_runs(self, run)
        self.assertTrue(all(process.parent is not None for process in run.processes[1:]))
        self.assertTrue(all(process.ended for process in run.processes[1:]))
        self.assertEqual(problems(json.loads((folder / "trace.json").read_text("utf-8"))), [])
        self.must_succeed(SCRIPT, "--run", folder)
        self.assertEqual((folder / "timeline.txt").read_bytes(), data)
        self.in_a_browser(folder / "trace.html", len(run.processes))
        spin = self.must_succeed(SCRIPT, "--run", folder, "--limit", "1", "--append", "run=spin")
        self.assertIn("the limit of the machine's time was over", spin.stdout)

    def in_a_browser(self, path: Path, lanes: int) -> None:
        """The page of a real run has that many lanes."""
        if find_browser():
            with Browser(self.folder / "browser") as browser:
                browser.open(path)
                must_be_fine(self, browser)
                labels = browser.evaluate("document.querySelectorAll('.label').length")
                self.assertEqual(labels, lanes)

    @need("qemu-system-i386")
    def test_a_kernel_that_is_not_written_yet_is_drawn(self) -> None:
        build = self.folder / "build"
        done = self.must_succeed("make", "trace", "LAB=1", f"BUILD={build}")
        self.assertIn("stopped at an exercise that is not written yet", done.stdout)
        self.assertTrue((build / "lab1" / "trace.html").is_file())


if __name__ == "__main__":
    unittest.main()
