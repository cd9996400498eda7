"""A data frame in, a data frame out: learns a table of dates, words, numbers and empty cells, and makes rows of it."""

import argparse

import numpy as np
import pandas as pd

import wgan

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--out", default=None)
parser.add_argument("--iterations", type=int, default=600)
arguments = parser.parse_args()

rng = np.random.default_rng(0)
city = rng.choice(["Oslo", "Rome", "Lima"], 600, p=[0.5, 0.3, 0.2])
warm = np.round(np.select([city == "Oslo", city == "Rome"], [6.0, 16.0], 20.0) + rng.normal(0, 2, 600), 1)
day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, 600), unit="D")
frame = pd.DataFrame({"day": day, "city": city, "degrees": pd.Series(warm).mask(rng.random(600) < 0.1)})

run = wgan.train("table", frame, arguments.out, iterations=arguments.iterations, batch=256)
made = run.frame(2000)
print(made.head())
print(made.groupby("city")["degrees"].agg(["count", "mean"]).round(1))
