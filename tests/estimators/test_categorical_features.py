"""``categorical_features``: columns of X that are categories."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.model_selection import cross_val_score

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.estimators.categories import CategoryEncoder

pytestmark = [
    pytest.mark.filterwarnings("ignore:Stochastic Optimizer"),
    pytest.mark.filterwarnings("ignore:Scales can be"),
]
rng = np.random.default_rng(0)
N_ROWS = 400
X = np.column_stack(
    [
        rng.normal(size=N_ROWS),
        rng.integers(0, 4, N_ROWS),
        rng.normal(size=N_ROWS),
        rng.integers(0, 30, N_ROWS),
    ]
)
y = ((X[:, 1] == 2) ^ (X[:, 3] % 3 == 0)).astype(int)


def make(categorical_features, **settings):
    settings = {
        "max_iter": 60, "learning_rate_init": 0.02, "random_state": 0,
        "hidden_layer_sizes": (16,), **settings,
    }  # fmt: skip
    return MLPClassifier(categorical_features=categorical_features, **settings)


@pytest.mark.parametrize("wanted", [[1, 3], (3, 1), [False, True] * 2, np.array([1, 3])])
def test_columns_are_learned_as_categories(wanted):
    model = make(wanted).fit(X[:300], y[:300])
    assert model.score(X[300:], y[300:]) > make(None).fit(X[:300], y[:300]).score(
        X[300:], y[300:]
    )
    assert model.is_categorical_.tolist() == [False, True, False, True]
    assert [own.tolist() for own in model.categories_] == [list(range(4)), list(range(30))]
    assert [array.shape for array in model.embeddings_] == [(31, 11)]  # 4 + 1: one-hot
    assert model.coefs_[0].shape == (2 + 11 + 5, 16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_engines_agree(dtype):
    table = X.astype(dtype)
    models = [make([1, 3], engine=e).fit(table, y) for e in ("native", "reference")]
    probabilities = [model.predict_proba(table) for model in models]
    assert probabilities[0].dtype == dtype
    np.testing.assert_allclose(*probabilities, rtol=2e-2 if dtype == np.float32 else 1e-7)


def test_order_and_names_of_categories_do_not_matter():
    renamed = X.copy()
    renamed[:, 1] = [10, 21, 35, 700][0] + X[:, 1] * 7
    predicted = [make([1, 3]).fit(table, y).predict_proba(table) for table in (X, renamed)]
    assert np.array_equal(*predicted)


def test_one_hot_is_what_an_encoder_makes_by_hand():
    """The codes of missing values have no rows, and weights of zero."""
    table = X[:, :2]
    by_option = MLPClassifier((8,), categorical_features=[1], alpha=0, max_iter=5)
    start = by_option.set_params(random_state=0).initialize(table, y)
    assert not start.coefs_[0][1].any()
    by_hand = np.column_stack([X[:, 0], *(X[:, 1] == k for k in (-1, 0, 1, 2, 3))])
    plain = MLPClassifier((8,), alpha=0, max_iter=5, random_state=0, shuffle=False)
    plain.initialize(by_hand, y)
    plain.coefs_ = [W.copy() for W in start.coefs_]
    plain.intercepts_ = [b.copy() for b in start.intercepts_]
    np.testing.assert_allclose(
        start.predict_proba(table), plain.predict_proba(by_hand), rtol=1e-12
    )


class TestDataFrames:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "number": X[:, 0],
            "letter": pandas.Categorical(np.array(list("abcd"))[X[:, 1].astype(int)]),
            "text": [f"s{int(k)}" for k in X[:, 3]],
        }
    )

    def test_by_name(self):
        model = make(["letter", "text"]).fit(self.frame, y)
        assert list(model.feature_names_in_) == ["number", "letter", "text"]
        assert model.score(self.frame, y) > 0.9
        assert [own[0] for own in model.categories_] == ["a", "s0"]

    def test_by_dtype(self):
        model = make("from_dtype").fit(self.frame[["number", "letter"]], y)
        assert model.is_categorical_.tolist() == [False, True]

    def test_text_that_is_no_category(self):
        with pytest.raises(ValueError, match="Column 'text' of X is no column of numbers"):
            make("from_dtype").fit(self.frame, y)

    def test_other_names_are_refused(self):
        model = make(["letter", "text"]).fit(self.frame, y)
        with pytest.raises(ValueError, match="feature names should match"):
            model.predict(self.frame.rename(columns={"text": "words"}))

    def test_cross_validation(self):
        assert cross_val_score(make(["letter", "text"]), self.frame, y, cv=3).min() > 0.6

    def test_missing_and_unknown_categories(self):
        model = make(["letter", "text"]).fit(self.frame, y)
        odd = self.frame[:4].copy()
        odd["text"] = ["never seen", None, float("nan"), self.pandas.NA]
        odd["letter"] = odd["letter"].cat.add_categories("z")
        odd.loc[0, "letter"] = "z"
        odd.loc[1, "letter"] = None
        odd["number"] = 0.5
        probabilities = model.predict_proba(odd)
        assert np.array_equal(probabilities[0], probabilities[1])  # unknown as missing
        odd.loc[2:, "letter"] = None
        assert np.ptp(model.predict_proba(odd)[:, 0]) == 0


def test_missing_values_are_a_category_that_learns():
    gaps = np.where(rng.random((N_ROWS, 1)) < 0.5, np.nan, 1.0)
    table = np.column_stack([X[:, 0], gaps])
    target = np.isnan(gaps.ravel()).astype(int)
    assert make([1]).fit(table, target).score(table, target) == 1.0
    assert make([1]).fit(np.nan_to_num(table, nan=-1.0), target).score(table, target) == 1.0


def test_a_model_goes_on_with_its_categories():
    model = make([1, 3], warm_start=True, max_iter=3).fit(X[:200], y[:200])
    categories = [own.copy() for own in model.categories_]
    more = X.copy()
    more[:, 3] += 100  # all of them unknown
    model.fit(more, y).partial_fit(more, y)
    assert all(map(np.array_equal, categories, model.categories_))
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.predict_proba(more), model.predict_proba(more))
    assert np.isfinite(copy.loss_and_gradients(X, y)[0])


def test_validation_rows_of_the_user_and_held_out():
    given = make([1, 3]).fit(X[:300], y[:300], X_val=X[300:], y_val=y[300:])
    assert len(given.validation_scores_) == given.n_iter_
    assert make([1, 3], early_stopping=True).fit(X, y).best_validation_score_ > 0.5


def test_all_columns_are_categories():
    model = MLPRegressor(hidden_layer_sizes=(8,), categorical_features=[0, 1], max_iter=200,
                         learning_rate_init=0.05, random_state=0)  # fmt: skip
    table = X[:, [1, 3]]
    target = np.array([5.0, -1.0, 2.0, 0.0])[table[:, 0].astype(int)]
    assert model.fit(table, target).score(table, target) > 0.99
    assert MLPRegressor(hidden_layer_sizes=(4,), categorical_features=[0], max_iter=3).fit(
        table[:, :1], target
    ).predict(table[:3, :1]).shape == (3,)


def test_a_fit_without_categories_forgets_them():
    model = make([1, 3], max_iter=3).fit(X, y).set_params(categorical_features=None).fit(X, y)
    assert not hasattr(model, "categories_")
    assert np.array_equal(model.predict(X), make(None, max_iter=3).fit(X, y).predict(X))


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([], "names no column"),
        ([False] * 4, "names no column"),
        ([True, False], "has the entry True, expected a number of a column, 0 to 3"),
        ([4], "has the entry 4, expected a number of a column, 0 to 3"),
        ([-1], "has the entry -1"),
        ([1.5], "has the entry 1.5"),
        (["a"], "names the column 'a', and X has no names of columns"),
        ("from_dtype", "finds no column with a categorical dtype"),
        ("auto", "categorical_features"),
    ],
)
def test_wrong_columns(wanted, message):
    with pytest.raises(ValueError, match=message):
        make(wanted).fit(X, y)


def of_objects(*columns):
    """Return a table that keeps what is in its columns as it is."""
    return np.array(list(zip(*columns, strict=True)), dtype=object)


class TestLabels:
    """What is in a column of categories, and may not become another label."""

    numbers = np.arange(20.0)

    def fit(self, labels, max_iter=1):
        return MLPRegressor(
            categorical_features=[0], hidden_layer_sizes=(4,), max_iter=max_iter
        ).fit(of_objects(labels, self.numbers), self.numbers)

    def test_negative_numbers_are_missing_whatever_the_dtype(self):
        labels = [-1, 0, 1, 2] * 5
        model = self.fit(labels)
        assert model.categories_[0].tolist() == [0, 1, 2]
        table = of_objects(labels, self.numbers)
        assert np.array_equal(model.predict(table), model.predict(table.astype(float)))

    @pytest.mark.parametrize("first", [2**53, 2**60, 2**63])
    def test_integers_that_float64_does_not_tell_apart(self, first):
        with pytest.raises(ValueError, match=r"2\*\*53 on are no longer told apart.*astype"):
            self.fit([first + k for k in range(4)] * 5)

    def test_text_is_no_number(self):
        with pytest.raises(ValueError, match="categories of the types bool, int, str"):
            self.fit(["1", 2, "1.0", True] * 5)

    def test_text_keeps_its_end(self):
        assert self.fit(["a", "a\0"] * 10).categories_[0].tolist() == ["a", "a\0"]

    def test_lists_keep_their_types(self):
        rows = [["a", 1.0], [np.nan, 2.0]] * 10
        model = MLPRegressor(categorical_features=[0], max_iter=1).fit(rows, self.numbers)
        assert model.categories_[0].tolist() == ["a"]

    def test_other_types_are_named(self):
        with pytest.raises(ValueError, match=r"of the type bytes, expected text alone"):
            self.fit([b"a", b"b"] * 10)

    def test_edited_categories(self):
        model = self.fit(["a", "b"] * 10)
        model.categories_ = []
        with pytest.raises(ValueError, match="categories_ must be a list of 1 arrays"):
            model.predict(of_objects(["a"], [1.0]))


def test_other_columns_than_those_of_the_fit_before():
    model = make([1, 3], warm_start=True, max_iter=2).fit(X, y)
    with pytest.raises(
        ValueError, match=r"categorical_features=\[1\] differs from the \[1, 3\]"
    ):
        model.set_params(categorical_features=[1]).fit(X, y)


def test_what_cannot_be_encoded():
    with pytest.raises(ValueError, match="needs a dense X"):
        make([1]).fit(csr_matrix(X), y)
    mixed = X.astype(object)
    mixed[:3, 1] = ["a", 1, (2, 3)]
    with pytest.raises(
        ValueError, match="Column 1 of X has categories of the types float, int, str, tuple"
    ):
        make([1]).fit(mixed, y)
    model = make([1, 3], max_iter=3).fit(X, y)
    with pytest.raises(ValueError, match="3 features"):
        model.predict(X[:, :3])
    with pytest.raises(ValueError, match="Column 1 of X has text as categories"):
        model.predict(np.where(np.arange(4) == 1, "a", X.astype(object)))
    gaps = X.copy()
    gaps[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        model.predict(gaps)
    with pytest.raises(ValueError, match="is incompatible with categorical_features"):
        make([1], augmentation="mixup").fit(X, y)


def test_codes_begin_with_missing_ones():
    encoder = CategoryEncoder.learn([0], np.array([[3.0], [np.nan], [1.0], [-2.0]]))
    assert encoder.encode(np.array([[1.0], [3.0], [7.0], [-2.0], [np.nan]])).tolist() == [
        [1], [2], [0], [0], [0],
    ]  # fmt: skip
