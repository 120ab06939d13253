# SPDX-License-Identifier: BSD-2-Clause
"""Patterns of input sections with all that may stand around them: SORT in SORT,
EXCLUDE_FILE at each of its places, flags, archives, KEEP.
[GNU ld manual: Input Section Basics, Input Section Wildcards]
"""

SORTS = ['SORT({})', 'SORT_BY_NAME({})', 'SORT_BY_ALIGNMENT({})',
         'SORT_BY_INIT_PRIORITY({})', 'SORT_NONE({})',
         'SORT_BY_NAME(SORT_BY_ALIGNMENT({}))',
         'SORT_BY_NAME(SORT_BY_NAME({}))',
         'SORT_BY_ALIGNMENT(SORT_BY_NAME({}))',
         'SORT_BY_ALIGNMENT(SORT_BY_ALIGNMENT({}))']
FILES = ['*', '*', '*', '*o0.o', '*o[12].o', 'o?.o', 'SORT(*)',
         'SORT_BY_NAME(*)', '*lib1.a:*', 'lib?.a:o1.o', ':*', '*lib2.a:',
         '*o1.o']
EXCLUDED = ['*o1.o', '*o0.o *o2.o', '*lib1.a:*', '*.a:', 'o3.o']
FLAGS = ['SHF_WRITE', '!SHF_WRITE', 'SHF_ALLOC & !SHF_EXECINSTR',
         'SHF_EXECINSTR', 'SHF_MERGE', '!SHF_TLS & SHF_ALLOC']


class Patterns:
    def __init__(self, draw):
        self.draw = draw

    def section(self, name):
        draw = self.draw
        if draw.chance(0.15):
            name = f'EXCLUDE_FILE({draw.one_of(*EXCLUDED)}) {name}'
        if draw.chance(0.5):
            name = draw.one_of(*SORTS).format(name)
        return name

    def one(self, names):
        """A pattern for what `names` (of sections) says, or for some of it."""
        draw = self.draw
        file = draw.one_of(*FILES)
        around = ''
        if draw.chance(0.15):
            around = f'EXCLUDE_FILE({draw.one_of(*EXCLUDED)}) '
        if draw.chance(0.15):
            around = f'INPUT_SECTION_FLAGS({draw.one_of(*FLAGS)}) ' + around
        pattern = (f'{around}{file}'
                   f'({" ".join(self.section(name) for name in names)})')
        return f'KEEP({pattern})' if draw.chance(0.2) else pattern
