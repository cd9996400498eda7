from math import inf, log

from made_up import World
from wgan.studies.distances.likelihood_noise import NOISES


def parallel_lines(settings, world):
    holds = world is not World.FALSE
    if settings.get("control"):
        slope = 0.0 if world is World.BLIND else 0.2
        return {"js": 0.1, "tv": 0.4, "kl": 0.5, "reverse_kl": 0.5, "w1": 1.0, "js_slope": slope, "w1_slope": 1.0}
    if not settings["theta"]:
        return dict.fromkeys(("js", "tv", "kl", "reverse_kl", "w1", "js_slope", "w1_slope"), 0.0)
    kl = inf if holds else 3.0
    return {
        "js": log(2) if holds else 0.5,
        "tv": 1.0 if holds else 0.9,
        "kl": kl,
        "reverse_kl": kl,
        "w1": abs(settings["theta"]) * (1.0 if holds else 1.1),
        "js_slope": 0.0 if holds else 0.1,
        "w1_slope": 1.0,
    }


def continuity(settings, world):
    smooth = world is World.BLIND if settings.get("control") else world is not World.FALSE
    w1 = [0.1 * (0.5 if smooth else 1.0) ** index for index in range(settings["halvings"] + 1)]
    js = [log(2) if world is not World.FALSE else 0.1] * len(w1)
    agreement = (0.99 if world is not World.FALSE else 0.3) + 0.001 * settings["seed"]
    return {"w1_jumps": w1, "js_jumps": js, "agreement": agreement, "path": [[1.0, 0.7], [0.0, 0.0], [1.0, 0.7]]}


def weak_topology(settings, world):
    falls = world is World.BLIND if settings.get("control") else world is not World.FALSE
    return {"w1": settings["n"] ** (-1.0 if falls else 0.0), "tv": 1.0 if falls else 0.5, "js": 0.1, "kl": inf}


def duality(settings, world):
    equal = world is World.BLIND if settings.get("control") else world is not World.FALSE
    wobble = 1e-9 * settings["seed"]
    if settings["part"] == "program":
        share = (1.0 if equal else 0.5) - wobble
        return {"w1": 2.0, "share": share, "value": 1 / share}
    value = (1.0 if equal else 1.5) + wobble
    return {"w1": 2.0, "dual": value, "gap": value, "slope": value}


def off_support(settings, world):
    infinite = world is World.BLIND if settings.get("control") else world is not World.FALSE
    kl = inf if infinite else 4.0
    return {"kl": kl, "js": 1e-17, "tv": 1e-16, "w1": 1e-16, "single": inf, "double": 4.0}


def likelihood_noise(settings, world):
    explodes = world is World.BLIND if settings.get("control") else world is not World.FALSE
    return {
        "nll": [0.01 * (1 + (noise**-2 if explodes else 0)) for noise in NOISES],
        "error": [8 * noise if world is not World.FALSE else 1.0 for noise in NOISES],
        "best_noise": 0.1,
        "best_nll": -0.5 if world is not World.FALSE else 90.0,
        "off": 0.1,
        "truth": 1.0,
        "truth_without": 1.5,
    }


def perfect_discriminator(settings, world):
    perfect = world is World.BLIND if settings.get("control") else world is not World.FALSE
    accuracy = (0.9999 if perfect else 0.8) + 1e-5 * settings["seed"]
    fall = (5.0 if perfect else 1.0) + 0.1 * settings["seed"]
    return {"accuracy": accuracy, "fall": fall, "other_fall": -2.0, "history": [[100, accuracy, fall, -2.0]]}


def optimal_discriminator(settings, world):
    optimal = world is World.BLIND if settings.get("control") else world is not World.FALSE
    if settings["part"] == "exact":
        return {"js": 0.3, "value": -0.78 * (1.0 if optimal else 1.5), "asked": -0.78}
    wobble = 1e-4 * settings["seed"]
    share, error = (0.999, 0.001) if optimal else (0.5, 0.3)
    curve = [[0.0, 0.7], [1.0, 0.5]] * (settings["distance"] == 2)
    return {"js": 0.3, "share": share - wobble, "error": error + wobble, "curve": curve}


def two_gaussians(settings, world):
    straight = world is World.BLIND if settings.get("control") else world is not World.FALSE
    wobble = 1e-3 * settings.get("seed", 0)
    difference, least = (0.1, 0.9) if straight else (2.0, 0.01)
    return {
        "gradient": 1e-9 if world is not World.FALSE else 1e-2,
        "slope": 0.01,
        "least": least + wobble,
        "difference": difference + wobble,
        "scores": [float(index) for index in range(51)],
    }


MADE_UP = {
    "parallel-lines": parallel_lines,
    "continuity": continuity,
    "weak-topology": weak_topology,
    "duality": duality,
    "off-support": off_support,
    "likelihood-noise": likelihood_noise,
    "perfect-discriminator": perfect_discriminator,
    "optimal-discriminator": optimal_discriminator,
    "two-gaussians": two_gaussians,
}
