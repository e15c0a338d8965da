"""Side-by-side measurements against peers; run by ``python -m benchmarks``."""
