"""Altinn Resource Registry: which resources there are."""

from urllib.parse import quote

from shared.lookups.platform.platform_service import PlatformService
from shared.lookups.timed_cache import TimedCache

_KEEP_SECONDS = 600.0


class RegisteredResources:
    """`ResourceRegistry` over HTTP; what was found is remembered for ten minutes."""

    def __init__(self, service: PlatformService, *, cache: TimedCache[str, bool] | None = None) -> None:
        self._service = service
        self._cache = cache or TimedCache(seconds=_KEEP_SECONDS)

    async def knows(self, name: str) -> bool:
        """Return whether there is such a resource; TransientError when that cannot be asked now."""
        if self._cache.get(name):
            return True
        found = await self._service.find(f"resource/{quote(name, safe='')}") is not None
        if found:
            self._cache.put(name, True)
        return found
