"""Everything outside the product that it talks to, simulated over the real wire contracts.

One process serves the e-mail provider, the SMS gateway, the token issuer with its key vault, the Altinn
platform, and the control API by which people and tests look at what was sent and make things go wrong.
"""
