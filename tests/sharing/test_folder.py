"""Exported folders: what is in them, that they open again, and that nothing in them can be changed or harm."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from torch import nn

from running import command
from sharing.outgoing import untrained
from wgan.errors import InputError, NoIntactCheckpoint
from wgan.runs import Run
from wgan.sharing import export

ODD = "<img src=x onerror=alert(1)> [a](b) `c` *d*.csv"
TABLE = '"<b>age</b>",city|x,paid\n' + "".join(
    f"{20 + k % 37},{['Ulm', '[Rom](http://x)', '<i>Wien</i>'][k % 3]},{['yes', 'no'][k % 2]}\n" for k in range(120)
)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def run(place) -> Run:
    return untrained(place / "run", {"generator.widths": [8], "critic.widths": [8]})


@pytest.fixture(scope="module")
def folder(place, run) -> Path:
    export(run, place / "folder", critic=True, license="mit")
    return place / "folder"


@pytest.fixture(scope="module")
def table(place) -> Path:
    """The folder of a table whose names are full of marks."""
    (place / "tables").mkdir()
    (place / "tables" / ODD).write_text(TABLE)
    fields = {"generator.widths": [8], "critic.widths": [8]}
    export(untrained(place / "rows", fields, data=str(place / "tables" / ODD), recipe="table"), place / "shared-rows")
    return place / "shared-rows"


def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def resealed(folder: Path, **contents: bytes) -> None:
    """Changes files and the sums with them, as a forger would."""
    for name, content in contents.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    names = [line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()]
    sums = "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (folder / "SHA256SUMS").write_text(sums)


def test_a_folder_holds_numbers_and_text_and_their_sums(folder):
    names = {"README.md", "SHA256SUMS", "config.json", "critic.safetensors", "model.safetensors", "samples.png"}
    assert {path.name for path in folder.iterdir()} == names
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    config = json.loads((folder / "config.json").read_text())
    assert config["library_name"] == "wgan" and config["recipe"]["latent"] == 6 and config["data"]["shape"] == [1, 8, 8]


def test_the_command_samples_and_evaluates_a_folder_as_its_run(folder, run, tmp_path, capsys):
    for source, out in ((folder, "a.npy"), (run.path, "b.npy")):
        assert command(capsys, "sample", source, "-n", "20", "--out", tmp_path / out).code == 0
    assert np.array_equal(np.load(tmp_path / "a.npy"), np.load(tmp_path / "b.npy"))
    scores = [command(capsys, "evaluate", source, "-n", "50", "--json").out for source in (folder, run.path)]
    first, second = (json.loads(text)["evaluation"]["scores"] for text in scores)
    assert {n: s["value"] for n, s in first.items()} == {n: s["value"] for n, s in second.items()} and first


def test_a_folder_is_a_side_of_a_distance(folder, run, capsys):
    said = command(capsys, "distance", run.path, folder, "--method", "energy", "-n", "50", "--json")
    assert said.code == 0 and "64" in said.out


def test_a_table_comes_back_as_rows_and_is_evaluated_with_its_data(table, place, tmp_path, capsys):
    assert command(capsys, "sample", table, "-n", "5", "--out", tmp_path / "rows.csv").code == 0
    assert (tmp_path / "rows.csv").read_text().splitlines()[0] == '"<b>age</b>","city|x","paid"'
    said = command(capsys, "evaluate", table)
    assert said.code == 2 and "cannot be opened" in said.err and "say where it lies by --data" in said.err
    said = command(capsys, "evaluate", table, "--data", place / "tables" / ODD, "--metrics", "shapes")
    assert said.code == 0 and "shapes" in said.out
    (tmp_path / "other.csv").write_text(TABLE.replace("Ulm", "Bonn"))
    said = command(capsys, "evaluate", table, "--data", tmp_path / "other.csv")
    assert said.code == 2 and "had the fingerprint" in said.err


def test_the_card_shows_names_as_they_are_and_lets_them_do_nothing(table, place):
    text = (table / "README.md").read_text()
    _, front, body = text.split("---\n", 2)
    assert yaml.safe_load(front)["license"] == "unknown"
    assert "<img" not in body and "<b>" not in body and "<i>" not in body
    assert not re.search(r"(?<!\\)\[(?!What the generator makes\])", body)
    assert r"&lt;img src=x onerror=alert(1)&gt; \[a\](b) \`c\` \*d\*.csv" in body and r"city\|x" in body
    assert str(place) not in text + (table / "config.json").read_text()  # where the data lies is nobody's business
    assert "guarantee of privacy" in body and "categories and quantiles" in body


def test_the_export_of_a_table_says_what_it_tells_of_the_data(table, tmp_path, place, capsys):
    said = command(capsys, "export", place / "rows", tmp_path / "again")
    assert said.code == 0 and "config.json holds categories and quantiles of" in said.out
    assert "rows = run.frame(64)" in (tmp_path / "again" / "README.md").read_text()


def test_the_card_of_images_states_licence_and_limits(folder):
    text = (folder / "README.md").read_text()
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["license"] == "mit" and front["library_name"] == "wgan"
    assert front["pipeline_tag"] == "unconditional-image-generation"
    assert "Run.open(" in text and "What it is not for" in text and "8 × 8 pixels" in text
    assert "not evaluated at this iteration" in text


def test_the_card_of_an_evaluated_run_has_its_metrics(tmp_path, capsys):
    run, folder = tmp_path / "run", tmp_path / "folder"
    small = ["--generator.widths", "8", "--critic.widths", "8", "--iterations", "2", "--evaluate_every", "2"]
    assert command(capsys, "train", "wgan-gp", "--data", "digits", "--out", run, *small).code == 0
    assert command(capsys, "export", run, folder).code == 0
    score = Run.open(run).history.records[-1].score("w1")
    assert score is not None and f"| {score.value:.4g} | {score.floor:.4g} |" in (folder / "README.md").read_text()
    assert Run.open(folder).history.records[-1].score("w1") == score


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "critic.safetensors"])
def test_a_changed_file_is_refused_in_one_line(name, folder, tmp_path, capsys):
    changed = copied(folder, tmp_path)
    content = bytearray((changed / name).read_bytes())
    content[len(content) // 2] ^= 1
    (changed / name).write_bytes(content)
    said = command(capsys, "sample", changed, "--out", tmp_path / "x.png")
    assert said.code == 4 and f"{name} does not match its SHA-256" in said.err and said.err.count("\n") == 1
    (changed / name).unlink()
    said = command(capsys, "sample", changed, "--out", tmp_path / "x.png")
    assert said.code in (2, 4) and said.err.count("\n") == 1 and not (tmp_path / "x.png").exists()


def test_a_card_may_be_edited(folder, tmp_path):
    edited = copied(folder, tmp_path)
    (edited / "README.md").write_text("mine")
    assert Run.open(edited).sample(2).shape == (2, 1, 8, 8)


def test_the_links_of_a_hubs_cache_are_followed(folder, tmp_path, run):
    (tmp_path / "snapshot").mkdir()
    for file in folder.iterdir():
        (tmp_path / "snapshot" / file.name).symlink_to(file)
    assert torch.equal(Run.open(tmp_path / "snapshot").sample(3), run.sample(3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c | {"form": 2}, "form"),
        (lambda c: c | {"library_name": "other"}, "library_name"),
        (lambda c: c | {"data": c["data"] | {"shape": [1, 7, 7]}}, "does not fit"),
        (lambda c: {name: c[name] for name in ("library_name", "form")}, "missing required field"),
        (lambda c: c | {"recipe": c["recipe"] | {"generator": "Nothing"}}, "is not one of this version"),
        (lambda c: c | {"recipe": c["recipe"] | {"latent": 5}}, "does not fit"),
        (lambda c: c | {"recipe": c["recipe"] | {"latent": 2 * 10**9}}, "weights of .* bytes in a file of"),
    ],
)
def test_a_forged_config_is_refused_in_one_line(change, message, folder, tmp_path):
    forged = copied(folder, tmp_path)
    config = change(json.loads((forged / "config.json").read_text()))
    resealed(forged, config_json=json.dumps(config).encode())
    with pytest.raises((InputError, NoIntactCheckpoint), match=message) as said:
        Run.open(forged)
    assert "\n" not in str(said.value)


def test_weights_that_are_no_safetensors_are_refused(folder, tmp_path):
    forged = copied(folder, tmp_path)
    resealed(forged, model_safetensors=b"\x80\x04\x95 a pickle, say")
    with pytest.raises(NoIntactCheckpoint, match="cannot be used"):
        Run.open(forged)


def test_sums_of_other_files_are_refused(folder, tmp_path):
    forged = copied(folder, tmp_path)
    sums = (forged / "SHA256SUMS").read_text()
    (forged / "SHA256SUMS").write_text(sums + f"{'0' * 64}  ../../etc/passwd\n")
    with pytest.raises(NoIntactCheckpoint, match="is about .*expected"):
        Run.open(forged)
    (forged / "SHA256SUMS").write_text("nothing")
    with pytest.raises(NoIntactCheckpoint, match="holds no list of SHA-256 sums"):
        Run.open(forged)


def test_a_folder_has_one_generator_and_no_records(folder, place, run, capsys):
    said = command(capsys, "sample", folder, "--best")
    assert said.code == 2 and "is an exported model of iteration 0 alone" in said.err
    with pytest.raises(InputError, match="without the records of its training"):
        _ = Run.open(folder).metrics
    export(run, place / "no-critic")
    with pytest.raises(InputError, match="was exported without its critic; export the run again with --critic"):
        Run.open(place / "no-critic").critic()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["NOWHERE", "a.onnx"], "is no run directory"),
        (["RUN", "a.pth"], ".pth is not known; expected .onnx or .pt2, or no suffix for a folder"),
        (["RUN", "RUN"], "exists; choose another place"),
        (["RUN", "FILE.onnx"], "exists; choose another place"),
        (["RUN", "FILE.onnx/a"], "cannot write"),
        (["RUN", "a.onnx", "--iteration", "7"], "no checkpoint of iteration 7"),
    ],
)
def test_mistakes_are_told_in_one_line(arguments, message, run, tmp_path, capsys):
    (tmp_path / "file.onnx").write_text("mine")
    places = {"RUN": run.path, "NOWHERE": tmp_path / "nowhere", "FILE.onnx": tmp_path / "file.onnx"}
    places |= {"FILE.onnx/a": tmp_path / "file.onnx" / "a", "a.onnx": tmp_path / "a.onnx", "a.pth": tmp_path / "a.pth"}
    said = command(capsys, "export", *(places.get(word, word) for word in arguments))
    assert said.code == 2 and message in said.err and said.err.count("\n") == 1
    assert (tmp_path / "file.onnx").read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


def test_a_run_without_checkpoint_is_not_exported(run, tmp_path, capsys):
    bare = Path(shutil.copytree(run.path, tmp_path / "bare"))
    shutil.rmtree(bare / "checkpoints" / "000000000")
    said = command(capsys, "export", bare, tmp_path / "out")
    assert said.code == 4 and "no intact checkpoint" in said.err and not (tmp_path / "out").exists()


@pytest.mark.parametrize("missing", ["onnx", "onnxruntime", "onnxscript"])
def test_what_is_not_installed_is_named(missing, run, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, missing, None)
    with pytest.raises(InputError, match=rf"needs {missing}; install it by: pip install 'wgan\[onnx\]'"):
        export(run, tmp_path / "a.onnx")


class Forked(nn.Module):
    """Goes by the numbers that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(64))

    def forward(self, x):
        return x * self.weight if x.sum() > 0 else -x


class Bessel(nn.Module):
    """An operator that ONNX lacks."""

    def forward(self, x):
        return torch.special.bessel_j0(x)


def own(layer: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Linear(6, 64), nn.Sequential(nn.ReLU(), layer), nn.Unflatten(1, (1, 8, 8)))


def test_a_branch_on_numbers_is_refused_by_the_layers_name(tmp_path, capfd):
    run = untrained(tmp_path / "run", generator=own(Forked()))
    for name in ("a.onnx", "a.pt2"):
        with pytest.raises(InputError, match=r"cannot take layer generator\.1\.1 \(Forked\): .*; rewrite it without"):
            export(run, tmp_path / name)
    with pytest.raises(InputError, match=r"a generator of your own, which no recipe builds; export it to a .onnx or"):
        export(run, tmp_path / "a")
    said = capfd.readouterr()
    assert not said.out and not said.err  # what the exporters say of themselves
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_operator_that_onnx_lacks_is_named_and_pt2_takes_it(tmp_path, capfd):
    run = untrained(tmp_path / "run", generator=own(Bessel()))
    with pytest.raises(InputError, match=r"no counterpart of layer generator\.1\.1 \(Bessel\): .*bessel.*\.pt2 file"):
        export(run, tmp_path / "a.onnx")
    export(run, tmp_path / "a.pt2")
    said = capfd.readouterr()
    assert not said.out and not said.err


def test_your_own_critic_is_given_to_leave(tmp_path):
    critic = nn.Sequential(nn.Flatten(), nn.Linear(64, 1), nn.Flatten(0))
    run = untrained(tmp_path / "run", critic=critic)
    with pytest.raises(InputError, match="trained a critic of your own"):
        export(run, tmp_path / "a.pt2", critic=True)
    with pytest.raises(InputError, match="trained a critic of your own"):
        export(run, tmp_path / "folder", critic=True)
    assert export(run, tmp_path / "a.pt2", critic=critic).network == "critic"


def test_rows_keep_the_precision_of_their_units(tmp_path):
    rows = (
        1.7e9 + 1e-3 * torch.arange(200.0, dtype=torch.float64)[:, None]
    )  # times, which single precision rounds to minutes
    np.save(tmp_path / "times.npy", rows.numpy())
    run = untrained(tmp_path / "run", {"generator.widths": [8]}, data=str(tmp_path / "times.npy"))
    export(run, tmp_path / "a.pt2")
    latents = torch.randn(5, 6)
    found = torch.export.load(tmp_path / "a.pt2").module()(latents)
    assert found.dtype == torch.float64
    assert torch.allclose(found, run.card.units.decode(run.generator(latents)), rtol=0, atol=1e-6)


def test_the_encoding_of_a_table_leaves_with_its_noise_as_an_input(table, place):
    runtime = pytest.importorskip("onnxruntime")
    run = Run.open(table)
    export(run, place / "rows.onnx")
    session = runtime.InferenceSession(str(place / "rows.onnx"), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["latent", "noise"]
    notes = session.get_modelmeta().custom_metadata_map
    assert notes["wgan.encoding"].startswith("(batch, ") and "city|x" in notes["wgan.columns"]
    latent, noise = torch.randn(9, run.recipe.latent), torch.rand(9, session.get_inputs()[1].shape[1])
    (found,) = session.run(None, {"latent": latent.numpy(), "noise": noise.numpy()})
    expected = run.generator[-1].drawn(run.generator[:-1](latent), noise)
    assert np.abs(found - expected.numpy()).max() < 1e-5
