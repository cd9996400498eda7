"""Figures of any numbers and names; what cannot be drawn is said by one kind of error."""

import io
import os
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from wgan.errors import FigureFailed
from wgan.report import sample_figure
from wgan.report.vectors import Axis, short

RNG = torch.Generator().manual_seed(0)
NUMBERS = torch.rand(80, 2, generator=RNG, dtype=torch.float64)


def drawn(real: Tensor, fake: Tensor, **options: object) -> np.ndarray:
    file = io.BytesIO()
    sample_figure(real, fake, file, **{"title": "numbers", "unit": "data units", **options})
    return np.asarray(Image.open(file).convert("RGB")).astype(int)


def reds(picture: np.ndarray) -> int:
    """Pixels of the generated samples' colour, below the legend."""
    picture = picture[120:]
    return int(((picture[..., 0] - picture[..., 1] > 60) & (picture[..., 0] - picture[..., 2] > 60)).sum())


@pytest.mark.parametrize("features", [1, 2])
@pytest.mark.parametrize(
    ("offset", "scale"),
    [(0, 1), (1e4, 0.01), (1.7e9, 3600), (1e12, 1), (-1e16, 40), (0, 1e30), (0, 1e-30), (5, 0), (0, 0), (1e12, 0)],
)
def test_samples_are_seen_at_any_offset_and_scale(features, offset, scale):
    samples = offset + scale * NUMBERS[:, :features]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = drawn(samples, samples)
    assert reds(picture) > (100 if scale else 2)


@given(low=st.floats(-1e12, 1e12), spread=st.floats(1e-30, 1e30), features=st.integers(1, 2), few=st.integers(1, 5))
@settings(max_examples=10, deadline=None)
def test_whatever_spread_is_drawn(low, spread, features, few):
    samples = low + spread * NUMBERS[:few, :features]
    drawn(samples, samples + spread)


def test_an_axis_counts_from_a_round_number_near_by():
    times = 1_700_000_002.5 + torch.arange(0, 3600, 18.0, dtype=torch.float64)[:, None]
    axis = Axis.of(times, 0, "ts", "s")
    assert axis.label == "ts − 1700000000 (s)" and axis.origin == 1.7e9
    assert torch.equal(axis(times) + axis.origin, times[:, 0])
    assert axis.low < axis(times).min() and axis(times).max() < axis.high
    assert Axis.of(times - 1.7e9, 0, "ts", "s").label == "ts (s)"


@pytest.mark.parametrize("scale", [1e300, 1e-300, 5e-324, 1.7e308])
def test_spreads_that_matplotlib_cannot_draw_are_refused(scale):
    samples = torch.tensor([[-scale], [scale]], dtype=torch.float64)
    with pytest.raises(FigureFailed, match="cannot draw the figure: price spreads over .*; a figure shows 1e-100 to"):
        drawn(samples, samples, columns=["price"])


def test_samples_that_are_not_finite_are_left_out_with_a_line():
    broken = NUMBERS.clone()
    broken[:30, 0], broken[30, 1] = float("nan"), float("inf")
    with pytest.warns(UserWarning, match="31 of 80 generated samples are NaN or infinite, not drawn"):
        drawn(NUMBERS, broken)
    with (
        pytest.warns(UserWarning, match="80 of 80 generated"),
        pytest.raises(FigureFailed, match="cannot draw the figure: no generated sample is finite"),
    ):
        drawn(NUMBERS, NUMBERS * float("nan"))


def test_samples_outside_are_counted_in_the_legend(monkeypatch):
    labels = []
    from matplotlib.axes import Axes

    whole = Axes.scatter
    monkeypatch.setattr(Axes, "scatter", lambda *a, **k: labels.append(k["label"]) or whole(*a, **k))
    drawn(NUMBERS, torch.cat([NUMBERS[:60], NUMBERS[60:] + 9]))
    assert labels == ["real", "generated (20 of 80 outside)"]


def test_names_are_on_the_axes_and_never_read_as_mathematics(monkeypatch):
    seen = []
    from matplotlib.axes import Axes

    for name in ("set_xlabel", "set_ylabel", "set_title"):
        whole = getattr(Axes, name)
        monkeypatch.setattr(Axes, name, lambda *a, _w=whole, **k: seen.append((a[1], k)) or _w(*a, **k))
    drawn(NUMBERS, NUMBERS, columns=["$\\frac{", "a\n[/x]"], title="$x\x1b[2J" + "y" * 300)
    texts = [text for text, _ in seen]
    assert texts[0] == "$\\frac{ (data units)" and texts[1] == "a\\n[/x] (data units)"
    assert texts[2].startswith("$x\\u001b[2Jyyy") and len(texts[2]) <= 64
    assert all(options == {"parse_math": False} for _, options in seen)


def test_letters_that_the_font_lacks_are_said_once():
    with pytest.warns(UserWarning, match="the figure's font lacks some letters of the names") as said:
        drawn(NUMBERS, NUMBERS, columns=["年齢", "収入"])
    assert len(said) == 1


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_of_any_title_and_number(channels):
    real, fake = torch.rand(64, channels, 8, 8, generator=RNG), torch.rand(5, channels, 8, 8, generator=RNG)
    assert drawn(real, fake, title="$\n日本[/x]\x1b").shape[1] > 800


def test_a_figure_is_written_whole_through_no_link(tmp_path, monkeypatch):
    victim, path = tmp_path / "victim", tmp_path / "figure.png"
    victim.write_text("mine")
    path.symlink_to(victim)
    sample_figure(NUMBERS, NUMBERS, path, title="t", unit="u")
    assert victim.read_text() == "mine" and not path.is_symlink() and Image.open(path).size == (600, 600)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FigureFailed, match="cannot draw .*other.png: .*No space left on device"):
        sample_figure(NUMBERS, NUMBERS, tmp_path / "other.png", title="t", unit="u")
    assert sorted(os.listdir(tmp_path)) == ["figure.png", "victim"]


def test_short_keeps_both_ends():
    assert short("a" * 50 + "b" * 50, 11) == "aaaaa…bbbbb" and short("abc", 3) == "abc"
