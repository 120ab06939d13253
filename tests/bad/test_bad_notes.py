# SPDX-License-Identifier: BSD-2-Clause
"""Property notes that make no sense, given to the linker built with
sanitizers. They are left out with a warning; the object is still linked."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get('BUILD', 'build')
TOOL = os.environ.get('BOOTLINK_ASAN', str(BUILD / 'bootlink-asan'))
SCRIPT = 'SECTIONS { .text : { *(.text) } .note : { *(.note.gnu.*) } }'
SOURCE = ('.text\nnop\n.section .note.gnu.property,"a",@note\n.balign 8\n'
          '%s\n')
NAME = '.asciz "GNU"\n'

DEFECTS = {
    'note-name-of-4-GiB': '.long 0xffffffff, 16, 5\n' + NAME + '.quad 0, 0',
    'note-description-of-4-GiB': '.long 4, 0xfffffff8, 5\n' + NAME + '.quad 0',
    'note-longer-than-its-section': '.long 4, 24, 5\n' + NAME + '.quad 0, 0',
    'note-of-12-bytes': '.long 4, 12, 5\n' + NAME + '.long 0xc0000002, 4, 3',
    'property-of-wrong-size': '.long 4, 16, 5\n' + NAME +
                              '.long 0xc0000002, 8, 3, 0',
    'property-of-4-GiB': '.long 4, 16, 5\n' + NAME +
                         '.long 0xc0000002, 0xfffffffc, 3, 0',
    'property-behind-the-end': '.long 4, 8, 5\n' + NAME + '.long 0xc0000002, 4',
    'property-of-unknown-type': '.long 4, 16, 5\n' + NAME + '.long 77, 4, 3, 0',
    'properties-of-too-many-types': '.long 4, 2f - 1f, 5\n' + NAME +
        '1:\nn = 0\n.rept 4000\n.long 0xc0008000 + n, 4, 1, 0\nn = n + 1\n'
        '.endr\n2:',
}


@pytest.mark.parametrize('name', DEFECTS)
def test_defect_is_left_out(tmp_path, name):
    (tmp_path / 'link.ld').write_text(SCRIPT)
    subprocess.run(['as', '-mx86-used-note=no', '-o', f'{name}.o', '-'],
                   input=SOURCE % DEFECTS[name], text=True, check=True,
                   cwd=tmp_path)
    done = subprocess.run([TOOL, 'ld', '-T', 'link.ld', f'{name}.o'],
                          cwd=tmp_path, text=True, stderr=subprocess.PIPE,
                          timeout=30)
    assert done.returncode == 0, done.stderr
    assert f'{name}.o:(.note.gnu.property): ' in done.stderr
    assert 'is ignored from there on' in done.stderr
