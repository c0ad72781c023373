"""Reads the environment: a wrong or missing value stops the start with one clear line.

Imports no Django, so that settings, tools and tests can use it before Django is configured.
"""

import os
import re
import secrets
import sys
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
# gunicorn stops, instead of starting the worker again and again, when a worker exits with 3.
CANNOT_START = 3


def stop(line: str) -> NoReturn:
    """End the process with one line on the error output, without a traceback."""
    print(f"The tracker cannot start: {line}", file=sys.stderr)
    raise SystemExit(CANNOT_START)


def text(name: str, default: str = "") -> str:
    """The variable without surrounding spaces; an empty one counts as absent."""
    return os.environ.get(name, "").strip() or default


def boolean(name: str, *, default: bool) -> bool:
    """ "on" or "off", and the usual other words for them; anything else stops the start."""
    value = text(name).lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        stop(f"{name} must be on or off, not {value!r}.")
    return value in TRUE


def whole(name: str, *, default: int, least: int, most: int) -> int:
    """A whole number from `least` to `most`; anything else stops the start."""
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        stop(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
    return int(value)


def words(name: str, *, default: list[str]) -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or default


def time_zone(name: str, *, default: str) -> str:
    """The name of a time zone that this machine knows; anything else stops the start."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        stop(f"{name} must name a time zone, like Europe/London, not {value!r}.")
    return value


def hosts(name: str, *, default: list[str]) -> list[str]:
    """Host names without scheme, port or path; a leading dot includes all subdomains."""
    found = words(name, default=default)
    for host in found:
        if not re.fullmatch(r"\*|\.?[\w-]+(\.[\w-]+)*\.?|\[[0-9A-Fa-f:.]+\]", host, re.ASCII):
            stop(f"{name} must list names like kpi.trust.example, not {host!r}.")
    if not found:
        stop(f"{name} is missing: the names it is reached by, with commas between them.")
    return found


def origins(name: str) -> list[str]:
    """Web origins: scheme and host, nothing after them."""
    found = words(name, default=[])
    for origin in found:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
            stop(f"{name} must list origins like https://kpi.trust.example, not {origin!r}.")
    return found


def secret_key(*, debug: bool, folder: Path) -> str:
    """SECRET_KEY. In development it is made once and kept, so that sign-ins survive a restart."""
    key = text("SECRET_KEY")
    if key:
        if not debug and (len(key) < 50 or len(set(key)) < 5):
            stop("SECRET_KEY must be at least 50 random characters.")
        return key
    if not debug:
        stop(
            "SECRET_KEY is missing. Make one with: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    return _kept_key(folder / "secret_key")


def folder_of(path: Path) -> None:
    """Make the folder for the file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        stop(
            f"the folder {path.parent} cannot be made: {fault.strerror}. "
            "VAR_DIR or DATABASE_URL chooses another."
        )


def _kept_key(path: Path) -> str:
    """The key in the file. Linking a whole file is atomic, so two first starts agree on one key."""
    folder_of(path)
    try:
        return _key_in(path)
    except OSError as fault:
        stop(f"the key cannot be kept in {path}: {fault.strerror}. VAR_DIR chooses another folder.")


def _key_in(path: Path) -> str:
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # the other start was first: use its key
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


def database(name: str) -> dict[str, Any] | None:
    """DATABASE_URL as Django's settings, or None when it is absent."""
    url = text(name)
    if not url:
        return None
    scheme = url.partition(":")[0]
    if scheme not in ("sqlite", "postgres", "postgresql"):
        stop(f"{name} must begin with postgres:// or sqlite:///, not {scheme[:20]!r}.")
    try:
        config = dict(environ.Env.db_url_config(url))
        int(config.get("PORT") or 0)
    except (ValueError, KeyError, TypeError):
        stop(f"{name} cannot be read; it must be like postgres://user:password@host:5432/name.")
    if not config.get("NAME"):
        stop(f"{name} names no database; it must be like postgres://user@host:5432/name.")
    return config


def redis_url(name: str) -> str:
    """The broker’s URL, or empty: background work then runs in the web process."""
    url = text(name)
    if url and (urlsplit(url).scheme not in ("redis", "rediss") or not urlsplit(url).hostname):
        stop(f"{name} must be like redis://host:6379/0, or empty for tasks in process.")
    return url


def email(name: str, *, default: str, folder: Path) -> dict[str, Any]:
    """EMAIL_URL as Django's settings; one that cannot be read stops the start.

    `folder` is where `filemail://` without a path puts its files.
    """
    url = text(name, default)
    if urlsplit(url).scheme not in environ.Env.EMAIL_SCHEMES:
        stop(f"{name} must be like smtp+tls://user:password@host:587.")
    try:
        config = dict(environ.Env.email_url_config(url))
    except (ValueError, KeyError, TypeError):
        stop(f"{name} cannot be read; it must be like smtp+tls://user:password@host:587.")
    # The library drops the first slash of the path.
    config["EMAIL_FILE_PATH"] = urlsplit(url).path.rstrip("/") or str(folder)
    return config


def site_url(name: str, *, hosts: list[str], https: bool, debug: bool) -> str:
    """The address that links in e-mails begin with: SITE_URL, or the first of our host names."""
    url = text(name)
    if url:
        parts = urlsplit(url.rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
            stop(f"{name} must be an address like https://kpi.trust.example, not {url!r}.")
        return url.rstrip("/")
    if debug:
        return "http://127.0.0.1:8000"
    named = [host for host in hosts if not host.startswith(("*", "."))]
    outside = [host for host in named if host not in ("localhost", "127.0.0.1", "[::1]")]
    if not named:
        stop(f"{name} is missing: ALLOWED_HOSTS names no single host for the links in e-mails.")
    return f"{'https' if https else 'http'}://{(outside or named)[0]}"


def sender(name: str, *, site: str) -> str:
    """The address that e-mails come from."""
    address = text(name, f"no-reply@{urlsplit(site).hostname}")
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address):
        stop(f"{name} must be an e-mail address like tracker@trust.example, not {address!r}.")
    return address
