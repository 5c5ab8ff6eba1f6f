"""Show the library's own code in a chapter, so that no chapter copies it."""

import inspect
import textwrap


class Source:
    """Python source that a notebook shows in colour and a test compares as text."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text

    def _repr_markdown_(self):
        return f"```python\n{self.text}\n```"


def show_source(obj):
    """Return the source of a function, class or method, to be shown in a notebook."""
    try:
        text = inspect.getsource(obj)
    except (TypeError, OSError):
        raise TypeError(
            f"obj is a {type(obj).__name__} without Python source: "
            "pass a function, class or method"
        ) from None
    return Source(textwrap.dedent(text).rstrip())
