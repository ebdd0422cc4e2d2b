"""Every command: what it is called, what it takes, which verb it calls."""

from __future__ import annotations

from pathlib import Path

import click

from booking.cli.importing import import_
from booking.cli.program import Commands, Program, opened
from booking.kernel.act import system_act
from booking.settings import load, load_demo


def _show_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        program: Program = context.obj
        click.echo(f"kodplats {program.version}")
        context.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show it.")
def cli() -> None:
    """Kodplats: booking of workshops and courses at libraries.

    Settings come from BOOKING_* in the environment and from instance/booking.toml.
    """


cli.add_command(import_)


@cli.command()
@click.option("--demo", is_flag=True, help="With the demo's libraries, slots and bookings in an empty database.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.pass_obj
def run(program: Program, demo: bool, host: str, port: int) -> None:
    """Serve everything in one process: pages, and the mail worker beside them."""
    from booking.cli.serving import serve

    serve(program, demo=demo, host=host, port=port)


@cli.group()
def db() -> None:
    """The database."""


@db.command()
@click.pass_obj
def upgrade(program: Program) -> None:
    """Bring the database to the newest revision; all of it or nothing."""
    app = program.create_app(load())
    with app.app_context():
        from booking.store import db as database
        from booking.store import migrating

        before, after = migrating.upgrade(database.engine)
    click.echo(f"Already at revision {after}." if before == after else f"Migrated to revision {after}.")


@db.command()
@click.argument("message")
@click.pass_obj
def revision(program: Program, message: str) -> None:
    """Write a new revision out of what the models have and the database lacks. For developers."""
    with opened(program):
        from booking.store import db as database
        from booking.store import migrating

        number = f"{int(migrating.newest()) + 1:04}"
        path = migrating.write_revision(database.engine, message=message, revision=number)
    click.echo(f"Read it through before you use it: {path}")


@cli.group()
def demo() -> None:
    """The demo's content."""


@demo.command("load")
@click.pass_obj
def fill(program: Program) -> None:
    """Load the demo into an empty database."""
    with opened(program, load_demo()):
        click.echo(program.load_demo(system_act("demo")))


@demo.command("reset")
@click.confirmation_option("--yes", prompt="This deletes everything in the demo's database. Go on?")
@click.pass_obj
def reset(program: Program) -> None:
    """Empty the demo's database and load the demo again."""
    with opened(program, load_demo()):
        click.echo(program.reset_demo(system_act("demo")))


@cli.group()
def letters() -> None:
    """Letters to families."""


@letters.command()
@click.pass_obj
def send(program: Program) -> None:
    """Send what is due now, once. The worker does the same every second."""
    with opened(program):
        from booking.outbox import services, transports
        from booking.settings import current

        tally = services.deliver_due(transports.from_settings(current()), act=system_act("letters"))
    click.echo(f"{tally.sent} sent, {tally.put_off} put off, {tally.stopped} stopped")
    if not tally.is_reachable:
        raise click.ClickException("The mail server cannot be used now. The letters wait.")


@cli.command()
@click.pass_obj
def worker(program: Program) -> None:
    """Write the letters of the clock and send all letters, until stopped: what runs beside the web server."""
    from booking.cli.serving import work

    with opened(program) as app:
        click.echo("The worker runs. Ctrl-C stops it.")
    work(app)


@cli.command()
@click.pass_obj
def doctor(program: Program) -> None:
    """Look at versions, settings and the database, and say what should be mended."""
    from booking.cli import examining

    findings = examining.examine(program)
    for finding in findings:
        click.echo(f"{finding.grade.value:>4}  {finding.words}")
    if any(finding.grade is examining.Grade.BAD for finding in findings):
        raise click.exceptions.Exit(1)


@cli.command("gunicorn-config")
def gunicorn_config() -> None:
    """Print the path of gunicorn's settings: gunicorn -c "$(kodplats gunicorn-config)" 'booking:create_app()'."""
    from booking import deploy

    click.echo(Path(deploy.__file__).with_name("gunicorn.conf.py"))
