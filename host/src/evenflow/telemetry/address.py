"""Where a record lies: what SQLAlchemy opens, and what people are shown, which has no password."""

import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from evenflow.errors import WrongUsage

_POSTGRES = ("postgres", "postgresql")
_DRIVER = "postgresql+psycopg"
_SECRET_WORDS = ("password", "sslpassword")
_HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Address:
    """A file or a server; `name` is fit to be shown and recorded."""

    url: URL
    name: str

    @property
    def path(self) -> Path | None:
        """The file, if it is one."""
        is_file = self.url.get_backend_name() == "sqlite" and self.url.database
        return Path(str(self.url.database)) if is_file else None

    def without_secrets(self, words: object) -> str:
        """What a driver says, with every password of the address taken out."""
        text = str(words)
        for secret in _secrets(self.url):
            text = text.replace(secret, _HIDDEN)
        return text


def address(where: str | Path) -> Address:
    """Of a file's name or an SQLAlchemy URL; WrongUsage if it is neither.

    Of PostgreSQL's drivers it is always psycopg.
    """
    text = str(where)
    if "://" not in text:
        return Address(URL.create("sqlite", database=str(Path(text).absolute())), text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        # The text is not understood, so whatever may be a secret is left out.
        shown = re.sub(r"//.*", f"//{_HIDDEN}", text)
        raise WrongUsage(
            "no_record", f"{shown}: not a database's URL", "name a file, or postgresql://…"
        ) from error
    if url.drivername in _POSTGRES:
        url = url.set(drivername=_DRIVER)
    return Address(url, _shown(url))


def _shown(url: URL) -> str:
    hidden = {word: _HIDDEN for word in _SECRET_WORDS if word in url.query}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def _secrets(url: URL) -> list[str]:
    values = [url.password, *(url.query.get(word) for word in _SECRET_WORDS)]
    return [value for value in values if isinstance(value, str) and value]
