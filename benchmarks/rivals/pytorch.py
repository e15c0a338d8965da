"""PyTorch: eager, or with the loss and its gradient compiled by torch.compile."""

import math
import os
from collections.abc import Sequence
from typing import Any

import torch
from scipy.sparse import issparse
from torch import nn
from torch.nn import functional

from ..problems import OPTIONS, PredictionProblem, TrainingProblem
from .base import NoEstimator, Run

__all__ = ["Contestant", "Mlp", "criterion_of", "l2_term", "targets_of"]

# A cached compilation would hide the cost of compiling.
os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"


class SparseLinear(nn.Module):
    """A first layer for sparse rows: sums of embeddings, PyTorch's way to skip zeros.

    Its weights are stored like an embedding, one row per feature.
    """

    def __init__(self, n_inputs: int, n_outputs: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_inputs, n_outputs, dtype=dtype))
        self.bias = nn.Parameter(torch.empty(n_outputs, dtype=dtype))

    def forward(self, rows: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Return sums (n_rows, n_outputs) of rows given as columns, offsets and values."""
        columns, offsets, values = rows
        sums = functional.embedding_bag(
            columns, self.weight, offsets, mode="sum", per_sample_weights=values
        )
        return sums + self.bias


class Mlp(nn.Module):
    """The usual sequence of layers, with the given weights."""

    def __init__(
        self, coefs: Sequence[Any], intercepts: Sequence[Any], *, sparse: bool = False
    ) -> None:
        super().__init__()
        dtype = torch.from_numpy(coefs[0]).dtype
        layers: list[nn.Module] = [nn.Linear(*W.shape, dtype=dtype) for W in coefs]
        if sparse:
            layers[0] = SparseLinear(*coefs[0].shape, dtype=dtype)
        self.layers = nn.ModuleList(layers)
        self.assign(coefs, intercepts)

    def assign(self, coefs: Sequence[Any], intercepts: Sequence[Any]) -> None:
        """Copy these weights into the layers."""
        with torch.no_grad():
            for layer, W, b in zip(self.layers, coefs, intercepts, strict=True):
                weight = torch.from_numpy(W)
                layer.weight.copy_(weight.T if isinstance(layer, nn.Linear) else weight)
                layer.bias.copy_(torch.from_numpy(b))

    def forward(self, x: Any) -> torch.Tensor:
        """Raw scores."""
        x = self.layers[0](x)
        for layer in self.layers[1:]:
            x = layer(functional.relu(x))
        return x


class Contestant(NoEstimator):
    """PyTorch with fused Adam and data indexed from one tensor."""

    def __init__(self, name: str) -> None:
        self._compile = name == "torch.compile"
        self._plain = name.endswith("plain")

    def training(self, problem: TrainingProblem) -> Run:
        """Train the same model in every run, from its initial weights and a new Adam."""
        if self._compile:
            torch._dynamo.reset()
        model = Mlp(problem.coefs, problem.intercepts, sparse=issparse(problem.X))
        criterion = criterion_of(problem)
        y = targets_of(problem)

        def loss_of(x: Any, rows: torch.Tensor) -> torch.Tensor:
            return criterion(model(x), y.index_select(0, rows))

        if self._compile:
            loss_of = torch.compile(loss_of)
        epochs = _batches(problem)
        epsilons = epsilons_of_steps(problem)

        def run() -> float:
            model.assign(problem.coefs, problem.intercepts)
            optimizer = adam(model, problem)
            weights, biases = optimizer.param_groups
            epsilon = iter(epsilons)
            for number, batches in enumerate(epochs, 1):
                total = torch.zeros(())
                for rows, x in batches:
                    if number == len(epochs):  # the mean loss of this one is the outcome
                        total += l2_term(model, problem)
                    optimizer.zero_grad()
                    loss = loss_of(x(rows), rows)
                    loss.backward()
                    weights["eps"] = biases["eps"] = next(epsilon)
                    optimizer.step()
                    total += loss.detach()
            return float(total) / problem.n_batches

        return run

    def regularized(self, problem: TrainingProblem) -> Run:
        """Train the same model in every run, with PyTorch's counterpart of each option."""
        if self._plain:
            return self.training(problem)
        criterion, y = criterion_of(problem), targets_of(problem)
        epochs = _batches(problem)

        def run() -> float:
            model = regularized_mlp(problem)
            optimizer = torch.optim.AdamW(
                model.parameters(), lr=problem.learning_rate, fused=True
            )
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, len(epochs))
            for batches in epochs:
                total = torch.zeros(())
                for rows, x in batches:
                    optimizer.zero_grad()
                    loss = criterion(model(x(rows)), y.index_select(0, rows))
                    loss.backward()
                    nn.utils.clip_grad_norm_(model.parameters(), OPTIONS["clip_norm"])
                    optimizer.step()
                    total += loss.detach()
                schedule.step()
            return float(total) / problem.n_batches

        return run

    def prediction(self, problem: PredictionProblem) -> Run:
        """Predict class or value of each row of a NumPy table."""
        model = Mlp(problem.coefs, problem.intercepts).eval()
        forward = torch.compile(model) if self._compile else model
        is_classifier = problem.kind == "classifier"

        def run() -> Any:
            with torch.inference_mode():
                for _ in range(problem.calls):
                    scores = forward(torch.from_numpy(problem.X))
                    predictions = scores.argmax(1) if is_classifier else scores.ravel()
                    result = predictions.numpy()
            return result

        return run


def regularized_mlp(problem: TrainingProblem) -> nn.Module:
    """Return the network with batch normalisation and dropout behind each hidden layer."""
    layers: list[nn.Module] = []
    for W in problem.coefs:
        n_outputs = W.shape[1]
        layers += [
            nn.Linear(*W.shape),
            nn.BatchNorm1d(n_outputs),
            nn.ReLU(),
            nn.Dropout(OPTIONS["dropout"]),
        ]
    return nn.Sequential(*layers[:-3])


def _batches(problem: TrainingProblem) -> list[list[tuple[torch.Tensor, Any]]]:
    """Return the rows of each batch of each epoch, and a function that fetches them.

    Dense rows are indexed from one tensor within the run. PyTorch cannot index sparse rows
    quickly, so they are prepared beforehand, outside the timed run.
    """
    epochs = [torch.from_numpy(order).split(problem.batch_size) for order in problem.orders]
    if not issparse(problem.X):
        X = torch.from_numpy(problem.X)

        def gather(rows: torch.Tensor) -> torch.Tensor:
            return X.index_select(0, rows)

        return [[(rows, gather) for rows in batches] for batches in epochs]
    return [[(rows, _sparse_rows(problem.X, rows)) for rows in batches] for batches in epochs]


def _sparse_rows(X: Any, rows: torch.Tensor) -> Any:
    part = X[rows.numpy()]
    columns = torch.from_numpy(part.indices.astype("int64"))
    offsets = torch.from_numpy(part.indptr[:-1].astype("int64"))
    laid_out = columns, offsets, torch.from_numpy(part.data)
    return lambda rows: laid_out


def criterion_of(problem: TrainingProblem) -> Any:
    """Mean loss of a batch, as scikit-learn defines it."""
    if problem.kind == "regressor":
        return lambda scores, y: 0.5 * functional.mse_loss(scores, y)
    if problem.widths[-1] == 1:
        return functional.binary_cross_entropy_with_logits
    return functional.cross_entropy


def targets_of(problem: TrainingProblem) -> torch.Tensor:
    """Return class indices, or a column of numbers."""
    if problem.kind == "classifier" and problem.widths[-1] > 1:
        return torch.from_numpy(problem.y.astype("int64"))
    return torch.from_numpy(problem.y.reshape(-1, 1).astype(problem.coefs[0].dtype))


def adam(model: nn.Module, problem: TrainingProblem) -> torch.optim.Adam:
    """Fused Adam whose weight decay is the gradient of scikit-learn's L2 term."""
    weights = [p for p in model.parameters() if p.ndim > 1]
    biases = [p for p in model.parameters() if p.ndim == 1]
    decay = problem.alpha / problem.batch_size
    groups = [{"params": weights, "weight_decay": decay}, {"params": biases}]
    return torch.optim.Adam(groups, lr=problem.learning_rate, fused=True)


def epsilons_of_steps(problem: TrainingProblem) -> list[float]:
    """Return the epsilons with which PyTorch's Adam equals scikit-learn's.

    PyTorch adds epsilon to the bias-corrected root of the second moment, scikit-learn to the
    root itself; the difference is visible for tiny gradients.
    """
    n_steps = len(problem.orders) * problem.n_batches
    return [1e-8 / math.sqrt(1 - 0.999**t) for t in range(1, n_steps + 1)]


def l2_term(model: nn.Module, problem: TrainingProblem) -> float:
    """Return scikit-learn's L2 term of a batch's mean loss, at the current weights."""
    with torch.no_grad():
        squares = sum(float((p * p).sum()) for p in model.parameters() if p.ndim > 1)
    return 0.5 * problem.alpha * squares / problem.batch_size
