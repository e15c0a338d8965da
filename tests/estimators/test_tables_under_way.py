"""Tables that change while a fit reads them, and such as no program should pass."""

import numpy as np
import pytest
from scipy import sparse

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import Callback

rng = np.random.RandomState(0)
DENSE = np.where(rng.random_sample((60, 8)) < 0.4, rng.normal(size=(60, 8)), 0.0)
y = np.arange(60) % 3


class Spoil(Callback):
    """Writes columns and row starts that do not exist into a matrix, once training runs."""

    def __init__(self, X):
        self.X = X

    def on_epoch_end(self, state):
        self.X.indices[:] = 10**6
        self.X.indptr[1:-1] = 10**6


def model(engine, **settings):
    settings = {"max_iter": 4, "tol": 10, "n_iter_no_change": 2, **settings}
    return MLPClassifier((5,), engine=engine, random_state=0, **settings)


def bits(fitted):
    return [array.tobytes() for array in (*fitted.coefs_, *fitted.intercepts_)]


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_matrix])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"early_stopping": True},
        {"augmentation": "mixup"},
        {"input_dropout": 0.1},
    ],
    ids=str,
)
def test_a_callback_may_spoil_the_users_matrix(engine, kind, settings):
    expected = bits(model(engine, **settings).fit(kind(DENSE), y))
    X = kind(DENSE)
    assert bits(model(engine, callbacks=[Spoil(X)], **settings).fit(X, y)) == expected


@pytest.mark.parametrize("wrong", [8, -1, 10**6, 2**31 - 1])
def test_columns_that_do_not_exist_are_refused(engine, wrong):
    X = sparse.csr_matrix(DENSE)
    fitted = model(engine).fit(X, y)
    X.indices[3] = wrong
    for call in (lambda: model(engine).fit(X, y), lambda: fitted.predict(X)):
        with pytest.raises(ValueError, match=r"ind(ex|ices)"):
            call()


def unaligned(array):
    """Return a copy whose address is no multiple of its values' size."""
    memory = np.empty(array.nbytes + 1, dtype=np.uint8)
    result = memory[1:].view(array.dtype).reshape(array.shape)
    result[...] = array
    assert not result.flags.aligned
    return result


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_unaligned_arrays_give_the_same_bits(engine, dtype):
    X, target, weights = (a.astype(dtype) for a in (DENSE, DENSE[:, 0], rng.random_sample(60)))
    settings = {"max_iter": 3, "tol": 10, "n_iter_no_change": 1, "random_state": 0}
    expected = MLPRegressor(engine=engine, **settings).fit(X, target, weights)
    fitted = MLPRegressor(engine=engine, **settings)
    fitted.fit(*map(unaligned, (X, target, weights)))
    assert bits(fitted) == bits(expected)
    fitted.coefs_ = [unaligned(W) for W in fitted.coefs_]
    fitted.intercepts_ = [unaligned(b) for b in fitted.intercepts_]
    for rows in (X, X[:1], sparse.csr_matrix(X)):
        assert fitted.predict(rows).tobytes() == expected.predict(rows).tobytes()
    given = unaligned(X)
    assert fitted.predict(given).tobytes() == expected.predict(X).tobytes()
