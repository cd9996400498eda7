"""`wgan recipes`."""

import json as json_text
from dataclasses import asdict

from wgan.cli.app import app
from wgan.cli.options import Flag
from wgan.text import paragraph

__all__ = ["recipes"]


@app.command
def recipes(name: str | None = None, /, *, json: Flag = False) -> None:
    """List the named systems, or print one as TOML to copy and edit.

    Parameters
    ----------
    name
        Of one recipe.
    json
        Print one JSON object on stdout, and nothing else there.
    """
    from wgan.catalogue import entries

    if name is not None:
        from wgan.recipes import Recipe

        recipe = Recipe.named(name)
        text = json_text.dumps({"schema": 1, "recipe": recipe.to_table()}) if json else recipe.to_toml()
        print(paragraph(text.rstrip("\n").split("\n")))
    elif json:
        print(json_text.dumps({"schema": 1, "recipes": [asdict(entry) for entry in entries()]}))
    else:
        for entry in entries():
            print(f"{entry.name:<22}{entry.summary}\n{'':<22}{entry.paper} {entry.url}")
