"""Names that users choose from: their constraint, and suggestions in errors.

>>> from lightmlp.names import did_you_mean
>>> did_you_mean("sigmoid", ["logistic", "relu", "tanh"])
" Did you mean 'logistic'?"
>>> did_you_mean("ReLu", ["logistic", "relu", "tanh"])
" Did you mean 'relu'?"
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sklearn.utils._param_validation import (
    InvalidParameterError,
    StrOptions,
    make_constraint,
    validate_parameter_constraints,
)

__all__ = ["HelpfulErrors", "Names", "did_you_mean", "list_names"]

# Names used in other libraries and papers. The first one that the option has is suggested.
_SYNONYMS: dict[str, tuple[str, ...]] = {
    # activations
    "sigmoid": ("logistic",),
    "expit": ("logistic",),
    "linear": ("identity",),
    "none": ("identity",),
    "rectifier": ("relu",),
    "rectifiedlinear": ("relu",),
    "swish": ("silu",),
    "hardswish": ("hard_silu",),
    "hardlogistic": ("hard_sigmoid",),
    "lrelu": ("leaky_relu",),
    "approximategelu": ("gelu_tanh",),
    # losses, and their scores
    "mse": ("squared_error", "neg_mean_squared_error"),
    "l2": ("squared_error",),
    "meansquarederror": ("squared_error", "neg_mean_squared_error"),
    "rmse": ("squared_error", "neg_root_mean_squared_error"),
    "brier": ("squared_error", "neg_brier_score"),
    "mae": ("absolute_error", "neg_mean_absolute_error"),
    "l1": ("absolute_error",),
    "meanabsoluteerror": ("absolute_error", "neg_mean_absolute_error"),
    "mape": ("neg_mean_absolute_percentage_error",),
    "smoothl1": ("huber",),
    "pinball": ("quantile",),
    "crossentropy": ("log_loss", "neg_log_loss"),
    "binarycrossentropy": ("log_loss", "neg_log_loss"),
    "categoricalcrossentropy": ("log_loss", "neg_log_loss"),
    "sparsecategoricalcrossentropy": ("log_loss", "neg_log_loss"),
    "bce": ("log_loss", "neg_log_loss"),
    "nll": ("log_loss", "neg_log_loss"),
    "logloss": ("log_loss", "neg_log_loss"),
    "deviance": ("log_loss",),
    "margin": ("hinge",),
    "auc": ("roc_auc",),
    "auroc": ("roc_auc",),
    "acc": ("accuracy",),
    # initialisers and distributions
    "xavier": ("glorot_uniform",),
    "xavieruniform": ("glorot_uniform",),
    "xaviernormal": ("glorot_normal",),
    "glorot": ("glorot_uniform",),
    "kaiming": ("he_uniform",),
    "kaiminguniform": ("he_uniform",),
    "kaimingnormal": ("he_normal",),
    "he": ("he_uniform",),
    "lecun": ("lecun_uniform",),
    "gaussian": ("normal", "gaussian_noise"),
    "randomnormal": ("normal",),
    # solvers
    "bfgs": ("lbfgs",),
    "lbfgsb": ("lbfgs",),
    "newton": ("lbfgs",),
    "gd": ("sgd",),
    "momentum": ("sgd",),
    "nesterov": ("sgd",),
    # schedules
    "fixed": ("constant",),
    "inversescaling": ("invscaling",),
    "inverse": ("invscaling",),
    "exp": ("exponential",),
    "poly": ("polynomial",),
    "cosineannealing": ("cosine",),
    "cosinedecay": ("cosine",),
    "reduceonplateau": ("plateau",),
    "reducelronplateau": ("plateau",),
    # normalisation, engines, augmentations
    "batchnorm": ("batch",),
    "bn": ("batch",),
    "layernorm": ("layer",),
    "ln": ("layer",),
    "numpy": ("reference",),
    "python": ("reference",),
    "compiled": ("native",),
    "cpp": ("native",),
    "noise": ("gaussian_noise",),
    "jitter": ("gaussian_noise",),
    # the rest
    "all": ("full",),
    "progress": ("bar",),
    "progressbar": ("bar",),
    "tqdm": ("bar",),
    "logging": ("log",),
    "logger": ("log",),
    "valloss": ("validation_loss",),
    "valscore": ("validation_score",),
    "valacc": ("validation_score",),
    "trainloss": ("loss",),
    "trainingloss": ("loss",),
}


class Names(StrOptions):  # type: ignore[misc]
    """Constraint as in scikit-learn: one of these strings, listed in this order.

    ``StrOptions`` lists a set, whose order varies between processes.

    Examples
    --------
    >>> from lightmlp.names import Names
    >>> str(Names(["uniform", "normal"]))
    "a str among {'uniform', 'normal'}"
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        super().__init__(set(self.names))

    def __str__(self) -> str:
        return f"a str among {{{list_names(self.names)}}}"


def list_names(names: Iterable[str]) -> str:
    """Format names for an error message."""
    return ", ".join(map(repr, names))


def did_you_mean(value: Any, names: Iterable[str]) -> str:
    """Return " Did you mean 'name'?" if one of the names is similar, else "".

    Parameters
    ----------
    value : object
        The user's value; only strings are compared.
    names : iterable of str
        The valid names.
    """
    name = _nearest(value, names) if isinstance(value, str) else None
    return "" if name is None else f" Did you mean {name!r}?"


def _nearest(text: str, names: Iterable[str]) -> str | None:
    """Find the intended name: same letters, a synonym, or a misspelling."""
    from difflib import get_close_matches

    by_letters = {_letters(name): name for name in names}
    wanted = _letters(text)
    if wanted in by_letters:
        return by_letters[wanted]
    offered = set(by_letters.values())
    for name in _SYNONYMS.get(wanted, ()):
        if name in offered:
            return name
    near = get_close_matches(wanted, by_letters, n=1, cutoff=0.7)
    return by_letters[near[0]] if near else None


def _letters(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


class HelpfulErrors:
    """Mixin for scikit-learn's objects: errors about wrong parameters suggest a name.

    The hint precedes scikit-learn's "Got ... instead."
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]]
    _parameter_names: ClassVar[list[str]]

    @classmethod
    def _get_param_names(cls) -> list[str]:
        """Inspect the constructor once per class: that takes a tenth of a short fit."""
        if "_parameter_names" not in cls.__dict__:
            cls._parameter_names = super()._get_param_names()  # type: ignore[misc]
        return list(cls._parameter_names)

    def _validate_params(self) -> None:
        parameters = self.get_params(deep=False)  # type: ignore[attr-defined]
        constraints, caller = self._parameter_constraints, type(self).__name__
        try:
            validate_parameter_constraints(constraints, parameters, caller)
        except InvalidParameterError as error:
            raise InvalidParameterError(self._with_hint(str(error), parameters)) from None

    def _with_hint(self, message: str, parameters: Mapping[str, Any]) -> str:
        """Put a hint before the end of the error about one of these parameters."""
        name = next(name for name in parameters if message.startswith(f"The {name!r} "))
        end = f" Got {parameters[name]!r} instead."
        return message.removesuffix(end) + self._hint(name, parameters[name]) + end

    def _hint(self, name: str, value: Any) -> str:
        """Return a hint to append to the error about a parameter, with a leading space."""
        constraints = map(make_constraint, self._parameter_constraints[name])
        names = [n for c in constraints if isinstance(c, Names) for n in c.names]
        return did_you_mean(value, names)
