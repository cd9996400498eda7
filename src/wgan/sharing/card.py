"""The card of a model: what a stranger has to know before using it."""

import json
from collections.abc import Iterator

from wgan.metrics.score import Score
from wgan.recipes import Recipe
from wgan.runs.environment import DataCard
from wgan.runs.history import Judged
from wgan.runs.shared import CONFIG, SUMS, Config
from wgan.text import as_markdown, printable

__all__ = ["model_card"]


def model_card(
    config: Config,
    recipe: Recipe,
    evaluation: Judged | None,
    license: str,  # noqa: A002 - the hub's word
    *,
    critic: bool,
    picture: str,
) -> str:
    """The text of `README.md`, whose front matter is what a hub reads.

    Names that others chose, of data, columns and classes, are shown as they are and do nothing.

    Args:
        config: of the folder.
        recipe: the system.
        evaluation: of this generator, if there is one.
        license: of the weights.
        critic: whether the folder holds the critic.
        picture: the name of the picture of samples.
    """
    sections = [
        front_matter(recipe, config.data, license),
        f"# {as_markdown(f'{recipe.name} on {config.data.name}')}",
        summary(config, recipe),
        f"![What the generator makes]({picture})",
        use(config.data) + (CRITIC if critic else ""),
        "\n".join(["## Data", "", *about_data(config.data)]),
        "\n".join(["## How good it is", "", *quality(config, evaluation)]),
        limits(config.data),
        FILES + (CRITIC_FILE if critic else ""),
    ]
    return "\n\n".join(sections) + "\n"


USE = """## Use

```python
from wgan import Run

run = Run.open("path/of/this/folder")
{draw}
```

Or `wgan sample path/of/this/folder -n 64 --out {out}`. Weights are safetensors, the rest is text: nothing here
can execute."""
CRITIC = " `run.critic()` is the network that judged the samples while they were learned."
FILES = f"""## Files

`{CONFIG}` holds the complete recipe and the way between the model's units and the data's; `model.safetensors` the
moving average of the generator's weights; `{SUMS}` the sums of both, which `sha256sum --check {SUMS}` and opening the
folder check. This card is in no sum, and yours to edit."""
CRITIC_FILE = " `critic.safetensors` holds the critic, and has its sum there too."


def use(data: DataCard) -> str:
    """How to load it, in three lines."""
    mixed = data.encoding is not None
    draw = "rows = run.frame(64)  # a data frame of pandas" if mixed else "samples = run.sample(64)"
    return USE.format(draw=draw, out="rows.csv" if mixed else "samples.png")


def front_matter(recipe: Recipe, data: DataCard, license: str) -> str:  # noqa: A002 - the hub's word
    """The YAML that a hub reads."""
    tags = ["wgan", "gan", recipe.name, "image-generation" if len(data.shape) == 3 else "synthetic-data"]
    lines = ["---", "library_name: wgan", f"license: {quoted(license)}"]
    if len(data.shape) == 3:
        lines.append("pipeline_tag: unconditional-image-generation")
    return "\n".join([*lines, "tags:", *(f"- {quoted(tag)}" for tag in dict.fromkeys(tags)), "---"])


def quoted(text: str) -> str:
    """A string of JSON, which is one of YAML."""
    return json.dumps(printable(text), ensure_ascii=False)


def summary(config: Config, recipe: Recipe) -> str:
    """What it is, in a paragraph."""
    paper = as_markdown(recipe.paper)
    source = f" The system is that of {paper}." if paper else ""
    described = f": {as_markdown(recipe.summary)}" if recipe.summary else ""
    asked = "" if config.data.conditions is None else " and of a condition, one-hot over what it can be asked for"
    return (
        f"A generator trained by the recipe {as_markdown(recipe.name)} of `wgan`{described}.{source} It is the moving "
        f"average after {config.iteration:,} iterations, and makes a sample of {recipe.latent} standard normal numbers"
        f"{asked}."
    )


def about_data(data: DataCard) -> Iterator[str]:
    """What was learned."""
    yield f"- name: {as_markdown(data.name)}"
    yield f"- one sample: {sample_of(data)}"
    if data.columns is not None:
        yield f"- columns: {', '.join(as_markdown(name) for name in data.columns)}"
    yield f"- fingerprint of the part that was learned: `{data.fingerprint}`, held out: `{data.held_out}`"


def sample_of(data: DataCard) -> str:
    """What one sample is."""
    if len(data.shape) == 3:
        channels, height, width = data.shape
        black, white = data.scaling.bounds or (0.0, 1.0)
        kind = {1: "a grey image", 3: "a colour image"}.get(channels, f"an image of {channels} channels")
        return f"{kind}, {height} × {width} pixels from {black:g} (black) to {white:g} (white)"
    count = data.observed_shape[0]
    unit = "numbers, words, dates and empty cells" if data.encoding else as_markdown(data.scaling.unit)
    return f"a row of {count} column{'s' * (count != 1)}, {unit}"


def quality(config: Config, evaluation: Judged | None) -> Iterator[str]:
    """The metrics that were taken of this generator, or how to take them."""
    if evaluation is None or not evaluation.evaluation.scores:
        yield "It was not evaluated at this iteration. With its data, `wgan evaluate FOLDER --data DATA` does that."
        return
    yield f"On held-out data, at iteration {config.iteration:,}; *real data* is what as many real samples score."
    yield ""
    yield "| metric | value | real data | better | what it is |"
    yield "|---|--:|--:|---|---|"
    yield from map(row, evaluation.evaluation.scores)


def row(score: Score) -> str:
    """A line of the table."""
    floor = "" if score.floor is None else f"{score.floor:.4g}"
    unit = f" ({as_markdown(score.unit)})" if score.unit else ""
    name, title = as_markdown(score.name), as_markdown(score.title)
    return f"| {name} | {score.value:.4g} | {floor} | {score.better} | {title}{unit} |"


def limits(data: DataCard) -> str:
    """What it is not for."""
    lines = [
        "## What it is not for",
        "",
        "- It knows its training data alone: it shows what is frequent there, not what is rare, biases included.",
        "- Its samples are no evidence about the world, and no test data for a safety-critical system.",
    ]
    if len(data.shape) == 3:
        lines.append("- If the data shows people, its pictures can resemble them: do not pass them off as photographs.")
    else:
        lines += [
            "- It gives no guarantee of privacy: rows can equal rows of the training data (`--metrics copies` counts "
            f"them), and `{CONFIG}` holds the scale of every column.",
            "- No decision about a person may rest on its rows.",
        ]
    if data.encoding is not None:
        lines.append(
            f"- `{CONFIG}` lists categories and quantiles of the training data as they are: read it before sharing."
        )
    lines.append("- The licence above is of these weights; that of the data may forbid what it allows.")
    return "\n".join(lines)
