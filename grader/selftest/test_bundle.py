"""Bundles: what is in them, and that damaged and hostile ones are refused with a clear message."""

from __future__ import annotations

import io
import json
import tarfile
import unittest
from pathlib import Path
from typing import Any, Dict

from kit import KitTest

from cairn_grader.bundle import file_hash, find_failure, student_sources, trace_text
from cairn_grader.catalogue import Test
from cairn_grader.errors import GraderError
from cairn_grader.findings import Finding
from cairn_grader.machine import Check
from cairn_grader.rewind.opening import FILE_LIMIT, Bundle, open_bundle
from cairn_grader.run import End, Inspected, Run
from cairn_grader.runner import Outcome
from cairn_grader.trace import parse_trace
from cairn_grader.verdict import Kind, Part, Verdict, judge

ORDER = 1

DESCRIPTION: Dict[str, Any] = {
    "schema": "cairn.bundle/1",
    "lab": 1,
    "test": "frame_poison",
    "seed": 20260,
    "schedule": 5,
    "memory": 16,
    "command_line": "ktest=frame_poison seed=20260 limit=2",
    "boot": "direct",
    "inspected": False,
    "machine": ["-M", "pc"],
    "verdict": "failed_checks",
    "finding": {"expected": "1", "actual": "2", "what": "one", "file": "a.c", "line": 7},
    "end": "power_off",
    "failure": {"kind": "check", "event": 5, "time": 1000},
    "trace": "0123",
}
FILES = {
    "kernel.elf": b"\x7fELF",
    "trace.txt": b"seq=0 t=1 ev=boot.start\n",
    "console.txt": b"Cairn\n",
    "labs/lab1-memory/frame.c": b"int x;\n",
}


class BundleTest(KitTest):
    """A test with a bundle that no machine has left."""

    def setUp(self) -> None:
        """Write it, in a folder whose name has a blank."""
        super().setUp()
        self.bundle = self.folder / "my bundle"
        for name, data in FILES.items():
            path = self.bundle / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.describe()

    def describe(self, **changes: Any) -> None:
        """Write bundle.json, with changes."""
        hashes = {name: file_hash(self.bundle / name) for name in FILES}
        text = json.dumps({**DESCRIPTION, "files": hashes, **changes})
        (self.bundle / "bundle.json").write_text(text, encoding="ascii")

    def open(self, path: Path) -> Bundle:
        """Open a bundle in a new folder."""
        target = self.folder / f"opened-{len(list(self.folder.iterdir()))}"
        target.mkdir()
        return open_bundle(path, target)

    def must_be_refused(self, reason: str) -> None:
        """The bundle must be refused with one line that says this."""
        with self.assertRaisesRegex(GraderError, reason) as caught:
            self.open(self.bundle)
        self.assertNotIn("\n", str(caught.exception))


class Opening(BundleTest):
    """Good bundles and bad ones."""

    def test_folder(self) -> None:
        """Everything is copied."""
        bundle = self.open(self.bundle)
        self.assertEqual((bundle.test, bundle.memory, bundle.event), ("frame_poison", 16, 5))
        self.assertEqual(bundle.finding.line, 7)
        self.assertIsNone(bundle.initrd)
        for name, data in FILES.items():
            self.assertEqual((bundle.folder / name).read_bytes(), data)

    def test_archive(self) -> None:
        """An archive of the folder, or of what is in it, is as good."""
        for index, name in enumerate(("frame_poison", ".")):
            path = self.folder / f"{index}.tar.gz"
            with tarfile.open(path, "w:gz") as archive:
                archive.add(self.bundle, name)
            self.assertEqual(self.open(path).kernel.read_bytes(), FILES["kernel.elf"])

    def test_missing(self) -> None:
        """Nothing, an empty folder, a file that is no archive."""
        with self.assertRaisesRegex(GraderError, "there is no bundle '.*nowhere'"):
            self.open(self.folder / "nowhere")
        (self.bundle / "bundle.json").unlink()
        self.must_be_refused("is no bundle: it has no bundle.json")
        with self.assertRaisesRegex(GraderError, "neither a folder nor a .tar.gz"):
            self.open(self.bundle / "kernel.elf")

    def test_cut_archive(self) -> None:
        """An archive of which the end is missing."""
        path = self.folder / "cut.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            archive.add(self.bundle, "frame_poison")
        path.write_bytes(path.read_bytes()[:-100])
        with self.assertRaises(GraderError):
            self.open(path)

    def test_damaged(self) -> None:
        """A file that was changed, and one that is missing."""
        (self.bundle / "kernel.elf").write_bytes(b"\x7fELF!")
        self.must_be_refused("damaged: kernel.elf is not the file that was written")
        (self.bundle / "kernel.elf").unlink()
        self.must_be_refused("damaged: kernel.elf is missing")

    def test_description(self) -> None:
        """A description that is no JSON, of another kind, or incomplete."""
        path = self.bundle / "bundle.json"
        for text, reason in (
            ("{", "bundle.json is not JSON"),
            ("[" * 100000, "bundle.json is not JSON"),
            ('{"schema": "cairn.bundle/9"}', "no bundle that this kit reads"),
            ('{"schema": "cairn.bundle/1"}', "does not list its files"),
        ):
            path.write_text(text, encoding="ascii")
            self.must_be_refused(reason)
        for change in ({"memory": 1 << 20}, {"seed": "1"}, {"failure": {}}, {"finding": None}):
            self.describe(**change)
            self.must_be_refused("bundle.json lacks something")
        self.describe(boot="grub")
        self.must_be_refused("boots through GRUB")

    def test_hostile_names(self) -> None:
        """Files that no bundle has, wherever they would go."""
        for name in ("../kernel.elf", "/etc/passwd", "labs/../x.c", "run", "bundle.json"):
            hashes = {known: file_hash(self.bundle / known) for known in FILES}
            self.describe(files={**hashes, name: "0"})
            self.must_be_refused("which no bundle has")

    def test_links(self) -> None:
        """A link is not followed, neither in a folder nor in an archive."""
        (self.bundle / "console.txt").unlink()
        (self.bundle / "console.txt").symlink_to("trace.txt")
        self.must_be_refused("console.txt is missing")
        path = self.folder / "links.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            archive.add(self.bundle, "frame_poison")
        with self.assertRaisesRegex(GraderError, "console.txt is missing"):
            self.open(path)

    def test_programs(self) -> None:
        """Programs of the initrd are unpacked for GDB, and nothing else."""
        initrd = self.bundle / "initrd.tar"
        with tarfile.open(initrd, "w") as archive:
            for name in ("bin/hello", "../bin/hello", "/tmp/hello", "bin/a/b"):
                archive.addfile(tarfile.TarInfo(name))
        hashes = {name: file_hash(self.bundle / name) for name in (*FILES, "initrd.tar")}
        self.describe(files=hashes)
        programs = self.open(self.bundle).folder / "user"
        found = [path for path in programs.rglob("*") if path.is_file()]
        self.assertEqual(found, [programs / "bin" / "hello.elf"])
        initrd.write_bytes(bytes(100))
        self.describe(files={**hashes, "initrd.tar": file_hash(initrd)})
        self.must_be_refused("initrd.tar is no archive")

    def test_large(self) -> None:
        """A file that grows when it is unpacked is read up to a limit."""
        path = self.folder / "large.tar.gz"
        with tarfile.open(path, "w:gz", compresslevel=1) as archive:
            archive.add(self.bundle / "bundle.json", "bundle.json")
            member = tarfile.TarInfo("kernel.elf")
            member.size = FILE_LIMIT + 1
            archive.addfile(member, io.BytesIO(bytes(member.size)))
        with self.assertRaisesRegex(GraderError, "kernel.elf is larger than 64 MiB"):
            self.open(path)


def outcome(test: Test, run: Run) -> Outcome:
    """What became of a test in a run."""
    return Outcome(test, "qemu", 5, judge(test, run), run)


class Failures(unittest.TestCase):
    """Which moment of a run counts as its failure."""

    def failure(self, lines: str, test: Test, *inspected: Inspected) -> object:
        """The failure's kind and event."""
        run = Run(End.POWER_OFF, trace=parse_trace(lines.encode()), inspected=list(inspected))
        found = find_failure(outcome(test, run), run)
        return found.kind, found.event

    def test_kinds(self) -> None:
        """A check, an inspection, a panic, a missing exercise, none of these."""
        test = Test("t", "lab1.ex1", 1, "about t")
        begin = "seq=0 t=0 ev=test.begin name=t seed=1\n"
        end = "seq=3 t=9 ev=test.end name=t failures=1 parts=1\n"
        fail = "seq=1 t=1 ev=misuse\nseq=2 t=2 ev=test.fail part=1 file=a.c line=3\n"
        self.assertEqual(self.failure(begin + fail + end, test), ("check", 2))
        panic = "seq=1 t=1 ev=panic kind=trap eip=0x1\n"
        self.assertEqual(self.failure(begin + panic, test), ("panic", 1))
        todo = "seq=1 t=1 ev=todo exercise=lab1.ex1 function=f file=a.c\n"
        self.assertEqual(self.failure(begin + todo, test), ("missing", 1))
        self.assertEqual(self.failure(begin, test), ("end", None))

    def test_inspection(self) -> None:
        """The inspection that failed, not those that passed."""
        lines = "seq=0 t=0 ev=test.begin name=t seed=1\n"
        lines += "seq=1 t=1 ev=test.inspect name=a n=1\nseq=2 t=1 ev=test.inspect name=a n=2\n"
        lines += "seq=3 t=9 ev=test.end name=t failures=0 parts=1\n"
        test = Test("t", "lab1.ex1", 1, "about t", inspect=lambda *_: [], inspections=2)
        checks = [Inspected("t", "a", n, (Check.holds("it holds", n == 1),)) for n in (1, 2)]
        self.assertEqual(self.failure(lines, test, *checks), ("inspection", 2))

    def test_judged(self) -> None:
        """An event that a judge of traces names."""
        run = Run(End.POWER_OFF, trace=parse_trace(b"seq=0 t=0 ev=a\nseq=1 t=5 ev=b\n"))
        verdict = Verdict(Kind.CHECKS, [Part("", False)], [Finding("always", "event 1: not now")])
        test = Test("t", "lab1.ex1", 1, "about t", judge=lambda trace, console: [])
        found = find_failure(Outcome(test, "qemu", 5, verdict, run), run)
        self.assertEqual((found.kind, found.event, found.time), ("event", 1, 5))


class Contents(KitTest):
    """What bundles are made of."""

    def test_trace(self) -> None:
        """A trace that is written down reads as before, whatever is in it."""
        trace = parse_trace(b'seq=0 t=1 ev=x a=1 b="" c="p \\"q\\" \\\\ \\n \\x1b \\xff" d=\\z\n')
        self.assertEqual(len(trace.events), 1)
        again = parse_trace(trace_text(Run(End.POWER_OFF, trace=trace)).encode("ascii"))
        self.assertEqual(again.events, trace.events)

    def test_sources(self) -> None:
        """The student's files of the labs up to this one that were not taken from solutions/."""
        for lab in (1, 2, 3):
            (self.folder / f"lab{lab}-x").mkdir()
            (self.folder / f"lab{lab}-x" / "a.c").touch()
        self.assertEqual(list(student_sources(self.folder, 2, "")), ["lab1-x/a.c", "lab2-x/a.c"])
        self.assertEqual(list(student_sources(self.folder, 2, "1")), ["lab2-x/a.c"])
        self.assertEqual(student_sources(self.folder, 2, "all"), {})


if __name__ == "__main__":
    unittest.main()
