"""Side-by-side measurements against scikit-learn; run by ``python -m benchmarks``."""
