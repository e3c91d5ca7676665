"""One LightGBM head: fitted on rows divided by their series' level, averaged over seeds, kept as text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from include.demand.forecaster.config import DemandConfig

if TYPE_CHECKING:
    import lightgbm

CHUNK = 200_000  # rows predicted at a time


@dataclass
class Rows:
    """Training rows: matrix float32 [m, F] with column names; target in levels; weight; level in units a day."""

    matrix: np.ndarray
    names: list[str]
    target: np.ndarray
    weight: np.ndarray
    level: np.ndarray


@dataclass
class Head:
    """Boosters (one a seed) over named features; predicts in levels."""

    names: list[str]
    boosters: list[lightgbm.Booster]
    threads: int = 2

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """Mean of the boosters, float64 [m], in levels and not below zero."""
        out = np.zeros(len(matrix))
        for start in range(0, len(matrix), CHUNK):
            part = slice(start, start + CHUNK)
            for booster in self.boosters:
                out[part] += np.asarray(booster.predict(matrix[part], num_threads=self.threads))
        return np.maximum(out / len(self.boosters), 0.0)

    def importance(self) -> dict[str, float]:
        """Share of the gain that each feature brought."""
        gain = np.mean([b.feature_importance("gain") for b in self.boosters], axis=0)
        share = gain / gain.sum() if gain.sum() > 0 else gain
        return dict(sorted(zip(self.names, share.round(5).tolist(), strict=True), key=lambda kv: -kv[1]))

    def save(self, folder: Path, name: str) -> None:
        """Writes {name}.{seed}.txt in LightGBM's own text format."""
        for seed, booster in enumerate(self.boosters):
            (folder / f"{name}.{seed}.txt").write_text(booster.model_to_string(), encoding="utf-8")

    @staticmethod
    def load(folder: Path, name: str, threads: int) -> Head:
        """The head that save() wrote."""
        import lightgbm as lgb

        files = sorted(folder.glob(f"{name}.*.txt"), key=lambda file: int(file.suffixes[-2][1:]))
        if not files:
            raise FileNotFoundError(f"{folder}: no model {name}.0.txt")
        boosters = [lgb.Booster(model_str=file.read_text(encoding="utf-8")) for file in files]
        return Head(boosters[0].feature_name(), boosters, threads)


class Fitter:
    """Bins the rows once and fits any number of heads on them."""

    def __init__(self, rows: Rows, config: DemandConfig) -> None:
        import lightgbm as lgb

        self.config = config
        self.names = rows.names
        classes = [name for name in rows.names if name.startswith("is_")]
        self.parameters: dict[str, Any] = {
            "max_bin": 63,
            "num_threads": config.threads,
            "verbosity": -1,
            "deterministic": True,
            "force_col_wise": True,
            "feature_pre_filter": False,
            "min_data_in_leaf": config.min_leaf,
            "num_leaves": config.leaves,
            "learning_rate": config.learning_rate,
            "feature_fraction": 0.5,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "cat_smooth": 50.0,
            "min_data_per_group": config.min_leaf,
            "max_cat_to_onehot": 4,
        }
        # LightGBM takes negative category codes for missing and says so on every call: give it NaN instead.
        matrix = rows.matrix
        self.data = lgb.Dataset(
            matrix,
            rows.target,
            weight=rows.weight,
            feature_name=rows.names,
            categorical_feature=classes,
            params=self.parameters,
            free_raw_data=True,
        ).construct()

    def fit(self, objective: dict[str, Any], trees: int) -> Head:
        """A head with LightGBM's objective parameters, one booster a seed."""
        import lightgbm as lgb

        boosters = []
        for seed in range(self.config.seeds):
            parameters = {**self.parameters, **objective, "seed": self.config.seed + seed}
            boosters.append(lgb.train(parameters, self.data, trees))
        return Head(self.names, boosters, self.config.threads)
