"""The services of the Altinn platform."""
