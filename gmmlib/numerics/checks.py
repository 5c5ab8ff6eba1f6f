"""What counts as good input, said once: one clear sentence for everything else."""

import reprlib

import numpy as np

NUMBERS = bool | int | float | np.bool | np.integer | np.floating
MISSING = ("NoneType", "NAType", "NaTType")  # None, and what pandas has in its place


def real_array(name, value):
    """Return `value` as an array of real numbers, without copying where it is one.

    Lists, integers, booleans and any float type pass, and so do tables whose columns
    are of several such types. Ragged lists are a ``ValueError``; missing entries, text,
    dates, complex numbers, masked and sparse arrays a ``TypeError``.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{name} is a masked array, whose hidden entries would be used: "
            f"pass {name}.filled(...) or drop the masked rows"
        )
    if hasattr(value, "toarray"):  # SciPy's sparse arrays
        found = type(value).__name__
        raise TypeError(f"{name} is sparse ({found}): pass {name}.toarray()")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name} has rows of different lengths: pass a rectangular array"
        ) from None
    if array.dtype.kind in "OUS":
        return _numbers(name, value)
    if array.dtype.names:
        raise TypeError(
            f"{name} has named columns, the first {array.dtype.names[0]!r}: "
            f"pass np.column_stack([{name}[c] for c in columns])"
        )
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} has entries of type {array.dtype}: pass real numbers")
    return array


def _numbers(name, value):
    """Return objects as floats if each is a number, or name the first that is none."""
    entries = np.asarray(value, dtype=object)
    for index, entry in np.ndenumerate(entries):
        if not isinstance(entry, NUMBERS):
            raise _no_number(name, value, index, entry)
    try:
        return entries.astype(np.float64)
    except OverflowError:
        raise ValueError(
            f"{name} holds a whole number too large for floats: divide it"
        ) from None


def _no_number(name, value, index, entry):
    """Return the error that says where `entry` stands, in which column, what to do."""
    place, kind = _place(name, index), type(entry).__name__
    columns = getattr(value, "columns", ())  # of a table
    if len(index) == 2 and len(columns) > index[1]:
        place += f" (column {columns[index[1]]!r})"
    if index and kind in MISSING:
        found = f"{place} is missing ({entry})"
        how = f", as {name}.dropna() does," if hasattr(value, "dropna") else ""
        return TypeError(f"{found}: drop that row{how} or fill it in")
    found = f"{place} is {' '.join(reprlib.repr(entry).split())} ({kind})"
    table = hasattr(value, "to_numpy")
    try:
        float(entry)
    except (TypeError, ValueError, OverflowError):
        alone = "the columns of numbers alone" if table else "real numbers"
        return TypeError(f"{found}: pass {alone}")
    floats = f"{name}.to_numpy(float)" if table else f"np.asarray({name}, float)"
    return TypeError(f"{found}: pass {floats}")


def _place(name, index):
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def finite_floats(name, value, first_row=0):
    """Return `value` as float64, or name its first entry that is NaN or infinite.

    `first_row` is the row of the whole array at which this block begins, so that
    the message names the row as the caller counts it.
    """
    with np.errstate(over="ignore"):  # of a longer float: infinite, so named below
        array = real_array(name, value).astype(np.float64, copy=False)
    finite = np.isfinite(array)
    if not finite.all():
        index = tuple(int(i) for i in np.argwhere(~finite)[0])
        found = array[index]
        shown = (index[0] + first_row, *index[1:]) if index else ()
        raise ValueError(f"{_place(name, shown)} is {found}: remove or replace it")
    return array


def finite_points(name, x):
    """Return points as floats (N, D), one at least; (N,) becomes one column."""
    x = finite_floats(name, x)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or x.size == 0:
        raise ValueError(f"{name} has shape {x.shape}: pass (N, D), both at least 1")
    if (largest := abs(x).max()) > 1e100:
        raise ValueError(f"{name} reaches {largest:g}: divide it, or squares overflow")
    return x


def probabilities(name, value, K=None):
    """Return `value` as (K,) probabilities, or say why it is not a distribution.

    A sum within 1e-6 of 1 (rounding, float32) is accepted and divided out.
    """
    p = finite_floats(name, value)
    if p.ndim != 1 or (K is not None and len(p) != K) or len(p) == 0:
        wanted = "(K,)" if K is None else f"({K},)"
        raise ValueError(f"{name} has shape {p.shape}: pass one of shape {wanted}")
    if p.min() < 0:
        k = int(p.argmin())
        raise ValueError(f"{name}[{k}] is {p[k]:g}: pass probabilities of at least 0")
    if abs(p.sum() - 1) > 1e-6:
        raise ValueError(
            f"{name} sum to {p.sum():.10g}, not to 1: divide them by their sum"
        )
    return p if abs(p.sum() - 1) < 1e-12 else p / p.sum()


def whole_number(name, value, least=1, most=2**53):
    """Return `value` as an int of at least `least` and at most `most`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} is {value!r}: pass a whole number")
    if value < least:
        raise ValueError(f"{name} is {value}: pass at least {least}")
    if value > most:
        raise ValueError(f"{name} is {value}: pass at most {most}")
    return int(value)


def number(name, value, least=-1e100, most=1e100):
    """Return `value` as a float of at least `least` and at most `most`."""
    value = finite_floats(name, value)
    if value.ndim > 0:
        raise ValueError(f"{name} has shape {value.shape}: pass one number")
    if not least <= value <= most:
        raise ValueError(f"{name} is {value:.15g}: pass one from {least:g} to {most:g}")
    return float(value)


def instance(name, value, *kinds):
    """Return `value`, which must be of one of the classes `kinds`."""
    if not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{name} is a {type(value).__name__}: pass a {wanted}")
    return value


def generator(rng):
    """Return a `numpy.random.Generator` from an int or a Generator."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer):
        raise TypeError(
            f"rng is a {type(rng).__name__}: "
            "pass a whole number or numpy.random.default_rng(seed)"
        )
    return np.random.default_rng(whole_number("rng", rng, least=0, most=np.inf))


def symmetric(name, matrices):
    """Return (D, D), or a stack (K, D, D), with rounding averaged out of the mirror."""
    if (largest := abs(matrices).max(initial=0)) > 1e300:
        raise ValueError(
            f"{name} reaches {largest:g}: divide the data, or it overflows"
        )
    transposed = np.swapaxes(matrices, -1, -2)
    deviations = np.sqrt(abs(np.diagonal(matrices, axis1=-2, axis2=-1)))
    difference = abs(matrices - transposed)
    rounding = 1e-10 * deviations[..., :, None] * deviations[..., None, :]
    wrong = (difference > rounding).any(axis=(-2, -1))
    if wrong.any():
        at = f"[{wrong.argmax()}]" if matrices.ndim == 3 else ""
        largest = difference[wrong.argmax()].max() if at else difference.max()
        raise ValueError(
            f"{name}{at} is not symmetric (largest difference "
            f"{float(f'{largest:.4g}')}): pass (S + S.T) / 2"
        )
    return (matrices + transposed) / 2


# What a model is given


def enough_data(x, K):
    """Return x, or say that it has fewer than K rows (one at least)."""
    if len(x) == 0:
        raise ValueError("x is empty: pass at least one observation")
    if len(x) < K:
        raise ValueError(f"K is {K} but x has {len(x)} rows: choose a K of at most N")
    return x


def points_of(D, x):
    """Return x as an array (N, D), not copied, or say why it has not that shape."""
    x = real_array("x", x)
    if x.ndim == 1 and D == 1:
        x = x[:, None]
    if x.ndim != 2 or x.shape[1] != D:
        raise ValueError(
            f"x has shape {x.shape}: pass (N, {D}), as the means have {D} columns"
        )
    return x


def gaussian_shapes(K, means, covariances):
    """Return means (K, D) and covariances (K, D, D); (K,) and (K,) become D = 1."""
    means = finite_floats("means", means)
    covariances = finite_floats("covariances", covariances)
    if means.ndim == 1:
        means = means[:, None]
        if covariances.ndim == 1:
            covariances = covariances[:, None, None]
    if means.ndim != 2 or len(means) != K or means.shape[1] == 0:
        raise ValueError(
            f"means has shape {means.shape}: pass (K, D) with K = {K} as in weights"
        )
    D = means.shape[1]
    if covariances.shape != (K, D, D):
        raise ValueError(
            f"covariances has shape {covariances.shape}: "
            f"pass (K, D, D) = ({K}, {D}, {D})"
        )
    return means, covariances


# Labels and terms, (…, K)


def distributions(q):
    """Return q (…, K) as distributions along its last axis, or say that it is none.

    Sums within 1e-6 of 1 (rounding, float32) are accepted and divided out.
    """
    q = finite_floats("q", q)
    total = q.sum(axis=-1, keepdims=True) if q.ndim else q
    if q.ndim == 0 or (q.size and (q.min() < 0 or abs(total - 1).max() > 1e-6)):
        raise ValueError(
            "q is not a distribution along its last axis: "
            "pass entries of at least 0 that sum to 1"
        )
    return q / total


def labels(q, log_joint):
    """Return q as a distribution over the components for each row of `log_joint`."""
    q = distributions(q)
    if q.shape != log_joint.shape:
        raise ValueError(
            f"q has shape {q.shape}: pass (N, K) = {log_joint.shape}, "
            "a distribution over the components for each row of x"
        )
    return q


def logarithms(name, value):
    """Return `value` (…, K) as floats or −∞, K at least 1."""
    value = real_array(name, value).astype(np.float64, copy=False)
    if value.ndim == 0 or value.shape[-1] == 0:
        raise ValueError(f"{name} has shape {value.shape}: pass (…, K), K at least 1")
    if not (value < np.inf).all():
        raise ValueError(f"{name} holds NaN or +∞: pass numbers or −∞")
    return value


def one_for_each(q, name, values):
    """Return the shape of q and `values` together, or say that they do not match."""
    try:
        if q.shape[-1:] == values.shape[-1:]:
            return np.broadcast_shapes(q.shape, values.shape)
    except ValueError:
        pass
    raise ValueError(
        f"{name} has shape {values.shape}, but q has {q.shape}: "
        f"pass one entry of q for each of {name}"
    )
