"""A wrong command line in words: its usage, what was expected and what was found, in English and Chinese."""

from __future__ import annotations

from typer._click.exceptions import BadOptionUsage, BadParameter, MissingParameter, NoSuchOption, UsageError
from typer.core import TyperArgument, TyperGroup


def in_both(error: UsageError) -> str:
    """What is printed of a wrong command line."""
    if error.ctx is None:
        return _reason(error)
    path = error.ctx.command_path
    return f"{error.ctx.get_usage()}\n{path}: {_reason(error)}\n{path} --help · 加 --help 看用法"


def _reason(error: UsageError) -> str:
    if isinstance(error, MissingParameter):
        return f"expected {_name(error)}, found nothing · 缺少 {_name(error)}"
    if isinstance(error, BadParameter):
        return f"{_name(error)}: {_expected(error)}"
    if isinstance(error, NoSuchOption):
        near = next(iter(error.possibilities or ()), None)
        en, zh = (f": did you mean {near}?", f"：是不是 {near}？") if near else ("", "")
        return f"there is no option {error.option_name}{en} · 没有 {error.option_name} 这个选项{zh}"
    if isinstance(error, BadOptionUsage) and "requires" in error.message:
        return f"{error.option_name}: expected a value, found nothing · {error.option_name} 后面要写值"
    if isinstance(error, BadOptionUsage):
        return f"{error.option_name}: expected no value after it · {error.option_name} 后面不写值"
    if error.ctx is not None and isinstance(error.ctx.command, TyperGroup) and error.message == "Missing command.":
        names = ", ".join(error.ctx.command.commands)
        return f"expected one of {names}, found nothing · 要写其中之一：{names}"
    return error.message


def _name(error: BadParameter) -> str:
    """The option or argument that is wrong, as it is typed."""
    if error.param is None:
        return str(error.param_hint or "")
    if isinstance(error.param, TyperArgument):
        return (error.param.metavar or error.param.name).upper()
    return " / ".join(error.param.opts)


def _expected(error: BadParameter) -> str:
    """The message, which the types of `include.cli.options` write in both languages; a choice's is written here."""
    choices = error.param.type_descriptor.choices if error.param else None
    found, one_of, _ = error.message.rpartition(" is not one of ")
    if not choices or not one_of:
        return error.message
    there = ", ".join(map(str, choices))
    found = found.removeprefix("Value error, ")
    return f"expected one of {there}, found {found} · 应为 {there} 之一，写的是 {found}"
