"""How figures are written in sentences."""

from __future__ import annotations

#: Below this a p-value is said to be so.
_LEAST_P = 0.001


def p_words(p: float) -> str:
    """A p-value after the word "p".

    Examples
    --------
    >>> p_words(0.0302), p_words(0.0002)
    ('0.030', 'below 0.001')
    """
    return f"below {_LEAST_P}" if p < _LEAST_P else f"{p:.3f}"
