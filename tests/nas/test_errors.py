"""The error tree drawn in `nas.errors` is the one that exists, exit codes included."""

import re

import nas.errors
from nas.errors import NasError


def tree(error: type[NasError]) -> dict[str, tuple[str, int]]:
    """Returns class name -> (parent, exit code) of everything below `error`."""
    found = {}
    for child in error.__subclasses__():
        found |= {child.__name__: (error.__name__, child.exit_code)} | tree(child)
    return found


def drawn_tree() -> dict[str, tuple[str, int]]:
    rows = re.findall(r"^    ([│├└─ ]*)(\w+) +exit (\d+)", nas.errors.__doc__ or "", flags=re.MULTILINE)
    ancestors: list[str] = []
    found = {}
    for indent, name, code in rows:
        del ancestors[len(indent) // 4 :]
        if ancestors:
            found[name] = (ancestors[-1], int(code))
        ancestors.append(name)
    return found


def test_the_drawn_tree_is_the_real_one():
    product = {name: place for name, place in tree(NasError).items() if name in nas.errors.__all__}
    assert drawn_tree() == product
    assert set(nas.errors.__all__) == {"NasError", *product}
