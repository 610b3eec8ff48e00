"""Who is calling: bearer tokens, platform access tokens, scopes, keys."""
