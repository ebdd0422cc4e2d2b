"""`kodplats doctor`: looks at what commonly goes wrong, and says what to do. Shows no secret and no address."""

from __future__ import annotations

import os
import platform
import sqlite3
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from booking.cli.program import Program
from booking.settings import FILE_NAME, MIN_SECRET, Settings, load

# Up to 3.51.2 a reset of the write-ahead log by one process can destroy what another has written (fixed March 2026).
SAFE_SQLITE = (3, 51, 3)
# File systems whose locks SQLite cannot trust.
NETWORK_DISKS = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs", "fuse.s3fs")
MOUNTS = Path("/proc/self/mounts")


class Grade(Enum):
    """How a finding is marked. BAD makes the command fail."""

    GOOD = "ok"
    WARN = "warn"
    BAD = "BAD"


class Finding(NamedTuple):
    """One thing that was looked at, and what to do about it."""

    grade: Grade
    words: str


def examine(program: Program) -> list[Finding]:
    """Everything that was looked at, in a fixed order."""
    settings = load()
    return [
        Finding(Grade.GOOD, f"kodplats {program.version}, Python {platform.python_version()}"),
        *_settings(settings),
        *_files(settings),
        *_provider(program, settings),
        *_database(program, settings),
    ]


def _settings(settings: Settings) -> list[Finding]:
    found = [Finding(Grade.GOOD, f"mode {settings.mode}, base_url {settings.base_url}, mail {settings.mail_transport}")]
    if len(settings.secret_key) < MIN_SECRET or len(set(settings.secret_key)) < 10:
        found.append(Finding(Grade.WARN, f"secret_key is weak: use at least {MIN_SECRET} random characters"))
    if os.environ.get("FLASK_DEBUG", "0") not in ("", "0", "false"):
        found.append(Finding(Grade.BAD, "FLASK_DEBUG is set: anybody who sees an error page can run code. Unset it"))
    return found


def _provider(program: Program, settings: Settings) -> list[Finding]:
    """Whether staff can come in by single sign-on now."""
    if not settings.oidc_issuer:
        return []
    from booking.accounts.rules.provider import ProviderAway
    from booking.accounts.services import provider
    from booking.kernel.act import system_act

    with program.create_app(settings).app_context():
        try:
            provider.discovered(now=system_act("doctor").now)
        except ProviderAway:
            told = f"single sign-on: {settings.oidc_issuer} does not say who it is: check oidc_issuer and the network"
            return [Finding(Grade.WARN, told)]
    return [Finding(Grade.GOOD, f"single sign-on: {settings.oidc_issuer} answers")]


def _files(settings: Settings) -> list[Finding]:
    found = []
    file = settings.instance_path / FILE_NAME
    if file.exists() and file.stat().st_mode & 0o077:
        found.append(Finding(Grade.WARN, f"{FILE_NAME} holds the secret key and can be read by others: chmod 600 it"))
    catalogues = Path(__file__).resolve().parents[1] / "translations"
    if not list(catalogues.glob("*/LC_MESSAGES/*.mo")):
        found.append(Finding(Grade.BAD, "the translations are not compiled: run make run once, or install the wheel"))
    return found


def _database(program: Program, settings: Settings) -> list[Finding]:
    from booking.store import db, migrating

    app = program.create_app(settings)
    with app.app_context():
        engine = db.engine
        found = _sqlite(engine.url.database) if engine.dialect.name == "sqlite" else []
        if not migrating.is_current(engine):
            return [*found, Finding(Grade.BAD, "the database is not at this revision: run kodplats db upgrade")]
        found.append(Finding(Grade.GOOD, f"{engine.dialect.name}, revision {migrating.newest()}"))
        if lacks := migrating.differences(engine):
            found.append(
                Finding(Grade.BAD, f"the tables differ from the program's in {len(lacks)} points: restore them")
            )
        return [*found, *_counters()]


def _sqlite(file: str | None) -> list[Finding]:
    found = [Finding(Grade.GOOD, f"SQLite {sqlite3.sqlite_version}")]
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        found = [
            Finding(
                Grade.WARN,
                f"SQLite {sqlite3.sqlite_version} can lose data when several processes write: "
                "serve from one process (kodplats run), take 3.51.3 or newer, or use PostgreSQL",
            )
        ]
    if file and (disk := disk_of(Path(file).resolve(), MOUNTS)) in NETWORK_DISKS:
        found.append(
            Finding(Grade.BAD, f"the database lies on a network disk ({disk}): move it to a disk of this machine")
        )
    return found


def disk_of(path: Path, mounts: Path) -> str:
    """The kind of file system that holds `path`, as Linux names it; "" where that cannot be told."""
    if not mounts.exists():
        return ""
    best, kind = "", ""
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        _, point, disk, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, disk
    return kind


def _counters() -> list[Finding]:
    from booking.bookings.queries import counter_faults

    faults = counter_faults()
    if faults:
        return [Finding(Grade.BAD, f"the counters differ from the bookings: {fault}") for fault in faults]
    return [Finding(Grade.GOOD, "the counters equal the bookings")]
