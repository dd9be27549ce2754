"""``python -m bench.child ROW CONTENDER SIZE``: one measurement, in a process of its own, as JSON on stdout.

What the two leave out of the measurement (time-outs, log lines) goes to stderr.
"""

from __future__ import annotations

import json
import sys

from bench.contenders import contender
from bench.rows import rows

if __name__ == "__main__":
    row, name, size = sys.argv[1:]
    print(json.dumps(rows()[row].measure(contender(name), size)))
