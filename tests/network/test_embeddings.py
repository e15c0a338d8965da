"""Layers of tabular data: known answers, degenerate inputs, and settings that are wrong."""

from typing import ClassVar

import numpy as np
import pytest
from scipy import sparse

from lightmlp.network import (
    CategoricalEmbedding,
    Columns,
    Dropout,
    LayerNorm,
    Linear,
    MixedTable,
    Network,
    OneHot,
    ParametricActivation,
    Part,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Place,
    Scale,
    initialize,
)

PLACE = Place(0)
codes = np.array([[2], [0], [2]], np.int32)


def outputs(layer, own, inputs):
    return layer.forward(own, inputs, PLACE)[0]


class TestScale:
    def test_a_sparse_table_is_scaled_as_a_dense_one(self):
        rng = np.random.default_rng(0)
        X = rng.normal(size=(6, 4)) * (rng.random((6, 4)) < 0.5)
        delta, own = rng.normal(size=(6, 4)), {"scale": rng.normal(size=4)}
        layer, table = Scale(4), sparse.csr_matrix(X)
        scaled, memory = layer.forward(own, table, PLACE)
        assert scaled.format == "csr"
        np.testing.assert_array_equal(scaled.toarray(), X * own["scale"])
        np.testing.assert_allclose(
            layer.gradients(own, memory, delta, PLACE)["scale"], (X * delta).sum(axis=0)
        )


class TestParametricActivation:
    def test_it_starts_as_the_function_and_ends_as_the_identity(self):
        Z, layer = np.array([[-3.0, 0.0, 2.0]]), ParametricActivation(3, "relu")
        assert layer.parameters[0].start == 1.0
        assert outputs(layer, {"blend": np.ones(3)}, Z).tolist() == [[0, 0, 2]]
        assert outputs(layer, {"blend": np.zeros(3)}, Z).tolist() == [[-3, 0, 2]]


class TestPiecewiseLinearEmbedding:
    def test_bins_fill_one_after_the_other(self):
        """Section 3.2 of Gorishniy et al. (2022): b_0 = 0, b_1 = 1, b_2 = 2, b_3 = 4."""
        layer = PiecewiseLinearEmbedding(((0, 1, 2, 4),), 1)
        X = np.array([[0.25], [1.5], [3.0]])
        assert layer.encode(X).tolist() == [[0.25, 0, 0], [1, 0.5, 0], [1, 1, 0.5]]

    def test_the_first_and_the_last_bin_go_on_beyond_the_edges(self):
        layer = PiecewiseLinearEmbedding(((0, 1, 2, 4),), 1)
        assert layer.encode(np.array([[-3.0], [10.0]])).tolist() == [[-3, 0, 0], [1, 1, 4]]

    def test_one_bin_is_a_line(self):
        layer = PiecewiseLinearEmbedding(((1, 3),), 1, "identity")
        X = np.array([[-3.0], [1.0], [2.0], [3.0], [9.0]])
        assert layer.encode(X).tolist() == [[-2], [0], [0.5], [1], [4]]

    def test_edges_that_are_equal_in_float32_stay_apart(self):
        layer = PiecewiseLinearEmbedding(((0.0, 1.0, 1.0 + 1e-12, 2.0),), 1)
        encoded = layer.encode(np.array([[0.5], [1.0], [1.5]], np.float32))
        assert encoded.dtype == np.float32
        np.testing.assert_allclose(encoded, [[0.5, 0, 0], [1, 0, 0], [1, 1, 0.5]], atol=1e-6)

    def test_columns_stand_side_by_side(self):
        layer = PiecewiseLinearEmbedding(((0, 1), (0, 1, 2)), 2, "identity")
        own = {
            "weight": np.array([[1.0, 2], [10, 20], [100, 200]]),
            "bias": np.array([[0.0, 0], [0.5, 0.5]]),
        }
        assert outputs(layer, own, np.array([[0.5, 1.5]])).tolist() == [[0.5, 1, 60.5, 120.5]]

    def test_bounds_of_the_start(self):
        weight, bias = PiecewiseLinearEmbedding(((0, 1), (0, 1, 2, 3, 4)), 3).parameters
        assert weight.start.bounds == (1.0, 0.5, 0.5, 0.5, 0.5)
        assert bias.start.bounds == (1.0, 0.5)
        drawn = weight.start.draw(np.random.RandomState(0), (5, 100))
        assert 0.45 < abs(drawn[1:]).max() < 0.5
        assert 0.9 < abs(drawn[0]).max() < 1

    @pytest.mark.parametrize(
        ("edges", "message"),
        [
            ((), "n_inputs=0 must be an integer, 1 or more"),
            (((0.0,),), r"edges\[0\]=\(0.0,\) must be two or more"),
            (((0, 1), (1, 1)), r"edges\[1\]=\(1.0, 1.0\) must be two or more finite"),
            (((0, 1), (0, np.nan)), r"edges\[1\]=.*nan"),
            (((0, np.inf),), r"edges\[0\]=.*inf"),
        ],
    )
    def test_wrong_edges(self, edges, message):
        with pytest.raises(ValueError, match=f"PiecewiseLinearEmbedding: {message}"):
            PiecewiseLinearEmbedding(edges, 2)


class TestPeriodicEmbedding:
    def test_sines_stand_before_cosines(self):
        layer = PeriodicEmbedding(1, 2, 4, activation="identity")
        own = {
            "frequencies": np.array([[0.25, 1 / 12]]),
            "weight": np.eye(4)[np.newaxis],
            "bias": np.zeros((1, 4)),
        }
        found = outputs(layer, own, np.array([[1.0]]))
        np.testing.assert_allclose(found, [[1, 0.5, 0, np.sqrt(0.75)]], atol=1e-15)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_large_numbers_keep_their_phase(self, dtype):
        layer = PeriodicEmbedding(1, 1, 2, activation="identity")
        own = {
            "frequencies": np.array([[0.25]], dtype),
            "weight": np.eye(2, dtype=dtype)[np.newaxis],
            "bias": np.zeros((1, 2), dtype),
        }
        found = outputs(layer, own, np.array([[2**22 + 1], [-(2**22) - 1], [1e30]], dtype))
        np.testing.assert_allclose(found, [[1, 0], [-1, 0], [0, 1]], atol=1e-6)

    @pytest.mark.parametrize("deviation", [0.0, -1.0, np.inf, np.nan])
    def test_wrong_deviation(self, deviation):
        with pytest.raises(ValueError, match=f"deviation={deviation} must be a finite number"):
            PeriodicEmbedding(1, 1, 1, deviation)

    def test_wrong_counts(self):
        with pytest.raises(ValueError, match="n_frequencies=0 must be an integer, 1 or more"):
            PeriodicEmbedding(1, 0, 1)


class TestCategories:
    own: ClassVar = {"weight": np.arange(6.0).reshape(3, 2)}

    def test_gradients_add_up_where_a_code_occurs(self):
        layer, delta = CategoricalEmbedding(3, 2), np.array([[1.0, 2], [3, 4], [5, 6]])
        found, memory = layer.forward(self.own, codes, PLACE)
        assert found.tolist() == [[4, 5], [0, 1], [4, 5]]
        gradients = layer.gradients(self.own, memory, delta, PLACE)
        assert gradients["weight"].tolist() == [[3, 4], [0, 0], [6, 8]]

    def test_an_embedding_is_a_linear_layer_after_a_one_hot_encoding(self):
        hot = outputs(OneHot(3), {}, codes)
        linear = outputs(Linear(3, 2, bias=False), self.own, hot)
        np.testing.assert_array_equal(
            linear, outputs(CategoricalEmbedding(3, 2), self.own, codes)
        )

    @pytest.mark.parametrize("layer", [CategoricalEmbedding(3, 2), OneHot(3)])
    @pytest.mark.parametrize("code", [3, -1])
    def test_codes_out_of_range(self, layer, code):
        wrong = np.array([[0], [code]], np.int32)
        with pytest.raises(ValueError, match=rf"codes 0 to 2, got {code} \(1 of 2 codes"):
            layer.forward(self.own, wrong, PLACE)

    @pytest.mark.parametrize("layer", [CategoricalEmbedding(3, 2), OneHot(3)])
    def test_numbers_are_no_codes(self, layer):
        with pytest.raises(ValueError, match="takes codes of int32, got numbers of float64"):
            layer.forward(self.own, np.ones((2, 1)), PLACE)

    def test_no_categories(self):
        with pytest.raises(
            ValueError, match="OneHot: n_categories=0 must be an integer, 1 or more"
        ):
            OneHot(0)


class TestColumns:
    X = MixedTable(np.array([[0.5, 7.0], [1.5, 8.0]]), np.array([[2, 0], [1, 1]], np.int32))

    def test_parts_are_joined_in_their_order(self):
        layer = Columns(2, 2, (Part((1,), OneHot(2)), Part((1, 0)), Part((0,), OneHot(3))))
        assert layer.n_inputs == 4
        assert layer.n_outputs == 7
        assert outputs(layer, {}, self.X).tolist() == [
            [1, 0, 7, 0.5, 0, 0, 1],
            [0, 1, 8, 1.5, 0, 1, 0],
        ]

    def test_a_column_of_several_parts_adds_their_derivatives(self):
        layer = Columns(2, 2, (Part((0,)), Part((0, 1)), Part((0,), OneHot(3))))
        _, memory = layer.forward({}, self.X, PLACE)
        back = layer.backward({}, memory, np.arange(12.0).reshape(2, 6), PLACE)
        assert back.tolist() == [[1, 2], [13, 8]]

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_ones_have_the_dtype_of_the_numbers(self, dtype):
        layer = Columns(0, 2, (Part((0,), OneHot(3)),))
        table = MixedTable(np.empty((2, 0), dtype), self.X.codes)
        assert outputs(layer, {}, table).dtype == dtype

    @pytest.mark.parametrize(
        ("parts", "message"),
        [
            ((), "parts is empty"),
            ((Part(()),), r"parts\[0\]: columns=\(\) must be one or more, each once"),
            ((Part((0, 0)),), r"columns=\(0, 0\) must be one or more, each once"),
            (
                (Part((0,)), Part((2,))),
                r"parts\[1\]: columns=\(2,\) are .* 2 columns of num",
            ),
            ((Part((-1,)),), r"columns=\(-1,\) are out of range"),
            ((Part((1,), OneHot(3)),), r"columns=\(1,\) are out .* 1 columns of codes"),
            (
                (Part((0, 1), Linear(3, 1)),),
                r"\(0, 1\) does not match its .* 3 columns",
            ),
            ((Part((0,), Dropout(1, 0.5)),), "Dropout.* cannot be within a part"),
            ((Part((0,), Columns(1, 0, (Part((0,)),))),), "Columns.* cannot be within a part"),
        ],
    )
    def test_wrong_parts(self, parts, message):
        with pytest.raises(ValueError, match=f"Columns: .*{message}|Columns: {message}"):
            Columns(2, 1, parts)

    @pytest.mark.parametrize(
        ("X", "message"),
        [
            (np.ones((2, 4)), "X is ndarray, expected a MixedTable of 2 columns of numbers"),
            (sparse.csr_matrix((2, 4)), "X is csr_matrix, expected a MixedTable"),
            (
                MixedTable(X.numbers, X.codes[:, :1]),
                "X has 2 columns of numbers and 1",
            ),
        ],
    )
    def test_what_is_no_such_table(self, X, message):
        layer = Columns(2, 2, (Part((0,)),))
        with pytest.raises(ValueError, match=message):
            layer.forward({}, X, PLACE)


class TestMixedTable:
    X = TestColumns.X

    def test_it_is_a_table(self):
        assert (self.X.shape, self.X.size, len(self.X)) == ((2, 4), 8, 2)
        assert self.X.dtype == np.float64
        assert "2 rows: 2 columns of float64, 2 of codes" in repr(self.X)

    def test_rows(self):
        for rows in ([1], slice(1, 2), np.array([False, True])):
            taken = self.X[rows]
            assert taken.numbers.tolist() == [[1.5, 8.0]]
            assert taken.codes.tolist() == [[1, 1]]

    def test_only_numbers_change_their_dtype(self):
        cast = self.X.astype(np.float32)
        assert (cast.dtype, cast.codes.dtype) == (np.float32, np.int32)

    def test_arrays_are_c_contiguous(self):
        table = MixedTable(np.asfortranarray(self.X.numbers), self.X.codes[:, ::-1])
        assert table.numbers.flags.c_contiguous
        assert table.codes.flags.c_contiguous

    @pytest.mark.parametrize(
        ("numbers", "codes", "message"),
        [
            (np.ones(2), X.codes, "numbers of shape .* must have two dimensions"),
            (X.codes, X.codes, "numbers .* int32 must have .* float32 or float64"),
            (X.numbers, X.codes.astype(np.int64), "codes .* int64 must have .* int32"),
            (X.numbers, X.codes[:1], "numbers has 2 rows and codes 1"),
        ],
    )
    def test_what_is_none(self, numbers, codes, message):
        with pytest.raises(ValueError, match=f"MixedTable: {message}"):
            MixedTable(numbers, codes)


class TestInitialize:
    layers = (
        Columns(3, 1, (
            Part((0, 1), PeriodicEmbedding(2, 50, 4, deviation=3.0)),
            Part((0,), CategoricalEmbedding(60, 25)),
            Part((2,), Linear(1, 5)),
            Part((1, 2), LayerNorm(2)),
        )),
        Scale(40),
        Linear(40, 6),
        ParametricActivation(6, "logistic"),
        Linear(6, 1),
    )  # fmt: skip
    network = Network(layers, "squared_error", 0.0)

    def draw(self, **options):
        return initialize(self.network, "relu", np.random.RandomState(0), **options)

    def test_embeddings_start_as_their_kind_says(self):
        drawn = self.draw()
        frequencies = drawn["layers.0.parts.0.frequencies"]
        assert frequencies.std() == pytest.approx(3.0, rel=0.2)
        assert 0.098 < abs(drawn["layers.0.parts.0.weight"]).max() <= 0.1
        assert 0 < abs(drawn["layers.0.parts.0.bias"]).max() <= 0.1
        assert 0.199 < abs(drawn["layers.0.parts.1.weight"]).max() <= 0.2
        assert (drawn["layers.1.scale"] == 1).all()
        assert (drawn["layers.3.blend"] == 1).all()

    def test_options_change_linear_layers_alone(self):
        drawn = self.draw(initialization="zeros", bias_initialization=7.0)
        zeros = {name for name in drawn if (drawn[name] == 0).all()}
        assert zeros == {
            "layers.0.parts.2.weight", "layers.0.parts.3.shift", "layers.2.weight",
            "layers.4.weight",
        }  # fmt: skip
        sevens = {name for name in drawn if (drawn[name] == 7).all()}
        assert sevens == {"layers.0.parts.2.bias", "layers.2.bias", "layers.4.bias"}

    def test_a_shift_is_drawn_in_place_of_a_bias_only(self):
        layers = (LayerNorm(3), Linear(3, 3, bias=False), LayerNorm(3), Linear(3, 1))
        network = Network(layers, "squared_error", 0.0)
        drawn = initialize(network, "relu", np.random.RandomState(0), bias_initialization=7.0)
        assert [name for name in drawn if (drawn[name] == 7).all()] == [
            "layers.2.shift", "layers.3.bias",
        ]  # fmt: skip

    def test_the_factor_is_that_of_the_activation_behind(self):
        weight = self.draw()["layers.2.weight"]
        assert 0.9 < abs(weight).max() / np.sqrt(2 / 46) <= 1

    def test_both_dtypes_start_from_the_same_numbers(self):
        for name, array in self.draw(dtype=np.float32).items():
            np.testing.assert_array_equal(array, self.draw()[name].astype(np.float32))
