# SPDX-License-Identifier: BSD-2-Clause
"""How commands are timed (measuring.py)."""

import measuring


def test_every_second_round_goes_backwards(tmp_path):
    log = tmp_path / 'log'
    commands = {name: (['sh', '-c', f'echo {name} >> {log}'], tmp_path / name)
                for name in 'abc'}
    runs = measuring.interleaved(commands, 3)
    rounds = [turn.split() for turn in ('c b a', 'a b c', 'c b a', 'a b c')]
    assert log.read_text().split() == sum(rounds, [])
    assert {name: len(run.runs) for name, run in runs.items()} == {
        'a': 3, 'b': 3, 'c': 3}
