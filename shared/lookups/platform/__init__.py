"""The services of the Altinn platform that are asked."""
