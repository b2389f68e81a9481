"""What all commands share: options, the level of messages, errors in one line."""

from __future__ import annotations

import sys
from typing import Any

import click

from .. import logging
from .._version import __version__
from .storage import storage


class _Group(click.Group):
    """Shows errors as one line, with ``--debug`` as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, click.ClickException):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            message = str(error) or type(error).__name__
            raise click.ClickException(message) from error


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="tunesmith")
@click.option("-v", "--verbose", count=True, help="Say more.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def app(verbose: int, quiet: bool, debug: bool) -> None:
    """Studies of Tunesmith, and of Optuna, on the command line."""
    if quiet:
        logging.set_verbosity(logging.ERROR)
    elif verbose or debug:
        logging.set_verbosity(logging.DEBUG)


app.add_command(storage)


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit.

    Parameters
    ----------
    args : list of str, optional
        Arguments; those of the process by default. The process ends with 0, with 1 for what
        failed, with 2 for arguments that do not fit, with 130 for Ctrl-C.

    Examples
    --------
    >>> main(["--version"])
    Traceback (most recent call last):
    ...
    SystemExit: 0
    """
    try:
        code = app.main(args, prog_name="tunesmith", standalone_mode=False)
    except click.Abort:
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    sys.exit(code if isinstance(code, int) else 0)
