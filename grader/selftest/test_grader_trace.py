"""The grader's parser of the trace."""

from __future__ import annotations

import unittest

from cairn_grader.trace import DAMAGE_MAX, TRACE_LIMIT, parse_line, parse_trace

ORDER = 1


class Lines(unittest.TestCase):
    """One line at a time."""

    def test_bare_values(self) -> None:
        """Words and numbers."""
        event = parse_line("seq=3 t=99 ev=fault vector=14 error=0x2 eip=0x00101234 resolved=1")
        assert event is not None
        self.assertEqual((event.sequence, event.time, event.name), (3, 99, "fault"))
        self.assertEqual(event.number("vector"), 14)
        self.assertEqual(event.number("eip"), 0x101234)
        self.assertEqual(event.text("nothing", "default"), "default")

    def test_quoted_values(self) -> None:
        """Blanks, quotes, backslashes, newlines and control characters inside quotes."""
        event = parse_line(r'seq=0 t=0 ev=x a="one two" b="say \"hi\"" c="a\\n\nb\x1b" d=""')
        assert event is not None
        self.assertEqual(event.text("a"), "one two")
        self.assertEqual(event.text("b"), 'say "hi"')
        self.assertEqual(event.text("c"), "a\\n\nb\x1b")
        self.assertEqual(event.text("d"), "")

    def test_empty_bare_value(self) -> None:
        """A value may be empty, and may be a question mark."""
        event = parse_line("seq=0 t=0 ev=x a= b=?")
        assert event is not None
        self.assertEqual(event.fields, {"a": "", "b": "?"})

    def test_numbers_that_are_none(self) -> None:
        """A field that is not a number gives the default."""
        event = parse_line("seq=0 t=0 ev=x a=word")
        assert event is not None
        self.assertEqual(event.number("a", 7), 7)

    def test_not_events(self) -> None:
        """Lines that the kernel's trace cannot have written."""
        for line in (
            "",
            "hello",
            "seq=0 ev=x",
            "t=0 seq=0 ev=x",
            "seq=-1 t=0 ev=x",
            "seq=0 t=0 ev=x a",
            'seq=0 t=0 ev=x a="open',
            "seq=0 t=0 ev=x a=1 a=2",
            "seq=0 t=0 ev=x  a=1",
        ):
            with self.subTest(line=line):
                self.assertIsNone(parse_line(line))


class Traces(unittest.TestCase):
    """Whole traces."""

    def test_good(self) -> None:
        """Events in order, and a last line that was cut off."""
        trace = parse_trace(b"seq=0 t=5 ev=a\nseq=1 t=5 ev=b\nseq=2 t=6 ev=a\nseq=3 t=")
        self.assertEqual([event.name for event in trace], ["a", "b", "a"])
        self.assertEqual(trace.damage, [])
        self.assertEqual(len(trace.all("a")), 2)
        self.assertIsNone(trace.first("c"))

    def test_empty(self) -> None:
        """Nothing was written."""
        self.assertEqual(parse_trace(b"").events, [])

    def test_endless_damage_takes_no_memory(self) -> None:
        trace = parse_trace(b"\n" * TRACE_LIMIT)
        self.assertEqual(len(trace.damage), DAMAGE_MAX)
        self.assertEqual(trace.events, [])

    def test_damage(self) -> None:
        """Gaps, repetitions, time that goes back, and text of others are noticed."""
        for data in (
            b"seq=1 t=0 ev=a\n",
            b"seq=0 t=0 ev=a\nseq=2 t=0 ev=b\n",
            b"seq=0 t=0 ev=a\nseq=0 t=0 ev=b\n",
            b"seq=0 t=9 ev=a\nseq=1 t=8 ev=b\n",
            b"PASS\nseq=0 t=9 ev=a\n",
            b"\xff\xfe\n",
        ):
            with self.subTest(data=data):
                self.assertEqual(len(parse_trace(data).damage), 1)

    def test_fingerprint(self) -> None:
        """It ignores when the kernel began, and nothing else."""
        first = parse_trace(b"seq=0 t=5 ev=a\nseq=1 t=8 ev=b x=1\n").fingerprint()
        later = parse_trace(b"seq=0 t=6 ev=a\nseq=1 t=9 ev=b x=1\n").fingerprint()
        slower = parse_trace(b"seq=0 t=5 ev=a\nseq=1 t=9 ev=b x=1\n").fingerprint()
        other = parse_trace(b"seq=0 t=5 ev=a\nseq=1 t=8 ev=b x=2\n").fingerprint()
        self.assertEqual(first, later)
        self.assertEqual(len({first, slower, other}), 3)


if __name__ == "__main__":
    unittest.main()
