"""`wgan compare`."""

import json as json_text

from wgan.cli.app import app
from wgan.cli.options import NO_JUDGE_OPTIONS, Flag, JudgeOptions, Place

__all__ = ["compare"]


@app.command(usage="Usage: wgan compare RUN RUN [RUN ...] [OPTIONS]")
def compare(
    *runs: Place,
    judge: JudgeOptions = NO_JUDGE_OPTIONS,
    iteration: int | None = None,
    best: Flag = False,
    seed: int = 0,
    page: Place | None = None,
    json: Flag = False,
) -> None:
    """Compare runs: what differs in their recipes, how good their samples are, and whether that is more than noise.

    All are measured on the same held-out data with the same latents. Two seeds or more of each recipe tell whether the
    recipes differ, one of each only whether these generators do.

    Parameters
    ----------
    runs
        Run directories; the others are compared with the first.
    iteration
        Take the checkpoints of this iteration instead of the newest.
    best
        Take the checkpoints that were the best while the runs were trained, chosen on the same held-out data.
    seed
        Of the latents, of the draw of real samples and of random halves.
    page
        Also write a page: curves over each other, samples side by side, and the verdicts; such as `compared.html`.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    metrics, features = judge.chosen()
    from wgan.comparison import compare_runs
    from wgan.comparison.page import comparison_page, require_place, write_page
    from wgan.runs import Run

    require_place(page)
    opened = [Run.open(run, iteration=iteration, best=best) for run in runs]
    found = compare_runs(opened, metrics=metrics, features=features, samples=judge.n, seed=seed, best=best)
    if page is not None:
        write_page(comparison_page(found), page)
    print(json_text.dumps(found.to_json()) if json else found.to_text())
