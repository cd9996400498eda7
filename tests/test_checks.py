"""What fields of a dataclass refuse, whatever arrives."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wgan.checks import Checked, Count, Few, Finite, Name, Natural, NotNegative, Positive, Rule, Share, choice
from wgan.errors import InputError


@dataclass(frozen=True)
class Fields(Checked):
    positive: Positive = 1.0
    weight: NotNegative = 0.0
    share: Share | None = None
    count: Count = 1
    natural: Natural = 0
    few: Few = 1
    finite: Finite = 0.0
    name: Name = "a"
    word: Annotated[str, choice("word", ("left", "right"))] = "left"
    pair: tuple[Share, Positive] = (0.0, 1.0)
    widths: Annotated[tuple[Count, ...], Rule("at least one", len)] = (1,)


@dataclass(frozen=True)
class Derived(Fields):
    weight: float = 2.0  # a new default, and the old rule


NAN, INF = float("nan"), float("inf")
REFUSED = {
    "positive": [0, -1, NAN, INF, "1", None, [1.0], 1j],
    "weight": [-1e-9, NAN, INF, -INF],
    "share": [-0.1, 1.1, NAN],
    "count": [0, -3, 2.5, NAN, True, "5", 2**31, 10**12, 10**5000],
    "natural": [-1, INF],
    "few": [0, 1001],
    "finite": [NAN, INF, "x"],
    "name": ["", "a\nb", "\x1b[31m", "x" * 300, 5],
    "word": ["lefft", "", 3, ["left"]],
    "pair": [(0.5,), (0.5, 1.0, 2.0), (2.0, 3.0), (0.5, NAN), 0.5, None],
    "widths": [(), (8, 0), (8, -1), 8, (10**12,)],
}


@pytest.mark.parametrize(
    ("field", "value"), [(f, v) for f, values in REFUSED.items() for v in values], ids=lambda _: ""
)
def test_one_line_says_what_is_wrong(field, value):
    with pytest.raises(InputError) as refused:
        Fields(**{field: value})
    (line,) = str(refused.value).splitlines()
    assert len(line) < 300
    assert line.isprintable()
    assert field in line
    assert "; expected " in line or "; nearest: left" in line or "; valid: left, right" in line


def test_a_new_default_keeps_the_rule():
    assert Derived().weight == 2.0
    with pytest.raises(InputError, match="Derived: weight is nan; expected zero or a positive number"):
        Derived(weight=NAN)


@given(st.floats() | st.integers() | st.text() | st.none() | st.lists(st.floats()))
def test_what_passes_is_what_was_promised(value):
    try:
        found = Fields(positive=value).positive
    except InputError:
        return
    assert 0 < found < INF
