"""Options given by a name, and the objects that these names mean.

``solver="adamw"`` means ``solvers.AdamW()``, so ``solver__weight_decay`` is a parameter of
both. The option becomes the object where such a parameter is set.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from ..embeddings import NUMERIC_EMBEDDINGS
from ..names import HelpfulErrors, did_you_mean, list_names
from ..settings import Settings
from .defaults import OF_SOLVERS, default_of
from .hints import hint_about

__all__ = ["OptionsMixin"]

# What some names take from the estimator itself, as in scikit-learn, and not from an object.
_OWN_PARAMETERS: dict[tuple[str, str], tuple[str, ...]] = {
    **{("solver", solver): tuple(names) for solver, names in OF_SOLVERS.items()},
    ("learning_rate", "invscaling"): ("power_t",),
}


class OptionsMixin(HelpfulErrors):
    """``set_params`` of the estimators, and the words of errors about their parameters."""

    _losses: ClassVar[Mapping[str, Callable[[], Settings]]]

    def set_params(self, **params: Any) -> Self:
        """Set parameters, and those of the objects among them.

        A string stands for the object that it means: ``solver__weight_decay=0.1`` makes
        ``solver="adamw"`` an ``AdamW(weight_decay=0.1)``, in searches and pipelines too.
        ``get_params`` lists the parameters of objects only.

        Parameters
        ----------
        **params : dict
            Parameters by name, those of an object as ``<parameter>__<parameter of it>``.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If there is no parameter of a name, or an option is neither an object nor the
            name of one. Also for 'sgd', 'adam' and 'invscaling' where the parameters that
            these take from the estimator (``momentum``, ``beta_1``, ``power_t``, ...) are not
            at their defaults: an object would not read them.

        Examples
        --------
        >>> from lightmlp import MLPClassifier
        >>> MLPClassifier(solver="adamw").set_params(solver__weight_decay=0.1).solver
        AdamW(weight_decay=0.1)
        >>> MLPClassifier().set_params(learning_rate="cosine", learning_rate__warmup=5)
        MLPClassifier(learning_rate=Cosine(warmup=5))
        """
        own = self.get_params(deep=False)  # type: ignore[attr-defined]
        own.update((name, value) for name, value in params.items() if name in own)
        nested: dict[str, dict[str, Any]] = {}
        for name, value in params.items():
            option, _, parameter = name.partition("__")
            if parameter and option in own and not _is_object(own[option]):
                nested.setdefault(option, {})[parameter] = value
        for option, parameters in nested.items():
            made = _object_of(type(self), option, own, parameters).set_params(**parameters)
            for parameter in parameters:
                del params[f"{option}__{parameter}"]
            params[option] = made
        super().set_params(**params)  # type: ignore[misc]
        return self

    def _hint(self, name: str, value: Any) -> str:
        return hint_about(name, value) or super()._hint(name, value)


def _is_object(value: Any) -> bool:
    return hasattr(value, "set_params") and not isinstance(value, type)


def _object_of(
    kind: type[OptionsMixin], option: str, own: Mapping[str, Any], parameters: Mapping[str, Any]
) -> Settings:
    """Make the object that the option's string means."""
    value, first = own[option], next(iter(parameters))
    asked = f"{option}__{first}={parameters[first]!r}"
    objects = _objects(kind, option)
    if not objects:
        advice = f"Set {option} itself."
        if option in ("weight_decay", "dropout"):
            advice = f"Set {option} itself, to a Scheduled of lightmlp.schedules for instance."
        raise ValueError(
            f"{asked} is a parameter of an object, and {option} takes none: it is {value!r}. "
            f"{advice}"
        )
    if not isinstance(value, str) or value not in objects:
        raise ValueError(
            f"{asked} is a parameter of an object, and {option}={value!r} is neither an object "
            f"nor the name of one. Set {option} too, to one of {list_names(objects)}, or to an "
            f"object.{did_you_mean(value, objects)}"
        )
    _check_own_parameters(kind, option, own, asked)
    return objects[value]()


def _check_own_parameters(
    kind: type[OptionsMixin], option: str, own: Mapping[str, Any], asked: str
) -> None:
    for name in _OWN_PARAMETERS.get((option, own[option]), ()):
        if name in own and own[name] != default_of(kind, name):
            raise ValueError(
                f"{asked} makes {option}={own[option]!r} an object, which does not read the "
                f"estimator's {name}={own[name]!r}. Set the estimator's own parameters "
                f"({', '.join(_OWN_PARAMETERS[option, own[option]])}) instead of "
                f"{option}__..., or put all of them into an object."
            )


def _objects(kind: type[OptionsMixin], option: str) -> Mapping[str, Callable[[], Settings]]:
    """Return what makes the object of each of an option's names; {} if it takes no object."""
    objects: Mapping[str, Callable[[], Settings]] = {}
    if option == "solver":
        from ..training.optimizers import OPTIMIZERS as objects
    elif option == "learning_rate":
        from ..training.schedules import SCHEDULES as objects
    elif option == "augmentation":
        from ..training.augmentations import AUGMENTATIONS as objects
    elif option in ("initialization", "bias_initialization"):
        from ..network import INITIALIZERS as objects
    elif option == "numeric_embedding":
        objects = NUMERIC_EMBEDDINGS
    elif option == "loss":
        objects = kind._losses
    return objects
