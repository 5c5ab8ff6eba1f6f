"""What counts as good input, said once: one clear sentence for everything else."""

import numpy as np


def real_array(name, value):
    """Return `value` as an array of real numbers, without copying where it is one.

    Lists, integers, booleans and any float type pass; strings, objects, complex
    numbers and masked arrays are a ``TypeError``, ragged lists a ``ValueError``.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{name} is a masked array, whose hidden entries would be used: "
            f"pass {name}.filled(...) or drop the masked rows"
        )
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name} has rows of different lengths: pass a rectangular array"
        ) from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} has entries of type {array.dtype}: pass real numbers")
    return array


def finite_floats(name, value, first_row=0):
    """Return `value` as float64, or name its first entry that is NaN or infinite.

    `first_row` is the row of the whole array at which this block begins, so that
    the message names the row as the caller counts it.
    """
    array = real_array(name, value).astype(np.float64, copy=False)
    finite = np.isfinite(array)
    if not finite.all():
        index = tuple(int(i) for i in np.argwhere(~finite)[0])
        found = array[index]
        shown = (index[0] + first_row, *index[1:]) if index else ()
        at = f"[{', '.join(map(str, shown))}]" if shown else ""
        raise ValueError(f"{name}{at} is {found}: remove or replace it")
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
            f"{name} sum to {p.sum():.6g}, not to 1: divide them by their sum"
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
        raise ValueError(f"{name} is {value:g}: pass one from {least:g} to {most:g}")
    return float(value)


def instance(name, value, *kinds):
    """Return `value`, which must be of one of the classes `kinds`."""
    if not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{name} is a {type(value).__name__}: pass a {wanted}")
    return value


def symmetric(name, matrices):
    """Return (D, D), or a stack (K, D, D), with rounding averaged out of the mirror."""
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
