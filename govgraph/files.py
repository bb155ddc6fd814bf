"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def settle(new: Path, path: Path) -> None:
    """Bring a file to the disk, then to its name."""
    with new.open("rb") as stream:
        os.fsync(stream.fileno())
    new.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
