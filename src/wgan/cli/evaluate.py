"""`wgan evaluate`."""

import json as json_text

from wgan.cli.app import app
from wgan.cli.options import NO_JUDGE_OPTIONS, Flag, JudgeOptions, Place
from wgan.text import printable

__all__ = ["evaluate"]


@app.command
def evaluate(
    run: Place,
    /,
    *,
    judge: JudgeOptions = NO_JUDGE_OPTIONS,
    data: str | None = None,
    iteration: int | None = None,
    best: Flag = False,
    json: Flag = False,
) -> None:
    """Measure how far a run's samples are from data that its generator never saw.

    Parameters
    ----------
    run
        The run directory, or a folder of `wgan export`.
    data
        Where the data lies that the run learned from, if it lies elsewhere now.
    iteration
        Take the checkpoint of this iteration instead of the newest.
    best
        Take the checkpoint that was the best while the run was trained, see `--evaluate_every`.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    metrics, features = judge.chosen()
    from wgan.runs import Run

    opened = Run.open(run, iteration=iteration, best=best)
    split = None if data is None else opened.data(data)
    found = opened.evaluate(split, metrics=metrics, features=features, samples=judge.n)
    if json:
        iterations = opened.checkpoint.iteration
        print(json_text.dumps({"schema": 1, "run": str(run), "iteration": iterations, "evaluation": found.to_json()}))
    else:
        print(printable(f"{opened.recipe.name} on {opened.card.name}, iteration {opened.checkpoint.iteration:,}"))
        print(found.to_text())
