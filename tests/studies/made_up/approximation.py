from made_up import World


def batches(settings, world):
    batch = 0.5 if settings.get("control") or world is World.FALSE else 2.0
    if settings.get("control") and world is World.BLIND:
        batch = 2.0
    image = "7f" * 784
    kept = {"shape": [1, 28, 28], "batch": [image] * 4, "mean": [image], "median": [image], "centres": [image] * 4}
    wobble = 1 + 0.01 * (-1) ** settings["seed"]
    measures = {"batch": batch * wobble, "mean": 1.0, "median": 1.0, "centres": 1.0}
    return {**measures, **({"pictures": kept} if settings["n"] == 64 and settings["seed"] == 0 else {})}


def fixed_distributions(settings, world):
    worse = world is World.FALSE or (settings.get("control") and world is World.TRUE)
    errors = {"wgan-gp": 0.2, "ctransform": 0.5 if worse else 0.1, "cowgan": 0.2, "zero": 0.5 if worse else 0.1}
    error = errors[settings["method"]] * (1 + 0.01 * settings["seed"])
    return {"value": 1 - error, "exact": 1.0, "error": error, "bare": 0.3, "w1": 0.9 * (settings["pair"] != "mnist")}


def gp_and_c_transform(settings, world):
    gp, control = settings["method"] == "wgan-gp", settings.get("control")
    claimed = world is World.BLIND if control else world is not World.FALSE
    error, frechet = ((0.5, 1.0) if gp else (0.1, 3.0)) if claimed else ((0.05, 3.0) if gp else (0.1, 1.0))
    wobble = 1 + 0.01 * settings["seed"]
    count = len(settings["looks"])
    return {
        "values": [1 + error] * count,
        "exact": [1.0] * count,
        "errors": [error * wobble] * count,
        "frechet": [frechet * wobble**2] * count,
        "w1": 6.0,
        "floor": 5.0,
        "pictures": ["7f" * 784] * 8,
    }


def c_transform_and_k_means(settings, world):
    distances = {"wgan-gp": 6.0, "images": 6.0, "other images": 6.0}
    distances["ctransform"] = 6.0 if world is World.FALSE else 5.0
    distances["images"] = 5.0 if world is World.BLIND else 6.0
    apart = distances[settings["method"]] * (1 + 0.01 * settings["seed"])
    kept = {name: ["7f" * 784] * 6 for name in ("samples", "centres")}
    measures = {"nearest": {str(k): apart for k in (10, 64, 256)}, "image": 5.5, "share": 0.4}
    return {**measures, **(kept if settings["seed"] == 0 else {})}


def pixels_and_vision(settings, world):
    turned = 0.1 if world is World.FALSE else 0.8
    if settings.get("control"):
        turned = 0.8 if world is World.BLIND else 0.1
    turned += 0.01 * settings["seed"]
    names = ("original", "shifted by 2", "blurred by 2", "another digit")
    kept = {name: ["7f" * 784, 5.0] for name in names} if settings["amount"] == 2 and settings["seed"] == 0 else {}
    told = {"swap": turned, "blur": turned, "noise": turned, "w1": 6.0, "w1_images": 6.5, "accuracy": 0.9}
    return {**told, **({"pictures": kept} if kept else {})}


def alternation_and_batches(settings, world):
    off = 0.01 if world is World.FALSE else 0.5
    if settings.get("control"):
        off = 0.5 if world is World.BLIND else 0.01
    off *= 1 + 0.01 * settings["seed"]
    return {"w1": 1.0, "value": 1 + off, "reached": 1.0, "off": off}


def claimed(settings, world):
    """Whether these rows are made to meet the criterion."""
    return world is World.BLIND if settings.get("control") else world is not World.FALSE


def w1_benchmark(settings, world):
    right = claimed(settings, world)
    value = (1.0 if right else 0.8) + 0.001 * settings["seed"]
    if settings.get("control"):
        return {"w1": 1.0, "value": value}
    slopes = {"cosine": (0.995 if right else 0.1) + 0.001 * settings["seed"], "l2": 0.01}
    told = {"low": value - 0.01, "high": value + 0.01, "upper": 2.0, "critic": "peaks 64", "converged": True}
    return {"w1": 1.0, "value": value, **slopes, **told}


def finite_samples(settings, world):
    right = claimed(settings, world)
    value = (1.0 if right else 0.5) + 0.001 * settings["funnels"] / 256 + 0.001 * settings["seed"]
    if settings.get("control"):
        return {"w1": 1.0, "value": value}
    ends = (0.9, 2.0) if right else (0.4, 0.6)
    told = {"low": ends[0], "high": ends[1], "critic": "peaks 64", "converged": True}
    return {"w1": 1.0, "value": value, "cosine": 0.9, "l2": 0.1, **told}


def classical_critics(settings, world):
    cosine = (0.5 if claimed(settings, world) else -0.5) + 0.01 * settings["seed"]
    found = {"cosine": cosine, "l2": 1.0, "ratio": (0.5 if world is not World.FALSE else 1.0) + 0.01 * settings["seed"]}
    names = ("clipping", "GP", "LP", "SN", "GroupSort", "c-transform", "(c, ε)", "CoWGAN")
    return {"w1": 1.0, **dict.fromkeys(names, found)}


def closed_forms(settings, world):
    value = (1.0 if claimed(settings, world) else 0.5) + 0.001 * settings["seed"]
    told = {"w1": 1.0, "value": value, "low": value - 0.01, "high": value + 0.01, "upper": 2.0}
    return {**told, "name": "linear"}


def interval_coverage(settings, world):
    count, right = settings["draws"], claimed(settings, world)
    low, value, high = (0.9, 1.0, 1.1) if right else (0.5, 0.6, 0.7)
    ends = {"low": [low] * count, "value": [value] * count, "high": [high] * count}
    return {"w1": 1.0, **ends, "covers": [int(right)] * count, "settled": [0] * count}


MADE_UP = {
    "alternation-and-batches": alternation_and_batches,
    "batches": batches,
    "c-transform-and-k-means": c_transform_and_k_means,
    "classical-critics": classical_critics,
    "closed-forms": closed_forms,
    "finite-samples": finite_samples,
    "fixed-distributions": fixed_distributions,
    "gp-and-c-transform": gp_and_c_transform,
    "interval-coverage": interval_coverage,
    "pixels-and-vision": pixels_and_vision,
    "w1-benchmark": w1_benchmark,
}
