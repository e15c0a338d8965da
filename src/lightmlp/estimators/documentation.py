"""The parts of the class docstrings that both estimators share."""

from inspect import cleandoc
from typing import TypeVar

__all__ = ["with_shared_sections"]

Class = TypeVar("Class", bound=type)

_PARAMETERS = """
hidden_layer_sizes : int or array-like of int, default=(100,)
    Width of each hidden layer, from the input to the output, each >= 1. A single
    integer is one hidden layer; () is none, which makes a (generalised) linear model.
activation : str, pair of callable, or array-like of them, default='relu'
    Activation function of all hidden layers, or one per hidden layer, such as
    ``("relu", "tanh")``: 'identity', 'logistic', 'tanh', 'relu', 'leaky_relu', 'relu6',
    'squared_relu', 'elu', 'selu', 'celu', 'softplus', 'silu', 'gelu', 'gelu_tanh', 'mish',
    'hard_silu', 'softsign', 'hard_tanh', 'hard_sigmoid' or 'lecun_tanh'. The functions of
    these names in :mod:`lightmlp.network` have formula and source. A pair of functions
    ``(f, derivative)`` of the pre-activations z, such as ``(numpy.sin, numpy.cos)``, is an
    activation of one's own: both return an array of the shape of z; each fit compares the
    derivative with central differences. The reference engine computes it.
solver : str or object of :mod:`lightmlp.solvers`, default='adam'
    'lbfgs' is a quasi-Newton method over the whole table, often the best for up to some
    thousand rows; 'sgd' is stochastic gradient descent with momentum; 'adam' adapts the
    step of every parameter. Its relatives are 'adamw' (decoupled weight decay), 'nadam'
    (looks ahead), 'amsgrad', 'rmsprop', 'adagrad' (take ``learning_rate_init=0.01`` or
    more), 'adadelta' (take 1.0), 'lion' (take 0.0001 to 0.0003) and 'muon' (orthogonal
    steps of whole matrices). A string means the defaults of the object of that name, such
    as ``solvers.RMSprop(rho=0.9)``, whose parameters ``set_params`` and searches reach as
    ``solver__rho``; the string becomes the object then.
alpha : float, default=0.0001
    Strength of the L2 penalty, >= 0. ``alpha / 2 * sum(W ** 2)``, divided by the rows
    of the batch (or the sum of their weights), is added to the loss; biases and embeddings
    are free.
batch_size : int, 'auto' or 'full', default='auto'
    Rows per step for the stochastic solvers, >= 1; 'auto' is min(200, n_samples). The last
    batch of an epoch may be smaller. 'full' takes all rows in every step: plain gradient
    descent.
learning_rate : str, Schedule or callable, default='constant'
    How the learning rate changes in the course of training. 'constant', 'invscaling'
    (learning_rate_init / (t_ + 1) ** power_t, updated once per epoch) and 'adaptive'
    (divided by 5 where training would otherwise stop, until it is at most 1e-6) are
    scikit-learn's: like there, the latter two mean 'constant' for all solvers but 'sgd'
    (a string, or its object). 'exponential', 'step', 'linear', 'polynomial', 'cosine',
    'flat_cosine', 'log_cosine', 'one_cycle' and 'plateau' work for every stochastic solver;
    each means the object of :mod:`lightmlp.schedules` with its defaults. The objects, those
    of the first three too, work for every stochastic solver and bring warm-up and their own
    parameters, as ``learning_rate__gamma``. A function is given the number of the epoch,
    from 0, and returns the learning rate itself.
learning_rate_init : float, default=0.001
    Learning rate at the start, > 0, for the stochastic solvers; the highest rate of
    'one_cycle' and 'log_cosine'.
power_t : float, default=0.5
    Exponent of 'invscaling', >= 0.
max_iter : int, default=200
    Most epochs ('sgd', 'adam') or iterations ('lbfgs'), >= 1.
shuffle : bool, default=True
    Whether every epoch visits the rows in a new order, for 'sgd' and 'adam'.
random_state : int, RandomState instance or None, default=None
    Source of the initial parameters (layer by layer, the weights before the biases), then
    of the seed of dropout, if there is any, then of the split for early stopping, then of
    the order of rows. Where a start reads rows (``numeric_embedding``, initialisers such as
    'unit_deviation'), the split comes first, then the rows that an initialiser reads. An
    integer makes results repeatable.
tol : float, default=0.0001
    Smallest improvement of loss or score that counts, >= 0; for 'lbfgs' the largest
    entry of the gradient at which it ends.
verbose : bool, int, 'bar' or 'log', default=False
    Whether to print a line per epoch. 'bar' shows a bar with loss, score, learning rate,
    samples per second and the time left (some lines where there is no terminal and no
    notebook); it needs ``pip install "lightmlp[progress]"``. 'log' gives the lines, and one
    per iteration of 'lbfgs', to the logger "lightmlp" of Python's :mod:`logging` at the level
    INFO, and there at the level WARNING what is warned of the fit, besides the warning.
warm_start : bool, default=False
    Whether ``fit`` goes on from the parameters of the fit before.
momentum : float, default=0.9
    Momentum of 'sgd', in [0, 1].
nesterovs_momentum : bool, default=True
    Whether 'sgd' looks ahead by Nesterov's rule.
early_stopping : bool, default=False
    Whether to set rows aside, to stop by their score instead of the training loss, and
    to keep the best parameters; for 'sgd' and 'adam'. The split is stratified for
    binary targets.
validation_fraction : float, default=0.1
    Share of rows set aside by ``early_stopping``, in [0, 1).
beta_1 : float, default=0.9
    Decay of the first moment of 'adam', in [0, 1).
beta_2 : float, default=0.999
    Decay of the second moment of 'adam', in [0, 1).
epsilon : float, default=1e-8
    Added to the denominator of 'adam', > 0.
n_iter_no_change : int, default=10
    Epochs without improvement that are tolerated, >= 1 or infinity; training stops (or
    lowers its rate) at one more.
max_fun : int, default=15000
    Most evaluations of the loss by 'lbfgs', >= 1.
initialization : str, Initializer or callable, default='auto'
    What the weights start from. 'auto': scikit-learn's uniform draws; 'glorot_uniform',
    'glorot_normal', 'he_uniform', 'he_normal', 'lecun_uniform', 'lecun_normal',
    'orthogonal', 'normal', 'zeros', 'unit_deviation' and 'ntk': the object of
    :mod:`lightmlp.initializers` with its defaults; or ``function(random_state, n_inputs,
    n_outputs)`` that returns an array of shape (n_inputs, n_outputs). 'unit_deviation' reads
    at most 4096 rows of X, drawn by ``random_state``. 'ntk' is a parametrisation: in every fit
    it also multiplies the learning rate of each layer's weights by 1 / n_inputs with 'sgd' and
    by 1 / sqrt(n_inputs) with the other stochastic solvers ('lbfgs' has no rate, and takes the
    initial values alone); for its normal biases set ``bias_initialization='ntk'`` too.
bias_initialization : str, float, Initializer or callable, default='auto'
    What the biases start from: the same choices but those that make matrices, or a number
    for all of them, or 'he+5', by which each neuron changes its sign among the rows (of which
    it reads as many). 'auto' are scikit-learn's uniform draws if ``initialization='auto'``,
    else zeros. A function returns an array of shape (n_outputs,).
engine : {'auto', 'native', 'reference'}, default='auto'
    Who computes: 'native' is the compiled engine; 'reference' is readable NumPy; 'auto'
    is the former where it is installed, and the latter for an ``activation`` of functions.
n_threads : int or None, default=None
    Threads of the compiled engine. None takes at most the cores that affinity and the
    container's CPU quota leave, within what ``OMP_NUM_THREADS``, threadpoolctl and joblib
    grant, and one in a worker thread of joblib and in a forked process; training takes
    fewer where those are faster beside other programs. An integer >= 1 is a fixed number,
    of which no more are used than there are cores. Steps too small to share are computed by
    one thread either way. Results do not depend on it.
scoring : str, callable or None, default=None
    Score of the rows held out, higher is better: a name of
    ``sklearn.metrics.get_scorer_names()``, a callable ``(estimator, X, y)``, or 'loss',
    the negative of ``validation_loss_curve_``. None is accuracy or R2. Rows are held out
    by ``early_stopping``, ``validation_split`` or ``fit(X_val=...)``.
validation_split : splitter, list of (train rows, validation rows) or None, default=None
    Holds rows out by a splitter of ``sklearn.model_selection``, whose **last** split is
    used: ``TimeSeriesSplit()`` validates with the latest rows, ``GroupShuffleSplit(1)``
    keeps the ``groups`` passed to ``fit`` together. None leaves the choice to
    ``early_stopping`` and ``validation_fraction``.
restore_best_weights : bool or 'auto', default='auto'
    Whether the parameters with the best score of the rows held out are put back at the
    end; 'auto' does it with ``early_stopping``. True works without ``early_stopping`` too.
max_time : float or None, default=None
    Seconds after which no new epoch (iteration of 'lbfgs') begins, > 0.
callbacks : list of Callback or None, default=None
    Objects of :mod:`lightmlp.callbacks` or one's own, called at the begin of a fit, after
    every epoch (iteration of 'lbfgs') and at its end, in this order.
dropout : float, array-like of float or Scheduled, default=0.0
    Probability with which each output of a hidden layer is set to zero in a step of
    training, the others being divided by 1 minus it: one rate in [0, 1) for all hidden
    layers, or one per hidden layer. Predictions use all outputs. The masks depend on seed,
    step, layer and place alone: they are the same on both engines and on any number of
    threads. ``schedules.Scheduled(0.15, "flat_cosine")`` multiplies the rates by a schedule.
input_dropout : float, default=0.0
    The same for the values of X, or for what embeddings make of them, in [0, 1).
normalization : {None, 'batch', 'layer'}, default=None
    What the sums of the hidden layers are normalised by, before the activation. 'batch':
    by mean and variance of each column over the batch (weighted by ``sample_weight``), and
    in predictions, in ``frozen_layers`` and in batches of a single row by running averages,
    which move by a tenth in every step. 'layer': by mean and variance of each row. A scale
    and a shift (the bias) for every unit are learned.
l1 : float, default=0.0
    Strength of the L1 penalty, >= 0: ``l1 * sum(abs(W))``, divided as that of ``alpha``, is
    added to the loss.
weight_decay : float, Scheduled or None, default=None
    Decoupled weight decay, >= 0: every step first multiplies the weights (not the biases
    and embeddings) by ``1 - learning rate * weight_decay``. It takes the place of that of
    'adamw', 'lion' and 'muon'; None leaves the solver its own.
    ``schedules.Scheduled(0.02, "flat_cosine")`` multiplies it by a schedule, besides that of
    the learning rate.
max_norm : float or None, default=None
    Largest Euclidean norm, > 0, of the weights that enter a unit; longer ones are scaled to
    it after every step. Embeddings have no limit.
gradient_clip : float or None, default=None
    Largest Euclidean norm, > 0, of the gradient of all parameters together; a longer one is
    scaled to it.
gradient_clip_value : float or None, default=None
    Largest magnitude, > 0, of an entry of the gradient; larger ones are cut to it, before
    ``gradient_clip``.
frozen_layers : int, default=0
    Number of leading layers that stay as they are; fewer than the layers. Embeddings belong
    to the first one. Needs
    layers that are trained: ``fit(init_from=...)``, or an earlier fit with which
    ``warm_start`` or ``partial_fit`` goes on.
layer_learning_rates : array-like of float or None, default=None
    A factor >= 0 of the learning rate for each layer, the output layer's last; one of them
    at least is above 0. That of the first layer is the embeddings', too.
role_learning_rates : mapping of str to float or None, default=None
    A factor >= 0 of the learning rate by what a parameter is, on top of its layer's, such as
    ``{"bias": 0.1, "scale": 6.0}``: 'weight', 'bias' (also the shift of a normalised layer),
    'scale' (of a normalised layer), 'activation' and 'embedding'. Roles that are not named
    have the factor 1; one that no parameter has is an error.
augmentation : str, Augmentation, list, tuple, callable or None, default=None
    How the rows are changed on which every epoch trains, for all solvers but 'lbfgs'; rows
    to validate with and predictions stay as they are. 'gaussian_noise', 'mixup', 'cutmix'
    (over columns), 'swap_noise' and 'feature_dropout' mean the object of
    :mod:`lightmlp.augmentations` with its defaults, such as
    ``augmentations.GaussianNoise(std=0.1)``, whose parameters searches reach as
    ``augmentation__std``. ``augmentations.Shift((28, 28))`` and ``Rotate((28, 28))`` are for
    rows that are images. A list makes several, one after the other. A function
    ``(X, y, random_state) -> (X, y)`` on each batch is slower, since it is called in Python
    while the other changes are compiled: see ``augmentations.Function``. A sparse X is made
    dense, batch by batch. The loss recorded is that of the changed rows.
numeric_embedding : str, NumericEmbedding or None, default=None
    How each column of numbers becomes several values before the first layer, with parameters
    of its own that are trained: 'piecewise_linear' by the bins that it fills, which makes
    small nets as good at jumps as trees are, or 'periodic' by sines of learned frequencies,
    for X in standard units. The names mean the objects of :mod:`lightmlp.embeddings` with
    their defaults, such as ``embeddings.PiecewiseLinear(n_bins=32, bins="quantile")``, whose
    parameters searches reach as ``numeric_embedding__n_bins``. Needs a dense X. Bins come
    from the rows that train: none that are held out, and none of weight 0.
categorical_features : 'from_dtype', array-like of {bool, int, str} or None, default=None
    Columns of X that are categories, by masks, numbers or names, or those with a categorical
    dtype (an error if there is none); X may be a data frame with text in these columns. A
    column has text alone or numbers alone, and an integer means a position, not a name. Up
    to 8 categories enter as one-hot codes, more by an embedding of up to 16 values. As in
    ``HistGradientBoostingClassifier``, missing values (and negative numbers) are a category of
    their own, and so are categories that the fit did not see: without any in the fit, they
    add nothing to the first layer.
"""

_ATTRIBUTES = """
embeddings_ : list of ndarray
    With ``numeric_embedding`` or wide ``categorical_features`` alone: the arrays of
    ``input_layer_``, in the order of its ``parameters``. They may be edited or replaced.
input_layer_ : Columns
    With these options alone: what encodes the columns of X, see
    :class:`lightmlp.network.Columns`.
categories_ : list of ndarray
    With ``categorical_features`` alone: the sorted categories of each of these columns.
is_categorical_ : ndarray of shape (n_features_in_,), bool
    With ``categorical_features`` alone: which columns they are.
coefs_ : list of ndarray of shape (n_inputs, n_outputs)
    Weights of each layer. They may be edited or replaced: the next ``predict`` or
    ``partial_fit`` uses what is there. With ``normalization`` they and ``intercepts_`` are
    not the whole network: tools that read these two alone, such as converters to ONNX,
    need those of :meth:`folded`.
intercepts_ : list of ndarray of shape (n_outputs,)
    Biases of each layer, editable likewise; the shift of a normalised one.
scales_ : list of ndarray of shape (n_outputs,)
    Scales of the hidden layers if they are normalised, else empty; editable likewise.
running_means_, running_variances_ : list of ndarray of shape (n_outputs,)
    What the hidden layers predict with under ``normalization='batch'``, else empty;
    editable likewise.
n_parameters_ : int
    Number of weights, biases and scales.
n_layers_ : int
    Number of layers, input and output included.
n_outputs_ : int
    Number of columns of the output layer.
out_activation_ : str
    'identity', 'exp', 'increasing' (quantiles), 'logistic' or 'softmax': from raw scores
    to outputs. It may be set to another one of them, or to an activation of hidden layers:
    the next prediction uses it. A loss, and what goes on learning, needs its own.
n_features_in_ : int
    Number of columns of X in ``fit``.
feature_names_in_ : ndarray of shape (n_features_in_,)
    Names of these columns, if X had names that are all strings.
n_iter_ : int
    Epochs or iterations of the last fit.
t_ : int
    Rows visited by 'sgd' and 'adam' so far, an epoch counting each row once.
loss_ : float
    Last loss: for 'sgd' and 'adam' the mean over the batches of the last epoch, each
    measured before its own step, penalties included.
loss_curve_ : list of float
    ``loss_`` of each epoch ('sgd' and 'adam').
best_loss_ : float or None
    Lowest entry of ``loss_curve_``; None with early stopping.
validation_scores_ : list of float or None
    Score of the rows held out, by epoch: accuracy, R2 or that of ``scoring``. None if no
    rows are held out.
validation_loss_curve_ : list of float or None
    Mean loss of these rows after each epoch, without penalties.
best_validation_score_ : float or None
    Highest of ``validation_scores_``, whose parameters early stopping keeps.
"""

_NOTES = """
By default initial weights and biases are drawn uniformly from
:math:`\\pm\\sqrt{6 / (n_{in} + n_{out})}` (2 in place of 6 for 'logistic').

Where the learning rate is goes on with ``partial_fit`` and ``warm_start``. A schedule with an
end comes to it after ``max_iter`` epochs, in ``partial_fit`` counted from the first call, in a
warm ``fit`` from its own start; then there is no warning that training did not converge.
Its ``length`` sets another end. Past the end the rate stays where it is, if that is a
thousandth of ``learning_rate_init`` or more (the schedule's own ``end``). A lower one is
too low to learn: ``partial_fit`` and a warm ``fit`` then restart the schedule, for another
length, and warn; a ``fit`` that outlasts the ``length`` warns at its end. For a stream set
'constant', or an ``end``. An interrupted epoch does not count.

Parameters that nothing reads are never silent. What scikit-learn accepts (``momentum`` with
'adam', ``early_stopping`` with 'lbfgs', 'adaptive' without 'sgd') is accepted, and a fit whose
values differ from the defaults issues one UserWarning that names them all; what is LightMLP's
own is an error, as is a parameter given twice (``beta_2`` beside ``solvers.AdamW()``, whose own
counts). A score of the rows held out that is not a number, though the outputs are, is an
error at the first epoch. A fit whose parameters are no longer finite ends at once, with an
error that names the usual causes, or, where the best parameters are kept, with a warning.

What a fitted model predicts depends on its fitted attributes; of the parameters, a change of
``activation``, ``engine`` and ``n_threads`` takes effect at once, and that of ``alpha`` and
``l1`` in :meth:`loss_and_gradients`. A change of ``loss`` (also its label smoothing and class
weights), ``hidden_layer_sizes`` or ``normalization`` waits for the next ``fit``. Then
``warm_start`` and ``partial_fit`` go on with another loss if its outputs mean the same (have
the same ``out_activation_``); else it is an error.

A model may be built from weights: set ``coefs_`` and ``intercepts_`` on a new estimator, and,
where defaults do not suit, ``out_activation_`` (default: that of ``loss``) and ``classes_``
(default: 0 to n_classes - 1). Several outputs of a classifier are classes, or labels if
``out_activation_='logistic'``. To go on learning, ``hidden_layer_sizes`` must agree;
``class_weight='balanced'`` has weights from then on. See also :meth:`initialize` and
:meth:`from_sklearn`.

Differences from scikit-learn: a batch whose weights sum to zero changes nothing; negative
weights, and targets for which a loss is not defined, are refused; changed hidden layers, or
another ``normalization``, under ``warm_start`` or ``partial_fit`` are an error; a fit that
fails leaves the estimator as it was; 'lbfgs' computes in float64 throughout, for float32 X too.
A pickle holds the parameters once, and the solver's state only after ``partial_fit``. The same
seed gives the same bits whatever the number of threads.
"""

_REFERENCES = """
Hinton (1989), "Connectionist learning procedures", Artificial Intelligence 40.
Glorot and Bengio (2010), "Understanding the difficulty of training deep feedforward
neural networks", AISTATS.
Kingma and Ba (2015), "Adam: A Method for Stochastic Optimization", ICLR.
Srivastava et al. (2014), "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
JMLR 15, for ``dropout`` and ``max_norm``.
Ioffe and Szegedy (2015), "Batch Normalization", ICML; Ba, Kiros and Hinton (2016), "Layer
Normalization".
Loshchilov and Hutter (2019), "Decoupled Weight Decay Regularization", ICLR.
Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks",
ICML, for ``gradient_clip``.
"""


def with_shared_sections(cls: Class) -> Class:
    """Fill the placeholders in a class's docstring with the shared texts."""
    text = cleandoc(cls.__doc__ or "")
    for name, section in {
        "parameters": _PARAMETERS,
        "attributes": _ATTRIBUTES,
        "notes": _NOTES,
        "references": _REFERENCES,
    }.items():
        text = text.replace(f"{{{name}}}", section.strip())
    cls.__doc__ = text
    return cls
