"""A judge: real data, chosen metrics, and what it refuses."""

import json

import pytest
import torch

from wgan.data import TensorSource, open_source
from wgan.errors import InputError
from wgan.metrics import Evaluation, Judge, Need, evaluate, metric_kinds, metrics_named
from wgan.metrics.features import Features, NetworkFeatures, Pixels
from wgan.networks import DCGAN


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "wgan" / "features"


def images(n=400, seed=0):
    return TensorSource(
        torch.randint(256, (n, 1, 6, 6), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8), "noise"
    )


def judge(names="all", features=None, samples=80, **options):
    metrics = metrics_named(names.split(","))
    return Judge.of(*images().split(), metrics=metrics, features=features, samples=samples, **options)


def generated(n=80, seed=1):
    return torch.rand(n, 1, 6, 6, generator=torch.Generator().manual_seed(seed))


def logits(name="small"):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(36, 5)).eval()
    return NetworkFeatures(network, name, classes=5)


def test_every_metric_that_the_data_allow_has_value_interval_and_floor():
    found = judge(features=logits())(generated())
    tables = {name for name, kind in metric_kinds().items() if kind.needs is Need.TABLE}
    assert set(found.left_out) == {"modes", "quality"} | tables
    assert found.left_out["modes"] == "noise has no known modes"
    assert found.left_out["shapes"] == "noise holds images, which are no rows of a table"
    assert len(found.scores) == len(metric_kinds()) - len(found.left_out)
    for score in found.scores:
        assert score.interval.low <= score.value <= score.interval.high and score.interval.level == 0.95
        assert score.floor is not None and score.samples == 80 and score.name.endswith("_80")
    assert found["w1"].unit == "pixel values in [0, 1]"


def test_names_say_metric_features_and_samples():
    found = judge("w1,fd,classes", logits("mine"))(generated())
    assert [score.name for score in found.scores] == ["w1_80", "fd_mine_80", "classes_mine_80"]
    thousand = Judge.of(*open_source("gaussians8").split(), metrics=metrics_named(["fd"]))
    assert thousand.protocol(thousand.metrics[0]) == "fd_pixels_1k"


def test_real_samples_score_near_the_floor_and_noise_does_not():
    data, held_out = open_source("digits").split()
    judged = Judge.of(data, held_out, metrics=metrics_named(["fd", "sw", "w1"]), features=Pixels(), samples=300)
    real = judged(data.observed(300, torch.Generator().manual_seed(9)))
    noise = judged(torch.rand(300, 1, 8, 8, generator=torch.Generator().manual_seed(0)))
    for near, far in zip(real.scores, noise.scores, strict=True):
        assert near.value < 1.5 * near.floor < far.value
        assert near.improves(far) and not far.improves(near)


def test_a_generator_that_repeats_its_training_samples_is_found_out():
    data, held_out = open_source("digits").split()
    judged = Judge.of(data, held_out, metrics=metrics_named(["copies", "nn"]), features=Pixels(), samples=200)
    found = judged(data.observed(200, torch.Generator().manual_seed(9)))
    assert found["copies"].value == 1 and found["copies"].floor < 0.02
    assert found["nn"].value == 0 < found["nn"].floor


def test_equal_seeds_give_equal_scores_and_real_data_are_looked_at_once():
    seen = []

    class Counted(Features):
        name, keeps = "counted", False

        def extract(self, samples):
            seen.append(len(samples))
            return samples.flatten(1)

    judged = judge("fd,kid,sw", Counted())
    first, second = judged(generated()), judged(generated())
    assert first == second
    assert sum(seen) == 4 * 80  # held-out, training, and two generated sets


def test_a_program_reads_plain_values():
    found = judge("w1,fd,modes", Pixels())(generated())
    values = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert set(values["scores"]) == {"w1", "fd"} and values["left_out"] == {"modes": "noise has no known modes"}
    assert values["scores"]["fd"]["interval"]["level"] == 0.95
    assert "by 20 random halves" in values["scores"]["fd"]["interval"]["covers"]


def test_a_person_reads_a_table():
    text = judge("w1,fd,modes", Pixels())(generated()).to_text()
    lines = text.splitlines()
    assert lines[0].split() == ["metric", "value", "95", "%", "interval", "real", "data", "better", "what", "it", "is"]
    assert lines[1].startswith("  w1_80 ") and "exact W₁ to held-out samples" in lines[1] and " to " in lines[1]
    assert lines[-1] == "  left out: modes (noise has no known modes)"


def test_a_score_that_was_not_measured_is_named():
    with pytest.raises(KeyError, match="fd was not measured; there are w1"):
        judge("w1")(generated())["fd"]
    with pytest.raises(KeyError, match="fd was not measured"):
        Evaluation(())["fd"]


def test_without_intervals_none_is_made():
    assert all(score.interval is None for score in judge("w1,kid", replicates=0)(generated()).scores)


def test_samples_of_another_resolution_are_refused():
    with pytest.raises(InputError, match=r"have shape \(1, 8, 8\), those of noise \(1, 6, 6\); .* one resolution"):
        judge("w1")(torch.zeros(80, 1, 8, 8))


def test_too_few_and_infinite_samples_are_refused():
    with pytest.raises(InputError, match="79 generated samples; expected 80, as many as real ones"):
        judge("w1")(generated(79))
    bad = generated()
    bad[:3, 0, 0, 0] = torch.inf
    with pytest.raises(InputError, match="3 of 80 generated samples hold NaN or infinity; expected numbers"):
        judge("w1")(bad)
    with pytest.raises(InputError, match="1 generated sample to compare with noise; expected 2 or more"):
        evaluate(generated(1), *images().split())


def test_metrics_that_the_data_do_not_allow_alone_are_refused():
    with pytest.raises(InputError, match="modes: noise has no known modes"):
        judge("modes")
    with pytest.raises(InputError, match="is: features pixels tell no classes apart; take those of a classifier"):
        judge("is", Pixels())


def test_more_samples_than_there_are_is_said():
    with pytest.warns(UserWarning, match="noise: 1,000 samples asked for, 80 can be had"):
        assert judge("w1", samples=1000).samples == 80


def test_endless_data_are_judged_too():
    data, held_out = open_source("gaussians25").split()
    found = evaluate(data.observed(500, torch.Generator().manual_seed(3)), data, held_out)
    assert [score.metric for score in found.scores] == ["w1", "modes", "quality"]
    assert found["modes"].value == found["modes"].floor == 25


@pytest.mark.slow
def test_stacked_mnist_has_a_thousand_modes_and_an_untrained_generator_few():
    try:
        data, held_out = open_source("stacked-mnist").split()
    except InputError as error:
        pytest.skip(f"no mnist here: {error}")
    judged = Judge.of(data, held_out, metrics=metrics_named(["classes", "class-kl"]), samples=26_000, replicates=0)
    assert judged.features.name == "stacked-digits"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        generator = DCGAN().build_generator(64, data.shape).eval()
        with torch.no_grad():
            fake = torch.cat([generator(torch.randn(500, 64)) for _ in range(52)])
    found = judged(data.scaling.decode(fake).clamp(0, 1))
    assert found["classes"].floor == 1000 and found["class-kl"].floor < 0.06  # (K - 1) / n of two samples of n
    assert found["classes"].value < 200 and found["class-kl"].value > 2
