"""``python -m benchmarks``; worker processes import this file too, and nothing with it."""

import sys

if __name__ == "__main__":
    from .command import main

    sys.exit(main())
