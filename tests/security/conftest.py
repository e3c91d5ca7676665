"""A receiver of webhooks, as the tests of tasks have it."""

from tests.tasks.conftest import http_receiver

__all__ = ["http_receiver"]
