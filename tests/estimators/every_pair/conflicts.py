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


def _of_layers() -> list[Conflict]:
    no_layer, one_layer, not_two = ("()",), ("(4,)", "4"), ("()", "(4,)", "4")
    two_layers = ("(5, 3)", "[6, 2]")
    sizes = "hidden_layer_sizes"
    return [
        ({sizes: not_two, "activation": ("per_layer",)}, r"activation=.* hidden layer\(s\)"),
        ({sizes: not_two, "dropout": ("per_layer",)}, r"dropout=.* hidden layer\(s\)"),
        ({sizes: no_layer, "frozen_layers": ("1",)}, r"frozen_layers=1 .* has 1 layer\(s\)"),
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
        "calls": _but(cls, "calls", "partial_fit"),
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
                "calls": _but(cls, "calls", "partial_fit", "fit, partial_fit"),
            },
            "X_val and validation_split both",
        ),
        (
            partial_fit | {"early_stopping": ("True",), "solver": _but(cls, "solver", "lbfgs")},
            "partial_fit .* early_stopping=True",
        ),
        (partial_fit | {"validation_split": split}, "partial_fit .* validation_split"),
    ]


def _of_decay() -> Conflict:
    return (
        {"solver": ("AdamW",), "weight_decay": ("0.1",)},
        "weight_decay=0.1 and solver=AdamW.* both",
    )


def _of_classes(cls: type) -> list[Conflict]:
    several = ("labels", "columns")
    scored = {"calls": _but(cls, "calls", "partial_fit")}
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
            "scoring=.* cannot score the rows held out: ",
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
        *_of_validation(MLPClassifier),
        _of_decay(),
        *_of_classes(MLPClassifier),
    ],
    MLPRegressor: [
        *_of_lbfgs(MLPRegressor),
        *_of_layers(),
        *_of_validation(MLPRegressor),
        (
            {
                "scoring": ("neg_mean_absolute_error",),
                "loss": ("quantiles",),
                "calls": _but(MLPRegressor, "calls", "partial_fit"),
            },
            "scoring='neg_mean_absolute_error' cannot score the rows held out: ",
        ),
        _of_decay(),
    ],
}


def rules_of(cls: type) -> list[Rule]:
    """Return the conflicts alone."""
    return [rule for rule, _ in CONFLICTS[cls]]


def seeds(rule: Rule) -> list[Case]:
    """All combinations of values by which a case meets the conflict."""
    return [dict(zip(rule, values, strict=True)) for values in product(*rule.values())]
