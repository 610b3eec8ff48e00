"""The simple types of members of answers; the OpenAPI document shows their formats."""

from typing import Annotated

from pydantic import Field

Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]  # hyphenated, lower case
Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]  # UTC, with a Z
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]  # absolute
