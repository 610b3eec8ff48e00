"""What a deployment runs around the templates: build the package, find a deleted vault, wait, place an order.

azd starts these files with whatever Python 3 a machine has, so they use the standard library only, and the
syntax of Python 3.9. The app itself needs 3.13.
"""
