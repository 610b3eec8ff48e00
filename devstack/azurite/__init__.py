"""Azurite, the Table Storage emulator of the local cloud: fetched once, run with an index of ours."""
