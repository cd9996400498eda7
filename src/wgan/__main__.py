"""`python -m wgan`."""

from wgan.cli import main

main()
