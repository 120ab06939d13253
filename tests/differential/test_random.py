# SPDX-License-Identifier: BSD-2-Clause
"""Random links: whatever GNU ld makes of one, ld.bootlink makes of it too.

BOOTLINK_LINKS is their number (1000), BOOTLINK_SEED the seed of the first (1).
BOOTLINK_THEMES says what is in them (random_draw.py). What has failed once is
kept as text, and tried again.
"""

import os
from pathlib import Path

import pytest

from link_case import disagreements, parse
from random_links import Maker

FIRST = int(os.environ.get('BOOTLINK_SEED', '1'))
COUNT = int(os.environ.get('BOOTLINK_LINKS', '1000'))
HERE = Path(__file__).parent
KEPT = sorted(path.stem for path in (HERE / 'kept').glob('*.link'))


@pytest.mark.parametrize('seed', range(FIRST, FIRST + COUNT))
def test_random_link(desk, seed):
    found = disagreements(desk, Maker(seed).case)
    again = (f'again: BOOTLINK_SEED={seed} BOOTLINK_LINKS=1 python3 -m pytest '
             f'{__file__}\nsmaller: {HERE}/minimise.py {seed}\n'
             f'files: {desk.folder}')
    assert not found, '\n'.join(['', *found, again])


@pytest.mark.parametrize('name', KEPT)
def test_kept_link(desk, name):
    kept = (HERE / 'kept' / f'{name}.link').read_text()
    found = disagreements(desk, parse(kept))
    assert not found, '\n'.join(['', *found])
