"""The options that cannot go together, with the errors that say so: all there are."""

from collections.abc import Mapping
from itertools import product

from lightmlp import MLPClassifier, MLPRegressor

from .covering_array import Case, Rule
from .options import options_of

Conflict = tuple[Rule, str]


def _but(cls: type, name: str, *harmless: str) -> tuple[str, ...]:
    """All values of an option except these."""
    return tuple(value for value in options_of(cls)[name] if value not in harmless)


def _only_fit(cls: type) -> tuple[str, ...]:
    """All calls without a partial_fit."""
    return _but(cls, "calls", "partial_fit", "fit, partial_fit")


def _of_lbfgs(cls: type) -> list[Conflict]:
    lbfgs = {"solver": ("lbfgs",)}
    of_steps = {
        "dropout": "0.0",
        "input_dropout": "0.0",
        "l1": "0.0",
        "weight_decay": "None",
        "max_norm": "None",
        "gradient_clip": "None",
        "gradient_clip_value": "None",
        "frozen_layers": "0",
        "layer_learning_rates": "None",
        "role_learning_rates": "None",
    }
    return [
        *(
            (lbfgs | {name: _but(cls, name, off)}, f"'lbfgs' does not support .*{name}")
            for name, off in of_steps.items()
        ),
        (
            lbfgs | {"normalization": ("batch",)},
            "'lbfgs' does not support normalization='batch'",
        ),
        (
            lbfgs | {"learning_rate": ("one_cycle", "Cosine", "function")},
            "learning_rate=.* solver='lbfgs'",
        ),
        (lbfgs | {"scoring": _but(cls, "scoring", "None")}, "scoring.* solver='lbfgs'"),
        (
            lbfgs | {"validation_split": _but(cls, "validation_split", "None")},
            "validation_split.* solver='lbfgs'",
        ),
        (
            lbfgs | {"augmentation": _but(cls, "augmentation", "None")},
            "augmentation=.* solver='lbfgs'",
        ),
        (lbfgs | {"restore_best_weights": ("True",)}, "restore_best_weights.* solver='lbfgs'"),
        (lbfgs | {"rows to validate": ("given", "weighted")}, "X_val.* solver='lbfgs'"),
    ]


def _given_twice() -> list[Conflict]:
    """Parameters of 'sgd' and 'adam' beside solvers that have parameters of that name."""
    of_adam = {"beta_1": ("0.5",), "beta_2": ("0.9",), "epsilon": ("0.001",)}
    of_sgd = {"momentum": ("0",), "nesterovs_momentum": ("False",)}
    own = {
        "rmsprop": ("momentum", "epsilon"),
        "adadelta": ("epsilon",),
        "lion": ("beta_1", "beta_2"),
        "muon": tuple(of_sgd | of_adam),
        "AdamW": tuple(of_adam),
        "NAdam": tuple(of_adam),
    }
    return [
        (
            {"solver": (solver,), name: (of_sgd | of_adam)[name]},
            f"{name}=.* would not be read beside solver=",
        )
        for solver, names in own.items()
        for name in names
    ]


def _of_frozen_layers(cls: type) -> Conflict:
    calls = _but(cls, "calls", "init_from")
    return {"frozen_layers": ("1",), "calls": calls}, "frozen_layers=1 keeps layers as they"


def _of_layers() -> list[Conflict]:
    no_layer, one_layer, not_two = ("()",), ("(4,)", "4"), ("()", "(4,)", "4")
    two_layers = ("(5, 3)", "[6, 2]")
    sizes = "hidden_layer_sizes"
    return [
        ({sizes: not_two, "activation": ("per_layer",)}, r"activation=.* hidden layer\(s\)"),
        ({sizes: not_two, "dropout": ("per_layer",)}, r"dropout=.* hidden layer\(s\)"),
        ({sizes: no_layer, "frozen_layers": ("1",)}, r"frozen_layers=1 .* has 1 layer\(s\)"),
        (
            {sizes: no_layer, "dropout": ("0.5", "scheduled")},
            "dropout=0.[45] .*cannot act with hidden_layer",
        ),
        (
            {"dropout": ("scheduled",), "input_dropout": ("0.3",)},
            "dropout=Scheduled.* beside input_dropout=0.3",
        ),
        (
            {"role_learning_rates": ("scale",), "normalization": ("None",)},
            "role_learning_rates has the key 'scale'.* Set normalization",
        ),
        (
            {sizes: one_layer, "role_learning_rates": ("scale",), "frozen_layers": ("1",)},
            "no parameter that learns has this role",
        ),
        (
            {sizes: no_layer, "normalization": ("batch", "layer")},
            "normalization=.* cannot act with hidden_layer",
        ),
        *(
            ({sizes: widths, "layer_learning_rates": rates}, "layer_learning_rates=.* layer")
            for widths, rates in (
                (no_layer, ("two", "three")),
                (one_layer, ("three",)),
                (two_layers, ("two",)),
            )
        ),
    ]


def _of_validation(cls: type) -> list[Conflict]:
    nothing_held_out = {
        "early_stopping": ("False",),
        "validation_split": ("None",),
        "rows to validate": ("none",),
        "calls": _only_fit(cls),
    }
    needs_rows = {
        "scoring": _but(cls, "scoring", "None"),
        "restore_best_weights": ("True",),
    }
    split = _but(cls, "validation_split", "None")
    partial_fit = {"calls": ("fit, partial_fit", "partial_fit")}
    return [
        *(
            (nothing_held_out | {name: values}, f"{name} would need. Set early_stopping=True")
            for name, values in needs_rows.items()
        ),
        (
            {
                "validation_split": split,
                "rows to validate": ("given", "weighted"),
                # With partial_fit it has another error.
                "calls": _only_fit(cls),
            },
            "X_val and validation_split both",
        ),
        (
            partial_fit | {"early_stopping": ("True",), "solver": _but(cls, "solver", "lbfgs")},
            "partial_fit .* early_stopping=True",
        ),
        *(
            (
                partial_fit | {name: values, "solver": _but(cls, "solver", "lbfgs")},
                # Or the fit before it has an error of its own.
                f"partial_fit does not support {name}|{name} would need|{name}=|sum to one",
            )
            for name, values in {
                "validation_split": split,
                "max_time": ("3600",),
                **needs_rows,
            }.items()
        ),
    ]


def _of_columns(cls: type) -> list[Conflict]:
    embedded = {"numeric_embedding": _but(cls, "numeric_embedding", "None")}
    categories = {"categorical_features": _but(cls, "categorical_features", "None")}
    return [
        (embedded | {"X": ("CSR",)}, "numeric_embedding=.* needs a dense X|categorical_feat"),
        (categories | {"X": ("CSR",)}, "categorical_features needs a dense X"),
        (
            categories | {"augmentation": _but(cls, "augmentation", "None")},
            "augmentation=.* is incompatible with categorical_features|solver='lbfgs'",
        ),
        *(
            (encoded | {"calls": ("init_from",)}, "init_from takes layers that read X as it is")
            for encoded in (embedded, categories)
        ),
    ]


def _of_decay() -> Conflict:
    return (
        {"solver": ("AdamW",), "weight_decay": ("0.1", "scheduled")},
        "weight_decay=.* and solver=AdamW.* both",
    )


def _of_classes(cls: type) -> list[Conflict]:
    several = ("labels", "columns")
    scored = {"calls": _only_fit(cls)}
    return [
        (
            {"loss": ("hinge", "Focal", "function"), "label_smoothing": ("0.2",)},
            "label_smoothing=0.2 needs loss=",
        ),
        (
            scored | {"loss": ("hinge",), "scoring": ("neg_log_loss",)},
            "scoring='neg_log_loss' .*loss='hinge'",
        ),
        (
            scored | {"loss": ("function",), "scoring": ("neg_log_loss",)},
            "scoring='neg_log_loss' .*loss=<function own_loss",
        ),
        (
            {"loss": ("function",), "class_weight": ("balanced",), "y": several},
            "class_weight='balanced' weighs the classes of each output",
        ),
        (
            scored | {"scoring": ("accuracy", "neg_log_loss"), "y": ("columns",)},
            "scoring=.* cannot score (columns of classes|the rows held out)",
        ),
        # A score of scikit-learn's all the same, with a warning, which is an error here.
        (scored | {"scoring": ("neg_log_loss",), "y": ("labels",)}, "do not sum to one"),
        # The regressor has it with lbfgs too, as scikit-learn's.
        (
            {"solver": ("lbfgs",), "calls": ("fit, partial_fit", "partial_fit")},
            "has no attribute 'partial_fit'",
        ),
        ({"class_weight": ("weights",), "y": several}, "class_weight=.* does not suit y"),
        (
            {"class_weight": ("balanced",), "calls": ("fit, partial_fit", "partial_fit")},
            "class_weight='balanced' .*partial_fit",
        ),
    ]


CONFLICTS: Mapping[type, list[Conflict]] = {
    MLPClassifier: [
        *_of_lbfgs(MLPClassifier),
        *_of_layers(),
        *_of_columns(MLPClassifier),
        *_of_validation(MLPClassifier),
        *_given_twice(),
        _of_frozen_layers(MLPClassifier),
        _of_decay(),
        *_of_classes(MLPClassifier),
    ],
    MLPRegressor: [
        *_of_lbfgs(MLPRegressor),
        *_of_layers(),
        *_of_columns(MLPRegressor),
        *_of_validation(MLPRegressor),
        *_given_twice(),
        _of_frozen_layers(MLPRegressor),
        (
            {
                "scoring": ("neg_mean_absolute_error",),
                "loss": ("quantiles",),
                "calls": _only_fit(MLPRegressor),
            },
            "scoring='neg_mean_absolute_error' cannot score the rows held out: ",
        ),
        _of_decay(),
        (
            {"scale_target": ("True",), "loss": ("poisson", "Tweedie")},
            "scale_target=True is incompatible with loss=",
        ),
        (
            {"scale_target": ("True",), "loss": ("quantiles",), "calls": ("init_from",)},
            "init_from predicts several quantile levels in other units",
        ),
    ],
}


def rules_of(cls: type) -> list[Rule]:
    """Return the conflicts alone."""
    return [rule for rule, _ in CONFLICTS[cls]]


def seeds(rule: Rule) -> list[Case]:
    """All combinations of values by which a case meets the conflict."""
    return [dict(zip(rule, values, strict=True)) for values in product(*rule.values())]
