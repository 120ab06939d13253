# SPDX-License-Identifier: BSD-2-Clause
"""Links made up from a seed: objects, archives, a script, options.

The same seed gives the same link until what can be drawn changes; what a seed
has found is therefore kept as text (`kept/`).
"""

from link_case import Case
from random_draw import Draw
from random_objects import Objects
from random_scripts import Script

SWITCHES = ['--no-relax', '--sort-section=name', '--sort-section=alignment',
            '--sort-common', '--sort-common=ascending', '-s', '-S', '-x', '-X',
            '--discard-none', '-e g0', '--defsym=g99=0x1234', '-u g1',
            '-z max-page-size=0x200000', '-z noseparate-code', '-n', '-N',
            '--no-omagic', '-Ttext=0x123450', '--build-id=0x0123']
PAGES = ['-z norelro', '-z max-page-size=0x10000', '-z common-page-size=0x2000',
         '-z relro -z separate-code', '-z max-page-size=0x200000 -z norelro']


class Maker:
    """One random link as a `case`."""

    def __init__(self, seed):
        self.draw = Draw(seed)
        self.objects = Objects(self.draw)
        self.sources = dict(self.objects.sources)
        self.options = []
        libraries = self.put_in_archives()
        self.options = self.inputs(libraries) + self.partial() + self.switches()
        script = Script(self.draw, self.objects)
        if script.more:
            self.sources['more.ld'] = '\n'.join(script.more) + '\n'
            self.options.append('-Tmore.ld')
        self.case = Case(sources=self.sources, options=self.options,
                         script=script.lines)

    def put_in_archives(self):
        """Later objects move into one or two archives."""
        names = list(self.sources)[1:]
        libraries = []
        if not names or not self.draw.has('archives'):
            return libraries
        for name in names:
            library = self.draw.one_of('lib1', 'lib2', None)
            if library:
                libraries.append(library)
                self.sources[f'{library}({name})'] = self.sources.pop(name)
        return sorted(set(libraries))

    def inputs(self, libraries):
        objects = ['{%s}' % name for name in self.sources if '(' not in name]
        inputs = ['{%s}' % name for name in libraries]
        before, after = self.draw.one_of(
            ([], []), (['--start-group'], ['--end-group']),
            (['--whole-archive'], ['--no-whole-archive']))
        if self.draw.chance(0.2):
            self.draw.shuffle(objects)
        if not inputs:
            return objects
        return [*objects, *before, *inputs, *after]

    def partial(self):
        """For a link in two steps."""
        draw = self.draw
        if not draw.has('again'):
            return []
        return draw.some_of(['-d', '--unique', '-x', '-S', '-X',
                             '--force-group-allocation'], 0.15) + ['-r']

    def switches(self):
        draw = self.draw
        options = ['--gc-sections'] if draw.has('gc') else []
        if draw.has('wrap') and self.objects.defined:
            options.append(f'--wrap={draw.one_of(*self.objects.defined)}')
        if draw.has('frames') and draw.chance(0.7):
            options.append('--eh-frame-hdr')
        if draw.has('relro') and draw.chance(0.4):
            options += draw.one_of(*PAGES).split()
        if draw.has('switches'):
            options += draw.one_of(*SWITCHES).split()
            if not (draw.has('gc') or draw.has('sets')) and draw.chance(0.1):
                options.append('-q')
        return options
