"""A list by mail: the digest as text and as a page with links to the desk, the workbook attached. And an alert.

The Message-ID is made of the delivery key, so that a repeated mail can be recognised; mail servers do not promise to,
and so an unknown outcome is not repeated.
"""

import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import ClassVar, Literal

from include.tasks.channels.notice import Notice
from include.tasks.channels.parcel import Outcome, Parcel
from include.tasks.sheets.digest import Digest, common_title, digests_of
from include.tasks.sheets.layout import file_name
from include.tasks.sheets.spreadsheet import write_xlsx
from include.words.texts import Language

XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True)
class MailChannel:
    """Secrets: host, port (465: TLS from the start; any other: STARTTLS), user, password, sender, and recipients
    (separated by commas). encryption 'none' is for a relay on this machine. desk: the address that the desk's pages
    stand below; '': there are no links."""

    is_repeatable: ClassVar[bool] = False
    name: str
    language: Language = "zh"
    encryption: Literal["tls", "none"] = "tls"
    timeout_seconds: float = 60.0
    desk: str = ""

    def send(self, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
        return self._send(secrets, lambda: self._message(parcel, secrets))

    def tell(self, notice: Notice, secrets: Mapping[str, str]) -> Outcome:
        return self._send(secrets, lambda: self._letter(notice, secrets))

    def _send(self, secrets: Mapping[str, str], write: Callable[[], EmailMessage]) -> Outcome:
        missing = [name for name in ("host", "sender", "recipients") if not secrets.get(name)]
        if missing:
            return Outcome("failed", f"channel {self.name}: the connection lacks {', '.join(missing)}")
        message = write()
        try:
            server = self._open(secrets)
        except (OSError, smtplib.SMTPException) as error:  # nothing was handed over yet
            return Outcome("failed", f"not reached: {_said(error)}", may_repeat=not _is_final(error))
        try:
            refused = server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = sorted({code for code, _ in error.recipients.values()})
            return Outcome("failed", f"all recipients refused: {codes}", may_repeat=all(code < 500 for code in codes))
        except smtplib.SMTPResponseException as error:  # the server answered, and the answer was no
            return Outcome("failed", _said(error), may_repeat=not _is_final(error))
        except (OSError, smtplib.SMTPException) as error:
            return Outcome("unknown", f"the connection broke: {_said(error)}")
        finally:
            server.close()
        return Outcome("sent", f"accepted, {len(refused)} recipients refused" if refused else "accepted")

    def _open(self, secrets: Mapping[str, str]) -> smtplib.SMTP:
        host, port = secrets["host"], int(secrets.get("port") or 465)
        trusted = ssl.create_default_context()
        server: smtplib.SMTP
        if self.encryption != "none" and port == 465:
            server = smtplib.SMTP_SSL(host, port, timeout=self.timeout_seconds, context=trusted)
        else:
            server = smtplib.SMTP(host, port, timeout=self.timeout_seconds)
        try:
            if self.encryption != "none" and port != 465:
                server.starttls(context=trusted)
            if secrets.get("user"):
                server.login(secrets["user"], secrets.get("password", ""))
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, parcel: Parcel, secrets: Mapping[str, str]) -> EmailMessage:
        digests = digests_of(parcel, self.language, self.desk)
        title = common_title(digests, parcel.document.day, self.language)
        message = _addressed(title, parcel.delivery_key, secrets)
        message.set_content(_text_of(digests) + "\n")
        if self.desk:
            message.add_alternative(_page_of(digests), subtype="html")
        for one in (parcel, *parcel.also):
            if one.purpose == "list":
                message.add_attachment(
                    write_xlsx(one, self.language),
                    maintype=XLSX[0],
                    subtype=XLSX[1],
                    filename=file_name(one, self.language, "xlsx"),
                )
        return message

    def _letter(self, notice: Notice, secrets: Mapping[str, str]) -> EmailMessage:
        message = _addressed(notice.title, notice.key, secrets)
        told = [*notice.paragraphs, *(f"{text}\n{address}" for text, address in notice.links)]
        message.set_content("\n\n".join(told) + "\n")
        page = [f"<p>{escape(one)}</p>" for one in notice.paragraphs]
        page += [f'<p><a href="{escape(address)}">{escape(text)}</a></p>' for text, address in notice.links]
        message.add_alternative("\n".join(page), subtype="html")
        return message


def _addressed(title: str, key: str, secrets: Mapping[str, str]) -> EmailMessage:
    """A mail without its text. A title is one line: what comes from a file may break it."""
    message = EmailMessage()
    message["Subject"] = " ".join(title.split())
    message["From"] = secrets["sender"]
    message["To"] = ", ".join(part.strip() for part in secrets["recipients"].split(",") if part.strip())
    message["Message-ID"] = f"<{key}@storekeeper>"
    message["Date"] = format_datetime(datetime.now(UTC))
    return message


def _text_of(digests: Sequence[Digest]) -> str:
    parts: list[str] = []
    for one in digests:
        parts += [one.title] if len(digests) > 1 else []
        parts += [*one.paragraphs(), *([one.address] if one.address else [])]
    return "\n\n".join(parts)


def _page_of(digests: Sequence[Digest]) -> str:
    """Without pictures and styles: mail programs show it as they like."""
    parts: list[str] = []
    for one in digests:
        lines = "".join(f'<li><a href="{escape(line.address)}">{escape(line.text)}</a></li>' for line in one.lines)
        parts += [f'<h3><a href="{escape(one.address)}">{escape(one.title)}</a></h3>']
        parts += [f"<p>{escape(part)}</p>" for part in (one.summary, *one.notes)]
        parts += [f"<ul>{lines}</ul>" if lines else "", f"<p>{escape(one.more)}</p>" if one.more else ""]
    return "\n".join(part for part in parts if part)


def _is_final(error: Exception) -> bool:
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _said(error: Exception) -> str:
    return f"{type(error).__name__} {error}"
