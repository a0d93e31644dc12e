"""Neural architecture search: finds, trains and hands over a convolutional network for labelled images."""

from importlib.metadata import version

__version__ = version("nas")
