from made_up import World
from wgan.studies.critic.compare_generators import GENERATORS
from wgan.studies.critic.kappa import greatest


def kappa(settings, world):
    w1 = abs(settings["pair"]) if isinstance(settings["pair"], float) else 1.0
    kappa = 0.98 * greatest(settings) if world is not World.FALSE else 0.5 * greatest(settings)
    if settings.get("control"):
        kappa = 0.0098 if world is World.BLIND else 40.0
    if world is World.FALSE and isinstance(settings["pair"], str):
        kappa = 0.02
    wobble = (-1) ** settings["seed"] * 1e-3 * kappa * (0.3 if world is World.FALSE and w1 < 1 else 0)
    noise = 0.004 * (w1 == 0.5) if world is World.FALSE else 0.0
    return {"w1": w1, "value": kappa * w1 + wobble + noise}


def kappa_and_rate(settings, world):
    same = 1e-5 * (1 + settings["seed"])
    if settings.get("control"):
        return {"apart": same if world is World.BLIND else 0.9}
    return {"apart": 0.5 if world is World.FALSE else same}


def compare_generators(settings, world):
    w1 = 1.0 + tuple(GENERATORS).index(settings["generator"])
    if settings.get("control"):
        told = w1 if world is World.BLIND else (7 * w1 + settings["seed"]) % 5
    else:
        told = -w1 if world is World.FALSE else w1
    return {"values": [told] * len(settings["looks"]), "w1": w1}


def critic_convergence(settings, world):
    looks = settings["looks"]
    falls = [1 / look for look in looks]
    if settings.get("control"):
        errors = falls if world is World.BLIND else looks
    else:
        errors = looks if world is World.FALSE else falls
    return {"gradient": errors, "value": errors}


def partial_convergence(settings, world):
    if settings.get("control"):
        near = settings["n_critic"] == 20 or world is World.BLIND
    else:
        near = settings["n_critic"] == 100 or world is not World.FALSE
    cosine, w1 = (0.8, 0.1) if near else (0.3, 0.4)
    return {"cosines": [cosine] * 2, "cosine": cosine, "w1": w1}


def clip_sweep(settings, world):
    low = settings["c"] < 0.01 or settings["c"] == 10
    good = {"left": 0.2, "steps": 100 if low else 20}
    if settings.get("control"):
        good = {"left": 0.2, "steps": 20 if world is World.BLIND and not low else 30}
    elif world is World.FALSE:
        good = {"left": 0.9 if low else 0.2, "steps": 30 if low else 40}
    return {**good, "slope": settings["c"], "w1": [1.0, good["left"]]}


def estimate_kappa(settings, world):
    if settings.get("control"):
        return {"half": 1.0 if world is World.BLIND else 0.2, "kappa": 1.0, "bound": 2.0, "slope": 1.0}
    if world is not World.FALSE:
        return {"half": 1.0, "kappa": 1.0, "bound": 2.0, "slope": 1.0}
    steep = settings["critic"] == "100-100, c = .01"
    kappa = (5.0 if settings["pair"] == "funnels" and steep else 1.0) * (1, 2, 4, 2, 1)[settings["seed"]]
    return {"half": 0.5 * kappa, "kappa": kappa, "bound": 0.5 * kappa, "slope": kappa}


def clipping_underfits(settings, world):
    better = settings["critic"] == "penalty"
    if settings.get("control"):
        better = better and world is World.BLIND
    elif world is World.FALSE:
        better = not better
    seen = 0.9 if better else 0.3
    return {"cosine": seen, "beyond": seen, "surface": [[i * j % 7 for i in range(25)] for j in range(25)]}


MADE_UP = {
    "clip-sweep": clip_sweep,
    "clipping-underfits": clipping_underfits,
    "compare-generators": compare_generators,
    "critic-convergence": critic_convergence,
    "estimate-kappa": estimate_kappa,
    "kappa": kappa,
    "kappa-and-rate": kappa_and_rate,
    "partial-convergence": partial_convergence,
}
