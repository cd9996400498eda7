"""The command that subcommands join."""

from cyclopts import App

__all__ = ["app"]

app = App(
    name="wgan",
    help="""A critic kept Lipschitz measures how far apart two distributions are, and a generator learns from it.

    Without any argument, `wgan train` trains WGAN-GP on 1,797 real handwritten digits in about a minute.""",
    version_flags=["--version"],
    help_format="markdown",
    suppress_keyboard_interrupt=False,
)
app.register_install_completion_command()
