"""Values: equal by content, never changed, read-only after a copy as well."""

import numpy as np


class Value:
    """An object that is what it holds.

    A subclass sets its attributes by `_set`, once. `parameter_names` name what it is
    made of and compared by, `derived` what can be computed from that at any time.
    """

    parameter_names = ()
    derived = ()

    def _set(self, **attributes):
        for a in attributes.values():
            if isinstance(a, np.ndarray):
                a.flags.writeable = False
        vars(self).update(attributes)

    def _kept(self, name, compute):
        """Return `compute()`, remembered in the attribute `name` of `derived`."""
        value = vars(self).get(name)  # one look: another thread may `forget` it
        if value is None:
            value = compute()
            self._set(**{name: value})
        return value

    def forget(self):
        """Drop what was derived; it comes back when it is asked for."""
        for name in self.derived:
            vars(self).pop(name, None)

    def __setattr__(self, name, value):
        raise AttributeError(
            f"{name} cannot be changed: a {type(self).__name__} is a value, "
            "make a new one"
        )

    def __delattr__(self, name):
        self.__setattr__(name, None)

    def __getstate__(self):
        return {name: a for name, a in vars(self).items() if name not in self.derived}

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
