"""Pairs of distributions with a known Wasserstein-1 distance."""
