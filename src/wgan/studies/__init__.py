"""Claims about Wasserstein GANs as programs that may say no."""

__all__ = []
