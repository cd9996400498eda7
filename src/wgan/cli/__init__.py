"""The command: a subcommand is one file, which parses, calls one function and prints, and its export here.

Everything heavy is imported where it is used.
"""

from wgan.cli.app import app
from wgan.cli.compare import compare
from wgan.cli.distance import distance
from wgan.cli.evaluate import evaluate
from wgan.cli.export import export
from wgan.cli.film import film
from wgan.cli.recipes import recipes
from wgan.cli.report import report
from wgan.cli.sample import sample
from wgan.cli.study import study
from wgan.cli.train import train

__all__ = ["app", "compare", "distance", "evaluate", "export", "film", "recipes", "report", "sample", "study", "train"]
