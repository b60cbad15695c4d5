"""Training matrix to prediction, judgement and explanation of the response to mTORC1 inhibitors."""

from importlib.metadata import version

__version__ = version("mtorc1-response")
