"""What a list was made of, so that anyone can say why it looks as it does, and make it again."""

from typing import Any

from include.warehouse.as_of import exports_as_of, inputs_hash
from include.warehouse.workspace import Workspace, code_version


def manifest_of(workspace: Workspace, day: str, model_id: str) -> dict[str, Any]:
    """inputs (one hash over all exports known, and those of the day itself), code, configuration, model, currency."""
    known = exports_as_of(workspace.books, day)
    own = known[known["day"] == day]
    return {
        "inputs_hash": inputs_hash(known),
        "inputs": len(known),
        "exports_of_the_day": {
            row.export_id: row.content_hash[:16] for row in own.sort_values("export_id").itertuples()
        },
        "code": code_version(),
        "configuration": workspace.configuration_hash(),
        "model": model_id,
        "currency": workspace.merchant.currency,
    }
