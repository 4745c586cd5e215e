"""CD-ROM images with GRUB, made by the kit's own script."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cairn_grader.errors import GraderError
from cairn_grader.run import Boot

ISO_FILE = "boot.iso"


def make(boot: Boot) -> Path:
    """Make the image that boots a kernel with a command line, in the folder of the run."""
    script = boot.image.root / "scripts" / "iso.sh"
    image = boot.folder / ISO_FILE
    command = ["sh", str(script), str(boot.image.kernel), str(image), boot.command_line]
    command += [str(boot.image.initrd)] if boot.image.initrd else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not image.is_file():
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise GraderError(f"scripts/iso.sh failed ({reason}): run 'make doctor'")
    return image
