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

#: The handout of each lab.
HANDOUTS = {
    int(path.parent.name[len("lab") :].split("-")[0]): path
    for path in sorted((ROOT / "labs").glob("lab*/README.md"))
}
#: The picture of each lab that shows addresses, and some that it must show.
PICTURES = {
    1: ("address-space.svg", {0x40000000, 0xC0000000, 0xF0000000, 0x00100000}),
    2: ("kernel-stack.svg", {0x40000000, 0x40010000, 0x40100000, 0xC0000000, 0xF0000000}),
}
ARCHITECTURE = ROOT / "docs" / "architecture.md"
GUIDES = [ROOT / "docs" / f"{name}.md" for name in ("student", "self-learner", "instructor")]
TOURS = sorted((ROOT / "docs" / "tours").glob("*.md"))
DOCUMENTS = [*HANDOUTS.values(), ROOT / "docs" / "index.md", ARCHITECTURE, *GUIDES, *TOURS]

#: GDB's own commands that the documents use.
GDB_COMMANDS = {
    *("backtrace", "break", "call", "continue", "delete", "finish", "help", "next", "print"),
    *("reverse-continue", "set", "step", "stepi", "tbreak", "up", "watch", "while", "x"),
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
#: Files of the kernel between a trap and its effect, at most.
FILES_OF_A_WALK = 5
LIFE_OF_A_PROCESS = "labs/lab2-processes/process-life.svg"

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
def labs() -> Tuple[Lab, ...]:
    """The catalogue of every lab that has a handout."""
    return tuple(load_lab(ROOT, number) for number in HANDOUTS)


@lru_cache(maxsize=None)
def names_of_tests() -> Set[str]:
    """The names of all tests of all labs."""
    return {test.name for lab in labs() for test in lab.tests}


def solutions_of(lab: Lab) -> List[Path]:
    """The files of a lab with their solutions, from which the skeletons are made."""
    folder = ROOT / "solutions" / HANDOUTS[lab.number].parent.name
    return sorted(folder.glob("*.[cS]"))


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
    return found | names_of_tests() | functions()


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
    """What is followed by an opening parenthesis in C, what assembly exports, and the tests."""
    found: Set[str] = {f"ktest_{name}" for name in names_of_tests()}
    for path, text in sources().items():
        if path.suffix in (".c", ".h"):
            found.update(re.findall(r"([A-Za-z_]\w*)\(", text))
    return found | exported()


@lru_cache(maxsize=None)
def exported() -> Set[str]:
    """The names that assembly defines for others."""
    files = [text for path, text in sources().items() if path.suffix == ".S"]
    return {name for text in files for name in re.findall(r"\.globl\s+(\w+)", text)}


def sources_of(name: str) -> List[Path]:
    """The files of a name or of the end of a path, those of solutions rather than skeletons."""
    found = (path for path in sources() if not path.is_relative_to(ROOT / "grader"))
    return [path for path in found if path.as_posix().endswith("/" + name)]


def defines(path: Path, function: str) -> bool:
    """Whether a file holds the body of a function, or assembly mentions it."""
    if path.suffix == ".S":
        return function in text_of(path)
    return re.search(rf"^\w[^\n;=]*\b{function}\([^;{{]*\)\n{{", text_of(path), re.M) is not None


def section(number: int, title: str) -> str:
    """The part of a lab's handout below a heading that begins with a title."""
    text = text_of(HANDOUTS[number])
    match = re.search(rf"^## {re.escape(title)}.*?(?=^## |\Z)", text, re.M | re.S)
    assert match is not None, f"the handout of lab {number} has no section '{title}'"
    return match.group()


def points_of(lab: Lab, exercise: Exercise) -> str:
    """The points of an exercise, hidden tests included."""
    return f"{sum(test.points for test in lab.tests if test.exercise == exercise.name):g}"


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

    def test_walks_lead_through_the_files_that_they_name(self) -> None:
        text = text_of(ARCHITECTURE)
        walks = re.findall(r"^## (One [^\n]+), file by file$(.*?)(?=^## )", text, re.M | re.S)
        self.assertEqual(len(walks), 4)
        for title, walk in walks:
            with self.subTest(title):
                steps = re.findall(r"^\d\. (.*?):(.*?)(?=^\d\. |^$)", walk, re.M | re.S)
                paths = [sum(map(sources_of, spans(files)), []) for files, _ in steps]
                for (_, told), chosen in zip(steps, paths):
                    first = re.match(r"[^`]*`(\w+)\(\)`", told)
                    if first is not None:
                        self.assertTrue(any(defines(path, first[1]) for path in chosen), told)
                kernel = {path for chosen in paths for path in chosen if "user" not in path.parts}
                self.assertIn(len(kernel), range(3, FILES_OF_A_WALK + 1))

    def test_functions_of_files_are_in_these_files(self) -> None:
        found = [
            (name_of(path), name, file)
            for path in DOCUMENTS
            for name, file in re.findall(r"`(\w+)\(\)` (?:of|in)\s`([\w/]+\.[cS])`", text_of(path))
        ]
        self.assertGreater(len(found), 3)
        self.must_be_empty(
            [
                f"{document}: {name}() of {file}"
                for document, name, file in found
                if not any(defines(path, name) for path in sources_of(file))
            ]
        )

    def test_functions_that_comments_name_exist(self) -> None:
        comment = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
        given = {path: text for path, text in sources().items() if "grader" not in path.parts}
        code = "".join(comment.sub("", text) for text in given.values())
        defined = set(re.findall(r"([A-Za-z_]\w*) *\(", code)) | exported() | C_FUNCTIONS
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
        files = ("main.c", "cmdline.c", "x86/multiboot.c", "process/init.c", "ipc/fast_path.c")
        start = "".join(text_of(ROOT / "src/kernel" / name) for name in files)
        options = re.search(r"^Boot options:.*?\n\n", text_of(ARCHITECTURE), re.M | re.S)
        assert options is not None
        names = [re.split("=", span)[0] for span in spans(options.group())]
        for lab in (2, 3):
            row = r"^\| `([a-z]+)(?:=[^`]*)?` \|"
            names += re.findall(row, section(lab, "How to work"), re.M)
        self.assertGreater(len(names), 10)
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
        targets |= {f"run-{test}" for test in names_of_tests()} | {"run-TEST"}
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
            for tool in ("grade", "class", "export", "mutate", "benchmark", "repeat", "rewind")
        }
        for name, command in self.each_command("grader/"):
            tool = re.split(r"[/ ]", command)[1]
            if (ROOT / "grader" / tool).is_dir():
                continue
            for option in re.findall(r" (--?[a-z]+)", command):
                self.assertIn(option, usage[tool], f"{name}: {command}")
            chosen = re.search(r"--lab (\d)", command)
            for pattern in re.findall(r"--filter '?([^'\s]+)'?", command):
                lab = labs()[int(chosen.group(1)) - 1 if chosen else 0]
                self.assertTrue(lab.select((), pattern), f"{name}: {command}")

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
        shown = []
        for number in HANDOUTS:
            text = section(number, "Looking inside")
            shown += [span.split()[0] for span in spans(text)]
            self.assertIn("`help cairn`", text)
        self.must_be_empty([name for name in debugger_commands() if name not in shown])

    def test_breakpoints_are_set_at_functions(self) -> None:
        text = "".join(map(text_of, DOCUMENTS))
        named = re.findall(r"(?<!\w)break (\w+)", text)
        self.must_be_empty([name for name in named if name not in functions()])

    def test_programs_exist(self) -> None:
        folder = ROOT / "src" / "user" / "bin"
        listed = re.findall(r"\b(?:run=|init=bin/)([^\s\"`]+)", "".join(map(text_of, DOCUMENTS)))
        # @ before a name: in ring 0; + behind it: privileges.
        parts = [part for value in listed for part in value.split(",")]
        named = [re.split(r"[:+]", part)[0].lstrip("@") for part in parts]
        named += re.findall(r"^\(gdb\) (?:userbreak|program) (\w+)", text_of(HANDOUTS[2]), re.M)
        self.assertGreater(len(named), 10)
        wrong = [name for name in named if not (folder / f"{name}.c").is_file()]
        self.must_be_empty([name for name in wrong if not re.match(r"[A-Z]+$|\.\.\.", name)])


class Exercises(DocsTest):
    """The handouts' exercises, the catalogues' and the kernel's."""

    def sections(self) -> Iterator[Tuple[Lab, Exercise, str]]:
        """Each exercise of each catalogue with its section of the handout."""
        for lab in labs():
            for number, exercise in enumerate(lab.exercises, 1):
                title = exercise.title[0].lower() + exercise.title[1:]
                yield lab, exercise, section(lab.number, f"Exercise {number}: {title}")

    def table(self, lab: Lab) -> Dict[str, Tuple[str, str]]:
        """The table at the beginning of a handout: by exercise, its files and its points."""
        row = rf"^\| `(lab{lab.number}\.ex\d)` \| ([^|]+) \|.*\| (\d+) \|$"
        found = re.findall(row, text_of(HANDOUTS[lab.number]), re.M)
        return {name: (files, points) for name, files, points in found}

    def test_points_agree(self) -> None:
        for lab, exercise, text in self.sections():
            points = points_of(lab, exercise)
            self.assertEqual(self.table(lab)[exercise.name][1], points, exercise.name)
            self.assertIn(f"*{points} points.", text, exercise.name)
            holes = "".join(map(text_of, solutions_of(lab)))
            stated = re.findall(rf"{re.escape(exercise.name)} \((\d+) points", holes)
            self.assertEqual(stated, [points], f"the holes of {exercise.name}")
        for lab in labs():
            self.assertEqual(sum(int(points) for _, points in self.table(lab).values()), 100)
            self.assertEqual(lab.points, sum(test.points for test in lab.tests))

    def test_points_in_the_guide_for_instructors_agree(self) -> None:
        guide = " ".join(text_of(ROOT / "docs" / "instructor.md").split())
        for lab in labs():
            points = ", ".join(points_of(lab, exercise) for exercise in lab.exercises)
            self.assertIn(f"{points} in lab {lab.number}", guide)

    def test_files_agree(self) -> None:
        for lab, exercise, _ in self.sections():
            marker = f"BEGIN SOLUTION {exercise.name} "
            files = [path.name for path in solutions_of(lab) if marker in text_of(path)]
            self.assertIn(exercise.file, files, exercise.name)
            self.assertEqual(sorted(spans(self.table(lab)[exercise.name][0])), files)

    def test_functions_agree(self) -> None:
        for _, exercise, text in self.sections():
            head = re.search(r"^\*\d+ points\..*?\*$", text, re.M | re.S)
            assert head is not None, exercise.name
            named = re.findall(r"`(\w+)\(\)`", head.group())
            self.assertEqual(sorted(named), sorted(functions_of(exercise.name)))

    def test_every_visible_test_is_found_by_the_handout(self) -> None:
        for lab, exercise, text in self.sections():
            named = [span for span in spans(text) if re.fullmatch(r"[a-z_]+_", span)]
            named += re.findall(r"--filter '?([\w.]+?)\*?'?$", text, re.M)
            for test in lab.tests:
                if test.exercise == exercise.name and not test.hidden:
                    found = any(f"{test.name} {test.exercise}".find(word) >= 0 for word in named)
                    self.assertTrue(found, f"{test.name} by {named}")

    def test_prefixes_begin_names_of_tests(self) -> None:
        for lab, exercise, text in self.sections():
            names = [test.name for test in lab.tests]
            for span in spans(text):
                if re.fullmatch(r"[a-z_]+_", span):
                    self.assertTrue(any(name.startswith(span) for name in names), exercise.name)

    def test_every_exercise_has_its_parts(self) -> None:
        for _, exercise, text in self.sections():
            for part in ("The idea", "Traps", "Test it alone", "Look at it", "Questions"):
                self.assertIn(f"**{part}", text, exercise.name)
            questions = text.split("**Questions.**")[1]
            self.assertIn(len(re.findall(r"^\d\. ", questions, re.M)), (2, 3, 4), exercise.name)

    def test_every_exercise_has_its_hints(self) -> None:
        for lab in labs():
            hints = re.split(r"^### .* hints$", text_of(HANDOUTS[lab.number]), flags=re.M)[1:]
            for part in hints:
                found = re.findall(r"^(\d)\. ", part.split("\n## ")[0], re.M)
                self.assertEqual(found, [str(n) for n in range(1, len(lab.exercises) + 1)])
            self.assertEqual(
                len(hints), 3 if "\n## Hints\n" in text_of(HANDOUTS[lab.number]) else 0
            )

    def test_every_question_has_its_answer(self) -> None:
        for lab, exercise, text in self.sections():
            if "\n## Answers" in text_of(HANDOUTS[lab.number]):
                answers = section(lab.number, "Answers")
                asked = re.findall(r"^(\d)\. ", text.split("**Questions.**")[1], re.M)
                head = f"**{exercise.name[-1]}."
                answered = re.findall(rf"{re.escape(head)}(\d)\*\*", answers)
                self.assertEqual(answered, asked, exercise.name)


class Text(DocsTest):
    """What is quoted, drawn or promised."""

    def test_excerpts_are_as_in_the_source(self) -> None:
        known = [*sources().values(), *map(text_of, (ROOT / "labs").rglob("*.c"))]
        for handout in HANDOUTS.values():
            excerpts = fences(handout, "c")
            self.assertGreaterEqual(len(excerpts), 2)
            self.must_be_empty([e for e in excerpts if not any(e in text for text in known)])

    def test_sentences_of_a_panic_are_the_kernels(self) -> None:
        kernel = "".join(text for path, text in sources().items() if "kernel" in path.parts)
        kernel += text_of(ROOT / "scripts" / "run.sh")
        spoken = re.sub(r'"\s*"', "", kernel)
        for number in HANDOUTS:
            text = section(number, "When it panics")
            named = re.findall(r'^- \*\*"([^"]+?)(?: \.\.\.)?"', text, re.M)
            self.assertGreaterEqual(len(named), 5)
            self.must_be_empty([sentence for sentence in named if sentence not in spoken])

    def test_the_kernel_names_the_section_about_panics(self) -> None:
        self.assertIn('\\"When it panics\\"', text_of(ROOT / "src" / "kernel" / "panic.c"))
        for handout in HANDOUTS.values():
            self.assertRegex(text_of(handout), r"(?m)^## When it panics$")

    def texts(self, picture: Path) -> List[str]:
        """The texts in a picture."""
        tree = ElementTree.parse(picture)
        return [element.text or "" for element in tree.iter("{http://www.w3.org/2000/svg}text")]

    def test_pictures_agree_with_the_layout(self) -> None:
        layout = text_of(ROOT / "src" / "kernel" / "memory" / "layout.h")
        layout += text_of(ROOT / "src" / "include" / "cairn" / "process.h")
        numbers = {int(value, 16) for value in re.findall(r"\b0x([0-9A-F]{8})u", layout)}
        numbers |= {0, 0x1000, 0xFFFFFFFF}
        for lab, (name, needed) in PICTURES.items():
            texts = self.texts(HANDOUTS[lab].parent / name)
            drawn = {int(text, 16) for text in texts if re.fullmatch(r"0x[0-9A-F]{8}", text)}
            self.assertLessEqual(drawn, numbers)
            self.assertLessEqual(needed, drawn)
            limits = [text for text in texts if re.fullmatch(r"[A-Z]+(_[A-Z]+)+", text)]
            self.assertGreaterEqual(len(limits), 5)
            self.must_be_empty([limit for limit in limits if limit not in layout])

    def test_names_in_pictures_exist(self) -> None:
        for handout in HANDOUTS.values():
            for picture in handout.parent.glob("*.svg"):
                text = " ".join(self.texts(picture))
                names = re.findall(r"[A-Za-z]+(?:_[A-Za-z]+)+|\w+(?=\(\))", text)
                self.assertGreater(len(names), 3, picture.name)
                self.must_be_empty([name for name in names if name not in words()])

    def test_the_picture_of_states_is_complete(self) -> None:
        shown = set(re.findall(r"\w+", " ".join(self.texts(ROOT / LIFE_OF_A_PROCESS))))
        for header, macro in (
            ("include/cairn/process.h", "PROCESS_STATES"),
            ("kernel/process/process.h", "PROCESS_REASONS"),
        ):
            text = text_of(ROOT / "src" / header)
            part = re.search(rf"#define {macro}\(.*?\n\n", text, re.S)
            assert part is not None, macro
            known = re.findall(r'"(\w+)"\)', part.group())
            self.assertGreater(len(known), 5)
            self.must_be_empty([name for name in known if name not in shown])

    def test_handouts_can_be_read_in_an_hour(self) -> None:
        for handout in HANDOUTS.values():
            self.assertLessEqual(len(text_of(handout).split()), WORDS_MAX)

    def test_every_guide_begins_with_what_to_type(self) -> None:
        for guide in [*GUIDES, *TOURS]:
            lines = [line for line in text_of(guide).splitlines() if line]
            self.assertEqual(lines[1], "```sh", guide.name)

    def test_the_list_of_programs_is_complete(self) -> None:
        stages = text_of(ROOT / "src" / "stages.mk")
        listed = re.findall(r"^USER_PROGRAMS_(\d) := (.*)$", stages, re.M)
        names = {name for _, line in listed for name in line.split()}
        files = (ROOT / "src" / "user" / "bin").glob("*.c")
        self.assertEqual(names, {path.stem for path in files})
        initrd = re.search(r"^initrd: +(\d+) files$", text_of(HANDOUTS[2]), re.M)
        assert initrd is not None
        of_lab_2 = [name for lab, line in listed if int(lab) <= 2 for name in line.split()]
        self.assertEqual(int(initrd.group(1)), len(of_lab_2))

    def test_every_list_of_labs_is_complete(self) -> None:
        lists = (ROOT / "README.md", ROOT / "docs/index.md", ROOT / "docs/student.md")
        for path in (*lists, ROOT / "scripts/release-readme.md"):
            for number, handout in HANDOUTS.items():
                row = rf"(?m)^\| {number} \|.*\(\S*{handout.parent.name}/README\.md\)"
                self.assertRegex(text_of(path), row, name_of(path))


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
        for picture in (ROOT / "labs").glob("lab*/*.svg"):
            self.assertTrue((site / picture.name).is_file(), picture.name)

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
