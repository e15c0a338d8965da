"""The demo's environment: engine, instruction set and versions."""

import sklearn

import lightmlp
from lightmlp.engines import get_engine

__all__ = ["describe_engine", "library_versions"]


def describe_engine(engine: str) -> str:
    """Return the name of the engine, with its instruction set."""
    name = get_engine(engine).name
    if name != "native":
        return f"{name} (NumPy)"
    from lightmlp.engines.native import isa

    return f"{name} ({isa()})"


def library_versions() -> dict[str, str]:
    """Return the versions of the two libraries."""
    return {"scikit-learn": sklearn.__version__, "LightMLP": lightmlp.__version__}
