"""The README's table of systems is all of them, with the scores of the documents."""

import re
from pathlib import Path

from wgan.catalogue import entries

ROOT = Path(__file__).parents[1]
ROWS = {
    name: (what, paper, year, url, digits.strip(), mnist.strip())
    for name, what, paper, year, url, digits, mnist in re.findall(
        r"^\| `([\w-]+)` \| (.+) \| \[(.+) (\d{4})\]\((\S+)\) \| ?(.*) \| ?(.*) \|$",
        (ROOT / "README.md").read_text(),
        re.MULTILINE,
    )
}


def test_every_system_is_listed_with_its_paper():
    assert list(ROWS) == [entry.name for entry in entries()]
    for entry in entries():
        what, authors, year, url, *_ = ROWS[entry.name]
        assert what.lower() == entry.summary.lower()
        assert entry.paper.startswith(re.split(r", | & | et al", authors)[0])
        assert f" {year}, " in entry.paper
        assert url == entry.url


def test_scores_are_those_that_were_measured():
    measured = dict(
        re.findall(
            r"`wgan train (\S+) --small --data mnist[^`]*` \| [\d,]+ \| [\d.]+ \| ([\d.]+) \|",
            (ROOT / "docs/systems.md").read_text(),
        )
    )
    assert {name: row[-1] for name, row in ROWS.items() if row[-1]} == measured
    assert len(measured) == 8
