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


MADE_UP = {"lipschitz-addon": lipschitz_addon, "why": why}
