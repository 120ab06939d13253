# SPDX-License-Identifier: BSD-2-Clause
"""The fixtures of the differential tests: one link, two linkers.

    def test_name_of_the_behaviour(same):
        same(script='SECTIONS {...}', a='.text; ...', b='...')

`a` and `b` are assembler sources, linked in that order as a.o and b.o. A value
made by `archive(x=..., y=...)` is an archive of x.o and y.o instead.
"""

import pytest

import links
from cases import build


@pytest.fixture
def desk(tmp_path):
    return links.Desk(tmp_path)


@pytest.fixture
def same(desk):
    """Links by ld.bootlink and by GNU ld (or `oracle`); they must agree."""

    def check(script, options=(), oracle=links.GNU_LD, segments=True,
              **sources):
        arguments = build(desk, script, options, sources)
        theirs = desk.link(oracle, 'theirs', arguments)
        ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
        found = links.differences(ours, theirs, segments)
        assert not found, '\n'.join(['', *found])
        return ours

    return check


@pytest.fixture
def both_refuse(desk):
    """Both linkers must fail; returns the text of ours, to look into."""

    def check(script, options=(), **sources):
        arguments = build(desk, script, options, sources)
        with pytest.raises(links.LinkFailed):
            desk.link(links.GNU_LD, 'theirs', arguments)
        with pytest.raises(links.LinkFailed) as failure:
            desk.link(links.BOOTLINK_LD, 'ours', arguments)
        assert not (desk.folder / 'ours').exists()
        return str(failure.value)

    return check
