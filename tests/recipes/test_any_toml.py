"""Whatever a TOML file or a command line holds is a recipe or one line that says what is wrong with it."""

import os
from dataclasses import fields, is_dataclass

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from wgan.catalogue import shipped
from wgan.errors import InputError
from wgan.recipes import Recipe, recipe_names

TABLE = shipped("wgan-gp")
GP = tomli_w.dumps(TABLE)


def one_line(make) -> str | None:
    """What a refusal says; None for a recipe, which then comes back from its own text."""
    try:
        recipe = make()
    except InputError as error:
        (line,) = str(error).splitlines()
        assert len(line) < 1500
        return line
    assert recipe.replace({}) == recipe
    assert recipe.to_toml()
    return None


def dotted(instance: object, prefix: str = "") -> list[str]:
    """The names of all fields of a recipe."""
    names = []
    for field in fields(instance):
        value, name = getattr(instance, field.name), prefix + field.name
        names.append(name)
        if is_dataclass(value):
            names += [f"{name}.type", *dotted(value, f"{name}.")]
        if field.name == "lipschitz":
            for entry in value:
                names += [
                    f"{name}.{type(entry).__name__}",
                    *(dotted(entry, f"{name}.{type(entry).__name__}.")),
                ]
    return names


FIELDS = [(name, field) for name in recipe_names() for field in dotted(Recipe.named(name))]
PLAIN = (
    st.booleans()
    | st.integers()
    | st.integers(-5, 5)
    | st.sampled_from([2**31, 10**12, -(10**20), 10**400])
    | st.floats()
    | st.text(max_size=300)
    | st.sampled_from(["none", "", "1,2,3", "GP", "MLP", "()", "[", ",", "auto", "nan", "inf", "-1", "9" * 5000])
    | st.datetimes()
    | st.dates()
    | st.times()
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.sampled_from(["type", "weight", "widths"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(FIELDS), VALUES)
def test_any_value_of_any_field(place, value):
    recipe, field = place
    one_line(lambda: Recipe.named(recipe, {field: value}))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.lists(st.sampled_from([*"..", "critic", "lipschitz", "GP", "x"])).map(".".join), PLAIN)
def test_any_name_of_a_field(name, value):
    one_line(lambda: Recipe.named("wgan-gp", {name: value}))


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([field for _, field in FIELDS]) | st.text(max_size=5), VALUES, max_size=6))
def test_any_table_as_a_file(tmp_path_factory, table):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    try:
        path.write_text(tomli_w.dumps(table))
    except (ValueError, UnicodeEncodeError):  # an integer too long, or half a character
        return
    one_line(lambda: Recipe.named(path))


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, len(GP) - 1),
    st.sampled_from([*'\n\0"[]{}=.,#', "[[", "\ud800"]) | st.characters(),
    st.integers(0, 9),
)
def test_any_damage_to_a_file(tmp_path_factory, at, put, skipped):
    path = tmp_path_factory.getbasetemp() / "damaged.toml"
    path.write_bytes((GP[:at] + put + GP[at + skipped :]).encode("utf-8", "surrogatepass"))
    one_line(lambda: Recipe.named(path))


@pytest.mark.parametrize(
    ("text", "message"),
    {
        "schedule = 5": "schedule is 5; expected a table with n_critic, warmup, refresh, long",
        "data = 5": "data is 5; expected a table with source",
        "loss = [1]": r"loss is \[1\]; expected the name of a loss, or a table whose `type` is one",
        "lipschitz = [[1]]": "lipschitz is .* expected the name of a Lipschitz method",
        "a = " + "{b = " * 900 + "1" + "}" * 900: "is not valid TOML",
        "[" + ".".join("a" * 900) + "]": "unknown field in the recipe 'a'",
        "x = " + "[" * 5000: "is not valid TOML",
        f"seed = {'9' * 5000}": "is not valid TOML",
        f"seed = {'9' * 500}": "seed is 999.*…",
        "latent = nan": "latent is nan",
        "batch = inf": "batch is inf",
        "final_lr = nan": "final_lr is nan; expected a share",
        "summary = 1979-05-27": "summary is datetime.date",
        'name = ""': "name is ''; expected a printable name",
        r'name = "\u001b[31m"': r"name is '\\x1b\[31m'; expected a printable name",
        f'name = "{"x" * 300}"': "expected a printable name of 1 to 100 characters",
        'loss = "GAN"\nloss = "GAN"': "is not valid TOML: .*",
        '"" = 1': "unknown field in the recipe ''",
        "small = 5": "has 5 for a table",
    }.items(),
)
def test_what_once_failed(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    others = {} if text[0] == "[" else {name: value for name, value in TABLE.items() if name != text.split(" ")[0]}
    path.write_text(f"{text}\n{tomli_w.dumps(others)}")
    with pytest.raises(InputError, match=message) as refused:
        Recipe.named(path, small=text.startswith("small"))
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("content", [b"\x00\xff\xfe", GP.encode("utf-16"), b"\x80", b"PK\x03\x04" + bytes(99)])
def test_what_is_no_text(tmp_path, content):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    assert "is not valid TOML" in one_line(lambda: Recipe.named(path))


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    with (tmp_path / "huge.toml").open("wb") as huge:
        huge.truncate(1 << 40)
    assert "pipe.toml is no file" in one_line(lambda: Recipe.named(tmp_path / "pipe.toml"))
    assert "folder.toml is no file" in one_line(lambda: Recipe.named(tmp_path / "folder.toml"))
    assert "huge.toml has more than" in one_line(lambda: Recipe.named(tmp_path / "huge.toml"))
    assert "No such file" in one_line(lambda: Recipe.named(tmp_path / "none.toml"))
    assert "File name too long" in one_line(lambda: Recipe.named("x" * 300 + ".toml"))
    assert "null" in one_line(lambda: Recipe.named("a\0.toml"))
    assert "unknown recipe" in one_line(lambda: Recipe.named("x" * 300))
    assert "expected a TOML file" in one_line(lambda: Recipe.named("/dev/zero/x.toml"))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("critic.widths", "", r"MLP: widths is \(\); expected at least one hidden layer"),
        ("critic.widths", str(10**12), "widths is .* expected 2,147,483,647 at most"),
        ("critic.widths", "-3", r"MLP: widths is \(-3,\); expected 1 or more"),
        ("latent", str(10**12), "latent is 1000000000000; expected 2,147,483,647 at most"),
        ("lipschitz.GP", "3", "lipschitz.GP is an entry of a list; name one of its fields too"),
        (".x", "1", "'.x' is no name of a field"),
        ("critic..widths", "1", "is no name of a field"),
        (".".join("a" * 999), "1", "is no name of a field"),
        ("critic_optimizer.betas", "2,3", r"Adam: betas is \(2.0, 3.0\); expected a share from 0 to below 1"),
        ("critic_optimizer.betas", "0.5", "betas is"),
        ("critic_optimizer.eps", "nan", "Adam: eps is nan"),
        ("critic_optimizer.weight_decay", "-1", "Adam: weight_decay is -1.0; expected zero or a positive number"),
        ("critic_optimizer.lr", "inf", "Adam: lr is inf; expected a positive number"),
        ("lipschitz.GP.weight", "inf", "GP: weight is inf; expected zero or a positive number"),
        ("lipschitz.GP.weight", "nan", "GP: weight is nan"),
        ("iterations", "0", "iterations is 0; expected 1 or more"),
        ("iterations", "1e99", "iterations is"),
        ("precision", "float", "unknown precision 'float'; nearest: float32"),
        ("batch", "1", "batch is 1; expected 2 or more samples"),
        ("loss", "x" * 300, "unknown loss in loss 'xxx.*…"),
    ],
)
def test_what_once_failed_on_a_command_line(name, value, message):
    with pytest.raises(InputError, match=message):
        Recipe.named("wgan-gp", {name: value})
