"""Values: equal by content, never changed, read-only after a copy as well."""

from functools import cached_property

import numpy as np


class Value:
    """An object that is what it holds.

    A subclass sets its attributes by `_set`, once. `parameter_names` name what it is
    made of and compared by; its cached properties can be computed from that any time.
    """

    parameter_names = ()
    cached = frozenset()

    def _set(self, **attributes):
        for a in attributes.values():
            if isinstance(a, np.ndarray):
                a.flags.writeable = False
        vars(self).update(attributes)

    def forget(self):
        """Drop what was computed and kept; it comes back when it is asked for."""
        for name in self.cached:
            vars(self).pop(name, None)

    def __init_subclass__(cls):
        own = {n for n, a in vars(cls).items() if isinstance(a, cached_property)}
        cls.cached = cls.cached | own

    def __setattr__(self, name, value):
        raise AttributeError(
            f"{name} cannot be changed: a {type(self).__name__} is a value, "
            "make a new one"
        )

    def __delattr__(self, name):
        self.__setattr__(name, None)

    def __getstate__(self):
        return {name: a for name, a in vars(self).items() if name not in self.cached}

    def __setstate__(self, state):
        self._set(**state)

    def _content(self):
        return [getattr(self, name) for name in self.parameter_names]

    def __eq__(self, other):
        if self is other:
            return True
        return type(self) is type(other) and all(
            np.array_equal(a, b)
            for a, b in zip(self._content(), other._content(), strict=True)
        )

    def __hash__(self):
        return hash(tuple(tuple(np.ravel(a).tolist()) for a in self._content()))

    def __repr__(self):
        values = {name: getattr(self, name) for name in self.parameter_names}
        shown = (
            f"{name}={np.round(a, 4).tolist() if isinstance(a, np.ndarray) else a!r}"
            for name, a in values.items()
            if a is not None
        )
        return f"{type(self).__name__}({', '.join(shown)})"
