"""A list by mail: the digest as text, the workbook attached.

The Message-ID is made of the delivery key, so that a repeated mail can be recognised; mail servers do not promise to,
and so an unknown outcome is not repeated.
"""

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import ClassVar, Literal

from include.tasks.channels.parcel import Outcome, Parcel
from include.tasks.sheets.digest import digest_of
from include.tasks.sheets.layout import file_name
from include.tasks.sheets.spreadsheet import write_xlsx
from include.tasks.wording import Language

XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True)
class MailChannel:
    """Secrets: host, port (465: TLS from the start; any other: STARTTLS), user, password, sender, and recipients
    (separated by commas). encryption 'none' is for a relay on this machine."""

    is_repeatable: ClassVar[bool] = False
    name: str
    language: Language = "zh"
    encryption: Literal["tls", "none"] = "tls"
    timeout_seconds: float = 60.0

    def send(self, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
        missing = [name for name in ("host", "sender", "recipients") if not secrets.get(name)]
        if missing:
            return Outcome("failed", f"channel {self.name}: the connection lacks {', '.join(missing)}")
        message = self._message(parcel, secrets)
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
        digest = digest_of(parcel, self.language)
        message = EmailMessage()
        message["Subject"] = digest.title
        message["From"] = secrets["sender"]
        message["To"] = ", ".join(part.strip() for part in secrets["recipients"].split(",") if part.strip())
        message["Message-ID"] = f"<{parcel.delivery_key}@storekeeper>"
        message["Date"] = format_datetime(datetime.now(UTC))
        message.set_content("\n\n".join(digest.paragraphs()) + "\n")
        message.add_attachment(
            write_xlsx(parcel, self.language),
            maintype=XLSX[0],
            subtype=XLSX[1],
            filename=file_name(parcel, self.language, "xlsx"),
        )
        return message


def _is_final(error: Exception) -> bool:
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _said(error: Exception) -> str:
    return f"{type(error).__name__} {error}"
