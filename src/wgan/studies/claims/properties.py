"""Claims about what holds of distances, critics and training, C1 to C16."""

from wgan.studies.claims.claim import Claim, claim

__all__ = ["PROPERTIES"]

PROPERTIES: tuple[Claim, ...] = (
    claim(
        "C1",
        "At the optimal discriminator the objective of the standard GAN is twice the Jensen-Shannon divergence less "
        "log 4.",
        S1="vanilla GAN is effectively minimizing the JS divergence between two distributions.",
        S2="minimising the loss function of the standard GAN approach … is equivalent to minimising the Jensen-Shannon "
        "distance",
        S4="in the limit, the maximum of the discriminator objective above is the JensonShannon divergence, up to "
        "scaling and constant factors.",
        note="S2's footnote gives the objective as E log d(x) less E log(1 − d(g(z))): the two are added.",
    ),
    claim(
        "C2",
        "Between distributions with disjoint supports the Jensen-Shannon divergence is the constant log 2, so that it "
        "gives the generator no gradient.",
        S0="manifolds of different dimensions having no overlap … the teacher is too harsh, never offering a student "
        "the chance to learn.",
        S1="when two distributions have almost no overlap, the divergence is a constant. This implies the gradient is "
        "zero",
        S3="do not overlap, the JS divergence becomes constant, leading to vanishing gradients.",
        S4="for the JS, KL, reverse KL, and TV divergence, there are cases where the gradient is always …",
        note="S1 says it of almost no overlap: the constant and the zero gradient are exact where there is none.",
    ),
    claim(
        "C3",
        "The Wasserstein distance to a neural network's samples is continuous in its parameters and differentiable "
        "almost everywhere, and the Jensen-Shannon divergence need not be.",
        S2="Therefore in this case … is a continuous, differentiable a.e. function of …",
        S4="out of JS, KL, and Wassertstein distance, only the Wasserstein distance has guarantees of continuity and "
        "differentiability",
    ),
    claim(
        "C4",
        "The Wasserstein distance tends to zero exactly for sequences that converge in distribution, among them all "
        "that converge in total variation, KL or Jensen-Shannon divergence, and more.",
        S2="converges in distribution to … if and only if …",
        S4="every distribution that converges under the KL, reverseKL, TV, and JS divergences also converges under the "
        "Wasserstein divergence.",
        note="Neither S2 nor S4 says that this is for a compact space: elsewhere the means of the distance to a point "
        "must converge too.",
    ),
    claim(
        "C5",
        "The largest difference of means of a 1-Lipschitz function is the Wasserstein distance, and that of a "
        "κ-Lipschitz function κ times it.",
        S2="The Kantorovich-Rubinstein duality … the supremum is taken over all κ-Lipschitz functions",
        S3="the problem can be reformulated using Kantorovich-Rubinstein duality: … the supremum is over all "
        "1-Lipschitz functions",
        S4="every … Lipschitz function is a … Lipschitz function if you divide it by …, and the Wasserstein objective "
        "is linear.",
        note="S3 lets the generator minimise E D(x̂), which has the wrong sign: it minimises −E D(x̂). S2's sum over "
        "the real batch has f with index 1 where the critic's weights w are meant.",
    ),
    claim(
        "C6",
        "The constant κ is fixed by the critic's architecture and the clipping parameter, whatever the distributions.",
        S2="κ depends only on the space …, κ should be fixed for a given discriminator architecture and clipping "
        "parameter.",
        S4="The constant … depends on both … and the model architecture, and therefore we can't directly compare the "
        "critics between models with different architectures.",
    ),
    claim(
        "C7",
        "The closer the critic is trained to its optimum before a generator's step, the more accurate are its estimate "
        "and the generator's gradient.",
        S4="we can (and should) train to convergence before each generator update … (The more accurate … is, the more "
        "accurate the gradient",
    ),
    claim(
        "C8",
        "Training with a Wasserstein loss does not converge when the generator is close to the data.",
        S0="a paper by Mescheder et al. showed that a Wasserstein loss discriminator does not converge. When the "
        "generator is close to mimicking the real data, the discriminator loses its incentive to refine its assessment",
    ),
    claim(
        "C9",
        "A gradient penalty that is centred at zero works better than one that is centred at one.",
        S1="Current results suggest that zero-centered penalty has better theoretical properties and effects.",
    ),
    claim(
        "C10",
        "A Lipschitz constraint on the discriminator improves almost any GAN, whichever its loss.",
        S1="Adding a Lipschitz constraint (via Spectral Normalization or Gradient Penalty) to almost any GAN variant "
        "more or less improves performance and stability.",
    ),
    claim(
        "C11",
        "Alternating steps and random batches keep a WGAN from approximating the Wasserstein distance.",
        S1="If they are just optimized alternately, it is theoretically impossible to accurately approach the "
        "probability measure. … in batch-based training, if you hope to obtain more realistic samples, you are "
        "certainly not optimizing the Wasserstein distance.",
    ),
    claim(
        "C12",
        "Of two changes to an image, the one that the eye finds smaller may be the larger in Euclidean distance.",
        S1="two images our eyes perceive as similar do not necessarily have a smaller Euclidean distance.",
    ),
    claim(
        "C13",
        "A critic with clipped weights underfits where one with a gradient penalty does not.",
        S3="this clipping can lead to several practical problems, such as underfitting. An improvement to this "
        "approach is the gradient penalty method.",
    ),
    claim(
        "C14",
        "A Wasserstein loss needs several critic steps for each generator step or a higher critic rate, and that slows "
        "training down.",
        S0="the discriminator needs to train more frequently than the generator, slowing down training.",
        S1="allowing for more discriminator steps (or higher learning rates …) during alternating training",
    ),
    claim(
        "C15",
        "The KL divergence from data to a model is infinite as soon as the data leave the model's support.",
        S4="If even a single data point lies outside … support, the KL divergence will explode.",
    ),
    claim(
        "C16",
        "An unknown but fixed scale κ of the critic is absorbed by the generator's learning rate.",
        S4="gradients of … will be scaled by an unknown …, but they'll also be scaled by the learning rate …, so … "
        "will get absorbed into the hyperparam tuning.",
    ),
)
