# SPDX-License-Identifier: BSD-2-Clause
"""Random links: whatever GNU ld makes of one, ld.bootlink makes of it too.

BOOTLINK_LINKS is their number (200), BOOTLINK_SEED the seed of the first (1).
"""

import os

import pytest

import links
from cases import build
from random_links import Maker

FIRST = int(os.environ.get('BOOTLINK_SEED', '1'))
COUNT = int(os.environ.get('BOOTLINK_LINKS', '200'))


def link(desk, linker, output, arguments):
    try:
        return desk.link(linker, output, arguments)
    except links.LinkFailed as failure:
        return failure


def compare(ours, theirs):
    if isinstance(theirs, Exception):
        return [] if isinstance(ours, Exception) else [
            f'ours links what theirs refuses: {theirs}']
    if isinstance(ours, Exception):
        return [f'ours refuses: {ours}']
    # Where sections came out empty, GNU ld's choice of a section for the symbols
    # beside them depends on how it shuffled its list: values count, homes not.
    return links.differences(ours, theirs)


@pytest.mark.parametrize('seed', range(FIRST, FIRST + COUNT))
def test_random_link(desk, seed):
    maker = Maker(seed)
    arguments = build(desk, maker.script, maker.options, maker.sources)
    found = compare(link(desk, links.BOOTLINK_LD, 'ours', arguments),
                    link(desk, links.GNU_LD, 'theirs', arguments))
    again = (f'again: BOOTLINK_SEED={seed} BOOTLINK_LINKS=1 python3 -m pytest '
             f'{__file__}\nin {desk.folder}: {" ".join(arguments)}')
    assert not found, '\n'.join(['', *found, again, maker.script])
