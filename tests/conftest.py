"""What tests of several folders share: small networks with data for every loss."""

import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from importlib.util import find_spec

import numpy as np
import pytest
from scipy import sparse

from lightmlp.engines import TrainingData
from lightmlp.network import LOSSES, LossSettings, Network, Parameters


@dataclass(frozen=True)
class LossCase:
    """A loss with parameters, and a number of columns that suits them."""

    loss: str
    settings: LossSettings = field(default_factory=LossSettings)
    n_columns: int = 3

    @property
    def row(self):
        return LOSSES[self.loss].with_settings(self.settings)

    @property
    def n_targets(self):
        return self.n_columns // len(self.settings.levels)


def _loss_cases():
    """Every loss with its defaults, and all that its parameters change."""
    cases = {name: LossCase(name) for name in LOSSES}
    for name, value in {"delta": 0.3, "power": 1.2, "gamma": 0.5}.items():
        for row in LOSSES.values():
            if name in row.keywords:
                settings = LossSettings(**{name: value})
                cases[f"{row.name}-{name}-{value}"] = LossCase(row.name, settings)
    cases["tweedie-power-3"] = LossCase("tweedie", LossSettings(power=3.0))
    cases["focal-gamma-0"] = LossCase("focal", LossSettings(gamma=0.0))
    cases["quantile-low"] = LossCase("quantile", LossSettings(levels=(0.1,)))
    cases["quantile-3"] = LossCase("quantile", LossSettings(levels=(0.1, 0.5, 0.9)), 3)
    cases["quantile-2x2"] = LossCase("quantile", LossSettings(levels=(0.2, 0.7)), 4)
    for row in LOSSES.values():
        if "label_smoothing" in row.keywords:
            settings = LossSettings(label_smoothing=0.2)
            cases[f"{row.name}-smoothed"] = LossCase(row.name, settings)
        smoothing = 0.1 if "label_smoothing" in row.keywords else 0.0
        if row.takes_class_indices:
            settings = LossSettings(label_smoothing=smoothing, groups=(2, 1, 4, 2))
            cases[f"{row.name}-groups"] = LossCase(row.name, settings, 9)
            settings = replace(settings, class_weight=tuple(np.arange(1, 10) / 3))
            cases[f"{row.name}-groups-weighted"] = LossCase(row.name, settings, 9)
        elif "class_weight" in row.keywords:
            settings = LossSettings(label_smoothing=smoothing, class_weight=(1, 2, 0.5, 3))
            cases[f"{row.name}-weighted"] = LossCase(row.name, settings, 2)
    return cases


LOSS_CASES = _loss_cases()


def pytest_generate_tests(metafunc):
    """A test that takes ``loss_case`` runs for every one of them."""
    if "loss_case" in metafunc.fixturenames:
        metafunc.parametrize("loss_case", LOSS_CASES.values(), ids=LOSS_CASES)


@dataclass
class Problem:
    """A network with parameters, and rows to train it on."""

    network: Network
    values: Parameters
    data: TrainingData

    @property
    def parameters(self) -> tuple[Network, Parameters]:
        return self.network, self.values

    @property
    def coefs(self) -> list[np.ndarray]:
        return self.values.of_role("weight")

    @property
    def intercepts(self) -> list[np.ndarray]:
        return self.values.of_role("bias")


def _targets(case, n_rows, rng):
    shape, allowed = (n_rows, case.n_targets), case.row.target_range
    if case.row.takes_class_indices and case.settings.groups is not None:
        columns = [rng.integers(0, size, n_rows) for size in case.settings.groups]
        return np.stack(columns, axis=1).astype(np.int32)
    if case.row.takes_class_indices:
        return rng.integers(0, case.n_columns, n_rows).astype(np.int32)
    if allowed == "0 or 1":
        return rng.integers(0, 2, shape).astype(float)
    if allowed == "above 0" or case.settings.power > 2:
        return rng.gamma(2.0, size=shape)
    if allowed.startswith("0 or above"):
        return rng.poisson(1.5, shape).astype(float)
    return rng.normal(size=shape)


ENGINES = ["reference", *(["native"] if find_spec("lightmlp._native") else [])]


@pytest.fixture(params=ENGINES)
def engine(request):
    """Name each engine in turn."""
    return request.param


@pytest.fixture
def draw_targets():
    """Draw targets that a loss allows: ``draw_targets(case, n_rows, rng)``."""
    return _targets


@pytest.fixture
def make_problem():
    """Build a Problem for a loss's name or case.

    ``widths`` has the input first, and 2 outputs at least for losses of class codes; a case
    replaces the last width by its own.
    """

    def make(
        loss,
        activation="tanh",
        widths=(5, 4, 3, 2),
        n_rows=33,
        *,
        dtype=np.float64,
        alpha=0.1,
        csr=False,
        weighted=False,
        seed=0,
    ):
        rng = np.random.default_rng(seed)
        if isinstance(loss, LossCase):
            case, widths = loss, (*widths[:-1], loss.n_columns)
        else:
            case = LossCase(loss, n_columns=widths[-1])
        network = Network.dense(
            widths, activation, case.loss, alpha=alpha, loss_settings=case.settings
        )
        parameters = Parameters.zeros(network.parameters, dtype)
        for W in parameters.of_role("weight"):
            W[...] = rng.normal(size=W.shape) / np.sqrt(len(W))
        for b in parameters.of_role("bias"):
            b[...] = 0.1 * rng.normal(size=b.shape)
        X = rng.normal(size=(n_rows, widths[0])).astype(dtype)
        if csr:
            X = sparse.csr_matrix(np.where(rng.random(X.shape) < 0.4, X, 0).astype(dtype))
        targets = _targets(case, n_rows, rng)
        if not case.row.takes_class_indices:
            targets = targets.astype(dtype)
        weight = rng.integers(0, 4, n_rows).astype(dtype) / 2 if weighted else None
        return Problem(network, parameters, TrainingData(X, targets, weight))

    return make


@pytest.fixture
def lines_per_isa():
    """Return a function that runs a script under AVX2 and AVX-512, and returns its lines."""
    from lightmlp import _native

    names = {"avx2", "avx512"} & set(_native.available_isas().split(", "))
    if len(names) < 2:
        pytest.skip("this processor does not run both AVX2 and AVX-512")

    def run(script, folder):
        script += "\nfrom lightmlp.engines.native import isa; print(isa())"
        outputs = []
        for name in names:
            environment = {**os.environ, "LIGHTMLP_ISA": name}
            *lines, chosen = subprocess.run(
                [sys.executable, "-c", script],
                env=environment, cwd=folder, capture_output=True, text=True, check=True,
            ).stdout.splitlines()  # fmt: skip
            assert chosen == name
            outputs.append(lines)
        return outputs

    return run
