"""The types of file that the e-mail provider accepts, in lower case."""

_SUBTYPES = {
    "application": (
        "x-7z-compressed",
        "msword",
        "vnd.ms-word.document.macroenabled.12",
        "vnd.openxmlformats-officedocument.wordprocessingml.document",
        "vnd.ms-fontobject",
        "epub+zip",
        "gzip",
        "json",
        "ogg",
        "onenote",
        "pdf",
        "vnd.ms-powerpoint.slideshow.macroenabled.12",
        "vnd.openxmlformats-officedocument.presentationml.slideshow",
        "vnd.ms-powerpoint",
        "vnd.ms-powerpoint.presentation.macroenabled.12",
        "vnd.openxmlformats-officedocument.presentationml.presentation",
        "vnd.ms-publisher",
        "x-rar-compressed",
        "vnd.ms-outlook",
        "rtf",
        "x-tar",
        "vnd.visio",
        "vnd.ms-excel",
        "vnd.ms-excel.sheet.binary.macroenabled.12",
        "vnd.ms-excel.sheet.macroenabled.12",
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xml",
        "zip",
    ),
    "audio": ("aac", "midi", "mpeg", "ogg", "opus", "wav", "webm", "x-ms-wma"),
    "font": ("otf", "ttf", "woff", "woff2"),
    "image": ("bmp", "gif", "vnd.microsoft.icon", "jpeg", "png", "svg+xml", "tiff", "webp"),
    "text": ("csv", "calendar", "plain", "xml"),
    "video": ("3gpp", "3gpp2", "x-msvideo", "mp4", "mpeg", "ogg", "webm", "x-ms-wmv"),
}

ACCEPTED_MIME_TYPES = frozenset(
    f"{group}/{subtype}" for group, subtypes in _SUBTYPES.items() for subtype in subtypes
)
