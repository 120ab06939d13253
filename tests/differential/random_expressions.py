# SPDX-License-Identifier: BSD-2-Clause
"""Expressions of a layout script, made up by chance.

`Expressions(draw, leaves).one(3)` is one of at most three levels of operators
and functions over the leaves: numbers, symbols, sections, `.`.
"""

UNARY = ['-{}', '~{}', '!{}', '({})', 'ABSOLUTE({})', 'LOG2CEIL({})',
         'ALIGN({})', 'BLOCK({})', 'NEXT({})', 'ALIGN({}, 16)',
         'SEGMENT_START("data", {})', 'ASSERT({} || 1, "holds")']
BINARY = [f'{{}} {operator} {{}}' for operator in
          '+ - * & | << >> < > <= >= == != && ||'.split()] + [
              '{} / ({} | 1)', '{} % ({} | 1)', 'MAX({}, {})', 'MIN({}, {})',
              'ALIGN({}, {})']
NUMBERS = ['0', '1', '7', '16', '0x1000', '3K', 'CONSTANT(MAXPAGESIZE)',
           'CONSTANT(COMMONPAGESIZE)', 'DEFINED(_start)', 'DEFINED(nobody)']


class Expressions:
    def __init__(self, draw, leaves):
        self.draw, self.leaves = draw, NUMBERS + leaves

    def one(self, levels):
        draw = self.draw
        if not levels or draw.chance(0.25):
            return draw.one_of(*self.leaves)
        if draw.chance(0.3):
            return draw.one_of(*UNARY).format(self.part(levels))
        if draw.chance(0.15):
            parts = (self.part(levels) for _ in range(3))
            return '({} ? {} : {})'.format(*parts)
        return draw.one_of(*BINARY).format(self.part(levels), self.part(levels))

    def part(self, levels):
        return f'({self.one(levels - 1)})'
