"""CD-ROM images with GRUB, made by the kit's own script.

Making one takes longer than many a run, so it is made once for a kernel, with room for a command
line; each run gets a copy with its own command line in that room.
"""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

from cairn_grader.errors import GraderError
from cairn_grader.run import Boot, Image

ISO_FILE = "boot.iso"
#: Where the command line goes. GRUB takes no notice of the blanks that fill up the rest.
ROOM = "@" * 1024
#: What GRUB would interpret; iso.sh, which does not see the line, refuses it as well.
INTERPRETED = frozenset("'\"\\$;&|<>{}\n")

_making = threading.Lock()


def make(boot: Boot) -> Path:
    """Make the image that boots a kernel with a command line, in the folder of the run."""
    line = boot.command_line
    if len(line) > len(ROOM) or not line.isascii() or INTERPRETED.intersection(line):
        raise GraderError(f"GRUB cannot be given this command line: {line}")
    image = boot.folder / ISO_FILE
    with _making:
        template = _template(boot.image)
    content = template.read_bytes()
    image.write_bytes(content.replace(ROOM.encode(), line.ljust(len(ROOM)).encode()))
    return image


def _template(image: Image) -> Path:
    """The image with room for a command line, beside the kernel, which does not change."""
    template = image.kernel.with_suffix(".iso")
    if template.is_file():
        return template
    script = image.root / "scripts" / "iso.sh"
    command = ["sh", str(script), str(image.kernel), str(template), ROOM]
    command += [str(image.initrd)] if image.initrd else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not template.is_file():
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise GraderError(f"scripts/iso.sh failed ({reason}): run 'make doctor'")
    return template
