"""Each array: its presence, dtype, shape and numbers."""

import copy

import numpy as np
import pytest

from .forging import (
    MAGIC,
    START,
    Run,
    pack,
    pack_arrays,
    split,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class TestArrays:
    def test_each_array_missing_twice_and_of_another_dtype_or_shape(self, run):
        arrays = split(run.header, run.data)
        for name, array in arrays.items():
            others = {
                "missing": None,
                "longer": np.resize(array, (*array.shape[:-1], array.shape[-1] + 1)),
                "shorter": array[..., :-1],
                "flat": array.reshape(-1, 1),
                "float32": array.astype(np.float32),
                "uint64": array.astype(np.uint64),
                "int64": array.astype(np.int64),
            }
            for kind, other in others.items():
                if other is not None and (other.shape, other.dtype) == (
                    array.shape,
                    array.dtype,
                ):
                    continue
                changed = {**arrays, name: other}
                pack_arrays(
                    run.path, run.header, {n: a for n, a in changed.items() if a is not None}
                )
                error = run.is_refused_or_right()
                assert error is not None, (name, kind)
            pack_arrays(run.path, run.header, {**arrays, f"{name}_": array})
            assert "the name of an array" in run.is_refused_or_right()

    def test_numbers_that_are_not_finite(self, run):
        arrays = split(run.header, run.data)
        for name, array in arrays.items():
            for value in (np.nan, np.inf, -np.inf):
                if array.dtype.kind == "f":
                    changed = array.copy()
                    changed.flat[0] = value
                    pack_arrays(run.path, run.header, {**arrays, name: changed})
                    assert f"the array {name} has" in run.is_refused_or_right()

    @pytest.mark.parametrize("name", ["rows", "validation_rows"])
    @pytest.mark.parametrize("row", [-1, 30, 2**28, -(2**62), 2**62])
    def test_rows_that_are_none_of_X(self, run, name, row):
        arrays = split(run.header, run.data)
        changed = arrays[name].copy()
        changed[1] = row
        pack_arrays(run.path, run.header, {**arrays, name: changed})
        assert f"the array {name} has {row}" in run.is_refused_or_right()

    def test_rows_twice_and_in_both_parts(self, run):
        arrays = split(run.header, run.data)
        for name, other in (
            ("rows", "rows"),
            ("rows", "validation_rows"),
            ("validation_rows",) * 2,
        ):
            changed = arrays[name].copy()
            changed[0] = arrays[other][1]
            pack_arrays(run.path, run.header, {**arrays, name: changed})
            assert "rows" in run.is_refused_or_right()

    def test_second_moments_and_running_variances_are_not_negative(self, tmp_path, engine):
        run = Run(tmp_path / "run.ckpt", engine=engine, normalization="batch")
        arrays = split(run.header, run.data)
        for name in (
            "slot1.layers.0.weight",
            "slot1.layers.1.scale",
            "parameters.layers.1.running_variance",
            "best.layers.1.running_variance",
        ):
            changed = arrays[name].copy()
            changed.flat[-1] = -1e-3
            pack_arrays(run.path, run.header, {**arrays, name: changed})
            assert f"the array {name}" in run.is_refused_or_right()

    def test_curves_that_contradict_the_run(self, run):
        arrays = split(run.header, run.data)
        falling = np.array([0.0, -1.0]) + arrays["validation_scores"].min() - 1
        pack_arrays(run.path, run.header, {
            name: array for name, array in {**arrays, "validation_scores": falling}.items()
            if not name.startswith("best.")
        })  # fmt: skip
        assert "best.layers.0.weight is missing" in run.is_refused_or_right()

    def test_memory_is_not_asked_for_by_a_claim(self, run):
        for shape in ([2**40], [2**20, 2**33], [2**53, 2**53]):
            header = copy.deepcopy(run.header)
            for entry in header["arrays"]:
                entry[2] = shape
            pack(run.path, header, run.data)
            assert "expected" in run.is_refused_or_right()
        with run.path.open("wb") as file:  # a header of a terabyte, which are holes
            file.write(MAGIC + (2**40).to_bytes(8, "little") + bytes(32))
            file.truncate(2**40 + START)
        assert "is not a text" in run.is_refused_or_right()
