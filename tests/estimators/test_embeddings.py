"""``numeric_embedding``: what becomes of columns of numbers."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from lightmlp import MLPClassifier, MLPRegressor, embeddings
from lightmlp.callbacks import Checkpoint
from lightmlp.embeddings import NUMERIC_EMBEDDINGS, Periodic, PiecewiseLinear

pytestmark = [
    pytest.mark.filterwarnings("ignore:Stochastic Optimizer"),
    pytest.mark.filterwarnings("ignore:lbfgs failed"),
    pytest.mark.filterwarnings("ignore:Scales can be"),
]
rng = np.random.default_rng(0)
X = rng.normal(size=(300, 3))
y = np.floor(3 * X[:, 0]) + X[:, 1]
EMBEDDINGS = {
    "piecewise_linear": "piecewise_linear",
    "periodic": "periodic",
    "tree": PiecewiseLinear(6, "tree", 3, "identity"),
    "silu": Periodic(5, 3, 0.5, "silu"),
}
each = pytest.mark.parametrize("embedding", EMBEDDINGS.values(), ids=EMBEDDINGS)


def make(embedding, **settings):
    settings = {"max_iter": 5, "random_state": 0, "hidden_layer_sizes": (8,), **settings}
    return MLPRegressor(numeric_embedding=embedding, **settings)


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_engines_agree(embedding, dtype):
    models = [
        make(embedding, engine=e).fit(X.astype(dtype), y) for e in ("native", "reference")
    ]
    predictions = [model.predict(X.astype(dtype)) for model in models]
    assert predictions[0].dtype == dtype
    np.testing.assert_allclose(*predictions, rtol=1e-3 if dtype == np.float32 else 1e-9)


@each
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs", "muon"])
def test_all_parameters_learn(embedding, solver):
    model = make(embedding, solver=solver)
    start = clone(model).initialize(X, y)
    model.fit(X, y)
    for before, after in zip(start.embeddings_, model.embeddings_, strict=True):
        assert before.shape == after.shape
        assert (before != after).any()
    arrays = (*model.coefs_, *model.intercepts_, *model.embeddings_)
    assert model.n_parameters_ == sum(array.size for array in arrays)


@each
def test_a_pickle_predicts_and_learns_on(embedding):
    model = make(embedding, warm_start=True).fit(X, y)
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.predict(X), model.predict(X))
    for each_of_them in (model, copy):
        each_of_them.fit(X, y)
    assert np.array_equal(copy.predict(X), model.predict(X))


def test_jumps_are_learned_that_a_plain_network_misses():
    jumps = np.floor(4 * X[:, 0])
    scores = [
        make(e, max_iter=60, learning_rate_init=0.01).fit(X[:200], jumps[:200])
        .score(X[200:], jumps[200:])
        for e in (None, "piecewise_linear")
    ]  # fmt: skip
    assert scores[1] > scores[0]


def test_quantiles_are_the_edges():
    layer = PiecewiseLinear(4, width=2).layer(np.arange(9.0)[:, np.newaxis], y[:9], None)
    assert layer.edges == ((0.0, 2.0, 4.0, 6.0, 8.0),)


def test_a_tree_finds_where_classes_change():
    x = np.linspace(0, 1, 101)[:, np.newaxis]
    classes = (x.ravel() > 0.305).astype(np.int32)
    layer = PiecewiseLinear(4, "tree").layer(x, classes, None)
    assert layer.edges == ((0.0, pytest.approx(0.305), 1.0),)


@pytest.mark.parametrize("bins", ["quantile", "tree"])
@pytest.mark.parametrize("n_bins", [1, 5])
def test_degenerate_columns_have_a_bin(bins, n_bins):
    columns = np.column_stack([np.full(30, 7.0), np.repeat([0.0, 1.0], 15), np.arange(30.0)])
    layer = PiecewiseLinear(n_bins, bins).layer(columns, np.arange(30.0), None)
    assert [own[0] for own in layer.edges] == [7.0, 0.0, 0.0]
    assert layer.edges[0] == (7.0, 14.0)
    assert all(1 <= len(own) - 1 <= n_bins for own in layer.edges)
    model = make(PiecewiseLinear(n_bins, bins)).fit(columns, np.arange(30.0))
    assert np.isfinite(model.predict(1e6 * columns)).all()


def test_edges_are_those_of_the_fit_and_not_of_what_follows():
    model = make("piecewise_linear", warm_start=True).fit(X, y)
    layer = model.input_layer_
    model.partial_fit(X + 1, y)
    assert model.input_layer_ == layer


def test_users_edit_embeddings():
    model = make("piecewise_linear").fit(X, y)
    model.embeddings_ = [np.zeros_like(array) for array in model.embeddings_]
    assert np.ptp(model.predict(X)) == 0
    model.embeddings_ = model.embeddings_[:1]
    with pytest.raises(ValueError, match=r"embeddings_ must have arrays .* of the shapes"):
        model.predict(X)


def test_parameters_are_searched():
    search = GridSearchCV(make("periodic"), {"numeric_embedding__deviation": [0.1, 1.0]}, cv=2)
    found = search.fit(X, y).best_estimator_
    assert isinstance(found.numeric_embedding, Periodic)


def test_early_stopping_restores_embeddings():
    noise = np.random.default_rng(1).normal(size=300)  # so that it can only overfit
    settings = {"early_stopping": True, "learning_rate_init": 0.02, "n_iter_no_change": 20}
    model = make("piecewise_linear", max_iter=20, **settings).fit(X, noise)
    best = int(np.argmax(model.validation_scores_)) + 1
    assert best < model.n_iter_
    as_long = make("piecewise_linear", max_iter=best, **settings).fit(X, noise)
    for one, other in zip(model.embeddings_, as_long.embeddings_, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", NUMERIC_EMBEDDINGS)
def test_a_fit_without_embedding_forgets_it(name):
    model = make(name).fit(X, y).set_params(numeric_embedding=None).fit(X, y)
    assert not hasattr(model, "embeddings_")
    assert not hasattr(model, "input_layer_")
    assert np.array_equal(model.predict(X), make(None).fit(X, y).predict(X))


def test_folded_networks_keep_their_embeddings():
    model = make("piecewise_linear", normalization="batch").fit(X, y)
    np.testing.assert_allclose(model.folded().predict(X), model.predict(X), rtol=1e-9)


@each
def test_a_fit_is_resumed(embedding, tmp_path):
    path = tmp_path / "checkpoint"
    make(embedding, max_iter=3, callbacks=[Checkpoint(path)]).fit(X, y)
    resumed = make(embedding, max_iter=6).fit(X, y, resume_from=path)
    whole = make(embedding, max_iter=6).fit(X, y)
    assert np.array_equal(resumed.predict(X), whole.predict(X))


def test_a_tree_splits_columns_far_from_zero():
    far = 1.7e9 + np.arange(100.0)
    near = PiecewiseLinear(8, "tree").layer(far[:, None] - far[0], np.sin(far / 8), None)
    layer = PiecewiseLinear(8, "tree").layer(far[:, None], np.sin(far / 8), None)
    np.testing.assert_allclose(np.array(layer.edges) - far[0], near.edges, atol=1e-5)


class TestWhatCannotAct:
    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"embedding": "wavelets"}, "numeric_embedding.*piecewise_linear"),
            ({"embedding": PiecewiseLinear(0)}, "n_bins"),
            ({"embedding": PiecewiseLinear(bins="wide")}, "bins"),
            ({"embedding": PiecewiseLinear(2**40)}, "n_bins"),
            ({"embedding": Periodic(deviation=0)}, "deviation"),
            ({"embedding": Periodic(activation="step")}, "activation"),
            (
                {"embedding": "periodic", "categorical_features": [0, 1, 2]},
                "numeric_embedding='periodic' cannot act",
            ),
        ],
    )
    def test_wrong_values(self, settings, message):
        embedding = settings.pop("embedding")
        with pytest.raises(ValueError, match=message):
            make(embedding, **settings).fit(np.abs(X), y)

    def test_sparse_rows(self):
        with pytest.raises(ValueError, match="needs a dense X"):
            make("periodic").fit(csr_matrix(X), y)
        model = make("periodic", max_iter=1).fit(X, y)
        for call in (model.predict, lambda sparse: model.partial_fit(sparse, y)):
            with pytest.raises(ValueError, match=r"needs a dense X.*toarray"):
                call(csr_matrix(X))

    def test_columns_in_other_units(self):
        scaled = (X - X.mean(0)) / X.std(0) * [1, 99.4, 1]
        with pytest.warns(UserWarning, match=r"1 of 3 have others: .* of 99\.4"):
            make("periodic", max_iter=1).fit(scaled, y)

    def test_another_network_than_that_of_the_fit_before(self):
        model = make(None, warm_start=True).fit(X, y)
        with pytest.raises(ValueError, match="numeric_embedding='periodic' differs from the"):
            model.set_params(numeric_embedding="periodic").fit(X, y)

    def test_another_embedding_than_that_of_the_fit_before(self):
        model = make("piecewise_linear", warm_start=True).fit(X, y)
        model.set_params(numeric_embedding=PiecewiseLinear()).fit(X, y)  # the same one
        for other in ("periodic", PiecewiseLinear(n_bins=3)):
            with pytest.raises(ValueError, match="differs from the PiecewiseLinear"):
                model.set_params(numeric_embedding=other).partial_fit(X, y)

    def test_layers_of_such_a_model(self):
        source = make("periodic").fit(X, y)
        with pytest.raises(ValueError, match="init_from has layers that read encoded columns"):
            make(None).fit(X, y, init_from=source)


def test_classes_and_multiple_outputs():
    labels = (X[:, 0] > 0).astype(int)
    settings = {"random_state": 0, "max_iter": 30}
    for targets in (labels, np.column_stack([labels, X[:, 1] > 0])):
        model = MLPClassifier((8,), numeric_embedding=PiecewiseLinear(4, "tree"), **settings)
        assert model.fit(X, targets).score(X, targets) > 0.5
    assert embeddings.PiecewiseLinear() == PiecewiseLinear()
