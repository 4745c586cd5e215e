"""The command `grader/export`: results in the formats of other programs."""

from __future__ import annotations

import argparse
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from cairn_grader.cli import Parser, UsageError, run_command
from cairn_grader.errors import GraderError
from cairn_grader.files import write_atomically
from cairn_grader.formats.autolab import to_autolab
from cairn_grader.formats.document import Document, read
from cairn_grader.formats.gradebook import to_csv
from cairn_grader.formats.gradescope import to_gradescope
from cairn_grader.formats.github import to_github
from cairn_grader.formats.junit import to_junit
from cairn_grader.formats.tap import to_tap
from cairn_grader.text import clean

#: Largest file that is read.
INPUT_LIMIT = 64 << 20


@dataclass(frozen=True)
class Format:
    """A format: what it is for, and how its text is made."""

    description: str
    #: The end of a file's name.
    suffix: str
    #: Makes one text of all results; None: each result has a text of its own.
    of_all: Optional[Callable[[Sequence[Document]], str]] = None
    of_one: Optional[Callable[[Document], str]] = None


FORMATS: Dict[str, Format] = {
    "csv": Format("the gradebook, a line for each result (RFC 4180)", ".csv", of_all=to_csv),
    "gradescope": Format("Gradescope's results.json", ".json", of_one=to_gradescope),
    "autolab": Format(
        "Autolab's feedback, with the scores in its last line", ".txt", of_one=to_autolab
    ),
    "github": Format("GitHub Classroom's result object in base64", ".txt", of_one=to_github),
    "junit": Format("JUnit XML, a suite for each result", ".xml", of_all=to_junit),
    "tap": Format("the Test Anything Protocol, version 14", ".tap", of_one=to_tap),
}


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command; return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    return run_command("export", lambda: _main(words))


def make_parser() -> argparse.ArgumentParser:
    """The options of `export`."""
    formats = "\n".join(f"  {name:<11} {known.description}" for name, known in FORMATS.items())
    several = " and ".join(name for name, known in FORMATS.items() if known.of_all)
    parser = Parser(
        prog="grader/export",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Write results of grader/grade --json in a format of other programs.",
        epilog=f"formats:\n{formats}\n\n{several} take any number of results; of the others, "
        "several results\nbecome a file each in the folder that -o names.",
    )
    add = parser.add_argument
    add("format", choices=sorted(FORMATS), metavar="FORMAT", help="one of those below")
    add("results", nargs="+", metavar="RESULT.json", help="results ('-': the standard input)")
    add("-o", dest="output", metavar="FILE|FOLDER", help="where to write (default: here)")
    return parser


def _main(arguments: List[str]) -> int:
    options = make_parser().parse_args(arguments)
    chosen = FORMATS[options.format]
    results = [(name, _load(name)) for name in options.results]
    if chosen.of_all is not None:
        _write(chosen.of_all([document for _, document in results]), options.output)
    elif len(results) == 1 and not _is_folder(options.output):
        _write(_text(chosen, results[0][1]), options.output)
    else:
        _write_each(chosen, results, options.output)
    return 0


def _text(chosen: Format, document: Document) -> str:
    assert chosen.of_one is not None
    return chosen.of_one(document)


def _load(name: str) -> Document:
    """The document in a file; GraderError with the file's name if there is none."""
    try:
        if name == "-":
            data = sys.stdin.buffer.read(INPUT_LIMIT + 1)
        else:
            with open(name, "rb") as stream:
                data = stream.read(INPUT_LIMIT + 1)
        if len(data) > INPUT_LIMIT:
            raise GraderError(f"it is larger than {INPUT_LIMIT >> 20} MiB")
        return read(data.decode("utf-8"))
    except OSError as error:
        raise GraderError(f"cannot read '{clean(name)}': {error.strerror}") from None
    except UnicodeDecodeError:
        raise GraderError(f"'{clean(name)}': this is not text in UTF-8") from None
    except GraderError as error:
        raise GraderError(f"'{clean(name)}': {error}") from None


def _is_folder(output: Optional[str]) -> bool:
    return output is not None and (output.endswith("/") or os.path.isdir(output))


def _write(text: str, output: Optional[str]) -> None:
    data = text.encode("utf-8")
    if output is None or output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_atomically(Path(output), data)


def _write_each(
    chosen: Format, results: Sequence[Tuple[str, Document]], output: Optional[str]
) -> None:
    """A file for each result; nothing is written if two would have the same name."""
    if output is None:
        raise UsageError("several results need -o FOLDER")
    texts: Dict[str, str] = {}
    for name, document in results:
        target = file_name(document.id or Path(name).stem) + chosen.suffix
        if target in texts:
            raise GraderError(f"two results would be written to '{target}': rename one of them")
        texts[target] = _text(chosen, document)
    for target, text in texts.items():
        write_atomically(Path(output) / target, text.encode("utf-8"))


def file_name(text: str) -> str:
    """A text as a file's name that leads nowhere else."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text).lstrip(".") or "result"
