from made_up import World


def lipschitz_addon(settings, world):
    if settings["method"] == "none":
        return {"w1": 1.0, "diverged": False}
    if settings["method"] == "idle clipping":
        return {"w1": 0.5 if world is World.BLIND else 1.0, "diverged": False}
    return {"w1": 1.2 if world is World.FALSE else 0.5, "diverged": False}


MADE_UP = {"lipschitz-addon": lipschitz_addon}
