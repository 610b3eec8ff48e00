"""Checks the OpenAPI document with the linters of Redocly and Spectral, their recommended rules and no other.

The linters are npm packages. `package-lock.json` pins them, `make check` fetches them once.
"""
