"""Who is never contacted, so that what contact brings can be measured: the permanent control group."""

import hashlib
import hmac

import numpy as np


def control_group(customers: np.ndarray, key: bytes, share: float) -> np.ndarray:
    """(customers,) bool: the permanent control group, by keyed hash.

    A customer's place depends on nothing but their id and the key, so it never changes; raising `share` only adds.
    """
    limit = round(share * 2**32)
    return np.array(
        [int.from_bytes(hmac.new(key, str(c).encode(), hashlib.sha256).digest()[:4], "big") < limit for c in customers],
        dtype=bool,
    )
