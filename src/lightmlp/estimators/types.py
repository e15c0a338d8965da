"""What the estimators' parameters may be, for type checkers and editors.

The names are written out, since a type checker runs nothing; a test compares them with the
tables that they stand for. Nothing of training is imported: at run time its classes are
represented by their light base.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..losses import ClassificationLoss, RegressionLoss
from ..network import Initializer
from ..settings import Settings

if TYPE_CHECKING:
    from ..training.augmentations import Augmentation
    from ..training.callbacks import Callback
    from ..training.optimizers import Optimizer
    from ..training.schedules import Schedule
else:
    Augmentation = Optimizer = Schedule = Settings
    Callback = Any

__all__ = [
    "Activation",
    "ActivationName",
    "AugmentationName",
    "Augmentations",
    "BatchSize",
    "BiasInitialization",
    "Callbacks",
    "ClassWeight",
    "ClassificationLossName",
    "ClassifierLoss",
    "EngineName",
    "HiddenLayerSizes",
    "Initialization",
    "InitializerName",
    "LearningRate",
    "NormalizationName",
    "RandomState",
    "Rates",
    "RegressionLossName",
    "RegressorLoss",
    "RestoreBestWeights",
    "ScheduleName",
    "Scoring",
    "Solver",
    "SolverName",
    "Verbose",
]

ActivationName = Literal[
    "celu", "elu", "gelu", "gelu_tanh", "hard_sigmoid", "hard_silu", "hard_tanh", "identity",
    "leaky_relu", "lecun_tanh", "logistic", "mish", "relu", "relu6", "selu", "silu", "softplus",
    "softsign", "squared_relu", "tanh",
]  # fmt: skip
SolverName = Literal[
    "lbfgs", "sgd", "adam", "adamw", "nadam", "amsgrad", "rmsprop", "adagrad", "adadelta",
    "lion", "muon",
]  # fmt: skip
ScheduleName = Literal[
    "constant", "invscaling", "adaptive", "exponential", "step", "linear", "polynomial",
    "cosine", "one_cycle", "plateau",
]  # fmt: skip
InitializerName = Literal[
    "auto", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform",
    "lecun_normal", "orthogonal", "normal", "zeros",
]  # fmt: skip
AugmentationName = Literal["gaussian_noise", "mixup", "cutmix", "swap_noise", "feature_dropout"]
ClassificationLossName = Literal["log_loss", "squared_error", "focal", "hinge"]
RegressionLossName = Literal[
    "squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma", "tweedie",
    "log_cosh",
]  # fmt: skip
EngineName = Literal["auto", "native", "reference"]
NormalizationName = Literal["batch", "layer"]

HiddenLayerSizes = int | Sequence[int] | NDArray[np.integer[Any]]
_Function = Callable[[Any], Any]
_HiddenActivation = ActivationName | tuple[_Function, _Function]
Activation = _HiddenActivation | Sequence[_HiddenActivation] | NDArray[np.str_]
Solver = SolverName | Optimizer
BatchSize = int | Literal["auto", "full"]
LearningRate = ScheduleName | Schedule | Callable[[int], float]
RandomState = int | np.random.RandomState | None
Verbose = bool | int | Literal["bar", "log"]
_LossFunction = Callable[[Any, Any, Any], tuple[Any, Any]]
ClassifierLoss = ClassificationLossName | ClassificationLoss | _LossFunction
RegressorLoss = RegressionLossName | RegressionLoss | _LossFunction
ClassWeight = Literal["balanced"] | Mapping[Any, float] | Sequence[Mapping[Any, float]] | None
Initialization = (
    InitializerName | Initializer | Callable[[np.random.RandomState, int, int], Any]
)
BiasInitialization = Initialization | float
Scoring = str | Callable[..., float] | None
RestoreBestWeights = bool | Literal["auto"]
Callbacks = Sequence[Callback] | None
Rates = float | Sequence[float] | NDArray[np.floating[Any]]
_OneAugmentation = (
    AugmentationName
    | Augmentation
    | Callable[[Any, Any, np.random.RandomState], tuple[Any, Any]]
)
Augmentations = _OneAugmentation | Sequence[_OneAugmentation] | None
