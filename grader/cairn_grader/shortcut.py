"""Building many variants of a few files by make's own commands, without asking make each time.

When make has built one variant, it is asked once for its commands. Another variant then takes the
compiler's command for each file that differs, and the linker's last one. The symbol table stays
that of the variant that make built, of the same size but for a few bytes, so that all lies where
it would lie. A panic may show wrong names and lines there: whoever looks at those needs the image
that make builds in full.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Dict, Optional

from cairn_grader.build import AREA, TOOLS
from cairn_grader.catalogue import Lab, test_folders
from cairn_grader.errors import BuildFailed
from cairn_grader.make import compile_errors, make, run

_COMPILE = re.compile(r"^.* -c (\S+) -o \S+\.o$", re.MULTILINE)
_LINK = re.compile(r"^.* -o (\S+(?<!/obj)/kernel\.elf)$", re.MULTILINE)
_FLAGS = re.compile(r"echo '(.*)' \| cmp -s - (\S+/flags) ")

#: The texts of files by their names.
Files = Dict[str, str]


class Shortcut:
    """For one build area, in which the files of a lab's folder vary."""

    def __init__(self, root: Path, lab: Lab, build: Path, reference: str, folder: str) -> None:
        self._root = root
        self._build = build
        self._sources = build / AREA / folder
        tests = " ".join(str(path.relative_to(root)) for path in test_folders(root, lab.number))
        self._words = [f"{name}={os.environ[name]}" for name in TOOLS if name in os.environ]
        self._words += [f"LAB={lab.number}", f"REF={reference}", f"LABS={build / AREA}"]
        self._words += [f"BUILD={build}", "DEBUG=1", f"TESTS={tests}"]
        #: What each object was compiled from.
        self._built: Files = {}
        self._commands: Dict[str, str] = {}
        self._link: "Optional[re.Match[str]]" = None

    def learn(self, files: Files) -> None:
        """Make has built these files."""
        self._built = dict(files)
        if self._link is None:
            self._ask_make()

    def forget(self) -> None:
        """Nobody knows what the objects were compiled from."""
        self._built = {}

    @property
    def initrd(self) -> Optional[Path]:
        """The programs that make has built, which do not vary."""
        assert self._link is not None
        path = Path(self._link.group(1)).with_name("initrd.tar")
        return path if path.is_file() else None

    def build(self, files: Files) -> Optional[Path]:
        """The kernel of a variant, which the next one replaces; None if make must build it.

        BuildFailed if it does not compile.
        """
        changed = [name for name, text in files.items() if self._built.get(name) != text]
        if self._link is None or not self._built or not set(changed) <= set(self._commands):
            return None
        for name in changed:
            self._built.pop(name, None)
            (self._sources / name).write_text(files[name], encoding="utf-8")
            self._run(self._commands[name])
            self._built[name] = files[name]
        self._run(self._link.group(0))
        return Path(self._link.group(1))

    def _ask_make(self) -> None:
        """Learn the commands; nothing if make would use other options than it has used."""
        shown = make(self._root, ["-n", *self._words, "kernel"]).stdout
        flags, link = _FLAGS.search(shown), _LINK.search(shown)
        used = Path(flags.group(2)).read_text(encoding="utf-8").strip() if flags else None
        if flags is None or flags.group(1) != used:
            return
        for command in _COMPILE.finditer(shown):
            source = Path(command.group(1))
            if source.parent == self._sources:
                self._commands[source.name] = command.group(0)
        self._link = link

    def _run(self, command: str) -> None:
        done = run(["sh", "-c", f"cd {self._root} && {command}"])
        if done.returncode != 0:
            area = self._build / AREA
            raise BuildFailed(compile_errors(done.output, "labs", area))
