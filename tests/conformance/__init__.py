"""Proof that changing the import keeps the figures."""
