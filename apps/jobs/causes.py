"""Why work ends before its end, and the one failure that people are told in its own words."""

from __future__ import annotations


class LeaseLost(Exception):
    """Somebody else holds this job now, or it is gone: write nothing, leave."""


class StopAsked(Exception):
    """The user asked this job to stop."""


class PauseAsked(Exception):
    """The user asked this job to pause."""


class Expected(Exception):
    """A failure with a sentence for the user: what is wrong and what to do next."""
