"""The answer to an exercise, checked before the reader's eyes."""

import numpy as np

from gmmlib.numerics.checks import finite_floats, number


def check(answer, expected, tolerance=0.005):
    """Print whether `answer` agrees with `expected`, number by number.

    None means that the exercise has not been tried.
    """
    if answer is None:
        print("not solved yet")
        return
    wanted = finite_floats("expected", expected)
    tolerance = number("tolerance", tolerance, least=0)
    try:
        found = np.asarray(answer)
        if np.iscomplexobj(found):
            raise TypeError
        found = found.astype(float)
    except (TypeError, ValueError):
        print(f"not yet: {answer!r} is not made of numbers")
        return
    found, wanted = found.ravel(), wanted.ravel()
    if found.size != wanted.size:
        print(f"not yet: {wanted.size} numbers are asked for, these are {found.size}")
    elif abs(found - wanted).max() <= tolerance:
        print("solved")
    else:
        print(f"not yet: the largest difference is {abs(found - wanted).max():.2g}")
