"""``python -m lightmlp``: the same as the command ``lightmlp``."""

import sys

from lightmlp.cli import main

if __name__ == "__main__":
    sys.exit(main())
