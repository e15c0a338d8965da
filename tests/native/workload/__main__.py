"""Everything that the compiled engine does, for an extension built with sanitizers.

``python -m tests.native.workload EXTENSION [PART ...]`` runs all parts, or those named. The
sanitizers end the process where they find something; results are checked only where many
threads could spoil them. ``make sanitize`` runs it.
"""

import faulthandler
import signal
import sys
import time
import warnings

from .extension import use_extension

SECONDS_OF_A_DEADLOCK = 3600  # far beyond what any part takes


def main():
    """Run the parts that the command line names."""
    extension, *names = sys.argv[1:]
    use_extension(extension)
    # A shell lets the jobs in its background ignore interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    warnings.simplefilter("ignore")  # most fits are too short to converge
    from .parts import PARTS

    for name, part in PARTS.items():
        if names and name not in names:
            continue
        began = time.perf_counter()
        faulthandler.dump_traceback_later(SECONDS_OF_A_DEADLOCK, exit=True)
        part()
        print(f"{name}: {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
