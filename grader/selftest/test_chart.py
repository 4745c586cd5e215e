"""Tests of messages in the timeline, and of message sequence charts: scripts/trace.py chart."""

from __future__ import annotations

import json
import re
import sys
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import List, Optional

import timeline_traces
from browser import Browser, find_browser
from kit import ROOT, KitTest, need
from test_timeline import HOSTILE, exactly_one_runs, lines_of, must_be_fine, run_of
from trace_format import problems

sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.errors import GraderError  # noqa: E402  (the path must be set first)
from timeline import chart_svg, chart_text, page, perfetto, sequence, wording  # noqa: E402
from timeline.model import Message, Run  # noqa: E402
from timeline.sequence import Chart, Choice  # noqa: E402

ORDER = 24

SCRIPT = ROOT / "scripts" / "trace.py"
SVG = "{http://www.w3.org/2000/svg}"
#: The chart that docs/timeline.md shows.
NESTED = """\
Call 1 (vfs.open): client (2) calls shell (3)
12 bytes and 1 handle, sent at 16.000 µs: answered after 10.000 µs with no such
object (-2). 2 more messages because of it.
Times: µs since 16.000 µs.

                client                  shell                  disk
                   2                      3                      4
                   │                      │                      │
                   │ #1 vfs.open +1 handle                       │
    0.000          │─────────────────────►┃                      │
    3.000          │                      ┃───── #2 vfs.read ───►┃
    6.000          │                      ┃◄┄┄┄ #2: status 8 ┄┄┄┄┃
                   │ #1: no such object   ┃                      │
   10.000          │◄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┃                      │
                   │                      │                      │
"""


def chart_in(run: Run, choice: Optional[Choice] = None, limit: int = sequence.LIMIT) -> Chart:
    """The chart of a choice."""
    return sequence.chart_of(run, sequence.chosen(run, choice or Choice()), limit)


def outcomes(run: Run) -> List[str]:
    """What came of each call and of each message that was lost."""
    return [
        wording.outcome_text(run, message) if message.kind == "call" else message.outcome
        for message in run.messages
        if message.kind == "call" or message.outcome
    ]


class Messages(KitTest):
    """What is read from traces made by hand, exactly."""

    def test_a_call_and_its_reply_know_each_other(self) -> None:
        run = run_of(timeline_traces.nested())
        found = [(m.kind, m.id, m.source, m.target, m.received, m.partner) for m in run.messages]
        self.assertEqual(
            found,
            [
                ("call", 1, 2, 3, 16_000, 3), ("call", 2, 3, 4, 19_000, 2),
                ("reply", 2, 4, 3, 22_000, 1), ("reply", 1, 3, 2, 26_000, 0),
                ("call", 3, 2, 3, 30_000, None),
            ],
        )  # fmt: skip
        self.assertEqual([m.operation for m in run.messages][:2], ["vfs.open", "vfs.read"])
        self.assertEqual(run.messages[4].operation, "0x100.7")

    def test_what_a_server_sends_meanwhile_has_the_call_as_its_cause(self) -> None:
        run = run_of(timeline_traces.nested())
        self.assertEqual([m.cause for m in run.messages], [None, 0, 1, 0, None])
        behind = sequence.behind(run, run.messages[0])
        self.assertEqual([m.number for m in behind], [0, 1, 2, 3])

    def test_a_call_says_what_came_of_it(self) -> None:
        self.assertEqual(
            outcomes(run_of(timeline_traces.nested())),
            [
                "answered after 10.000 µs with no such object (-2)",
                "answered after 3.000 µs with status 8",
                "shell (3) ended without an answer, after 7.000 µs",
            ],
        )
        self.assertEqual(
            outcomes(run_of(timeline_traces.deferred())),
            [
                "answered after 26.000 µs with status 2",
                "answered after 7.000 µs with status 1",
                "timed out before it was received",
                "still not answered when the trace ended",
            ],
        )

    def test_a_closed_endpoint_and_a_killed_caller_are_told(self) -> None:
        talk = timeline_traces.Talk("init", "one", "two")
        talk.run(2, "yield")
        talk.write("sys.enter pid=2 call=call number=20 a=0x0 b=0x0 c=0x0 d=0x0")
        talk.block("send", 3)
        talk.state(2, "blocked", "ready", "wake")
        talk.write("sys.exit pid=3 call=handle_close result=0")
        talk.run(2)
        talk.write("sys.exit pid=2 call=call result=-5")
        talk.call(3)
        talk.write("proc.exit pid=2 status=256 kind=killed code=0 by=3")
        talk.write("power.off reason=done")
        texts = outcomes(run_of(talk.bytes()))
        self.assertRegex(texts[0], r"^not received: [a-z/ ]+ \(-5\), after 2\.000 µs$")
        self.assertEqual(texts[1], "its sender ended first, after 3.000 µs")

    def test_waiting_says_for_whom(self) -> None:
        run = run_of(timeline_traces.deferred())
        first, second, third, jobs = run.processes[2:]
        texts = [
            wording.span_text(run, process, number)
            for process in (first, second, third, jobs)
            for number, span in enumerate(process.spans)
            if span.state == "blocked"
        ]
        for text in (
            "blocked: waiting until jobs (5) answers its call 1 (generic.query)",
            "blocked: waiting until jobs (5) receives its call 2 (vfs.read)",
            "blocked: waiting until jobs (5) answers its call 2 (vfs.read)",
            "blocked: waiting for a notification",
            "blocked: waiting until somebody receives its message",
            "blocked: waiting for a message; what came was call 1 (generic.query) of first (2)",
        ):
            self.assertIn(text, texts)

    def test_a_message_is_not_told_once_more_as_a_wake_up(self) -> None:
        run = run_of(timeline_traces.deferred())
        self.assertEqual({arrow.kind for arrow in run.arrows}, {"fork", "signal"})
        self.assertNotIn("wake", [mark.kind for mark in run.processes[2].marks])

    def test_names_signals_and_mappings_are_marks(self) -> None:
        run = run_of(
            lines_of(
                "boot.endpoint id=1 name=vfs",
                'proc.create pid=2 parent=0 mode=user name="a"',
                'ns.register pid=2 name="a:"',
                'ns.alias pid=2 name="b:"',
                'ns.unregister pid=2 name="a:"',
                "ns.withdraw pid=2",
                "ipc.bind pid=2 id=1",
                "ipc.signal pid=2 handle=3 bits=0x5",
                "ipc.map pid=2 address=0x50000000 pages=1 writable=1",
            )
        )
        self.assertEqual(
            [(mark.kind, mark.text) for mark in run.processes[1].marks],
            [
                ("name", "registers a:"),
                ("name", "makes the alias b:"),
                ("name", "unregisters a:"),
                ("name", "withdraws all of its names"),
                ("name", "serves the well-known endpoint vfs"),
                ("signal", "signal 0x5, by handle 3"),
                ("map", "maps 1 shared page at 0x50000000, to be read and written"),
            ],
        )

    def test_any_line_may_be_lost_cut_or_spoilt(self) -> None:
        random = timeline_traces.talk(3, processes=4, messages=30)
        for made, step in ((timeline_traces.nested(), 2), (random, 11)):
            lines = made.splitlines(keepends=True)
            for n in range(0, len(lines), step):
                for kept in (lines[:n] + lines[n + 1 :], lines[n:], lines[: n + 1]):
                    self.must_be_drawn(run_of(b"".join(kept)))
                spoilt = lines[n].replace(b"id=", b"id=-").replace(b"type=0x", b"type=?")
                self.must_be_drawn(run_of(b"".join([*lines[:n], spoilt, *lines[n + 1 :]])))

    def must_be_drawn(self, run: Run) -> None:
        """Everything that can be drawn of a run is."""
        self.assertEqual(problems(json.loads(perfetto.document(run))), [])
        self.assertGreater(len(page.document(run)), 100)
        if run.messages:
            chart = chart_in(run, Choice(begin=0))
            ElementTree.fromstring(chart_svg.draw(run, chart))
            chart_text.draw(run, chart)

    def test_the_file_for_perfetto_has_calls_and_arrows(self) -> None:
        events = json.loads(perfetto.document(run_of(timeline_traces.deferred())))["traceEvents"]
        flows = [e for e in events if e["ph"] in "sf" and e["cat"] == "message"]
        self.assertEqual(len(flows), 2 * 5)
        second = [(e["ph"], e["pid"], e["ts"]) for e in flows if e["name"] == "call 2 (vfs.read)"]
        self.assertEqual(second, [("s", 3, 20.0), ("f", 5, 25.0)])
        calls = [e for e in events if e["ph"] == "X" and e["cat"] == "message"]
        times = [(e["pid"], e["ts"], e["dur"]) for e in calls]
        self.assertEqual(times, [(2, 15.0, 26.0), (3, 20.0, 7.0), (4, 23.0, 14.0), (2, 44.0, 4.0)])
        self.assertEqual(problems({"traceEvents": events, "displayTimeUnit": "ns"}), [])


class Text(KitTest):
    """Charts as text."""

    def test_a_nested_call_is_drawn_exactly(self) -> None:
        run = run_of(timeline_traces.nested())
        self.assertEqual(chart_text.draw(run, chart_in(run, Choice(call=1)), 80), NESTED)
        document = (ROOT / "docs" / "timeline.md").read_text(encoding="utf-8")
        self.assertIn(NESTED, document)

    def test_deaths_time_outs_and_refusals_are_shown(self) -> None:
        run = run_of(timeline_traces.nested())
        dead = chart_text.draw(run, chart_in(run, Choice(call=3)))
        self.assertRegex(dead, r"4\.000 +│ +╳ ended by a fault: null\n")
        self.assertRegex(dead, r"7\.000 +╳ #3: shell \(3\) ended without an answer\n")
        run = run_of(timeline_traces.deferred())
        text = chart_text.draw(run, chart_in(run, Choice(begin=0)))
        for pattern in (
            r"5\.000 +│ +┃ +○ #2 vfs\.read waits",
            r"10\.000 +│ +┃◄─+ #2 vfs\.read ─+│",
            r"22\.000 .*message: timed out before it was received  ╳\n",
            r"╳ #3: still not answered when the trace ended",
            r"· reply: no such object \(-2\)",
            r"┃─+ signal 0x8 ─+►│",
        ):
            self.assertRegex(text, pattern)

    def test_charts_are_as_wide_as_they_may_be(self) -> None:
        for seed in range(6):
            run = run_of(timeline_traces.talk(seed, processes=5))
            for width in (80, 100):
                for signs in (chart_text.UNICODE, chart_text.ASCII):
                    text = chart_text.draw(run, chart_in(run, Choice(begin=0)), width, signs)
                    self.assertLessEqual(max(map(len, text.splitlines())), width)
                    self.assertNotRegex(text, r"(?m) $")
            self.assertTrue(text.isascii())

    def test_each_message_has_one_arrow(self) -> None:
        for seed in range(6):
            run = run_of(timeline_traces.talk(seed))
            chart = chart_in(run, Choice(begin=0), 1000)
            numbers = [step.message for step in chart.steps if step.target is not None]
            received = [m.number for m in run.messages if m.received is not None]
            self.assertEqual(sorted(n for n in numbers if n is not None), received)
            times = [step.time for step in chart.steps]
            self.assertEqual(times, sorted(times))

    def test_a_long_chart_is_cut_and_says_so(self) -> None:
        run = run_of(timeline_traces.talk(2))
        text = chart_text.draw(run, chart_in(run, Choice(begin=0), 10))
        self.assertIn("(90 more messages are not shown; --most N shows more)", text)

    def test_signals_that_are_alike_are_counted(self) -> None:
        talk = timeline_traces.Talk("init", "one", "two")
        talk.run(2, "yield")
        call = talk.call(3)
        for _ in range(40):
            talk.write("ipc.signal pid=3 handle=1 bits=0x1")
        talk.reply(2, "query", call)
        run = run_of(talk.bytes())
        self.assertIn("· signal 0x1, by handle 1 × 40\n", chart_text.draw(run, chart_in(run)))

    def test_without_a_choice_the_largest_call_is_drawn(self) -> None:
        run = run_of(timeline_traces.talk(1))
        sizes = [len(sequence.behind(run, m)) for m in run.messages if m.cause is None]
        self.assertEqual(len(sequence.chosen(run, Choice())), max(sizes))


class Choices(KitTest):
    """Which messages are drawn, and what is said if there are none."""

    def setUp(self) -> None:
        super().setUp()
        self.run_ = run_of(timeline_traces.nested())

    def numbers(self, choice: Choice) -> List[int]:
        """The messages of a choice."""
        return [message.number for message in sequence.chosen(self.run_, choice)]

    def test_calls_are_found_in_every_way(self) -> None:
        for choice, numbers in (
            (Choice(call=2), [1, 2]),
            (Choice(operation="open"), [0, 1, 2, 3]),
            (Choice(operation="vfs.read"), [1, 2]),
            (Choice(pid=3), [1, 2]),
            (Choice(pid=2, operation="0x100.7"), [4]),
            (Choice(begin=19_000, end=26_000), [1, 2, 3]),
            (Choice(begin=0, pid=4), [1, 2]),
            (Choice(end=20_000), [0, 1]),
        ):
            with self.subTest(str(choice)):
                self.assertEqual(self.numbers(choice), numbers)

    def test_if_there_is_none_the_candidates_are_named(self) -> None:
        for choice, text in (
            (Choice(call=9), "there is no call 9; the calls are 1 to 3"),
            (Choice(operation="mkdir"), "operations are: 0x100.7 (1), vfs.open (1), vfs.read (1)"),
            (Choice(pid=4), "process 4 neither calls nor sends; these do: client (2), shell (3)"),
            (Choice(call=1, begin=0), "a call or a time, not both"),
            (Choice(begin=10**9), "after the end of the trace"),
            (Choice(begin=5_000, end=4_000), "after the end of the chart"),
            (Choice(begin=1_000, end=2_000), "the first and the last were at: 16.000 µs"),
        ):
            with self.subTest(str(choice)):
                with self.assertRaises(GraderError) as caught:
                    sequence.chosen(self.run_, choice)
                self.assertIn(text, str(caught.exception))

    def test_a_trace_without_messages_is_refused_with_a_reason(self) -> None:
        with self.assertRaises(GraderError) as caught:
            sequence.chosen(run_of(timeline_traces.small()), Choice())
        self.assertIn("trace=ipc", str(caught.exception))
        reply = "ipc.message from=1 to=2 kind=reply id=1 type=0x4 name=query length=0 handles=0"
        with self.assertRaises(GraderError) as caught:
            sequence.chosen(run_of(lines_of(f"{reply} status=0")), Choice())
        self.assertIn("replies only", str(caught.exception))

    def test_the_list_names_every_call(self) -> None:
        lines = sequence.listing(self.run_).splitlines()
        self.assertEqual(len(lines), 4)
        self.assertRegex(lines[1], r"16\.000 +1  client \(2\)  shell \(3\)  vfs\.open +answered")


class Picture(KitTest):
    """Charts as SVG."""

    def test_it_is_one_file_with_title_and_description(self) -> None:
        run = run_of(timeline_traces.deferred())
        text = chart_svg.draw(run, chart_in(run, Choice(begin=0)))
        root = ElementTree.fromstring(text)
        names = str(root.get("aria-labelledby")).split()
        title, told = (root.find(f".//*[@id='{name}']") for name in names)
        self.assertEqual(title is not None and title.text, "6 messages")
        told_text = "" if told is None else str(told.text)
        self.assertIn("At 10.000 µs, second (3) calls jobs (5): call 2 (vfs.read)", told_text)
        self.assertEqual(root.get("role"), "img")
        self.assertIn("prefers-color-scheme: dark", text)
        self.assertNotRegex(
            text.replace('xmlns="http://www.w3.org/2000/svg"', ""), r"https?:|url\("
        )

    def test_arrows_lead_from_lifeline_to_lifeline(self) -> None:
        run = run_of(timeline_traces.deferred())
        root = ElementTree.fromstring(chart_svg.draw(run, chart_in(run, Choice(begin=0))))
        lives = [float(str(line.get("x1"))) for line in root.iter(f"{SVG}line") if of(line, "life")]
        self.assertEqual(lives, sorted(lives))
        self.assertEqual(len(lives), 4)
        arrows = [line for line in root.iter(f"{SVG}line") if of(line, "arrow")]
        slanted = [line for line in arrows if line.get("y1") != line.get("y2")]
        self.assertEqual((len(arrows), len(slanted)), (6, 1))
        self.assertAlmostEqual(float(str(slanted[0].get("x1"))), lives[2], delta=2)
        tips = [str(tip.get("points")) for tip in root.iter(f"{SVG}polygon")]
        self.assertAlmostEqual(float(tips[0].split(",")[0]), lives[1], delta=6)

    def test_what_programs_say_stays_text(self) -> None:
        quoted = HOSTILE.replace('"', '\\"')
        run = run_of(
            lines_of(
                f'proc.create pid=1 parent=0 mode=user name="{quoted}"',
                'proc.create pid=2 parent=0 mode=user name="b"',
                f'ipc.message from=1 to=2 kind=send id=0 type=0x4 name="{quoted}" length=0 '
                "handles=0 status=0",
            )
        )
        root = ElementTree.fromstring(chart_svg.draw(run, chart_in(run)))
        tags = {element.tag for element in root.iter()}
        self.assertFalse(tags & {f"{SVG}img", f"{SVG}script", "img", "script"})
        self.assertIn("generic." + HOSTILE, "".join(root.itertext()))

    @unittest.skipUnless(find_browser(), "not installed: chromium")
    def test_it_is_drawn_in_light_and_dark(self) -> None:
        run = run_of(timeline_traces.nested())
        path = self.folder / "chart.svg"
        path.write_text(chart_svg.draw(run, chart_in(run, Choice(begin=0))), encoding="utf-8")
        inside = """(() => { const box = document.documentElement.getBoundingClientRect();
            return [...document.querySelectorAll('text, rect, line')].every((e) => {
                const r = e.getBoundingClientRect();
                return r.left >= -1 && r.top >= -1 && r.right <= box.right + 1 &&
                    r.bottom <= box.bottom + 1; }); })()"""
        look = "getComputedStyle(document.querySelector('%s')).fill"
        with Browser(self.folder / "browser") as browser:
            browser.resize(1000, 700)
            found = set()
            for scheme in ("light", "dark"):
                features = [{"name": "prefers-color-scheme", "value": scheme}]
                browser.call("Emulation.setEmulatedMedia", features=features)
                browser.show(path)
                self.assertTrue(browser.evaluate(inside))
                found.add((browser.evaluate(look % ".page"), browser.evaluate(look % "text")))
            self.assertEqual(len(found), 2)
            self.assertEqual((browser.errors, len(set(browser.requests))), ([], 1))


def of(element: ElementTree.Element, kind: str) -> bool:
    """Whether an element is of a class."""
    return kind in str(element.get("class")).split()


class Command(KitTest):
    """scripts/trace.py chart."""

    def trace(self) -> Path:
        """A trace."""
        path = self.folder / "trace.txt"
        path.write_bytes(timeline_traces.nested())
        return path

    def test_a_chart_is_printed_and_written(self) -> None:
        svg = self.folder / "a.svg"
        done = self.must_succeed(
            SCRIPT, "chart", self.trace(), "--call", "1", "--width", "80", "--svg", svg
        )
        self.assertEqual(done.stderr, "")
        drawn = done.stdout.replace("µ", "u").splitlines()[:4]  # The locale may have ASCII only.
        self.assertEqual(drawn, NESTED.replace("µ", "u").splitlines()[:4])
        self.assertIn(f"As a picture: {svg}", done.stdout)
        ElementTree.parse(svg)

    def test_ascii_is_ascii(self) -> None:
        done = self.must_succeed(SCRIPT, "chart", self.trace(), "--ascii", "--from", "0.01ms")
        self.assertTrue(done.stdout.isascii())
        self.assertRegex(done.stdout, r"0\.000 +\|-+ #1 vfs\.open \+1 handle -+>#")
        self.assertTrue(self.must_succeed(SCRIPT, "chart", self.trace(), "--ascii", "--list"))

    def test_what_is_wrong_is_said_in_one_line(self) -> None:
        for words, text in (
            (("--call", "9"), "there is no call 9"),
            (("--from", "1s"), "after the end of the trace"),
        ):
            done = self.must_end_with(1, SCRIPT, "chart", str(self.trace()), *words)
            self.assertRegex(done.stderr, rf"\Atrace\.py: [^\n]*{re.escape(text)}[^\n]*\n\Z")
            self.assertEqual(done.stdout, "")
        done = self.must_end_with(2, SCRIPT, "chart", str(self.trace()), "--from", "soon")
        self.assertIn('"soon" is no time; write it as 4587.376, or as 4.6ms', done.stderr)
        self.assertIn("name a trace", self.must_end_with(1, SCRIPT, "chart").stderr)

    def test_damage_is_told(self) -> None:
        path = self.trace()
        path.write_bytes(path.read_bytes() + b"seq=oops\n")
        done = self.must_succeed(SCRIPT, "chart", path)
        self.assertRegex(done.stderr, r"\Atrace\.py: note: line \d+ is not an event\n\Z")


@unittest.skipUnless(find_browser(), "not installed: chromium")
class InBrowser(KitTest):
    """Messages in the page."""

    def open(self, browser: Browser, data: bytes, width: int = 1280, dark: bool = False) -> None:
        """Show the page of a trace."""
        path = self.folder / "page.html"
        path.write_text(page.document(run_of(data)), encoding="utf-8")
        browser.open(path, width, dark=dark)

    def choose(self, browser: Browser, name: str, value: str) -> None:
        """Choose in a list by the text of the choice."""
        browser.evaluate(
            f"(e => {{ e.value = [...e.options].find((o) => o.text === {json.dumps(value)}).value;"
            f"e.dispatchEvent(new Event('change')); }})(document.getElementById('{name}'))"
        )
        browser.settle()

    def test_keys_pointer_and_filters_lead_to_messages(self) -> None:
        lanes = "document.getElementById('lanes').toDataURL()"
        rows = "document.querySelectorAll('#messages tbody tr').length"
        with Browser(self.folder / "browser") as browser:
            self.open(browser, timeline_traces.nested())
            browser.evaluate("document.getElementById('chart').focus()")
            browser.key("m")
            self.assertIn("client (2) calls shell (3)", browser.text("#details"))
            self.assertIn("answered after 10.000 µs with no such", browser.text("#details"))
            browser.key("r")
            self.assertIn("shell (3) answers client (2)", browser.text("#details"))
            browser.evaluate("document.getElementById('partner').click()")
            browser.key("m")
            self.assertIn("shell (3) calls disk (4)", browser.text("#details"))
            browser.key("M", shift=True)
            self.assertIn("client (2) calls shell (3)", browser.text("#details"))
            browser.key("Escape")
            self.by_pointer(browser)
            pictures = {browser.evaluate(lanes)}
            for what in ("messages", "creation, waking", "none"):
                self.choose(browser, "arrows", what)
                pictures.add(browser.evaluate(lanes))
            self.assertEqual(len(pictures), 4)
            self.assertEqual(browser.evaluate(rows), 3)
            self.choose(browser, "of-result", "without an answer")
            self.assertEqual(browser.evaluate(rows), 1)
            self.assertIn("ended without an answer", browser.text("#messages"))
            self.assertIn("Arrows of 1 of 3 messages", browser.text("#arrows-count"))
            browser.evaluate("document.querySelector('#messages tbody button').click()")
            self.assertIn("call 3 (0x100.7)", browser.text("#details"))
            browser.evaluate("document.querySelector('#arrows-count button').click()")
            self.assertEqual(browser.evaluate(rows), 3)
            must_be_fine(self, browser)

    def by_pointer(self, browser: Browser) -> None:
        """Over the arrow of the first call, between its lanes."""
        box = browser.evaluate(
            "(r => ({x: r.x, y: r.y, width: r.width}))"
            "(document.getElementById('lanes').getBoundingClientRect())"
        )
        x = box["x"] + 176 + (box["width"] - 188) * 16_000 / 40_000
        browser.mouse("mouseMoved", x + 1, box["y"] + 3 * 68 - 4)
        self.assertIn("client (2) calls shell (3)", browser.text("#tip"))
        browser.click(x + 1, box["y"] + 3 * 68 - 4)
        self.assertIn("call 1 (vfs.open): 12 bytes and 1 handle", browser.text("#details"))
        browser.mouse("mouseMoved", 5, 5)
        browser.key("Escape")

    def test_they_fit_both_widths_in_light_and_dark(self) -> None:
        with Browser(self.folder / "browser") as browser:
            for width in (1280, 390):
                for dark in (False, True):
                    self.open(browser, timeline_traces.talk(4), width, dark)
                    must_be_fine(self, browser)
                    tall = "document.getElementById('messages-section').offsetHeight"
                    self.assertGreater(browser.evaluate(tall), 100)

    def test_a_run_without_messages_has_no_list_of_them(self) -> None:
        with Browser(self.folder / "browser") as browser:
            self.open(browser, timeline_traces.small())
            self.assertFalse(browser.evaluate("document.getElementById('messages').offsetHeight"))
            self.assertFalse(
                browser.evaluate("document.getElementById('message-keys').offsetWidth")
            )


class RealRun(KitTest):
    """`make chart` and `make trace`, with the kernel of lab 3."""

    @need("qemu-system-i386")
    def test_a_kernel_is_run_and_its_messages_are_drawn(self) -> None:
        build = self.folder / "build"
        words = ("LAB=3", "REF=all", f"BUILD={build}")
        done = self.must_succeed("make", "chart", *words, "ARGS=--operation vfs.open")
        self.assertRegex(done.stdout, r"Call \d+ \(vfs\.open\): posix \(\d+\) calls vfs \(\d+\)")
        folder = build / "lab3-ref"
        ElementTree.parse(folder / "chart.svg")
        run = run_of((folder / "timeline.txt").read_bytes())
        self.assertEqual(run.warnings, [])
        exactly_one_runs(self, run)
        self.every_call_is_answered(run.messages)
        names = [m.text for p in run.processes for m in p.marks if m.kind == "name"]
        for text in (
            "registers echo:",
            "unregisters version:",
            "serves the well-known endpoint vfs",
        ):
            self.assertIn(text, names)
        done = self.must_succeed("make", "trace", *words)
        self.assertIn(f"{len(run.messages)} messages", done.stdout)
        self.assertEqual(problems(json.loads((folder / "trace.json").read_text("utf-8"))), [])
        if find_browser():
            with Browser(self.folder / "browser") as browser:
                browser.open(folder / "trace.html", 390, dark=True)
                must_be_fine(self, browser)
                self.assertIn("vfs.open", browser.text("#messages"))

    def every_call_is_answered(self, messages: List[Message]) -> None:
        """In a run of programs that work, each call has its reply."""
        calls = [message for message in messages if message.kind == "call"]
        self.assertGreater(len(calls), 20)
        self.assertTrue(all(call.partner is not None for call in calls))
        self.assertFalse([m for m in messages if m.kind == "reply" and m.partner is None])


if __name__ == "__main__":
    unittest.main()
