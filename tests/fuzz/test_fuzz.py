# SPDX-License-Identifier: BSD-2-Clause
"""Every finding of the past, the corpus, and a minute of new tries.

BOOTLINK_FUZZ is the number of seconds for each of the five targets (15).
"""

import os
import subprocess
from pathlib import Path

import pytest

import corpus
import seeds

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / os.environ.get('BUILD', 'build') / 'fuzz'
SECONDS = int(os.environ.get('BOOTLINK_FUZZ', '15'))
TARGETS = ['object', 'archive', 'script', 'link', 'shared']


def run(target, *arguments):
    done = subprocess.run([str(BUILD / f'fuzz_{target}'), '-timeout=20',
                           '-rss_limit_mb=3000', *arguments], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          errors='replace', timeout=SECONDS + 240, check=False)
    assert done.returncode == 0, done.stdout[-6000:]


@pytest.mark.parametrize('target', TARGETS)
def test_findings_stay_mended(target):
    files = sorted((HERE / 'found' / target).glob('*'))
    if files:
        run(target, *map(str, files))


@pytest.fixture(scope='module')
def started(tmp_path_factory):
    """The folder of what fuzzing starts from."""
    folder = tmp_path_factory.mktemp('seeds')
    seeds.make(folder, tmp_path_factory.mktemp('work'))
    return folder


@pytest.mark.parametrize('target', TARGETS)
def test_fuzz(target, tmp_path, started):
    """From the seeds and the corpus on; libFuzzer runs all of that first."""
    kept = corpus.unpack(target, tmp_path / 'kept')
    new = tmp_path / 'new'
    new.mkdir()
    run(target, f'-max_total_time={SECONDS}', '-max_len=65536',
        f'-artifact_prefix={BUILD}/{target}-', str(new), str(kept),
        str(started / target))
