# SPDX-License-Identifier: BSD-2-Clause
"""How commands are timed (measuring.py)."""

import measuring


def test_nobody_always_comes_after_the_same(tmp_path):
    log = tmp_path / 'log'
    commands = {name: (['sh', '-c', f'echo {name} >> {log}'], tmp_path / name)
                for name in 'abc'}
    runs = measuring.interleaved(commands, 3)
    rounds = [turn.split() for turn in ('c b a', 'b c a', 'b a c', 'a b c')]
    assert log.read_text().split() == sum(rounds, [])
    assert {name: len(run.runs) for name, run in runs.items()} == {
        'a': 3, 'b': 3, 'c': 3}
