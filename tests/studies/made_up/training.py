from made_up import World


def mnist_subsets(settings, world):
    true, system, wobble = world is not World.FALSE, settings["system"], 0.01 * settings["seed"]
    w1 = {"wgan": 5.5 if true else 6.5, "training images": 5.2, "mean image": 6.9}.get(system, 6.0) + wobble / 2
    if settings.get("control"):
        w1 = {"wgan": 5.0 if world is World.BLIND else 9.0}.get(system, 6.0) + wobble
    shares = [0.4, 0.6] if true else [0.1 + wobble, 0.9 - wobble]
    averaged = {"averaged w1": w1, "averaged shares": shares}
    return {"steps": [0, 50, 100], "w1": [10.0, 7.0, w1], "shares": shares, **averaged, "pictures": "08" * (3 * 98)}


def loss_quality(settings, world):
    falls = settings["system"] != "gan" if world is not World.FALSE else settings["system"] == "gan"
    if settings.get("control"):
        falls = world is World.BLIND
    w1 = [5.0, 4.0, 3.0, 2.5, 2.2, 2.0, 1.9, 1.8]
    estimate = w1 if falls else w1[::-1]
    return {"iterations": [10 * n for n in range(8)], "estimate": estimate, "w1": w1, "pictures": "08" * 256}


def mode_collapse(settings, world):
    reaches = settings["system"].startswith("wgan") is (world is not World.FALSE)
    if settings.get("control"):
        reaches = world is World.BLIND
    counts = [100] * (8 if settings["data"] == "gaussians8" else 25)
    return {"modes": 1.0 if reaches else 0.5 + 0.01 * settings["seed"], "quality": 0.9, "counts": counts}


def critic_steps(settings, world):
    one, fast, five = (2.0, 1.5, 1.5) if world is not World.FALSE else (1.4, 1.5, 1.5)
    w1 = {"one": one, "one, fast": fast, "five": five}[settings["way"]] + 0.001 * settings["seed"]
    if settings.get("control") and world is World.BLIND:
        w1 *= 1 + settings["draw"]
    looks = [400, 800, 1600, 2400] if settings["way"] != "five" else [400, 800]
    slow = settings["way"] == "five" and world is not World.FALSE
    seconds = 0.003 if slow else 0.001
    return {"iterations": looks, "steps": [2 * n for n in looks], "w1": [w1] * len(looks), "seconds": seconds}


def penalty_cost(settings, world):
    wobble = 1e-3 * settings["seed"]
    gp = 2.5 if world is not World.FALSE else 1.1
    again = 2.0 if world is World.BLIND else 1.0
    return {"plain": 1.0 + wobble, "plain again": again + wobble, "GP": gp, "SN": 1.0 + wobble}


def rate_by_loss(settings, world):
    w1, trial = 2.0 + settings["trial"], settings["trial"]
    estimate = 0.1 * w1 if world is not World.FALSE else 1 / w1
    if settings.get("control"):
        w1 = 2.0 if world is World.BLIND else w1
    return {"rate": 10.0 ** (-4 + trial / 4), "estimate": estimate, "w1": w1 + 0.001 * settings["seed"]}


def blur(settings, world):
    power = 0.5 if settings["blurred"] != "none" and world is not World.FALSE else 1.0
    if settings.get("control"):
        power = 0.5 if world is World.BLIND and settings["other"] == 0 else 1.0
    return {"power": power + 0.001 * settings["seed"], "real": 1.0, "w1": 2.0, "pictures": "08" * 192}


def robustness(settings, world):
    wgan, dcgan = settings["system"].startswith("wgan"), settings["generator"] == "DCGAN"
    good = (1.0 if dcgan else 0.5) if world is not World.FALSE else 2.0
    if settings.get("control"):
        good = 1.0 if world is World.BLIND else 5.0
    fd = (good if wgan else 1.0) + 0.001 * settings["seed"]
    classes = 9.0 if wgan is (world is not World.FALSE) else 5.0
    return {"fd": fd, "classes": classes, "pictures": "08" * 512}


def growing(settings, world):
    grows, wobble = settings["way"] == "grown", 0.001 * settings["seed"]
    w1 = (0.8 if world is not World.FALSE else 1.2) if grows else 0.9
    if settings.get("control"):
        w1 = 0.8 if world is World.BLIND else 1.5
    seconds = (1.0 if world is not World.FALSE else 3.0) if grows else 2.0
    return {"w1": w1 + wobble, "seconds": seconds + wobble}


MADE_UP = {
    "blur": blur,
    "critic-steps": critic_steps,
    "growing": growing,
    "loss-quality": loss_quality,
    "mnist-subsets": mnist_subsets,
    "mode-collapse": mode_collapse,
    "penalty-cost": penalty_cost,
    "rate-by-loss": rate_by_loss,
    "robustness": robustness,
}
