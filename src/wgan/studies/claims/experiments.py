"""Claims about what happened in an experiment, E1 to E18."""

from wgan.studies.claims.claim import Claim, claim

__all__ = ["EXPERIMENTS"]

EXPERIMENTS: tuple[Claim, ...] = (
    claim(
        "E1",
        "A clipped critic between two parallel segments at distance θ estimates κ times their Wasserstein distance "
        "abs(θ), with one κ for all θ.",
        S2="we found this method produced a good approximation of … for some … It is worth noting that since we know "
        "… in this case, this gives us a method to compute κ",
        S4="Because the two distributions are just translations of one another, the best way transport plan moves "
        "mass in a straight line",
    ),
    claim(
        "E2",
        "Between two one-dimensional Gaussians the gradient of an optimal GAN discriminator vanishes over most of the "
        "space, and that of a clipped WGAN critic nowhere.",
        S4="the GAN discriminator does so in a way that makes gradients vanish over most of the space. In contrast, "
        "the weight clamping in WGAN gives a reasonably nice gradient over everything.",
    ),
    claim(
        "E3",
        "The critic's estimate falls as samples get better, so that it can be used to judge convergence.",
        S2="has the advantage of being a meaningful loss metric …, and so can be used to quantitatively judge "
        "convergence in GAN training.",
        S4="the Wasserstein loss seems to correlate well with image quality.",
    ),
    claim(
        "E4",
        "With the networks of DCGAN, a WGAN makes samples about as good as the standard GAN's.",
        S4="Compared to the DCGAN baseline on the bedroom dataset, it performs about as well.",
    ),
    claim(
        "E5",
        "Without batch normalisation in DCGAN's generator, a WGAN still makes acceptable samples and the standard GAN "
        "fails.",
        S2="The authors found that the WGAN algorithm … did not require batch normalisation to produce acceptable "
        "samples",
        S4="If we remove batch norm from the generator, WGAN still generates okay samples, but DCGAN fails completely.",
    ),
    claim(
        "E6",
        "With a fully connected generator, a WGAN makes more detailed samples than the standard GAN and drops fewer "
        "modes.",
        S2="the WGAN algorithm was more robust to variations in network architecture than the standard approach",
        S4="we make the generator a feedforward net instead of a convolutional one. … The WGAN samples are more "
        "detailed, and don't mode collapse as much as standard GAN.",
    ),
    claim(
        "E7",
        "With two fully connected layers of 100 units, a WGAN learns one class of MNIST well and two acceptably, and a "
        "standard GAN with the same networks not even one.",
        S2="good samples when trained on a single MNIST class, and acceptable samples when trained on two MNIST "
        "classes. The standard GAN algorithm was not able to generate samples, even when trained on just one MNIST "
        "class.",
        note="S2 does not say which loss its standard generator minimised, nor the optimiser and its rate.",
    ),
    claim(
        "E8",
        "The κ that is measured on a pair with a known Wasserstein distance holds for other pairs, with the same "
        "critic and clipping parameter.",
        S2="this gives us a method to compute κ for this architecture and clipping parameter. … It is, however, "
        "unclear how well this procedure estimates κ",
    ),
    claim(
        "E9",
        "Between fixed distributions, a critic trained by the c-transform estimates the Wasserstein distance better "
        "than one trained with a gradient penalty.",
        S1="The c-transform method … approximates Wasserstein distance much better than Gradient Penalty.",
    ),
    claim(
        "E10",
        "While a generator is trained, the c-transform estimates the Wasserstein distance better than the gradient "
        "penalty, whose critic does not approximate it well.",
        S1="Well-performing WGANs do not approximate Wasserstein distance well during training",
    ),
    claim(
        "E11",
        "A generator trained with a gradient penalty makes better samples than one trained by the c-transform, which "
        "approximates the Wasserstein distance better.",
        S1="the generation quality of c-transform is actually inferior to Gradient Penalty",
    ),
    claim(
        "E12",
        "Two random batches of a training set are farther apart in Wasserstein distance than a batch is from its mean "
        "or from its cluster centres.",
        S1="the Wasserstein distance between two random batches in the training set is actually larger than the "
        "Wasserstein distance between a training set batch and its average sample",
        note="S1's caption calls the mean and the cluster centres once the later and once the middle two of its three "
        "pictures: they are the middle and the right one. S1 does not give the size of the batches.",
    ),
    claim(
        "E13",
        "Samples of a generator trained by the c-transform lie closer to the centres of K-means than samples of one "
        "trained with a gradient penalty.",
        S1="using c-transform to better approximate Wasserstein distance results in generation effects similar to "
        "K-Means cluster centers",
    ),
    claim(
        "E14",
        "Between disjoint manifolds of low dimension a discriminator separates real from generated samples perfectly, "
        "and the saturating generator's gradient vanishes.",
        S0="the discriminator can very easily be trained to perfectly differentiate generated and real data. The "
        "technical reason is due to manifolds of different dimensions having no overlap",
        S3="When the discriminator becomes too effective, the generator receives negligible gradient updates, "
        "hindering its improvement.",
        S4="when the supports are low dimensional manifolds in high dimensional space, it's very easy for the "
        "intersection to be measure zero, which is enough to give similarly bad results.",
        note="S0 says that perfect discrimination can always be found; it can where the manifolds meet in a set of "
        "measure zero.",
    ),
    claim(
        "E15",
        "A generator trained on blurred images makes blurred images.",
        S0="Traditionally, this was overcome by blurring images. … Unsurprisingly, this just gets the student to paint "
        "blurry pictures.",
    ),
    claim(
        "E16",
        "A gradient penalty makes a training step markedly more expensive than the same step without it.",
        S0="The gradient penalty … proved expensive to enforce.",
        note="S0 describes the penalty as one on similar images with different scores: it is one on gradients whose "
        "norm is not one.",
    ),
    claim(
        "E17",
        "With a Wasserstein loss, a generator can be trained to high resolution.",
        S0='a team from NVIDIA used this "state-of-the-art" Wasserstein loss to create cutting-edge GANs with '
        "high-resolution outputs.",
        note="S0 does not say that these networks grow while they are trained, which is the other difference from "
        "earlier systems.",
    ),
    claim(
        "E18",
        "The standard GAN drops modes of the data, and a WGAN does not.",
        S0="The generator would learn to make slight variations to a single image, failing to capture the diversity of "
        "the target data set.",
        S2="The authors found that the WGAN algorithm … did not exhibit mode collapse.",
        S3="The generator produces a limited diversity of samples, causing it to capture only a few modes of the real "
        "data distribution.",
        S4="they report never running into mode collapse at all for WGANs!",
    ),
)
