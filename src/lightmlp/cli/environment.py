"""What the demo runs on: engine, instruction set, threads and versions."""

import sklearn

import lightmlp
from lightmlp.engines import get_engine

__all__ = ["describe_engine", "describe_threads", "library_versions"]


def describe_engine(engine: str) -> str:
    """Name the engine that ``engine`` stands for, with its instruction set."""
    name = get_engine(engine).name
    if name != "native":
        return f"{name} (NumPy)"
    from lightmlp import _native

    return f"{name} ({_native.isa()})"


def describe_threads() -> str:
    """Say how many threads each library may use, as it stands by default."""
    from threadpoolctl import threadpool_info

    pools = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    return f"up to {max(pools, default=1)} each"


def library_versions() -> dict[str, str]:
    """Versions of the two libraries."""
    return {"scikit-learn": sklearn.__version__, "LightMLP": lightmlp.__version__}
