"""Pictures of tables: what differs most, real beside generated, whatever the columns hold."""

import io
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from PIL import Image

from wgan.errors import FigureFailed
from wgan.report import Chosen, Column, table_figure
from wgan.report.levels import LETTERS, MOST, Levels
from wgan.report.tables import drawn

DAY = 86400.0
LONG = tuple(f"the county of the {k}th very long name of a place" for k in range(40))
COLUMNS = (
    Column("age"),
    Column("a name of a column that is much too long for any panel of any picture", LONG),
    Column("since", moments=True),
    Column("cost in $ and $", ("a$b$", "")),
    Column("siblings"),
)


def table(n, seed):
    rng = np.random.default_rng(seed)
    age = np.where(rng.random(n) < 0.2, np.nan, rng.normal(40, 12, n))
    parts = [age, rng.integers(0, 40, n), rng.integers(0, 900, n) * DAY, rng.integers(0, 2, n), rng.integers(0, 5, n)]
    return torch.from_numpy(np.stack(parts, 1).astype(float))


REAL, FAKE = table(500, 1), table(500, 2)
CHOSEN = Chosen.compared({0: 0.5, 1: 0.6, 2: 0.7, 3: 0.8, 4: 0.9}, {(0, 1): 0.1, (1, 2): 0.2, (2, 3): 0.3})


def figure(columns, tables, chosen):
    """A laid out figure."""
    made = drawn(columns, {name: part.numpy() for name, part in tables.items()}, chosen, "a table")
    made.canvas.draw()
    return made


@pytest.fixture
def texts(monkeypatch):
    """All that is written on figures, once they are drawn."""
    found, draw = {}, Text.draw

    def recorded(text, *args, **options):
        if text.get_visible() and text.get_text().strip():
            found[id(text)] = text
        return draw(text, *args, **options)

    monkeypatch.setattr(Text, "draw", recorded)
    return found


def panels(made):
    return [plane for part in made.subfigs for plane in part.axes if plane.get_label() != "<colorbar>"]


def drawn_bytes(columns, tables, **options):
    file = io.BytesIO()
    table_figure(columns, tables, file, title="a table", **options)
    return file.getvalue()


def test_the_least_alike_come_first_with_their_likeness_and_empty_cells():
    made = figure(COLUMNS, {"real": REAL, "generated": FAKE}, CHOSEN)
    titles = [plane.get_title() for plane in panels(made)]
    empty = [f"{float(part[:, 0].isnan().double().mean()):.1%}".replace("%", " %") for part in (REAL, FAKE)]
    assert titles[0].split("\n")[:2] == ["age: likeness 0.500", f"empty: {empty[0]} real, {empty[1]} generated"]
    assert titles[2].startswith("since: likeness 0.700")
    assert titles[5:] == ["real", "generated: likeness 0.100", "real", "generated: likeness 0.300"]
    assert "5 of 5 columns, least alike first" in made.get_suptitle()


def test_bars_are_the_shares_of_both():
    made = figure(COLUMNS, {"real": REAL, "generated": FAKE}, Chosen(((4, 0.9),), ()))
    (plane,) = panels(made)
    assert [label.get_text() for label in plane.get_yticklabels()] == ["0", "1", "2", "3", "4"]
    widths = [[bar.get_width() for bar in bars] for bars in plane.containers]
    for found, part in zip(widths, (REAL, FAKE), strict=True):
        assert np.allclose(found, 100 * np.bincount(part[:, 4].long()) / len(part))


def test_a_contingency_table_holds_the_shares_of_its_rows():
    made = figure(COLUMNS, {"real": REAL, "generated": FAKE}, Chosen(((4, 0.9),), (((3, 4), 0.5),)))
    for plane, part in zip(panels(made)[1:], (REAL, FAKE), strict=True):
        counts = np.zeros((2, 5))
        np.add.at(counts, (part[:, 3].long().numpy(), part[:, 4].long().numpy()), 1)
        assert np.allclose(plane.images[0].get_array(), 100 * counts / len(part))


@pytest.mark.parametrize("many", [1, 2, 5, 30])
def test_no_two_texts_overlap_and_all_can_be_read(many, texts):
    columns = [Column(f"{COLUMNS[1].name} {k}", LONG) if k % 3 else Column(f"amount {k}") for k in range(many)]
    noise = np.random.default_rng(1).normal(0, 1, (2, 400, many)) * (np.arange(many) % 3 == 0)
    parts = np.random.default_rng(0).integers(0, 40, (2, 400, many)) + noise
    parts = [torch.from_numpy(np.where(part < 3, np.nan, part)) for part in parts]
    parts = [part * torch.where(torch.arange(many) % 6 == 3, -1e4, 1) for part in parts]
    pairs = {(k, k + 1): 0.5 for k in range(many - 1)}
    chosen = Chosen.compared(dict.fromkeys(range(many), 0.5), pairs)
    made = figure(columns, {"real": parts[0], "generated": parts[1]}, chosen)
    boxes = [(text.get_text(), text.get_window_extent().shrunk(0.98, 0.9)) for text in texts.values()]
    width, height = made.canvas.get_width_height()
    assert min(text.get_fontsize() for text in texts.values()) >= 8
    for k, (said, box) in enumerate(boxes):
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1, said
        assert not [(said, other) for other, place in boxes[k + 1 :] if box.overlaps(place)]
    assert len(panels(made)) <= 12


def test_the_same_rows_give_the_same_bytes():
    tables = {"real": REAL, "generated": FAKE}
    assert drawn_bytes(COLUMNS, tables, chosen=CHOSEN) == drawn_bytes(COLUMNS, tables, chosen=CHOSEN)


def test_rows_alone_show_pairs_that_depend_on_each_other():
    rows = FAKE.clone()
    rows[:, 3] = (rows[:, 4] > 1).double()
    assert Chosen.alone(COLUMNS, rows.numpy()).pairs[0] == ((3, 4), None)
    made = figure(COLUMNS, {"generated": rows}, Chosen.alone(COLUMNS, rows.numpy()))
    assert [plane.get_title() for plane in panels(made)][-2:] == ["generated", "generated"]
    assert Image.open(io.BytesIO(drawn_bytes(COLUMNS, {"generated": rows}))).size[0] == 1300


@pytest.mark.parametrize("step", [DAY * 365, DAY * 20, DAY, 3600.0, 300.0, 20.0])
def test_dates_are_dates(step):
    moments = torch.arange(900, dtype=torch.float64)[:, None] * step
    column = Column("since", moments=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (plane,) = panels(figure([column], {"real": moments, "generated": moments}, Chosen(((0, 1.0),), ())))
    assert type(plane.xaxis.get_major_formatter()).__name__ == "ConciseDateFormatter"
    assert column.label(0.0) == "1970-01-01"
    assert column.label(30_600.0) == "08:30:00"


@pytest.mark.parametrize("moments", [False, True])
@pytest.mark.parametrize("scale", [1e-310, 1e9, 1e11, 1e99, 1e101, 1.7e308])
def test_amounts_of_any_size_are_drawn(scale, moments):
    rows = torch.linspace(-1, 1, 50, dtype=torch.float64)[:, None] * scale
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chosen = Chosen(((0, 1.0),), ())
        assert drawn_bytes([Column("odd", moments=moments)], {"real": rows, "generated": rows / 2}, chosen=chosen)


ODD = st.one_of(
    st.floats(allow_nan=True, allow_infinity=False),
    st.sampled_from([0.0, 1.7e308, -1.7e308, 5e-324, 253402300799.0, np.nan]),
)


@given(cells=st.lists(ODD, min_size=1, max_size=30), kind=st.sampled_from(["amounts", "moments", "labels"]))
@settings(max_examples=12, deadline=None)
def test_whatever_a_column_holds_is_drawn(cells, kind):
    column = np.array(cells)
    if kind == "labels":
        column = np.where(np.isnan(column), np.nan, np.abs(column) % 30 // 1)
    rows = torch.from_numpy(np.stack([column, np.arange(len(column)) % 2], 1))
    columns = [Column("odd", LONG if kind == "labels" else None, kind == "moments"), Column("even", ("x", "y"))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chosen = Chosen.compared({0: 0.5, 1: 1.0}, {(0, 1): 0.5})
        assert drawn_bytes(columns, {"real": rows, "generated": rows.flip(0)}, chosen=chosen)


@given(cells=st.lists(st.floats(-1e6, 1e6) | st.just(np.nan), min_size=1, max_size=60), amounts=st.booleans())
@settings(deadline=None)
def test_levels_are_few_short_and_hold_every_cell(cells, amounts):
    column = np.array(cells) if amounts else np.abs(np.array(cells)) % 40 // 1
    levels = Levels.of(Column("a", None if amounts else LONG), [column, column[::-1]])
    assert len(levels.labels) <= MOST + 1
    assert all(len(label) <= LETTERS for label in levels.labels)
    assert [float(shares.sum()) for shares in levels.shares()] == pytest.approx([1, 1])
    assert (levels.codes[0] == levels.codes[1][::-1]).all()
    hollow = len(levels.labels) - 1 if np.isnan(column).any() else -1
    assert ((levels.codes[0] == hollow) == np.isnan(column)).all()


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(FigureFailed, match=r"cannot draw the figure: "):
        drawn_bytes(COLUMNS, {"real": REAL[:, :2], "generated": FAKE}, chosen=CHOSEN)
