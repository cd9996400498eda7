from made_up import World


def mnist_subsets(settings, world):
    true, system, wobble = world is not World.FALSE, settings["system"], 0.01 * settings["seed"]
    w1 = {"wgan": 5.5 if true else 6.5, "training images": 5.2, "mean image": 6.9}.get(system, 6.0) + wobble / 2
    if settings.get("control"):
        w1 = {"wgan": 5.0 if world is World.BLIND else 9.0}.get(system, 6.0) + wobble
    shares = [0.4, 0.6] if true else [0.1 + wobble, 0.9 - wobble]
    return {"steps": [0, 50, 100], "w1": [10.0, 7.0, w1], "shares": shares, "pictures": "08" * (3 * 98)}


MADE_UP = {"mnist-subsets": mnist_subsets}
