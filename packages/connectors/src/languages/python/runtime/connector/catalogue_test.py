import pytest

from connector.catalogue import Catalogue

CATALOGUE = Catalogue({"api": {}, "operations": {}})


@pytest.mark.parametrize(
    "pattern",
    [r"\p{L}", "a{99999999999999999999}", "(?:" * 20_000 + ")" * 20_000],
    ids=["unknown", "too often", "too deep"],
)
def test_a_pattern_that_python_cannot_read_refuses_nothing(pattern: str) -> None:
    assert CATALOGUE.complaint({"type": "string", "pattern": pattern}, "1") is None


def test_a_pattern_that_python_reads_refuses() -> None:
    assert CATALOGUE.complaint({"type": "string", "pattern": "^a$"}, "b") is not None
