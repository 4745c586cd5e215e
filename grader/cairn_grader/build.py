"""From a submission to a kernel image and an initrd.

Only the files that the lab lists are taken (submission.py) and copied into the build area; the
kit's own Makefile compiles them (make.py), and what came out is checked (objects.py). Of work of
others, each step happens in a sandbox of its own: the student's files are compiled where neither
solutions nor tests can be seen, the rest is compiled and linked where the student's text is gone.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

from cairn_grader import sandbox
from cairn_grader.errors import BuildFailed, GraderError
from cairn_grader.make import Done, ask, blame_kit, compile_errors, make, run
from cairn_grader.objects import Allowed, odd_names, problems
from cairn_grader.sandbox import Sandbox
from cairn_grader.submission import take_submission

#: The submission's folder within the build area.
AREA = "submission"
#: Where its files are compiled if nobody else's eyes are on them.
OBJECTS = "objects"
#: The file in which a rule of ours tells what was built.
TOLD = "told"
#: Variables that choose the compiler; a sandbox does not see the environment.
TOOLS = ("CC", "LD", "AR", "CROSS_COMPILE")


@dataclass(frozen=True)
class Recipe:
    """What to build."""

    root: Path
    lab: int
    #: The folder that holds labN-NAME/; not used for labs that `reference` names.
    submission: Path
    #: Where everything that is built goes.
    build: Path
    #: Labs taken from solutions/: "", "1,2" or "all".
    reference: str = ""
    #: Folders whose tests are linked in, and whose programs go into the initrd.
    tests: Sequence[Path] = ()
    debug: bool = True
    jobs: int = 2
    #: What the student's files may refer to, as in a catalogue; None: they are not checked.
    may_use: Optional[Sequence[str]] = None
    #: Whether the submission is somebody else's, and is compiled in a sandbox.
    sandbox: bool = False
    #: How the folder of the submission is named in messages; empty: by its path.
    shown: str = ""


@dataclass(frozen=True)
class Built:
    """What was built; the next build in the same place replaces it."""

    kernel: Path
    #: The programs; None for a lab that has none.
    initrd: Optional[Path]


def build(recipe: Recipe) -> Built:
    """Build an image and say where it is; BuildFailed if the submission is at fault."""
    for path in (recipe.root, recipe.build):
        if re.search(r"[\s:,'\"$]", str(path)):
            raise GraderError(f"make cannot work in '{path}': use a path without blanks or quotes")
    recipe.build.mkdir(parents=True, exist_ok=True)
    with _locked(recipe.build / "lock"):
        files = _student_files(recipe)
        take_submission(recipe.submission, files, recipe.build / AREA)
        compiled = _compile(recipe) if recipe.sandbox and files else []
        return _link(recipe, files, compiled)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One grader at a time builds in a folder."""
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _student_files(recipe: Recipe) -> List[str]:
    """The files to take from the submission, as "lab1-memory/frame.c"."""
    if recipe.reference == "all":
        return []
    taken = _reference_labs(recipe)
    files: List[str] = []
    for lab in range(1, recipe.lab + 1):
        if lab not in taken:
            files += ask(recipe.root, "lab-files", f"LAB={lab}").split()
    return files


def _reference_labs(recipe: Recipe) -> List[int]:
    return [int(lab) for lab in recipe.reference.split(",") if lab]


def _settings(recipe: Recipe, build_folder: Path) -> List[str]:
    chosen = [f"{name}={os.environ[name]}" for name in TOOLS if name in os.environ]
    return chosen + [
        f"-j{recipe.jobs}",
        f"LAB={recipe.lab}",
        f"REF={recipe.reference}",
        f"LABS={recipe.build / AREA}",
        f"BUILD={build_folder}",
        f"DEBUG={int(recipe.debug)}",
    ]


def _compile(recipe: Recipe) -> List[str]:
    """Compile the student's files alone, from nothing; the objects' paths."""
    rule = f"taken: student-objects; @printf '%s\\n' $(abspath $(TAKEN_OBJECTS)) >$(BUILD)/{TOLD}"
    folder = recipe.build / OBJECTS
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    root = recipe.root
    given = [root / name for name in ("Makefile", "src", "scripts")]
    for lab in _reference_labs(recipe):
        given += sorted((root / "solutions").glob(f"lab{lab}-*"))
    view = Sandbox((*given, recipe.build / AREA), (folder,), root, sandbox.BUILDING)
    settings = _settings(recipe, folder)
    done = make(root, [f"--eval={rule}", "taken", *settings], view)
    if done.returncode != 0:
        # What was printed may be the submission's own words; this cannot be.
        blame_kit(make(root, ["student-tools", *settings], view).output, recipe.build / AREA)
    objects = _told(done, recipe, folder, blame=False)
    odd = odd_names([Path(path) for path in objects])
    if odd:
        raise BuildFailed([f"{_shown(recipe)}: error: {text}" for text in odd])
    return objects


def _link(recipe: Recipe, files: Sequence[str], compiled: Sequence[str]) -> Built:
    """Compile what is left, link, and check the student's objects."""
    rule = (
        "graded-image: kernel; @printf '%s\\n' $(abspath $(OUT)/kernel.elf) "
        f"'$(abspath $(INITRD))' $(abspath $(TAKEN_OBJECTS)) >$(BUILD)/{TOLD}"
    )
    view = Sandbox((recipe.root,), (recipe.build,), recipe.root, sandbox.BUILDING)
    contained = view if recipe.sandbox else None
    folders = " ".join(str(_relative(folder, recipe.root)) for folder in recipe.tests)
    arguments = [f"--eval={rule}", "graded-image", *_settings(recipe, recipe.build)]
    arguments += [f"TESTS={folders}"] + [f"COMPILED={' '.join(compiled)}"] * bool(compiled)
    done = make(recipe.root, arguments, contained)
    kernel, initrd, *objects = _told(done, recipe, recipe.build)
    if recipe.may_use is not None and files:
        _check(recipe, dict(zip(files, map(Path, objects))), Path(kernel), contained)
    return Built(Path(kernel), Path(initrd) if initrd else None)


def _told(done: Done, recipe: Recipe, folder: Path, blame: bool = True) -> List[str]:
    """What a rule of ours wrote, line by line; BuildFailed if the submission prevented that.

    It is a file, because anything can stand in what compilers print.
    """
    told = folder / TOLD
    if done.returncode != 0 or not told.is_file():
        area = recipe.build / AREA
        if blame:
            blame_kit(done.output, area)
        raise BuildFailed(compile_errors(done.output, _shown(recipe), area))
    lines = told.read_text(encoding="utf-8").split("\n")[:-1]
    told.unlink()
    return lines


def _check(
    recipe: Recipe, objects: Dict[str, Path], kernel: Path, contained: Optional[Sandbox]
) -> None:
    """BuildFailed if an object holds what it must not."""

    def tool(words: Sequence[str]) -> Done:
        return run(words if contained is None else contained.command(words))

    assert recipe.may_use is not None
    named = {f"{_shown(recipe)}/{name}": path for name, path in objects.items()}
    found = problems(named, Allowed(recipe.may_use, kernel.parent / "obj"), tool)
    if found:
        raise BuildFailed(found)


def _shown(recipe: Recipe) -> str:
    return recipe.shown or str(recipe.submission)


def _relative(folder: Path, root: Path) -> Path:
    return folder.relative_to(root) if root in folder.parents else folder
