"""Each augmentation by itself: known answers, invariants, what it does to targets."""

import pickle

import numpy as np
import pytest
from scipy.ndimage import rotate
from scipy.special import ndtri
from sklearn.base import clone

from lightmlp import augmentations
from lightmlp.augmentations import (
    AUGMENTATIONS,
    Augmentation,
    Compose,
    CutMix,
    FeatureDropout,
    Function,
    GaussianNoise,
    Mixup,
    Rotate,
    Shift,
    SwapNoise,
)
from lightmlp.engines.augmenting import TransformedBatch
from lightmlp.engines.base import TrainingData
from lightmlp.engines.images import rotated, shifted
from lightmlp.network import LOSSES, LossSettings
from lightmlp.network.random_bits import normal_quantiles
from lightmlp.training.augmentations import AugmentationRows, choose_augmentation

rng = np.random.RandomState(0)

ALL = {
    **{name: cls() for name, cls in AUGMENTATIONS.items()},
    "shift": Shift((3, 4)),
    "rotate": Rotate((2, 2, 3), max_angle=45),
    "compose": Compose(["swap_noise", Shift((12, 1)), lambda X, y, random_state: (X, y)]),
    "function": Function(lambda X, y, random_state: (X + random_state.normal(size=X.shape), y)),
}
NEUTRAL = {
    "noise": GaussianNoise(std=0),
    "swap": SwapNoise(rate=0),
    "feature dropout": FeatureDropout(rate=0, fill="mean"),
    "shift": Shift((4, 3), max_shift=0),
    "rotate": Rotate((2, 3, 2), max_angle=0),
    "compose": Compose([]),
    "function": Function(lambda X, y, random_state: (X, y)),
}


class Rows:
    """Rows whose values, and targets, tell where they come from, in batches."""

    def __init__(self, n_rows=20, batch_size=6, dtype=np.float64, parts=None, **settings):
        self.X = (100 * np.arange(n_rows)[:, np.newaxis] + np.arange(12)).astype(dtype)
        self.parts = parts or [(np.arange(n_rows, dtype=dtype)[:, np.newaxis], None)]
        self.batch_size, self.settings = batch_size, settings

    def batches(self):
        for start in range(0, len(self.X), self.batch_size):
            yield slice(start, min(start + self.batch_size, len(self.X)))

    def augment(self, augmentation, seed):
        """Let the augmentation change the rows as the reference engine does."""
        sizes = len(self.X), self.batch_size, np.random.default_rng(seed)
        means = self.X.mean(axis=0)
        stages = augmentation.draw(AugmentationRows(*sizes, lambda: means, 12, **self.settings))
        [(targets, weight)] = self.parts
        changed = []
        for number, rows in enumerate(self.batches()):
            data = TrainingData(self.X, targets, weight).take(np.arange(len(self.X))[rows])
            apart = self.settings.get("mixes_losses", False)
            changed.append(TransformedBatch(data, seed, number, apart))
            changed[-1].transform([stage.of_rows(rows) for stage in stages])
        self.X = np.concatenate([batch.X for batch in changed])
        self.parts = [
            tuple(None if values[0] is None else np.concatenate(values) for values in pair)
            for pair in (
                zip(*part, strict=True)
                for part in zip(*(b.parts for b in changed), strict=True)
            )
        ]


def augmented(augmentation, seed=0, **settings):
    rows = Rows(**settings)
    rows.augment(augmentation, seed)
    return rows


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("augmentation", ALL.values(), ids=ALL)
def test_seed_shape_type_and_effect(augmentation, dtype):
    one, same, other = (augmented(augmentation, seed, dtype=dtype) for seed in (0, 0, 1))
    assert one.X.dtype == dtype
    assert one.X.shape == (20, 12)
    assert one.X.tobytes() == same.X.tobytes()
    assert one.X.tobytes() != other.X.tobytes()
    [(targets, weight)] = one.parts
    assert targets.dtype == dtype
    assert targets.shape == (20, 1)
    assert weight is None


@pytest.mark.parametrize("augmentation", NEUTRAL.values(), ids=NEUTRAL)
def test_the_weakest_setting_changes_nothing(augmentation):
    rows = augmented(augmentation)
    np.testing.assert_array_equal(rows.X, Rows().X)
    np.testing.assert_array_equal(rows.parts[0][0], Rows().parts[0][0])


@pytest.mark.parametrize("name", ["mixup", "cutmix", "swap_noise", "compose"])
def test_partners_are_of_the_same_batch_and_a_row_may_be_alone(name):
    rows = augmented(ALL[name], n_rows=19)  # the last batch has one row
    for batch in rows.batches():
        for values in (rows.X[batch, 0] / 100, rows.parts[0][0][batch, 0]):
            assert (values >= batch.start - 0.01).all() or name == "compose"  # fill_values
            assert (values < batch.stop - 0.9).all()


@pytest.mark.parametrize("augmentation", ALL.values(), ids=ALL)
def test_clone_and_equality(augmentation):
    assert clone(augmentation) == augmentation
    if not isinstance(augmentation, Function | Compose):  # lambdas cannot be pickled
        assert pickle.loads(pickle.dumps(augmentation)) == augmentation


@pytest.mark.parametrize(
    "cls", dict.fromkeys(map(type, ALL.values())), ids=lambda c: c.__name__
)
def test_documentation_has_parameters_and_an_example(cls):
    assert issubclass(cls, Augmentation)
    assert cls.__name__ in augmentations.__all__
    for section in ("Parameters\n", "Examples\n"):
        assert section in cls.__doc__
    if cls not in (Compose, Function):
        assert "References\n" in cls.__doc__
        assert ".. math::" in cls.__doc__


class TestNoise:
    def test_quantiles_of_words_are_those_of_the_normal_distribution(self):
        words = np.concatenate([[0, 2**31 - 1, 2**31, 2**32 - 1], rng.randint(0, 2**32, 10**5)])
        tail = (words % 2**31 + 0.5) * 2.0**-32
        expected = np.where(words < 2**31, -1, 1) * ndtri(tail)
        for dtype, rtol in ((np.float64, 5e-7), (np.float32, 2e-6)):
            z = normal_quantiles(words.astype(np.uint32), dtype)
            assert z.dtype == dtype
            inner = tail > 2.0**-24
            np.testing.assert_allclose(z[inner], expected[inner], rtol=rtol, atol=2e-7)
            np.testing.assert_allclose(z, expected, rtol=5e-4, atol=2e-7)

    def test_gaussian_noise_has_its_standard_deviation(self):
        noise = GaussianNoise(std=0.3).preview(np.zeros((500, 200)), 0)
        assert abs(noise.std() - 0.3) < 0.003  # ten standard errors and more
        assert abs(noise.mean()) < 0.01

    def test_swap_noise_takes_values_of_other_rows_in_the_same_column(self):
        before, rows = Rows(), augmented(SwapNoise(rate=1))
        assert (rows.X % 100 == before.X % 100).all()
        for batch in rows.batches():
            assert np.isin(rows.X[batch, 0], before.X[batch, 0]).all()
        assert (rows.X != before.X).all()
        assert np.ptp(rows.X[:18] // 100, axis=1).min() > 0  # each from a row of its own

    @pytest.mark.parametrize("cls", [SwapNoise, FeatureDropout])
    def test_so_many_values_change(self, cls):
        X = rng.normal(size=(500, 200))
        changed = cls(rate=0.3).preview(X, 0) != X
        assert abs(changed.mean() - 0.3) < 0.01

    def test_blanks_are_zero_or_the_mean(self):
        X = rng.normal(size=(40, 3))
        for fill, blank in (("zero", np.zeros(3)), ("mean", X.mean(axis=0))):
            changed = FeatureDropout(rate=0.5, fill=fill).preview(X, 0)
            kept = changed == X
            assert 0 < kept.mean() < 1
            np.testing.assert_array_equal(changed, np.where(kept, X, blank))


class TestMixing:
    @pytest.mark.parametrize("augmentation", [Mixup(alpha=2), Mixup(), CutMix()])
    def test_targets_move_as_far_as_rows(self, augmentation):
        """The rows are 100 times the targets, so that their means show both shares."""
        rows = augmented(augmentation)
        means = (rows.X - np.arange(12)).mean(axis=1) / 100
        np.testing.assert_allclose(rows.parts[0][0][:, 0], means, rtol=1e-12, atol=1e-12)
        assert (means != np.arange(20)).any()

    def test_cutmix_keeps_values_whole(self):
        rows = augmented(CutMix())
        assert (np.arange(12) == rows.X % 100).all()
        assert all(len(np.unique(row // 100)) <= 2 for row in rows.X)

    def test_shares_are_those_of_the_beta_distribution(self):
        """Of the mean 1/2 and the variance 1 / (4 (2 alpha + 1))."""
        X = np.tile([[0.0], [1.0]], (5000, 1))
        mixed = Mixup(alpha=0.5).preview(X, 0)
        shares = mixed[(mixed > 0) & (mixed < 1)]
        assert abs(shares.mean() - 0.5) < 0.02
        assert abs(shares.var() - 0.125) < 0.01

    @pytest.mark.parametrize("apart", [False, True])
    def test_a_share_of_one_is_the_row_itself(self, apart):
        targets = np.arange(20.0)[:, np.newaxis]
        batch = TransformedBatch(TrainingData(np.zeros((20, 2)), targets), 0, 0, apart)
        batch.mix_targets(np.roll(np.arange(20), 1), np.ones(20))
        np.testing.assert_array_equal(batch.parts[0][0], targets)
        if apart:
            assert [weight.tolist() for _, weight in batch.parts] == [[1.0] * 20, [0.0] * 20]

    def test_numbers_are_mixed_in_the_proportion_of_the_weights(self):
        """Which, for a loss linear in the targets, is the sum of both weighted losses."""
        targets, weight = np.array([[0.0], [1.0], [1.0]]), np.array([1.0, 3.0, 0.0])
        batch = TransformedBatch(TrainingData(np.zeros((3, 2)), targets, weight), 0, 0)
        batch.mix_targets(np.array([1, 2, 2]), np.full(3, 0.75))
        [(mixed, weights)] = batch.parts
        np.testing.assert_allclose(weights, [1.5, 2.25, 0.0])
        np.testing.assert_allclose(mixed[:2, 0], [0.5, 1.0])
        assert np.isfinite(mixed).all()

    def test_two_mixes_of_codes_are_four_shares_of_one(self):
        codes = np.arange(20, dtype=np.int32)
        rows = augmented(Compose([Mixup(), CutMix()]), mixes_losses=True, parts=[(codes, None)])
        assert Compose([Mixup(), "cutmix", "swap_noise"]).n_mixes() == 2
        assert len(rows.parts) == 4
        np.testing.assert_allclose(sum(weight for _, weight in rows.parts), 1)
        means = sum(weight * part for part, weight in rows.parts)
        np.testing.assert_allclose(means, (rows.X - np.arange(12)).mean(axis=1) / 100)

    @pytest.mark.parametrize(
        "name", [n for n, loss in LOSSES.items() if loss.allows_fractional_targets]
    )
    def test_losses_that_take_shares_of_yes_and_no_have_the_mixed_gradient(self, name):
        loss = LOSSES[name].with_settings(LossSettings(label_smoothing=0.1))
        if loss.target_range != "0 or 1":
            return
        outputs = loss.inverse_link(rng.normal(size=(50, 1)))
        no, yes = (loss.delta(np.full((50, 1), t), outputs) for t in (0.0, 1.0))
        mixed = loss.delta(np.full((50, 1), 0.3), outputs)
        np.testing.assert_allclose(mixed, 0.7 * no + 0.3 * yes, rtol=1e-12, atol=1e-14)


class TestImages:
    images = rng.normal(size=(3, 5, 4, 2))

    def test_pixels_move_down_and_to_the_right(self):
        moved = shifted(self.images, np.array([0, 2, -1]), np.array([1, 0, -3]), fill=7.0)
        expected = np.full(self.images.shape, 7.0)
        expected[0, :, 1:] = self.images[0, :, :-1]
        expected[1, 2:] = self.images[1, :-2]
        expected[2, :-1, :-3] = self.images[2, 1:, 3:]
        np.testing.assert_array_equal(moved, expected)

    def test_far_shifts_leave_nothing(self):
        moved = shifted(self.images, np.array([5, -9, 0]), np.array([0, 0, 4]), fill=0.0)
        assert not moved.any()

    def test_every_shift_occurs(self):
        image = np.zeros((300, 25))
        image[:, 12] = 1
        moved = Shift((5, 5), max_shift=1).preview(image, 0)
        assert set(moved.argmax(axis=1)) == {6, 7, 8, 11, 12, 13, 16, 17, 18}
        assert (moved.sum(axis=1) == 1).all()

    def test_a_quarter_turn(self):
        square = rng.normal(size=(2, 4, 4, 2))
        turned = rotated(square, np.zeros(2), np.array([1.0, -1.0]), fill=0.0)
        np.testing.assert_allclose(turned[0], np.rot90(square[0]), atol=1e-12)
        np.testing.assert_allclose(turned[1], np.rot90(square[1], -1), atol=1e-12)

    @pytest.mark.parametrize("angle", [7.0, -30.0])
    def test_rotations_are_those_of_scipy(self, angle):
        mode, radians = "grid-constant", np.deg2rad(angle)
        cosine, sine = np.cos(radians), np.sin(radians)
        for fill in (0.0, 2.5):
            turned = rotated(self.images, *np.tile([[cosine], [sine]], 3), fill)
            for image, mine in zip(self.images, turned, strict=True):
                theirs = rotate(image, angle, reshape=False, order=1, mode=mode, cval=fill)
                np.testing.assert_allclose(mine, theirs, atol=1e-12)

    def test_angles_are_within_the_limit(self):
        """The far end of a line of eleven pixels leaves its row at 5.7 degrees."""
        line = np.zeros((200, 11, 11))
        line[:, 5] = 1
        turned = Rotate((11, 11), max_angle=5).preview(line.reshape(200, -1), 0)
        assert not turned.reshape(200, 11, 11)[:, [0, 1, 2, 3, 7, 8, 9, 10]].any()
        assert turned.reshape(200, 11, 11)[:, [4, 6]].any()


class TestFunction:
    def test_it_sees_each_batch_and_what_it_returns_counts(self):
        sizes = []

        def double(X, y, random_state):
            assert isinstance(random_state, np.random.RandomState)
            sizes.append((X.shape, y.shape))
            return 2 * X, y + 1

        rows = augmented(Function(double))
        assert sizes == [((6, 12), (6,))] * 3 + [((2, 12), (2,))]
        np.testing.assert_array_equal(rows.X, 2 * Rows().X)
        np.testing.assert_array_equal(rows.parts[0][0][:, 0], np.arange(20) + 1)

    def test_it_cannot_spoil_the_rows_of_others(self):
        def spoil(X, y, random_state):
            X[:], y[:] = 0, 0
            return np.ones(X.shape), np.ones(y.shape)

        rows = augmented(Function(spoil))
        assert (rows.X == 1).all()
        assert (rows.parts[0][0] == 1).all()

    @pytest.mark.parametrize(
        ("function", "message"),
        [
            (lambda X, y, r: X, r"must return a pair \(X, y\), got ndarray"),
            (lambda X, y, r: None, "got NoneType"),
            (lambda X, y, r: (X[:-1], y[:-1]), r"X of shape \(5, 12\), expected \(6, 12\)"),
            (lambda X, y, r: (X, y[:-1]), r"y of shape \(5,\), expected \(6, 1\)"),
            (lambda X, y, r: (X * np.nan, y), "X with values that are not finite"),
            (lambda X, y, r: (X, y / 0 * np.inf), "y with values that are not finite"),
            (lambda X, y, r: (X.astype(str), y), "not finite numbers"),
        ],
    )
    def test_what_it_returns_is_checked(self, function, message):
        with np.errstate(all="ignore"), pytest.raises(ValueError, match=message):
            augmented(Function(function))

    @pytest.mark.parametrize("wrong", [3, -1, 1.5])
    def test_codes_must_be_known_classes(self, wrong):
        parts = [(np.zeros(20, dtype=np.int32), None)]
        function = Function(lambda X, y, random_state: (X, y + wrong))
        with pytest.raises(ValueError, match=r"integer positions in classes_, from 0 to 2"):
            augmented(function, parts=parts, mixes_losses=True, n_classes=(3,))

    def test_whole_targets_must_stay_whole(self):
        function = Function(lambda X, y, random_state: (X, y * 0 + 0.5))
        with pytest.raises(ValueError, match="y between 0 and 1"):
            augmented(function, mixes_losses=True)

    def test_it_comes_before_mixed_codes(self):
        both = Compose(["mixup", lambda X, y, random_state: (X, y)])
        codes = [(np.zeros(20, dtype=np.int32), None)]
        with pytest.raises(ValueError, match="Put the function first"):
            augmented(both, parts=codes, mixes_losses=True)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (GaussianNoise(std=-1), "'std' parameter of GaussianNoise"),
        (Mixup(alpha=0), "'alpha' parameter of Mixup"),
        (CutMix(alpha="1"), "'alpha' parameter of CutMix"),
        (SwapNoise(rate=1.1), "'rate' parameter of SwapNoise"),
        (FeatureDropout(rate=-0.1), "'rate' parameter of FeatureDropout"),
        (FeatureDropout(fill="median"), "'fill' parameter of FeatureDropout"),
        (Shift((3, 4), max_shift=0.5), "'max_shift' parameter of Shift"),
        (Rotate((3, 4), max_angle=200), "'max_angle' parameter of Rotate"),
        (Shift((12,)), r"image_shape=\(12,\) of Shift must be two or three integers"),
        (Rotate((3, 0)), r"image_shape=\(3, 0\) of Rotate"),
        (Shift((3.0, 4.0)), r"image_shape=\(3.0, 4.0\) of Shift"),
        (Shift((5, 5)), r"image_shape=\(5, 5\) of Shift .* 25 columns, and X has 12"),
        ([Rotate((2, 3, 1))], r"image_shape=\(2, 3, 1\) of Rotate .* 6 columns, and X has 12"),
        (["mixup", "mixdown"], "augmentation='mixdown' is unknown: choose one of 'gaussian_n"),
        (Mixup, r"Mixup is a class: write Mixup\(\)"),
        (Compose("mixup"), "'augmentations' parameter of Compose"),
        ([SwapNoise(rate=2)], "'rate' parameter of SwapNoise"),
        (["mixup"] * 11, "mixes targets 11 times"),
        (3, "augmentation=3 is unknown"),
    ],
)
def test_wrong_settings_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        choose_augmentation(wrong, n_features=12)


def test_the_users_object_stays_the_users():
    given = [GaussianNoise(std=0.5)]
    chosen = choose_augmentation(given, n_features=2)
    given[0].std = 9
    assert chosen.augmentations[0].std == 0.5
