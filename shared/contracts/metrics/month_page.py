"""The metrics page: a form for a month, and a table per organisation."""

from collections.abc import Sequence
from html import escape

from shared.contracts.queries.api_queries import MetricsMonth

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}
_YEARS = 6
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{padding:.3rem .6rem;border-bottom:1px solid #bbb;"
    "text-align:right}th:first-child,td:first-child{text-align:left}"
)
_TITLES = (
    "Organisation",
    "Orders",
    "E-mails created",
    "E-mails successful",
    "SMS created (segments)",
    "SMS successful",
)


type Row = tuple[str | int, ...]


def metrics_page(chosen: MetricsMonth, this_year: int, rows: Sequence[Row] | None = None) -> bytes:
    """Build the page; a row has a cell for each title, and without rows the page is the form alone."""
    months = _options(range(1, 13), chosen.month)
    years = _options(range(this_year, this_year - _YEARS, -1), chosen.year)
    table = "" if rows is None else _table(chosen, rows)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Metrics</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f'<body><h1>Notifications per organisation</h1><form method="post">'
        f'<label>Month <select name="month">{months}</select></label> '
        f'<label>Year <select name="year">{years}</select></label> '
        f"<button>Show</button></form>{table}</body></html>"
    ).encode()


def _options(numbers: Sequence[int], chosen: int) -> str:
    return "".join(f"<option{' selected' if n == chosen else ''}>{n}</option>" for n in numbers)


def _table(chosen: MetricsMonth, rows: Sequence[Row]) -> str:
    head = "".join(f'<th scope="col">{title}</th>' for title in _TITLES)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    caption = f"<caption>{chosen.year}-{chosen.month:02d}, by requested send time (UTC)</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
