import json
import os
from pathlib import Path

import pytest

from connector.environment import read_environment

SHARED = json.loads(
    Path(__file__).parents[3].joinpath("environment.json").read_text("utf-8")
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_is_read_as_the_other_languages_do(
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # A copy that is undone: what is read from the file is set in it.
    monkeypatch.setattr(os, "environ", {"HOME": "elsewhere"})
    Path(".env").write_bytes(end.join(SHARED["lines"]).encode())
    assert read_environment() == {"HOME": "elsewhere", **SHARED["values"]}


def test_what_is_set_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIVEN", "given")
    Path(".env").write_text("GIVEN=file\n", "utf-8")
    assert read_environment()["GIVEN"] == "given"
