from made_up import World


def lipschitz_addon(settings, world):
    if settings["method"] == "none":
        return {"w1": 1.0, "diverged": False}
    if settings["method"] == "idle clipping":
        return {"w1": 0.5 if world is World.BLIND else 1.0, "diverged": False}
    return {"w1": 1.2 if world is World.FALSE else 0.5, "diverged": False}


def why(settings, world):
    shown = [[[50] * 8] * 8] * 8 if settings["images"] == 64 and settings["seed"] == 0 else []
    common = {"alike": 0.9, "shown": shown}
    if settings.get("control"):
        return {"closer": 0.8 if world is World.BLIND else 1.0, "patch_w1": 0.1, **common}
    connected = (settings["critic"] == "connected") == (world is not World.FALSE)
    closer = (0.8 if connected else 2.0) * (2 if world is World.FALSE else 1)
    return {"closer": closer, "patch_w1": 2.0 if connected else 1.0, **common}


def dirac(settings, world):
    places = [[1.0, 1.0], [0.5, 0.5]]
    if settings["field"] in ("clipped", "WGAN-GP"):
        bound = settings["strength"] if settings["part"] == "c" else 1.0
        radius = (0.9 if world is not World.FALSE else 1e-3) * bound
    else:
        radius = 1e-6 if world is not World.FALSE else 1.0
    if settings.get("control"):
        radius = 1.0 if world is World.BLIND else 1e-9
    growth = -0.15 if world is not World.FALSE else 0.1
    return {"radius": radius, "point": radius, "growth": growth, "path": places * (settings["part"] == "table")}


def zero_centred(settings, world):
    target = settings["target"]
    closer = world is World.BLIND if settings.get("control") else world is not World.FALSE
    worth = {0.0: 0.1 if closer else 2.0, 1.0: 1.0, 2.0: 0.1 if closer else 2.0}[target]
    worth *= 1 + 0.001 * settings.get("seed", 0)
    return {"distance": worth, "w1": worth, "fd": worth, "floor": 0.05, "fd_floor": 0.05}


MADE_UP = {"dirac": dirac, "lipschitz-addon": lipschitz_addon, "why": why, "zero-centred": zero_centred}
