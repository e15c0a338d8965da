"""Effects of options on test scores; ``effects`` and ``transfer`` are programs."""
