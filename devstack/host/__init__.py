"""The Functions host of the local cloud: serves the real function app with Azure's trigger semantics.

One process loads one app, because the worker runtime keeps its registry in process globals.
"""
