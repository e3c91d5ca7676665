"""What `make demo` says when it does not come to its end."""

import pytest

from scripts.demo import saying_how_to_go_on


@pytest.mark.parametrize(
    "error", [RuntimeError("the Dag failed"), SystemExit("the specimen merchant could not write its exports")]
)
def test_a_demo_that_fails_says_to_run_it_again(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(type(error)), saying_how_to_go_on():
        raise error
    said = capsys.readouterr().err
    assert "Run `make demo` again" in said
    assert "再运行一次 make demo" in said


@pytest.mark.parametrize("end", [KeyboardInterrupt(), SystemExit(143)])
def test_who_stops_the_demo_is_told_nothing(end: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(type(end)), saying_how_to_go_on():
        raise end
    assert capsys.readouterr().err == ""
