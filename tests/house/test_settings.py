"""Each setting is in the README, and each setting that the README names exists."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from booking.settings import NOT_SETTINGS, PREFIX, BadSettings, Mode, Settings, load
from tests.support.missing import PROJECT

SETTINGS = {field.name for field in fields(Settings)} - {"instance_path"}
STRONG = "only-for-tests-0123456789-abcdefghijklmnop"


def _told() -> set[str]:
    """The settings in the README's table: the names in its first column, of which related ones share a row."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("### Settings")[2].partition("\n### ")[0]
    cells = re.findall(r"^\|([^|]+)\|", table, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)}


def test_the_readme_names_each_setting_and_no_other() -> None:
    assert _told() == SETTINGS


def test_the_readme_names_what_the_environment_may_say_beside_them() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")

    assert all(f"`{name}`" in readme for name in {*NOT_SETTINGS, "DATABASE_URL"})


@pytest.mark.parametrize("name", ["BOOKING_DEBUG", "BOOKING_SECRET"])
def test_an_unknown_setting_in_the_environment_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadSettings, match="not a setting"):
        load(instance_path=tmp_path, environ={name: "1", "BOOKING_MODE": "demo"})


def test_an_unknown_setting_in_the_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "booking.toml").write_text('colour = "red"\n', encoding="utf-8")

    with pytest.raises(BadSettings, match="colour"):
        load(instance_path=tmp_path, environ={"BOOKING_MODE": "demo"})


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"secret_key": "short"},
        {"secret_key": "a" * 64},
        {"secret_key": STRONG, "base_url": "http://kodplats.example"},
        {"secret_key": STRONG, "base_url": "https://kodplats.example", "trusted_proxies": "-1"},
        {"secret_key": STRONG, "base_url": "https://kodplats.example", "trusted_proxies": "many"},
        {"secret_key": STRONG, "base_url": "https://kodplats.example", "mail_transport": "pigeon"},
        {"secret_key": STRONG, "base_url": "https://kodplats.example", "mail_transport": "console"},
        {"secret_key": STRONG, "base_url": "https://kodplats.example", "database_url": "mysql://root@127.0.0.1/x"},
        {"secret_key": STRONG, "base_url": "kodplats.example"},
        {"secret_key": STRONG, "base_url": "https://kodplats.example", "smtp_port": "abc"},
        {"secret_key": STRONG, "base_url": "https://kodplats.example", "mode": "hej"},
        {"secret_key": STRONG, "base_url": "https://kodplats.example", "smtp_tls": "maybe"},
        {"secret_key": STRONG, "base_url": "https://kodplats.example", "mode": "debug"},
    ],
)
def test_production_does_not_start_with_settings_that_cannot_be_right(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(BadSettings):
        load(instance_path=tmp_path, environ={f"{PREFIX}{name.upper()}": value for name, value in wrong.items()})


@pytest.mark.parametrize(
    ("map_url", "link"),
    [
        ("https://karta.example/{latitude}/{longitude}", "https://karta.example/55.924/14.296"),
        ("", ""),
        ("http://karta.example/{latitude}/{longitude}", None),
        ("javascript:alert(1)//{latitude}{longitude}", None),
        ("https://karta.example/", None),
    ],
)
def test_the_map_is_https_and_knows_where_or_there_is_none(tmp_path: Path, map_url: str, link: str | None) -> None:
    environ = {"BOOKING_MODE": "demo", "BOOKING_MAP_URL": map_url}

    if link is None:
        with pytest.raises(BadSettings, match="map_url"):
            load(instance_path=tmp_path, environ=environ)
    else:
        assert load(instance_path=tmp_path, environ=environ).map_of(55.924, 14.296) == link


def test_production_starts_with_a_strong_secret_and_https(tmp_path: Path) -> None:
    settings = load(
        instance_path=tmp_path,
        environ={"BOOKING_SECRET_KEY": STRONG, "BOOKING_BASE_URL": "https://kodplats.example"},
    )

    assert settings.mode is Mode.PRODUCTION
    assert settings.is_secure


def test_the_environment_is_stronger_than_the_file(tmp_path: Path) -> None:
    (tmp_path / "booking.toml").write_text('phone = "1"\nparty_limit = 4\n', encoding="utf-8")

    settings = load(instance_path=tmp_path, environ={"BOOKING_MODE": "demo", "BOOKING_PHONE": "2"})

    assert (settings.phone, settings.party_limit) == ("2", 4)


def test_a_demo_makes_its_secret_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    first, second = (load(instance_path=tmp_path, environ={"BOOKING_MODE": "demo"}) for _ in range(2))

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert (tmp_path / "booking.toml").stat().st_mode & 0o777 == 0o600


PROVIDER = {
    "oidc_issuer": "https://idp.example",
    "oidc_client_id": "kodplats",
    "oidc_client_secret": "not-a-real-secret",
}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"oidc_issuer": "http://idp.example"}, "https"),
        ({"oidc_issuer": "idp.example"}, "https"),
        ({"oidc_client_id": ""}, "oidc_client_id"),
        ({"oidc_client_secret": ""}, "oidc_client_secret"),
        ({"oidc_client_secret_file": "/nowhere"}, "not both"),
        ({"oidc_client_secret": "", "oidc_client_secret_file": "/nowhere/at/all"}, "cannot be read"),
        ({"oidc_issuer": ""}, "says nothing without oidc_issuer"),
        ({"oidc_domains": "@kommun.example"}, "oidc_domains"),
        ({"oidc_new_roles": "administrator"}, "oidc_new_roles"),
        ({"oidc_new_roles": "coordinator"}, "oidc_new_roles"),
    ],
)
def test_a_provider_of_single_sign_on_is_set_up_wholly_or_not_at_all(
    tmp_path: Path, wrong: dict[str, str], told: str
) -> None:
    given = {**PROVIDER, **wrong}
    environ = {f"{PREFIX}{name.upper()}": value for name, value in given.items()}

    with pytest.raises(BadSettings, match=told):
        load(
            instance_path=tmp_path,
            environ={"BOOKING_SECRET_KEY": STRONG, "BOOKING_BASE_URL": "https://kodplats.example", **environ},
        )


def test_the_providers_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-a-file\n", encoding="utf-8")
    given = {**PROVIDER, "oidc_client_secret": "", "oidc_client_secret_file": str(tmp_path / "secret")}

    settings = load(
        instance_path=tmp_path,
        environ={"BOOKING_MODE": "demo", **{f"{PREFIX}{name.upper()}": value for name, value in given.items()}},
    )

    assert settings.oidc_client_secret == "from-a-file"
    assert settings.provider_name == "idp.example"
