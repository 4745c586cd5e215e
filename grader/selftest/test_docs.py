"""Checks the handouts and guides against the code: names, commands, points, excerpts, pictures."""

from __future__ import annotations

import re
import sys
import unittest
import xml.etree.ElementTree as ElementTree
from functools import lru_cache
from pathlib import Path
from typing import Dict, Iterator, List, Set, Tuple

from kit import ROOT, KitTest, need, run

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.catalogue import Exercise, Lab, load_lab  # noqa: E402 (needs the path above)

ORDER = 30

HANDOUT = ROOT / "labs" / "lab1-memory" / "README.md"
PICTURE = ROOT / "labs" / "lab1-memory" / "address-space.svg"
GUIDES = [ROOT / "docs" / f"{name}.md" for name in ("architecture", "student", "self-learner")]
DOCUMENTS = [HANDOUT, ROOT / "docs" / "index.md", ROOT / "docs" / "instructor.md", *GUIDES]

#: GDB's own commands that the documents use.
GDB_COMMANDS = {
    *("backtrace", "break", "continue", "finish", "help", "next", "print", "step", "stepi", "up")
}
#: Words in a code span that stand for something that the reader fills in.
PLACEHOLDERS = {
    *("ADDRESS", "FOLDER", "FOLDERS", "GROUPS", "LENGTH", "MAP", "NAME", "NAMES", "SECONDS"),
    *("START", "TEST"),
}
#: Names that belong to others: C, Linux, the standard tools.
FOREIGN = {"vmalloc_fault", "malloc"}
#: Functions of the C library that comments compare with.
C_FUNCTIONS = {"longjmp", "printf", "setjmp"}
WORDS_MAX = 8000

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")


def text_of(path: Path) -> str:
    """A file of the tree."""
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    """A file's name for messages."""
    return str(path.relative_to(ROOT))


def fences(path: Path, language: str) -> List[str]:
    """The fenced blocks of one language."""
    return [body for kind, body in FENCE.findall(text_of(path)) if kind == language]


def spans(text: str) -> List[str]:
    """The code spans of running text."""
    return SPAN.findall(FENCE.sub("", text))


def commands(path: Path) -> Iterator[str]:
    """Every shell command: lines of `sh` blocks, and spans that begin with a command."""
    for block in fences(path, "sh"):
        for line in block.splitlines():
            yield from (part.strip() for part in line.split("#")[0].split("&&"))
    for span in spans(text_of(path)):
        if re.match(r"(make|sh|grader/\w+) ", span):
            yield span


@lru_cache(maxsize=None)
def lab() -> Lab:
    """The catalogue of lab 1."""
    return load_lab(ROOT, 1)


@lru_cache(maxsize=None)
def sources() -> Dict[Path, str]:
    """Every source file by its path."""
    folders = ("src", "solutions", "grader", "scripts")
    suffixes = (".c", ".h", ".S", ".ld", ".py", ".sh", ".mk")
    return {
        path: text_of(path)
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in suffixes and path.is_file() and "selftest" not in path.parts
    }


@lru_cache(maxsize=None)
def words() -> Set[str]:
    """Every identifier of the sources, and the names of tests and figures."""
    found: Set[str] = set()
    for text in sources().values():
        found.update(re.findall(r"[A-Za-z_]\w*", text))
    return found | {test.name for test in lab().tests} | functions()


def make_variables() -> Set[str]:
    """The variables that the Makefile and the scripts that it calls take."""
    named = re.findall(r"^##   ([A-Z_]+)=|^([A-Z]+) *:?=", text_of(ROOT / "Makefile"), re.MULTILINE)
    return {a or b for a, b in named} | {"GDBPORT", "GDBINIT"}


def debugger_commands() -> List[str]:
    """The kit's own commands for GDB, without the one that only groups the others."""
    files = (ROOT / "scripts" / "gdb").rglob("*.py")
    names = [re.findall(r'^    name = "(\w+)"$', text_of(file), re.M) for file in files]
    return sorted(name for found in names for name in found if name != "cairn")


@lru_cache(maxsize=None)
def functions() -> Set[str]:
    """Every name that is followed by an opening parenthesis in C, and the functions of tests."""
    found: Set[str] = {f"ktest_{test.name}" for test in lab().tests}
    for path, text in sources().items():
        if path.suffix in (".c", ".h"):
            found.update(re.findall(r"([A-Za-z_]\w*)\(", text))
    return found


def section(title: str) -> str:
    """The part of the handout below a heading that begins with a title."""
    match = re.search(rf"^## {re.escape(title)}.*?(?=^## |\Z)", text_of(HANDOUT), re.M | re.S)
    assert match is not None, f"the handout has no section '{title}'"
    return match.group()


def points_of(exercise: str) -> float:
    """The points of an exercise, hidden tests included."""
    return sum(test.points for test in lab().tests if test.exercise == exercise)


def functions_of(exercise: str) -> List[str]:
    """The functions of an exercise, as the kernel lists them."""
    table = text_of(ROOT / "src" / "kernel" / "exercise.c")
    return re.findall(rf'{{"{re.escape(exercise)}", "[^"]+", "(\w+)"}}', table)


class DocsTest(unittest.TestCase):
    """A test with one more assertion."""

    def must_be_empty(self, wrong: List[str]) -> None:
        """Nothing is wrong; otherwise all of it is shown."""
        self.assertEqual(sorted(set(wrong)), [])


class Names(DocsTest):
    """Everything in code type that can be looked up."""

    def each_span(self) -> Iterator[Tuple[Path, str]]:
        """Every code span of running text, with its document."""
        for path in DOCUMENTS:
            for span in spans(text_of(path)):
                yield path, span

    def test_functions_exist(self) -> None:
        self.must_be_empty(
            [
                f"{name_of(path)}: {span}"
                for path, span in self.each_span()
                for name in re.findall(r"^([a-z_]\w*)\(.*\)$", span)
                if name not in functions() | FOREIGN
            ]
        )

    def test_files_exist(self) -> None:
        known = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("**/*") if path.is_file()]
        self.must_be_empty(
            [
                f"{name_of(path)}: {span}"
                for path, span in self.each_span()
                if re.fullmatch(r"[\w./-]+\.(c|h|S|py|sh|mk|md|svg)", span)
                and not any(name == span or name.endswith("/" + span) for name in known)
            ]
        )

    def test_identifiers_exist(self) -> None:
        known = words() | PLACEHOLDERS | make_variables() | FOREIGN
        found = []
        for path, span in self.each_span():
            if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+|[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", span):
                found += [f"{name_of(path)}: {span}"] if span not in known else []
        self.must_be_empty(found)

    def test_functions_that_comments_name_exist(self) -> None:
        comment = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
        given = {path: text for path, text in sources().items() if "grader" not in path.parts}
        code = "".join(comment.sub("", text) for text in given.values())
        defined = set(re.findall(r"([A-Za-z_]\w*) *\(", code)) | C_FUNCTIONS
        self.must_be_empty(
            [
                f"{name_of(path)}: {name}()"
                for path, text in given.items()
                if path.suffix in (".c", ".h", ".S")
                for part in comment.findall(text)
                for name in re.findall(r"\b([a-z_]\w+)\(\)", part)
                if name not in defined
            ]
        )

    def test_boot_options_are_read(self) -> None:
        start = text_of(ROOT / "src/kernel/main.c") + text_of(ROOT / "src/kernel/x86/multiboot.c")
        start += text_of(ROOT / "src/kernel/cmdline.c")
        options = re.search(r"^Boot options:.*?\n\n", text_of(GUIDES[0]), re.M | re.S)
        assert options is not None
        names = [re.split("=", span)[0] for span in spans(options.group())]
        self.assertGreater(len(names), 5)
        self.must_be_empty([name for name in names if f'"{name}"' not in start])

    def test_errors_are_in_the_list(self) -> None:
        known = re.findall(r"ERROR\((E_\w+)", text_of(ROOT / "src/include/cairn/error.h"))
        named = re.findall(r"-(E_[A-Z_]+)", "".join(map(text_of, DOCUMENTS)))
        self.must_be_empty([name for name in named if name not in known])


class Commands(DocsTest):
    """Everything that a reader is told to type."""

    def each_command(self, beginning: str) -> Iterator[Tuple[str, str]]:
        """Every command that begins so, with the name of its document."""
        for path in DOCUMENTS:
            for command in commands(path):
                if command.startswith(beginning):
                    yield name_of(path), command

    def test_targets_and_variables_of_make_exist(self) -> None:
        targets = set(re.findall(r"^([a-z_][\w-]*):", text_of(ROOT / "Makefile"), re.MULTILINE))
        targets |= {f"run-{test.name}" for test in lab().tests} | {"run-TEST"}
        wrong = []
        for name, command in self.each_command("make "):
            for word in re.sub(r'"[^"]*"', "", command).split()[1:]:
                variable, equals, _ = word.partition("=")
                if variable not in (make_variables() if equals else targets):
                    wrong.append(f"{name}: {command}: {word}")
        self.must_be_empty(wrong)

    def test_options_of_the_grader_exist(self) -> None:
        usage = {
            tool: run(ROOT / "grader" / tool, "--help").stdout
            for tool in ("grade", "mutate", "benchmark", "repeat")
        }
        for name, command in self.each_command("grader/"):
            tool = re.split(r"[/ ]", command)[1]
            for option in re.findall(r" (--?[a-z]+)", command):
                self.assertIn(option, usage[tool], f"{name}: {command}")
            for pattern in re.findall(r"--filter '?([^'\s]+)'?", command):
                self.assertTrue(lab().select((), pattern), f"{name}: {command}")

    def test_scripts_exist(self) -> None:
        for name, command in self.each_command(""):
            for script in re.findall(r"\bscripts/[\w.-]+", command):
                self.assertTrue((ROOT / script).is_file(), f"{name}: {command}")

    def test_commands_of_gdb_exist(self) -> None:
        self.assertLessEqual({"pagewalk", "frames", "heap", "trapframe"}, set(debugger_commands()))
        known = GDB_COMMANDS | set(debugger_commands())
        self.must_be_empty(
            [
                f"{name_of(path)}: {line}"
                for path in DOCUMENTS
                for line in re.findall(r"^\(gdb\) (.+)$", text_of(path), re.MULTILINE)
                if re.split(r"[ /]", line)[0] not in known
            ]
        )

    def test_the_table_of_gdb_commands_is_complete(self) -> None:
        shown = [span.split()[0] for span in spans(section("Looking inside"))]
        self.must_be_empty([name for name in debugger_commands() if name not in shown])
        self.assertIn("`help cairn`", section("Looking inside"))

    def test_breakpoints_are_set_at_functions(self) -> None:
        text = "".join(map(text_of, DOCUMENTS))
        self.must_be_empty([n for n in re.findall(r"break (\w+)", text) if n not in functions()])


class Exercises(DocsTest):
    """The handout's exercises, the catalogue's and the kernel's."""

    def sections(self) -> Iterator[Tuple[Exercise, str]]:
        """Each exercise of the catalogue with its section of the handout."""
        for number, exercise in enumerate(lab().exercises, 1):
            title = exercise.title[0].lower() + exercise.title[1:]
            yield exercise, section(f"Exercise {number}: {title}")

    def test_points_agree(self) -> None:
        table = dict(re.findall(r"^\| `(lab1\.ex\d)` .*\| (\d+) \|$", text_of(HANDOUT), re.M))
        for exercise, text in self.sections():
            points = f"{points_of(exercise.name):g}"
            self.assertEqual(table[exercise.name], points)
            self.assertIn(f"*{points} points.", text)
            hole = text_of(ROOT / "solutions" / "lab1-memory" / exercise.file)
            stated = re.findall(rf"{re.escape(exercise.name)} \((\d+) points", hole)
            self.assertEqual(stated, [points], exercise.file)
        self.assertEqual(sum(map(int, table.values())), 100)

    def test_points_in_the_guide_for_instructors_agree(self) -> None:
        points = ", ".join(f"{points_of(exercise.name):g}" for exercise in lab().exercises)
        self.assertIn(points, text_of(ROOT / "docs" / "instructor.md"))

    def test_functions_agree(self) -> None:
        for exercise, text in self.sections():
            head = re.search(r"^\*\d+ points\..*?\*$", text, re.M | re.S)
            assert head is not None, exercise.name
            named = re.findall(r"`(\w+)\(\)`", head.group())
            self.assertEqual(sorted(named), sorted(functions_of(exercise.name)))

    def test_every_visible_test_is_found_by_the_handout(self) -> None:
        for exercise, text in self.sections():
            named = [span for span in spans(text) if re.fullmatch(r"[a-z_]+_", span)]
            named += re.findall(r"--filter '?([\w.]+?)\*?'?$", text, re.M)
            for test in lab().tests:
                if test.exercise == exercise.name and not test.hidden:
                    found = any(f"{test.name} {test.exercise}".find(word) >= 0 for word in named)
                    self.assertTrue(found, f"{test.name} by {named}")

    def test_prefixes_begin_names_of_tests(self) -> None:
        names = [test.name for test in lab().tests]
        for exercise, text in self.sections():
            for span in spans(text):
                if re.fullmatch(r"[a-z_]+_", span):
                    self.assertTrue(any(name.startswith(span) for name in names), exercise.name)

    def test_every_exercise_has_its_parts(self) -> None:
        for exercise, text in self.sections():
            for part in ("The idea", "Traps", "Test it alone", "Look at it", "Questions"):
                self.assertIn(f"**{part}", text, exercise.name)
            questions = text.split("**Questions.**")[1]
            self.assertIn(len(re.findall(r"^\d\. ", questions, re.M)), (2, 3, 4), exercise.name)


class Text(DocsTest):
    """What is quoted, drawn or promised."""

    def test_excerpts_are_as_in_the_source(self) -> None:
        known = [*sources().values(), *map(text_of, (ROOT / "labs").rglob("*.c"))]
        excerpts = fences(HANDOUT, "c")
        self.assertGreaterEqual(len(excerpts), 2)
        self.must_be_empty([e for e in excerpts if not any(e in text for text in known)])

    def test_sentences_of_a_panic_are_the_kernels(self) -> None:
        kernel = "".join(text for path, text in sources().items() if "kernel" in path.parts)
        kernel += text_of(ROOT / "scripts" / "run.sh")
        spoken = re.sub(r'"\s*"', "", kernel)
        named = re.findall(r'^- \*\*"([^"]+?)(?: \.\.\.)?"', section("When it panics"), re.M)
        self.assertGreaterEqual(len(named), 5)
        self.must_be_empty([sentence for sentence in named if sentence not in spoken])

    def test_the_kernel_names_the_section_about_panics(self) -> None:
        self.assertIn('\\"When it panics\\"', text_of(ROOT / "src" / "kernel" / "panic.c"))
        self.assertRegex(text_of(HANDOUT), r"(?m)^## When it panics$")

    def test_the_picture_agrees_with_the_layout(self) -> None:
        tree = ElementTree.parse(PICTURE)
        layout = text_of(ROOT / "src" / "kernel" / "memory" / "layout.h")
        texts = [element.text or "" for element in tree.iter("{http://www.w3.org/2000/svg}text")]
        names = [text for text in texts if re.fullmatch(r"\w+_\w+", text)]
        self.assertGreater(len(names), 8)
        self.must_be_empty([name for name in names if name not in layout])
        numbers = {int(value, 16) for value in re.findall(r"\b0x([0-9A-F]{8})u", layout)}
        numbers |= {0, 0x1000, 0xFFFFFFFF}
        drawn = {int(text, 16) for text in texts if re.fullmatch(r"0x[0-9A-F]{8}", text)}
        self.assertLessEqual(drawn, numbers)
        self.assertLessEqual({0x40000000, 0xC0000000, 0xF0000000, 0x00100000}, drawn)

    def test_the_handout_can_be_read_in_an_hour(self) -> None:
        self.assertLessEqual(len(text_of(HANDOUT).split()), WORDS_MAX)

    def test_every_guide_begins_with_what_to_type(self) -> None:
        for name in ("student", "instructor", "self-learner"):
            lines = [line for line in text_of(ROOT / "docs" / f"{name}.md").splitlines() if line]
            self.assertEqual(lines[1], "```sh", name)


class Groups(DocsTest):
    """The API grouped by lab."""

    def test_every_header_belongs_to_a_group_that_is_described(self) -> None:
        described = re.findall(r"@defgroup (\w+) ", text_of(ROOT / "docs" / "groups.dox"))
        for path in sorted((ROOT / "src").rglob("*.h")):
            filtered = run("awk", "-f", "docs/filter.awk", name_of(path)).stdout
            groups = re.findall(r"@addtogroup (\w+)", filtered)
            self.assertEqual(len(groups), 1, name_of(path))
            self.assertIn(groups[0], described)
            self.assertEqual(filtered.count("\n"), text_of(path).count("\n") + 1, name_of(path))


class Site(KitTest):
    """What `make docs` builds."""

    @need("doxygen")
    def test_the_site_is_whole(self) -> None:
        self.must_succeed("sh", ROOT / "scripts" / "docs.sh", self.folder)
        site = self.folder / "html"
        broken = set()
        for page in site.glob("*.html"):
            for target in re.findall(r'(?:href|src|data)="([^":#]+)[#"]', text_of(page)):
                if not (site / target).exists():
                    broken.add(f"{page.name}: {target}")
        self.assertEqual(sorted(broken), [])
        navigation = text_of(site / "navtreedata.js")
        for document in DOCUMENTS:
            if document.name != "index.md":
                title = text_of(document).splitlines()[0].lstrip("# ")
                self.assertIn(f'"{title}"', navigation)
        for described in re.findall(r"@defgroup (\w+) ", text_of(ROOT / "docs" / "groups.dox")):
            page = site / f"group__{described.replace('_', '__')}.html"
            self.assertTrue(page.is_file(), described)
        self.assertTrue((site / "address-space.svg").is_file())

    @need("doxygen")
    def test_a_mistake_is_an_error(self) -> None:
        kit = self.copy_of_kit()
        header = kit / "src" / "kernel" / "memory" / "frame.h"
        header.write_text(text_of(header).replace("@param count", "@param coutn"), "utf-8")
        done = self.must_end_with(1, "sh", kit / "scripts" / "docs.sh", self.folder / "site")
        self.assertRegex(done.stderr, r"src/kernel/memory/frame\.h:\d+: .*coutn")
        self.assertTrue(done.stderr.endswith("Doxygen has warnings; correct what they name\n"))


if __name__ == "__main__":
    unittest.main()
