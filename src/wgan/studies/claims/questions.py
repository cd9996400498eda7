"""What the sources ask, Q1 to Q9, and methods that they name without trying them, A13, A16 and A18."""

from wgan.studies.claims.claim import Claim, claim

__all__ = ["METHODS", "QUESTIONS"]

QUESTIONS: tuple[Claim, ...] = (
    claim(
        "Q1",
        "S4 asks how much the clipping parameter c matters, and reports that a low c trains more reliably and a high c "
        "faster when it works.",
        S4="the tentative results say that low … trains more reliably, but high … trains faster when it does work.",
    ),
    claim(
        "Q2",
        "S4 asks whether the estimates of one critic architecture with one clipping parameter rank different "
        "generators by quality.",
        S4="Given a fixed critic architecture and fixed … for clamping, can we quantitatively compare different "
        "generators by computing the Wasserstein estimate of both?",
    ),
    claim(
        "Q3",
        "S4 asks whether κ can be estimated, as by training critics of several architectures on the same generator.",
        S2="we know … in this case, this gives us a method to compute κ",
        S4="Take either a random generator or pretrained generator, then train critics from varying architectures and "
        "compare their final values.",
    ),
    claim(
        "Q4",
        "S4 asks how important it is to train the critic to convergence, and whether simple alternating steps do as "
        "well.",
        S4="How important is it to train the critic to convergence? … In settings where that's impractical, can a "
        "simple alternating gradient scheme work?",
    ),
    claim(
        "Q5",
        "S4 asks whether the actor's gradients in actor-critic reinforcement learning are very large or very small, "
        "and whether clipping the critic's weights helps.",
        S4="If they tend to be very large or very small, we may have a similar saturation problem, and adding a "
        "Lipschitz bound through weight clamping could help.",
    ),
    claim(
        "Q6",
        "S4 asks which problems of matching distributions use the Jensen-Shannon or KL divergence and would gain from "
        "the Wasserstein distance, as imitation learning may.",
        S4="Are there any … distribution matching problems that use the JensonShannon or KL divergence instead of the "
        "Wasserstein distance? One example of this is the Generative Adversarial Imitation Learning paper.",
    ),
    claim(
        "Q7",
        "S2 asks how an estimate of κ could be verified and whether it lets the Wasserstein distance compare different "
        "GAN architectures.",
        S2="It is, however, unclear how well this procedure estimates κ, or how this estimate would be verified.",
        S4="the change in estimated … between different distributions would show how important the distribution is to "
        "the approximation error.",
    ),
    claim(
        "Q8",
        "S1 asks why WGANs succeed if they do not approximate the Wasserstein distance, and S0 doubts that a single "
        "mathematical explanation does it.",
        S0="It is not obvious which fields of mathematics will be the most relevant to understanding these systems, "
        "and many of our elegant attempts will fail to map onto practice.",
        S1="the reason for WGAN's success is now very mysterious",
    ),
    claim(
        "Q9",
        "S4 asks whether the critic's loss measures progress well enough to choose hyper-parameters automatically.",
        S4="Even a rough quantitative measure of training progress could be good enough to use automated hyperparam "
        "optimization tricks, like Bayesian optimization.",
    ),
)

METHODS: tuple[Claim, ...] = (
    claim(
        "A13",
        "S0 says that a logistic loss with a gradient penalty around the real data took the place of the Wasserstein "
        "loss, which does not converge.",
        S0="a logistic loss with a gradient penalty around the real data started being used, meaning the discriminator "
        "is punished for being harsh on paintings resembling real images",
        note="S0 calls StyleGAN1 the last of its line with a Wasserstein loss: its code has that loss for CelebA-HQ "
        "only, and for FFHQ the logistic one with R1. The proof that S0 refers to is by the Dirac-GAN.",
    ),
    claim(
        "A16",
        "S4 says that noise makes the likelihood of a model with low-dimensional support finite, at the price of an "
        "error that grows with the noise.",
        S4="This ensures the distribution is defined everywhere. But now we introduce some error, and empirically "
        "people have needed to add a lot of random noise to make models train.",
    ),
    claim(
        "A18",
        "S4 expects a gain in imitation learning from a Wasserstein critic in the place of the discriminator.",
        S4="Switching the discriminator to a WGAN approach may give some straightforward wins.",
    ),
)
