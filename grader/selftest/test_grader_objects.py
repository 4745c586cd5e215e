"""What a student's object files may hold, and what is said if they hold more."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import List

from kit import KitTest, have, need

from cairn_grader.make import run
from cairn_grader.objects import Allowed, problems

ORDER = 3
COMPILER = "gcc" if have("gcc") else "i686-linux-gnu-gcc"
FLAGS = ["-m32", "-ffreestanding", "-fno-pic", "-O2", "-c"]

#: Sources that must be refused, and a word of the reason.
REFUSED = {
    "a symbol of given code": ("void given_secret(void); void f(void) { given_secret(); }", "uses"),
    "a symbol as data": ("extern char given_secret[]; char *p = given_secret;", "uses"),
    "an alias": ('void g(void) __asm__("given_secret"); void f(void) { g(); }', "uses"),
    "weakly": (
        "void given_secret(void) __attribute__((weak)); void f(void) { given_secret(); }",
        "weak|uses",
    ),
    "a weak definition": ("__attribute__((weak)) int given_secret;", "weak, common or absolute"),
    "a common definition": ("__attribute__((common)) int given_secret;", "weak, common"),
    "an absolute one": ('__asm__(".globl here; here = 0x100000");', "weak, common or absolute"),
    "the table of tests": ('__attribute__((section("ktests"))) int table;', "section 'ktests'"),
    "another section": ('__asm__(".section .symbols; .long 1; .text");', "section '.symbols'"),
    "a test's name": ("int ktest_check_true(void) { return 1; }", "belong to tests"),
    "a test's name of its own": (
        "__attribute__((used)) static int ktest_inspection; int f(void) { return 1; }",
        "belong to tests",
    ),
    "an odd name": (r'__asm__(".globl \"a b\"\n\"a b\": ret");', "not a symbol of C"),
    "a port": ('void f(void) { __asm__("outb %al, $0x80"); }', r"port instruction \('out"),
    "a string of ports": ('void f(void) { __asm__("rep insb"); }', r"port instruction \('insb"),
    "a port in assembly": ('__asm__(".globl g; g: inl %dx, %eax; ret");', "port instruction"),
}

ACCEPTED = {
    "its own symbols": "int g(void); int f(void) { return g(); } int g(void) { return 1; }",
    "static data": "static int counts[3]; int *f(int i) { return &counts[i]; }",
    "strings": 'const char *f(void) { return "text"; }',
    "what a given file defines": "void given_help(void); void f(void) { given_help(); }",
    "what is allowed by name": "extern char single_start[]; char *f(void) { return single_start; }",
    "a table of jumps": """
        int f(int i) { switch (i) { case 0: return 5; case 1: return 9; case 2: return 2;
            case 3: return 77; case 4: return 8; case 5: return 1; default: return 0; } }""",
    "instructions that look alike": '''
        void f(void) { __asm__("int $3; incl %eax; insertps $0, %xmm0, %xmm1"); }''',
    "names that look alike": "int in(void) { return 1; } int out(void) { return in(); }",
}


@need(COMPILER, "objdump")
class Objects(KitTest):
    """Sources are compiled beside a given file that defines two symbols."""

    def setUp(self) -> None:
        """Compile the given files."""
        super().setUp()
        self.compile("given/src/lib/help.c", "void given_help(void) {}")
        self.compile("given/src/kernel/secret.c", "void given_secret(void) {}")

    def compile(self, name: str, text: str) -> Path:
        """Compile a file; return the object."""
        source = self.folder / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text + "\n", encoding="utf-8")
        target = source.with_suffix(".o")
        done = subprocess.run(
            [COMPILER, *FLAGS, str(source), "-o", str(target)],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return target

    def problems(self, path: Path) -> List[str]:
        """What is wrong with an object."""
        allowed = Allowed(["src/lib/*.c", "single_*"], self.folder / "given")
        return problems({"labs/lab1-memory/frame.c": path}, allowed, run)

    def test_refused(self) -> None:
        """Each is named with the file and the reason."""
        for name, (text, reason) in REFUSED.items():
            with self.subTest(name):
                found = self.problems(self.compile("frame.c", text))
                self.assertRegex("\n".join(found), reason)
                self.assertTrue(found[0].startswith("labs/lab1-memory/frame.c: error: "))

    def test_accepted(self) -> None:
        """Ordinary code is not bothered."""
        for name, text in ACCEPTED.items():
            with self.subTest(name):
                self.assertEqual(self.problems(self.compile("frame.c", text)), [])

    def test_not_an_object(self) -> None:
        """What cannot be read is refused, not stumbled over."""
        good = self.compile("frame.c", "int f(void) { return 1; }").read_bytes()
        for name, data in (
            ("nothing", b""),
            ("text", b"hello"),
            ("cut", good[: len(good) // 2]),
            ("wild offsets", good[:32] + b"\xff" * 20 + good[52:]),
        ):
            with self.subTest(name):
                path = self.folder / "odd.o"
                path.write_bytes(data)
                self.assertRegex(self.problems(path)[0], "cannot be read")

    def test_many(self) -> None:
        """A long list is cut."""
        text = "".join(f"void u{i}(void);" for i in range(30))
        calls = "".join(f"u{i}();" for i in range(30))
        found = self.problems(self.compile("frame.c", f"{text} void f(void) {{ {calls} }}"))
        self.assertEqual(found[-1], "...")
        self.assertLess(len(found), 12)
