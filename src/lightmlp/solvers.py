"""The stochastic solvers as objects, for the parameter ``solver`` of the estimators.

A plain string, such as ``solver="rmsprop"``, means the object with its defaults; only
"sgd" and "adam" read the estimators' own ``momentum``, ``nesterovs_momentum``, ``beta_1``,
``beta_2`` and ``epsilon``, as in scikit-learn.

Examples
--------
>>> from lightmlp import MLPClassifier, solvers
>>> model = MLPClassifier(solver=solvers.RMSprop(rho=0.95), learning_rate_init=0.01)
>>> model.set_params(solver__momentum=0.5).solver
RMSprop(momentum=0.5, rho=0.95)
"""

from .training.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    Lion,
    Muon,
    NAdam,
    RMSprop,
    orthogonalize,
)

__all__ = [
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Lion",
    "Muon",
    "NAdam",
    "RMSprop",
    "orthogonalize",
]
