"""The Functions host of the local cloud: runs a function app with the trigger semantics of Azure.

One process loads one app, because the worker library keeps its registry in globals of the process.
"""
