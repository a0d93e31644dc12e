import pytest

from nas.errors import ConfigError
from nas.storage.names import check_name


@pytest.mark.parametrize("name", ["a", "7", "cifar-10.small_B", "a" * 80])
def test_names(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", " a", "a b", "../a", "_a", "a\n", "a\x1b[0m", "a" * 81, "\N{CYRILLIC SMALL LETTER A}"]
)
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(
        ConfigError, match=r"letters, digits, dots, dashes and underscores.*; choose another --name"
    ) as error:
        check_name(name)
    assert "\n" not in str(error.value)
    assert "\x1b" not in str(error.value)
