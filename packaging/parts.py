"""A digest of every part of every file in a folder: `python packaging/parts.py FOLDER`.

Two builds whose lists are the same differ in nothing that a reader sees, whatever compressed them.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

for path in sorted(Path(sys.argv[1]).iterdir()):
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            print(hashlib.sha256(package.read(name)).hexdigest(), path.name, name)
