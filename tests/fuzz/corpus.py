# SPDX-License-Identifier: BSD-2-Clause
"""The corpus: for each target an archive, corpus/TARGET.tar.xz, since it is
thousands of small files that nobody reads. The same files give the same bytes.
"""

import shutil
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent / 'corpus'


def _plain(entry):
    entry.mtime = entry.uid = entry.gid = 0
    entry.uname = entry.gname = ''
    entry.mode = 0o644
    return entry


def unpack(target, folder):
    """Fills `folder` with the files of a target; with none if it has none."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    archive = HERE / f'{target}.tar.xz'
    if archive.exists():
        with tarfile.open(archive) as tar:
            tar.extractall(folder)
    return folder


def pack(target, folder):
    HERE.mkdir(exist_ok=True)
    with tarfile.open(HERE / f'{target}.tar.xz', 'w:xz') as tar:
        for path in sorted(Path(folder).iterdir()):
            tar.add(path, path.name, filter=_plain)
