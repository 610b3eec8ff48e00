"""Breaks the local cloud at random while orders are placed, then accounts for every message: `make chaos`.

A seed decides the plan (`orders`, `plan`, `faults`, `timeline`). `callers` place the orders, `damage` and
`blows` break things, `losses` notes what was lost by it, `settle` waits for the end, `webhooks` is told of
everything. `evidence` is what was seen of it, `causes` and `verdict` judge it without a local cloud, `show`
tells the result.
"""
