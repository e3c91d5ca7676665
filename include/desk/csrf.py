"""Tokens that prove that a write comes from one of our own pages: a cookie alone goes with any page's request."""

from itsdangerous import BadData, URLSafeTimedSerializer

LIFETIME_SECONDS = 12 * 3600  # of a page that is left open; then it says to load it again
_SALT = "storekeeper desk csrf"


def token_for(person: str, secret: bytes) -> str:
    """A token that only this person's requests may carry."""
    return URLSafeTimedSerializer(secret, salt=_SALT).dumps(person)


def is_token_of(token: str, person: str, secret: bytes) -> bool:
    try:
        named: object = URLSafeTimedSerializer(secret, salt=_SALT).loads(token, max_age=LIFETIME_SECONDS)
    except BadData:
        return False
    return named == person
