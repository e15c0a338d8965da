"""``python -m benchmarks``; worker processes import only this file."""

import sys

if __name__ == "__main__":
    from .command import main

    sys.exit(main())
