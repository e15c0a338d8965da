"""Which rows are held out of training, and how they are scored."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from ..engines.base import Training, TrainingData
from ..network import LOSSES, Network
from .hints import hint_about_scoring
from .inputs import row_blocks

if TYPE_CHECKING:
    from .task import FittingTask

__all__ = [
    "FitExtras",
    "HeldOut",
    "check_options",
    "hold_out",
    "make_validate",
    "restores_best",
]

Array = NDArray[Any]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class FitExtras:
    """What ``fit`` takes beside X, y and their weights, under the same names."""

    X_val: Any = None
    y_val: Any = None
    sample_weight_val: Any = None
    groups: Any = None
    resume_from: Any = None
    init_from: Any = None


@dataclass(frozen=True)
class HeldOut:
    """Rows that are scored and do not train.

    Parameters
    ----------
    data : TrainingData
        As the engine takes them; ``data.X`` may be the whole table.
    X : callable
        ``X()`` returns the same rows as the user passed them, with the names of columns.
    y : array
        Their checked targets, for scorers.
    sample_weight : ndarray or None
        The user's weights of the rows, for scorers; those of ``data`` count classes too.
    rows : ndarray or None, default=None
        Which rows of ``data.X`` they are; None: all.
    """

    data: TrainingData
    X: Callable[[], Any]
    y: Any
    sample_weight: Array | None
    rows: Rows | None = None

    def outputs(self, training: Training) -> Array:
        """Return the network's outputs, without a copy of many rows."""
        X = self.data.X
        if self.rows is None:
            return training.forward(X)
        n_values = X.nnz if issparse(X) else X.size
        blocks = row_blocks(len(self.rows), n_values * X.dtype.itemsize // X.shape[0])
        return np.concatenate([training.forward(X[self.rows[block]]) for block in blocks])


def check_options(estimator: Any, extras: FitExtras, incremental: bool) -> None:
    """Refuse options that contradict each other or that nothing would read.

    Raises
    ------
    ValueError
        Names the parameters and the way out.
    """
    _check_given(extras, estimator.validation_split)
    _check_where_to_start(estimator, extras)
    if estimator.augmentation is not None and estimator.solver == "lbfgs":
        raise ValueError(
            f"augmentation={estimator.augmentation!r} cannot go with solver='lbfgs', which "
            "needs the same rows in every iteration. Set augmentation=None, or choose a "
            "stochastic solver, such as 'adam'."
        )
    if incremental:
        if estimator.early_stopping and estimator.solver != "lbfgs":
            raise ValueError("partial_fit does not support early_stopping=True")
        if estimator.validation_split is not None:
            raise ValueError(
                "partial_fit does not support validation_split: a single epoch over all "
                "given rows has nothing to validate. Set validation_split=None."
            )
        return
    _check_rows_to_validate(estimator, extras)


def _check_rows_to_validate(estimator: Any, extras: FitExtras) -> None:
    wanted = {
        "X_val": extras.X_val is not None,
        "validation_split": estimator.validation_split is not None,
        "scoring": estimator.scoring is not None,
        "restore_best_weights": estimator.restore_best_weights is True,
    }
    names = ", ".join(name for name, is_set in wanted.items() if is_set)
    if estimator.solver == "lbfgs":
        names = names or ("resume_from" if extras.resume_from is not None else "")
        if names:
            raise ValueError(
                f"{names} cannot go with solver='lbfgs', which does not train by epochs. "
                "Choose another solver, or leave out what cannot."
            )
    elif wanted["X_val"] or wanted["validation_split"]:
        return
    elif not estimator.early_stopping:
        if names:
            raise ValueError(
                f"No rows are held out to validate with, as {names} would need. Set "
                "early_stopping=True, set validation_split, or pass X_val and y_val to fit."
            )
    elif estimator.validation_fraction == 0:
        raise ValueError(
            "early_stopping=True needs rows to validate with, and validation_fraction=0 "
            "sets none aside. Raise validation_fraction, set validation_split, or pass X_val "
            "and y_val to fit."
        )


def _check_given(extras: FitExtras, validation_split: Any) -> None:
    if (extras.X_val is None) != (extras.y_val is None):
        missing = "X_val" if extras.X_val is None else "y_val"
        raise ValueError(f"X_val and y_val go together, and {missing} is missing. Pass both.")
    if extras.X_val is None and extras.sample_weight_val is not None:
        raise ValueError(
            "sample_weight_val weighs the rows of X_val, which is missing. Pass X_val and "
            "y_val too."
        )
    if extras.X_val is not None and validation_split is not None:
        raise ValueError(
            "X_val and validation_split both say which rows to validate with. Leave X_val "
            "out of fit, or set validation_split=None."
        )
    if extras.groups is not None and validation_split is None:
        raise ValueError(
            "groups are read by validation_split alone, which is None. Set it to a splitter "
            "such as GroupShuffleSplit(n_splits=1), or leave groups out."
        )


def _check_where_to_start(estimator: Any, extras: FitExtras) -> None:
    if extras.init_from is None:
        return
    other = "resume_from" if extras.resume_from is not None else None
    if estimator.warm_start and hasattr(estimator, "coefs_"):
        other = "warm_start=True, with the parameters of the fit before,"
    if other is not None:
        raise ValueError(
            f"init_from and {other} both say with which parameters to begin. Leave one of "
            "them out."
        )


def hold_out(
    estimator: Any, task: "FittingTask", rows: tuple[Rows, Rows] | None = None
) -> tuple[Rows, HeldOut | None, Rows | None]:
    """Divide the rows into those that train and those held out, if any are to be.

    Parameters
    ----------
    estimator : object
        Its parameters say whether and how.
    task : FittingTask
        All rows, and the source of random numbers.
    rows : pair of ndarray, default=None
        A division made earlier, to be made again.

    Returns
    -------
    train_rows : ndarray of shape (n_train,), int64
    held_out : HeldOut or None
    validation_rows : ndarray of shape (n_validation,), int64, or None
    """
    data, splitter = task.data, estimator.validation_split
    if rows is not None:
        train_rows, validation_rows = rows
    elif splitter is not None:
        train_rows, validation_rows = _split_by(splitter, task.X, task.y, task.extras.groups)
    elif estimator.early_stopping:
        train_rows, validation_rows = _split_off(estimator, data.targets, task.random_state)
    else:
        return np.arange(data.X.shape[0], dtype=np.int64), None, None
    _check_parts(data, train_rows, validation_rows)
    part = TrainingData(
        data.X,
        data.targets[validation_rows],
        _part_of(data.sample_weight, validation_rows),
    )

    def rows_of_user() -> Any:
        from sklearn.utils import _safe_indexing

        return _safe_indexing(task.X, validation_rows)

    weights = _part_of(task.sample_weight, validation_rows)
    y = task.y[validation_rows]
    held_out = HeldOut(part, rows_of_user, y, weights, validation_rows)
    return train_rows, held_out, validation_rows


def _part_of(weights: Array | None, rows: Rows) -> Array | None:
    return None if weights is None else weights[rows]


def _split_by(splitter: Any, X: Any, y: Any, groups: Any) -> tuple[Rows, Rows]:
    """Take the last split, which for ``TimeSeriesSplit`` trains on the most rows."""
    from sklearn.model_selection import check_cv
    from sklearn.utils.validation import _num_samples

    splits = list(check_cv(splitter).split(X, y, groups))
    if not splits:
        raise ValueError(
            f"validation_split={splitter!r} makes no split. Pass a splitter, or a list of "
            "pairs (train rows, validation rows)."
        )
    n_rows = _num_samples(X)
    try:
        train, validation = (np.arange(n_rows)[np.asarray(part)] for part in splits[-1])
    except (IndexError, ValueError, TypeError) as error:
        raise ValueError(
            f"validation_split must give pairs (train rows, validation rows) of row numbers "
            f"below {n_rows}; its last entry does not: {error}."
        ) from error
    common = np.intersect1d(train, validation)
    if len(common):
        raise ValueError(
            f"validation_split uses {len(common)} row(s) both to train and to validate, the "
            f"first of them row {common[0]}. Make the two parts disjoint."
        )
    return train, validation


def _split_off(
    estimator: Any, targets: Array, random_state: np.random.RandomState
) -> tuple[Rows, Rows]:
    """Set ``validation_fraction`` of the rows aside, as scikit-learn draws them.

    scikit-learn stratifies binary targets alone; whoever asks for more than it offers
    gets all classes stratified.
    """
    from sklearn.model_selection import train_test_split

    beyond = estimator.scoring is not None or estimator.restore_best_weights != "auto"
    stratify = None
    if beyond or estimator.n_outputs_ == 1:
        stratify = estimator._stratification(targets)
    try:
        train, validation = train_test_split(
            np.arange(len(targets), dtype=np.int64),
            random_state=random_state,
            test_size=estimator.validation_fraction,
            stratify=stratify,
        )
    except ValueError as error:
        if not beyond or stratify is None:
            raise
        raise ValueError(
            f"The split of early_stopping cannot be stratified: {error} Pass "
            "validation_split=ShuffleSplit(n_splits=1, test_size=0.1) for one that is not, "
            "or X_val and y_val to fit."
        ) from error
    return train, validation


def _check_parts(data: TrainingData, train_rows: Rows, validation_rows: Rows) -> None:
    if len(train_rows) == 0 or len(validation_rows) == 0:
        raise ValueError(
            f"validation_split gives {len(train_rows)} row(s) to train and "
            f"{len(validation_rows)} to validate; both parts need some. Pass another one."
        )
    if len(validation_rows) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' "
            "or the size of your dataset."
        )
    if data.sample_weight is None:
        return
    for name, part in (("training", train_rows), ("validation", validation_rows)):
        if not data.sample_weight[part].any():
            raise ValueError(
                f"sample_weight is zero in all {len(part)} rows of the {name} part. Leave "
                "out the rows of weight 0, or divide the rows otherwise: "
                "validation_fraction, random_state or validation_split."
            )


def restores_best(estimator: Any) -> bool:
    """Whether the parameters with the best score are put back at the end."""
    choice = estimator.restore_best_weights
    return bool(estimator.early_stopping if choice == "auto" else choice)


def make_validate(
    estimator: Any, network: Network, training: Training, held_out: HeldOut | None
) -> Callable[[], tuple[float, float]] | None:
    """Return ``validate() -> (loss, score)`` of the rows held out, if there are any."""
    if held_out is None:
        return None
    data = held_out.data
    score = _score_function(estimator, training, held_out)
    mean_loss = LOSSES[network.loss].with_settings(network.loss_settings).value

    def validate() -> tuple[float, float]:
        outputs = held_out.outputs(training)
        with np.errstate(all="ignore"):  # a diverging network is judged at the end
            loss = float(mean_loss(data.targets, outputs, data.sample_weight))
        return loss, -loss if score is None else score(outputs)

    return validate


def _score_function(
    estimator: Any, training: Training, held_out: HeldOut
) -> Callable[[Array], float] | None:
    """Return ``score(outputs)``; None where the score is the loss."""
    if estimator.scoring == "loss":
        return None
    if estimator.scoring is None:
        scorer: Callable[[Array], float] = estimator._scorer(
            held_out.data.targets, held_out.sample_weight
        )
        return scorer
    return _by_scorer(estimator, training, held_out)


def _by_scorer(
    estimator: Any, training: Training, held_out: HeldOut
) -> Callable[[Array], float]:
    """Score a copy of the estimator that has the parameters of the moment."""
    scorer = _find_scorer(estimator)
    X, weights = held_out.X(), held_out.sample_weight
    more = {} if weights is None else {"sample_weight": weights}
    if more:
        _check_takes_weights(estimator.scoring, scorer)

    def score(outputs: Array) -> float:
        if not np.isfinite(outputs).all():
            return float("nan")  # a diverging network is judged at the end
        model = estimator._with_parameters(*training.parameters())
        try:
            return float(scorer(model, X, held_out.y, **more))
        except ValueError as error:
            raise ValueError(
                f"scoring={estimator.scoring!r} cannot score the rows held out: {error} Choose "
                "a scorer for such targets, or scoring='loss'."
            ) from error

    return score


def _find_scorer(estimator: Any) -> Any:
    from sklearn.metrics import check_scoring

    scoring = estimator.scoring
    try:
        scorer = check_scoring(estimator, scoring)
    except ValueError as error:
        raise ValueError(
            f"scoring={scoring!r} must be 'loss', None, a callable (estimator, X, y) or a "
            f"name of sklearn.metrics.get_scorer_names(): {error}{hint_about_scoring(scoring)}"
        ) from error
    methods = getattr(scorer, "_response_method", ())
    methods = (methods,) if isinstance(methods, str) else tuple(methods)
    methods = tuple(name for name in methods if name != "default")
    if methods and not any(hasattr(estimator, name) for name in methods):
        raise ValueError(
            f"scoring={scoring!r} needs {' or '.join(methods)}, which "
            f"{type(estimator).__name__}(loss={estimator.loss!r}) does not have. Choose a "
            "scorer of predictions, or scoring='loss'."
        )
    return scorer


def _check_takes_weights(scoring: Any, scorer: Any) -> None:
    from inspect import Parameter, signature

    parameters = signature(getattr(scorer, "_score_func", scorer)).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    if "sample_weight" not in parameters and Parameter.VAR_KEYWORD not in kinds:
        raise ValueError(
            f"scoring={scoring!r} does not take sample_weight, and the rows to validate with "
            "have weights. Choose a scorer that takes them, or scoring='loss'."
        )
