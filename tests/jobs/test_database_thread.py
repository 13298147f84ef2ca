"""Sockets share one thread for the database, and its file stays open between their questions."""

from __future__ import annotations

import asyncio

import pytest
from django.db import connection

from apps.jobs.database_thread import in_database_thread

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's connections have an age of their own"),
]


def _remember() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE note (line TEXT)")
        cursor.execute("INSERT INTO note VALUES ('still here')")


def _recall() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT line FROM note")
        return str(cursor.fetchone()[0])


def test_one_connection_for_all_questions() -> None:
    async def questions() -> str:
        await in_database_thread(_remember)()
        return await in_database_thread(_recall)()

    assert asyncio.run(questions()) == "still here"


def test_what_a_question_raises_comes_through_and_the_next_one_is_answered() -> None:
    def wrong() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column FROM sqlite_master")

    async def questions() -> int:
        with pytest.raises(Exception, match="no_such_column"):
            await in_database_thread(wrong)()
        return await in_database_thread(lambda: 7)()

    assert asyncio.run(questions()) == 7
