"""skorch: PyTorch behind scikit-learn's interface."""

from collections.abc import Iterator
from typing import Any

import torch
from scipy.sparse import issparse
from skorch import NeuralNet

from ..problems import PredictionProblem, TrainingProblem
from .base import NoEstimator, Run, Unsupported
from .pytorch import Mlp, criterion_of, l2_term, targets_of

__all__ = ["Contestant"]


class Orders:
    """A sampler that visits the rows in the given orders, one per epoch."""

    def __init__(self, orders: list[Any]) -> None:
        self._orders, self._epoch = orders, 0

    def __iter__(self) -> Iterator[int]:
        order = self._orders[self._epoch % len(self._orders)]
        self._epoch += 1
        return iter(order.tolist())

    def __len__(self) -> int:
        return len(self._orders[0])


class Criterion(torch.nn.Module):
    """The problem's loss for skorch."""

    def __init__(self, problem: TrainingProblem) -> None:
        super().__init__()
        self._loss = criterion_of(problem)

    def forward(self, scores: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Mean loss of a batch."""
        return self._loss(scores, y)


class Contestant(NoEstimator):
    """skorch's NeuralNet with fused Adam, its own data loader, and no validation."""

    def __init__(self, name: str) -> None:
        pass

    def training(self, problem: TrainingProblem) -> Run:
        """Fit anew in every run."""
        if issparse(problem.X):
            raise Unsupported("its data loader takes no sparse rows")
        y = targets_of(problem)

        def run() -> float:
            net = NeuralNet(
                Mlp,
                module__coefs=problem.coefs,
                module__intercepts=problem.intercepts,
                criterion=Criterion(problem),
                optimizer=torch.optim.Adam,
                optimizer__fused=True,
                optimizer__weight_decay=problem.alpha / problem.batch_size,
                optimizer__param_groups=[("*bias", {"weight_decay": 0.0})],
                lr=problem.learning_rate,
                batch_size=problem.batch_size,
                max_epochs=len(problem.orders),
                iterator_train__sampler=Orders(problem.orders),
                train_split=None,
                verbose=0,
            ).fit(problem.X, y)
            return float(net.history[-1, "train_loss"]) + l2_term(net.module_, problem)

        return run

    def prediction(self, problem: PredictionProblem) -> Run:
        """Predict class or value of each row of a NumPy table."""
        net = NeuralNet(
            Mlp,
            module__coefs=problem.coefs,
            module__intercepts=problem.intercepts,
            criterion=torch.nn.MSELoss,
            batch_size=8192,
        ).initialize()
        is_classifier = problem.kind == "classifier"

        def run() -> Any:
            for _ in range(problem.calls):
                scores = net.predict(problem.X)
                result = scores.argmax(1) if is_classifier else scores.ravel()
            return result

        return run
