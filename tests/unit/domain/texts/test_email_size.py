import base64
import json

import pytest

from shared.domain.texts.email_size import MAX_REQUEST_BYTES, room_for_files


@pytest.mark.parametrize("body", ["", "hei", "æ" * 100_000, "\n" * 50_000, "🎉" * 10_000])
def test_files_that_fill_the_room_leave_the_request_within_the_limit(body):
    room = room_for_files("Vedtak", body)
    content = base64.b64encode(bytes(room)).decode()
    request = {"content": {"subject": "Vedtak", "html": body}, "attachments": [{"contentInBase64": content}]}
    assert MAX_REQUEST_BYTES * 0.99 < len(json.dumps(request)) <= MAX_REQUEST_BYTES


def test_texts_beyond_the_limit_leave_no_room():
    assert room_for_files("x", "x" * MAX_REQUEST_BYTES) == 0
