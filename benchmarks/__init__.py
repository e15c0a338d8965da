"""Side-by-side measurements against other libraries; run by ``python -m benchmarks``."""
