"""The checklist: what five documents say of Wasserstein GANs and ask about them, each with their own words.

Behind it stands what this package says of its own estimate, which quotes nobody.
"""

from wgan.studies.claims.claim import Claim, Quote
from wgan.studies.claims.experiments import EXPERIMENTS
from wgan.studies.claims.own import OWN
from wgan.studies.claims.properties import PROPERTIES
from wgan.studies.claims.questions import METHODS, QUESTIONS
from wgan.studies.claims.sources import SOURCES, Source

__all__ = ["CLAIMS", "SOURCES", "Claim", "Quote", "Source"]

CLAIMS: dict[str, Claim] = {claim.id: claim for claim in (*EXPERIMENTS, *PROPERTIES, *QUESTIONS, *METHODS, *OWN)}
