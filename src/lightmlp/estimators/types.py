"""What the estimators' parameters may be, for type checkers and editors.

The names are written out, since a type checker runs nothing; a test compares them with the
tables that they stand for. Nothing of training is imported: at run time its classes are
represented by their light base.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..embeddings import NumericEmbedding as NumericEmbeddingObject
from ..losses import ClassificationLoss, RegressionLoss
from ..network import Initializer
from ..settings import Settings

if TYPE_CHECKING:
    from ..training.augmentations import Augmentation
    from ..training.callbacks import Callback
    from ..training.optimizers import Optimizer
    from ..training.schedules import Schedule, Scheduled
else:
    Augmentation = Optimizer = Schedule = Scheduled = Settings
    Callback = Any

__all__ = [
    "Activation",
    "ActivationName",
    "AugmentationName",
    "Augmentations",
    "BatchSize",
    "BiasInitialization",
    "Callbacks",
    "CategoricalFeatures",
    "ClassWeight",
    "ClassificationLossName",
    "ClassifierLoss",
    "Dropout",
    "EngineName",
    "HiddenLayerSizes",
    "Initialization",
    "InitializerName",
    "LearningRate",
    "NormalizationName",
    "NumericEmbedding",
    "NumericEmbeddingName",
    "RandomState",
    "Rates",
    "RegressionLossName",
    "RegressorLoss",
    "RestoreBestWeights",
    "RoleRates",
    "ScheduleName",
    "Scoring",
    "Solver",
    "SolverName",
    "TrainedRole",
    "Verbose",
    "WeightDecay",
]

ActivationName: TypeAlias = Literal[
    "celu", "elu", "gelu", "gelu_tanh", "hard_sigmoid", "hard_silu", "hard_tanh", "identity",
    "leaky_relu", "lecun_tanh", "logistic", "mish", "relu", "relu6", "selu", "silu", "softplus",
    "softsign", "squared_relu", "tanh",
]  # fmt: skip
SolverName: TypeAlias = Literal[
    "lbfgs", "sgd", "adam", "adamw", "nadam", "amsgrad", "rmsprop", "adagrad", "adadelta",
    "lion", "muon",
]  # fmt: skip
ScheduleName: TypeAlias = Literal[
    "constant", "invscaling", "adaptive", "exponential", "step", "linear", "polynomial",
    "cosine", "flat_cosine", "log_cosine", "one_cycle", "plateau",
]  # fmt: skip
InitializerName: TypeAlias = Literal[
    "auto", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform",
    "lecun_normal", "orthogonal", "normal", "zeros", "ntk", "unit_deviation", "he+5",
]  # fmt: skip
AugmentationName: TypeAlias = Literal[
    "gaussian_noise", "mixup", "cutmix", "swap_noise", "feature_dropout"
]
ClassificationLossName: TypeAlias = Literal["log_loss", "squared_error", "focal", "hinge"]
RegressionLossName: TypeAlias = Literal[
    "squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma", "tweedie",
    "log_cosh",
]  # fmt: skip
EngineName: TypeAlias = Literal["auto", "native", "reference"]
TrainedRole: TypeAlias = Literal["weight", "bias", "scale", "activation", "embedding"]
NormalizationName: TypeAlias = Literal["batch", "layer"]

HiddenLayerSizes: TypeAlias = int | Sequence[int] | NDArray[np.integer[Any]]
_Function: TypeAlias = Callable[[Any], Any]
_HiddenActivation: TypeAlias = ActivationName | tuple[_Function, _Function]
Activation: TypeAlias = _HiddenActivation | Sequence[_HiddenActivation] | NDArray[np.str_]
Solver: TypeAlias = SolverName | Optimizer
BatchSize: TypeAlias = int | Literal["auto", "full"]
LearningRate: TypeAlias = ScheduleName | Schedule | Callable[[int], float]
RandomState: TypeAlias = int | np.random.RandomState | None
Verbose: TypeAlias = bool | int | Literal["bar", "log"]
_LossFunction: TypeAlias = Callable[[Any, Any, Any], tuple[Any, Any]]
ClassifierLoss: TypeAlias = ClassificationLossName | ClassificationLoss | _LossFunction
RegressorLoss: TypeAlias = RegressionLossName | RegressionLoss | _LossFunction
ClassWeight: TypeAlias = (
    Literal["balanced"] | Mapping[Any, float] | Sequence[Mapping[Any, float]] | None
)
Initialization: TypeAlias = (
    InitializerName | Initializer | Callable[[np.random.RandomState, int, int], Any]
)
BiasInitialization: TypeAlias = Initialization | float
Scoring: TypeAlias = str | Callable[..., float] | None
RestoreBestWeights: TypeAlias = bool | Literal["auto"]
Callbacks: TypeAlias = Sequence[Callback] | None
Rates: TypeAlias = float | Sequence[float] | NDArray[np.floating[Any]]
Dropout: TypeAlias = Rates | Scheduled
WeightDecay: TypeAlias = float | Scheduled | None
RoleRates: TypeAlias = Mapping[TrainedRole, float] | None
_OneAugmentation: TypeAlias = (
    AugmentationName
    | Augmentation
    | Callable[[Any, Any, np.random.RandomState], tuple[Any, Any]]
)
Augmentations: TypeAlias = _OneAugmentation | Sequence[_OneAugmentation] | None
NumericEmbeddingName: TypeAlias = Literal["periodic", "piecewise_linear"]
NumericEmbedding: TypeAlias = NumericEmbeddingName | NumericEmbeddingObject
CategoricalFeatures: TypeAlias = (
    Literal["from_dtype"] | Sequence[int] | Sequence[str] | Sequence[bool] | NDArray[Any]
)
