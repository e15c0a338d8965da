"""The methods ``fit`` and ``initialize``, and what protects an estimator while it learns."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Self

from .decorators import available_where, fitting
from .fit_options import FitArguments

__all__ = ["LearningMixin", "unchanged_on_error"]


@contextmanager
def unchanged_on_error(estimator: object) -> Iterator[None]:
    """Give the estimator back its attributes if what follows fails.

    So a fit that is refused or that diverges leaves the earlier model as it was.
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def _has_sklearn_callbacks(estimator: object) -> bool:
    return find_spec("sklearn.callback") is not None


class LearningMixin:
    """``fit`` and ``initialize`` of both estimators, and scikit-learn's callbacks."""

    max_iter: int

    @abstractmethod
    def _learn(
        self, X: Any, y: Any, sample_weight: Any, incremental: bool, arguments: FitArguments
    ) -> Callable[[], None]:
        """Fit, and return a function that issues the warnings about it."""

    @abstractmethod
    def _start(self, X: Any, y: Any, sample_weight: Any, init_from: Any) -> None:
        """Set the attributes with which a fit would begin, and forget all others."""

    @fitting
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        groups: Any = None,
        resume_from: Any = None,
        init_from: Any = None,
    ) -> Self:
        """Learn from rows X and targets y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers. float32 trains in float32, all else in float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, a 0/1 matrix or columns of class labels (classifier), real numbers
            (regressor).
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0, not all zero; None counts every row once.
        X_val : {array-like, sparse matrix} of shape (n_validation, n_features), default=None
            Rows to validate with after every epoch; they do not train. Fills
            ``validation_loss_curve_`` and ``validation_scores_``; with
            ``early_stopping=True`` they take the place of the split, so that all of X
            trains. For 'sgd' and 'adam'.
        y_val : array-like of shape (n_validation,) or (n_validation, n_outputs), default=None
            Their targets; a classifier knows the classes of y only.
        sample_weight_val : array-like of shape (n_validation,), default=None
            Their weights >= 0, not all zero.
        groups : array-like of shape (n_samples,), default=None
            Group of each row, for a ``validation_split`` that keeps groups together.
        resume_from : str or os.PathLike, default=None
            A file of :class:`lightmlp.callbacks.Checkpoint`, from which the interrupted fit
            of the same data and parameters goes on to the same bits as without the
            interruption. For 'sgd' and 'adam'.
        init_from : estimator, default=None
            A fitted MLPClassifier or MLPRegressor, of LightMLP or scikit-learn, whose layers
            are the initial ones: from the input side on, as many hidden layers as have
            equal shapes, and then the output layer if both predict the same classes or
            outputs. Other layers are drawn as usual.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter, X, y or the weights are not as described, if options
            contradict each other or could not act, if a score of the rows held out is not
            defined, or if the solver diverges. The estimator then is as it was before the
            call. Also if ``resume_from`` belongs to another run, is damaged or is no
            checkpoint, or if no layer of ``init_from`` fits.
        FileNotFoundError
            If there is no file ``resume_from``.

        Warns
        -----
        UserWarning
            Names the parameters that differ from their defaults and that nothing reads, or a
            learning rate at which nothing was learned.
        ConvergenceWarning
            If training ended before it converged, or diverged and earlier parameters are
            kept.

        Examples
        --------
        >>> from lightmlp import MLPRegressor
        >>> reg = MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", tol=1)
        >>> reg.fit([[0.0], [1.0]], [0.0, 1.0]).n_parameters_
        13
        """
        arguments = FitArguments(
            X_val, y_val, sample_weight_val, groups, resume_from, init_from
        )
        self._begin_sklearn_callbacks()
        with unchanged_on_error(self):
            warn = self._learn(X, y, sample_weight, False, arguments)
        warn()
        return self

    @fitting
    def initialize(
        self, X: Any, y: Any, sample_weight: Any = None, *, init_from: Any = None
    ) -> Self:
        """Draw the parameters that ``fit`` would begin with, and make no step.

        Afterwards :meth:`predict`, :meth:`loss_and_gradients` and the like work, and
        :meth:`partial_fit`, or ``fit`` with ``warm_start=True``, goes on from here. Whatever
        was fitted before is forgotten. An integer ``random_state`` starts again in each call:
        the order of rows that follows is drawn from its beginning, not after these draws.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, as in ``fit``: their number of columns, their names and dtype are used.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets, as in ``fit``: their classes or number of columns are used.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, as in ``fit``; ``class_weight='balanced'`` counts rows by them.
        init_from : estimator, default=None
            A model whose layers are the initial ones, as in ``fit``.

        Returns
        -------
        self : object
            The estimator, with initial parameters, ``n_iter_ = 0`` and ``t_ = 0``.

        Raises
        ------
        ValueError
            If a parameter, X, y or the weights are not as described, or if no layer of
            ``init_from`` fits. The estimator then is as it was before the call.

        Examples
        --------
        >>> from lightmlp import MLPRegressor
        >>> reg = MLPRegressor(hidden_layer_sizes=(4,), random_state=0)
        >>> reg = reg.initialize([[0.0], [1.0]], [0.0, 1.0])
        >>> reg.n_iter_, reg.predict([[0.0]]).shape
        (0, (1,))
        """
        with unchanged_on_error(self):
            self._start(X, y, sample_weight, init_from)
        return self

    @available_where(_has_sklearn_callbacks)
    def set_callbacks(self, *callbacks: Any) -> Self:
        """Set callbacks of scikit-learn, such as ``sklearn.callback.ProgressBar()``.

        Their task is the fit, its subtasks are the epochs. LightMLP's own callbacks belong
        into the parameter ``callbacks``. scikit-learn 1.9 or newer.

        Parameters
        ----------
        *callbacks : sklearn.callback.FitCallback
            They replace those set before; none removes them.

        Returns
        -------
        self : object
            The estimator.
        """
        from sklearn.callback import CallbackSupportMixin

        CallbackSupportMixin.set_callbacks(self, *callbacks)
        return self

    def _begin_sklearn_callbacks(self) -> None:
        """Set the callbacks up; the decorator of ``fit`` tears them down."""
        if hasattr(self, "_skl_callbacks") or hasattr(self, "_parent_callback_ctx"):
            from sklearn.callback import CallbackSupportMixin

            CallbackSupportMixin._init_callback_context(self, max_subtasks=self.max_iter)
