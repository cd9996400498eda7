"""Why the Wasserstein GAN works."""
