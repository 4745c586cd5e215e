"""A cache for the compilers, which all modules of one run of the tests share.

Nearly every module builds kernels, and most of the files in them are the same. With ccache, each
is compiled once in a run: gcc and clang become small scripts, in a folder that comes first in
PATH, which ask the cache. It begins empty, so that no run depends on an earlier one. Where there
is no ccache, the tests take longer, and nothing else changes.

Assembly is always assembled: what it includes lies in the folder of a build. Tests whose subject
is compiling, or the time that it takes, say so by NOT_CACHED in the environment, or by ALONE in
their module.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Dict, Optional

#: Name of the folder with the scripts; kit.path_without() leaves it out.
FOLDER = "cached-compilers"
#: What makes compilers work without the cache.
NOT_CACHED = {"CCACHE_DISABLE": "1"}
COMPILERS = ("gcc", "clang")

SCRIPT = """\
#!/bin/sh
for word; do
    case $word in *.[sS]) exec {compiler} "$@" ;; esac
done
exec {ccache} {compiler} "$@"
"""


def make_cache(scratch: Path, path: str) -> Dict[str, str]:
    """Make an empty cache below a folder; what to add to an environment with a PATH."""
    ccache = shutil.which("ccache")
    if ccache is None:
        return {}
    folder = scratch / FOLDER
    folder.mkdir()
    for name in COMPILERS:
        compiler = find_compiler(name)
        if compiler is not None:
            script = folder / name
            script.write_text(SCRIPT.format(compiler=compiler, ccache=ccache), encoding="utf-8")
            script.chmod(0o755)
    return {
        "PATH": os.pathsep.join([str(folder), path]),
        "CCACHE_DIR": str(scratch / "ccache"),
        # What was included is taken from what the compiler itself says, not from a preprocessor.
        "CCACHE_DEPEND": "1",
        # Builds in different folders share objects. The kit's prefix maps keep the names of these
        # folders out of them, and the only folder of headers that differs serves assembly alone.
        "CCACHE_NOHASHDIR": "1",
        "CCACHE_IGNOREOPTIONS": "-I*",
        "CCACHE_NOSTATS": "1",
    }


def find_compiler(name: str) -> Optional[str]:
    """The compiler itself, also where PATH leads to a cache already."""
    for folder in os.environ["PATH"].split(os.pathsep):
        found = shutil.which(name, path=folder)
        is_cache = os.path.basename(folder) == FOLDER
        if found and not is_cache and os.path.basename(os.path.realpath(found)) != "ccache":
            return found
    return None
