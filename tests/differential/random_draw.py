# SPDX-License-Identifier: BSD-2-Clause
"""What a random link is made of by chance, and which parts of it may be."""

import os
import random

# How often a theme is in a link. BOOTLINK_THEMES="tls merge" makes links of these
# alone, BOOTLINK_THEMES=all puts all of them into each.
THEMES = {
    'archives': 0.5, 'commons': 0.5, 'comdat': 0.3, 'sets': 0.3, 'got': 0.25,
    'merge': 0.3, 'tls': 0.25, 'ifunc': 0.03, 'narrow': 0.12, 'init': 0.25,
    'notes': 0.2, 'debug': 0.25, 'pages': 0.15, 'gc': 0.2, 'wrap': 0.1,
    'loads': 0.15, 'headers': 0.12, 'switches': 0.25,
    'regions': 0.08, 'segments': 0.06, 'overlay': 0.06, 'insert': 0.06,
    'relro': 0.08, 'types': 0.08, 'sorting': 0.1, 'expressions': 0.1,
    'frames': 0.12, 'again': 0.06,
}


class Draw:
    """A source of choices, the same for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.themes = self._themes()

    def _themes(self):
        wanted = os.environ.get('BOOTLINK_THEMES', '').split()
        drawn = [name for name, often in THEMES.items() if self.chance(often)]
        if wanted == ['all']:
            return list(THEMES)
        return wanted or drawn

    def has(self, theme):
        return theme in self.themes

    def chance(self, probability):
        return self.random.random() < probability

    def up_to(self, low, high):
        return self.random.randint(low, high)

    def one_of(self, *items):
        return self.random.choice(items)

    def some_of(self, items, probability):
        return [item for item in items if self.chance(probability)]

    def shuffle(self, items):
        self.random.shuffle(items)
