# SPDX-License-Identifier: BSD-2-Clause
"""tests/bad shares the ELF reader of tests/differential."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'differential'))
