"""Whether the books, the lists and the files are what they were.

    storekeeper audit
    storekeeper audit --nightly

Looks at the ledger and every line against it, at facts against their closes, at a closed day computed anew, at lists,
tasks and their logs, at raw files and models. What is wrong is told on one page, with what to do. `--nightly` is what
the Dag `upkeep` looks at: what is recent and a part of the rest. Nothing is changed; `storekeeper status` tells when it
was last done and what came of it.
Ends with 0 if all is well, 1 if something is wrong.
"""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.command_line import Commands, Session, at_merchant, refusing
from include.cli.keys import KeysFile, workspace_with_keys

commands = Commands()


@commands.command("audit", help=__doc__, short_help="whether the books are what they were · 账本审计")
@at_merchant
def audit_books(
    session: Session,
    nightly: Annotated[bool, typer.Option("--nightly", help="what is recent, and a part of the rest")] = False,
    keys: KeysFile = None,
) -> int:
    from include.pipeline.audit.whole_audit import audit
    from include.pipeline.watching.marks import set_mark
    from include.privacy.sealing import SealError

    with refusing(ValueError, OSError, RuntimeError, SealError):
        workspace = workspace_with_keys(session, keys)
        try:
            now = session.now()
            found = audit(workspace, now, is_nightly=nightly)
            page = found.page(workspace.merchant.language)
            set_mark(workspace.books, "audit", now.date().isoformat(), now, not found.findings, page.splitlines()[0])
        finally:
            workspace.books.dispose()
    print(page)
    return 1 if found.findings else 0
