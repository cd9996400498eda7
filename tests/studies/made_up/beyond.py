from made_up import World


def imitation(settings, world):
    claimed = world is not World.FALSE
    if settings.get("control"):
        reached = 500 if world is World.BLIND else 20
    elif settings.get("judge", "JS") == "JS" and settings.get("clip", "none") == "none":
        reached = 400
    else:
        reached = 450 if claimed else 100
    reached *= 1 + 0.01 * settings["seed"]
    spread = [-3.0, -2.0, 0.0 if claimed else -2.5]
    measures = {"return": reached, "mean": reached / 2, "expert": 500.0}
    return {**measures, "curve": [20.0, reached], "gradients": spread}


MADE_UP = {"imitation": imitation}
