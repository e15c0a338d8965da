"""What options do to test scores: ``python -m studies.effects``, ``python -m studies.transfer``."""
