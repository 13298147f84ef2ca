"""Sealed files in an S3-compatible store that every machine of a site reaches; chosen by the setting S3_BUCKET.

What lies there is sealed frames under names without meaning (account id / object id); keys never leave database and secrets.
"""

from __future__ import annotations

from typing import Any

from botocore.config import Config
from django.conf import settings
from storages.backends.s3 import S3Storage

#: A larger object is read through a file (of sealed bytes) instead of memory.
IN_MEMORY = 64 * 2**20


class SharedStorage(S3Storage):
    """django-storages' S3 with our settings. A PUT that was answered is as durable as the store; names are never reused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            bucket_name=settings.S3_BUCKET,
            endpoint_url=settings.S3_ENDPOINT or None,
            region_name=settings.S3_REGION or None,
            access_key=settings.S3_ACCESS_KEY or None,
            secret_key=settings.S3_SECRET_KEY or None,
            location=settings.S3_PREFIX,
            default_acl=None,
            max_memory_size=IN_MEMORY,
            client_config=_client(),
            **options,
        )


def _client() -> Config:
    return Config(
        signature_version="s3v4",
        # servers at an address of their own seldom answer to bucket names as hosts
        s3={"addressing_style": "path" if settings.S3_ENDPOINT else "auto"},
        # newer checksums are unknown to many compatible servers; our frames are authenticated anyway
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "max_attempts": 5},
        connect_timeout=5,
        read_timeout=60,
    )
