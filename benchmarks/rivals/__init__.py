"""The rivals. The other modules of this folder are imported only in worker processes."""

from importlib.metadata import version
from importlib.util import find_spec

from .base import Implementation, Rival, Unsupported, usable_cores

__all__ = [
    "BASELINE",
    "OURS",
    "OURS_ALONE",
    "PLAIN",
    "PYTORCH",
    "PYTORCH_PLAIN",
    "RIVALS",
    "Implementation",
    "Rival",
    "Unsupported",
    "installed_rivals",
    "usable_cores",
    "versions",
]

OURS = "LightMLP"
OURS_ALONE = "LightMLP, 1 thread"
BASELINE = "scikit-learn"
PYTORCH = "PyTorch"

RIVALS = {
    rival.name: rival
    for rival in (
        Rival(OURS, "lightmlp", "estimators", threads=(None,)),
        Rival(OURS_ALONE, "lightmlp", "estimators", threads=(1,)),
        Rival(BASELINE, "scikit-learn", "estimators"),
        Rival(PYTORCH, "torch", "pytorch", swept=True),
        Rival("torch.compile", "torch", "pytorch", compiles=True),
        Rival("JAX", "jax", "jax_scan", compiles=True, swept=True),
        Rival("skorch", "skorch", "skorch_net"),
    )
}

# The same step without options, for comparison.
PLAIN = Rival("LightMLP, plain", "lightmlp", "estimators", threads=(None,))
PYTORCH_PLAIN = Rival("PyTorch, plain", "torch", "pytorch")


def installed_rivals(wanted: list[str] | None = None) -> tuple[list[Rival], list[str]]:
    """Return the rivals that can run here, and a message for each that cannot.

    LightMLP always takes part; of the others, those whose name contains one of ``wanted``.
    """
    rivals, skipped = [], []
    for rival in RIVALS.values():
        chosen = not wanted or any(part.lower() in rival.name.lower() for part in wanted)
        if not (chosen or rival.name == OURS):
            continue
        if find_spec(rival.module) is None:
            skipped.append(
                f"{rival.name} is skipped: {rival.package} is not installed. "
                "The extra lightmlp[bench] has it."
            )
        else:
            rivals.append(rival)
    return rivals, skipped


def versions(rivals: list[Rival]) -> dict[str, str]:
    """Return the version of each package that takes part."""
    return {rival.package: version(rival.package) for rival in rivals}
