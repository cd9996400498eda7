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


MADE_UP = {"batches": batches, "fixed-distributions": fixed_distributions, "gp-and-c-transform": gp_and_c_transform}
