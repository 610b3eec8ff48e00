"""The services that the product calls, simulated over their real wire contracts.

One process serves the e-mail provider, the SMS gateway, the token issuer with its key vault, the Altinn
platform, and a control API that shows what was sent and makes things go wrong.
"""
