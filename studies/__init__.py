"""What options do to test scores; ``effects`` and ``transfer`` are programs."""
