"""How much room the files of an e-mail have in what the provider takes."""

import json

MAX_REQUEST_BYTES = 10 * 1024 * 1024  # the whole request, with files in base64
_FRAME_BYTES = 16 * 1024  # addresses, headers, names and types of files


def room_for_files(subject: str, body: str) -> int:
    """Return how many bytes all files of an e-mail with these texts may have together, before base64."""
    texts = len(json.dumps(subject)) + len(json.dumps(body))
    return max(0, (MAX_REQUEST_BYTES - _FRAME_BYTES - texts) // 4 * 3)
