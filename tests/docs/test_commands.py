"""What counts as a command of a page."""

import pytest

from tests.docs.commands import commands_of

PAGE = """Run `make demo`, look at `var/demo` and type `./storekeeper help`.

```sh
cp -r examples/specimen merchant
make demo
```

```text
make believe
```
"""


def test_commands_are_found_in_blocks_and_in_the_text_each_once() -> None:
    assert commands_of(PAGE) == ["make demo", "./storekeeper help", "cp -r examples/specimen merchant"]


def test_a_block_of_commands_that_holds_something_else_is_an_error() -> None:
    with pytest.raises(ValueError, match="no command: '3 lines'"):
        commands_of("```sh\nmake demo\n3 lines\n```\n")
