"""``python -m unexpired``: the same as the ``unexpired`` command."""

import sys

from unexpired_start import main

if __name__ == "__main__":
    sys.exit(main())
