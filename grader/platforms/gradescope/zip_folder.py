"""Make a zip archive of what is in a folder, with permissions: zip_folder.py FOLDER OUT.zip.

The same files give the same bytes: names are sorted and dates are constant.
"""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

#: The earliest date that the format can hold.
DATE = (1980, 1, 1, 0, 0, 0)
#: A regular file, in the upper half of the attributes as Unix programs write them.
REGULAR = 0o100000


def zip_folder(folder: Path, out: Path) -> None:
    """Write the archive."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(folder)), DATE)
            mode = 0o755 if os.access(path, os.X_OK) else 0o644
            entry.external_attr = (REGULAR | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


if __name__ == "__main__":
    zip_folder(Path(sys.argv[1]), Path(sys.argv[2]))
