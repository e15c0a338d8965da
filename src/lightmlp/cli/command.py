"""Arguments of the command ``lightmlp``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lightmlp import __version__
from lightmlp.engines import ENGINES

__all__ = ["main"]

INTERRUPTED = 130  # what shells return after Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Parameters
    ----------
    arguments : sequence of str, default=None
        The arguments after the command's name; None takes them from ``sys.argv``.

    Returns
    -------
    int
        0 on success, 1 if the two libraries disagree, 130 after Ctrl-C.

    Raises
    ------
    SystemExit
        With status 2 for bad arguments, 0 after ``--help`` and ``--version``.
    """
    options = _parser().parse_args(arguments)
    # Imported late, so that `--version` and bad arguments return at once.
    from .demo import run_demo

    try:
        return run_demo(options.output, engine=options.engine, rounds=options.rounds)
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lightmlp",
        description="scikit-learn's multi-layer perceptrons in a fraction of the time.",
    )
    parser.add_argument("--version", action="version", version=f"lightmlp {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="train side by side with scikit-learn and draw the result",
        description="Train on handwritten digits and on the diabetes table, with "
        "scikit-learn and with LightMLP, and compare results and times.",
    )
    demo.add_argument(
        "--output",
        type=_picture_path,
        default=Path("lightmlp-demo.png"),
        metavar="PNG",
        help="file of the picture (default: %(default)s)",
    )
    demo.add_argument(
        "--engine",
        choices=ENGINES,
        default="auto",
        help="engine of LightMLP (default: %(default)s)",
    )
    demo.add_argument(
        "--rounds",
        type=_positive,
        default=5,
        metavar="N",
        help="timed fits per library, of which the median is shown (default: %(default)s)",
    )
    return parser


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number, 1 or more")
    return number


def _picture_path(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".png":
        raise argparse.ArgumentTypeError(f"{text!r}: expected a name that ends in .png")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(
            f"{text!r}: there is no folder {str(path.parent)!r}; create it first"
        )
    return path
