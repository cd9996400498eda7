"""Studies: every claim of the sources as a program with a verdict."""

from wgan.studies.critic.kappa import KappaOfLines
from wgan.studies.distances.continuity import Continuity
from wgan.studies.distances.parallel_lines import ParallelLines
from wgan.studies.study import Chapter, Study

__all__ = ["Chapter", "Continuity", "KappaOfLines", "ParallelLines", "Study"]
