"""Altinn Resource Registry: which resources there are."""

from dataclasses import dataclass, field
from urllib.parse import quote

from shared.lookups.platform.platform_service import PlatformService
from shared.lookups.timed_cache import TimedCache

_KEEP_SECONDS = 600.0


@dataclass(slots=True, eq=False)
class RegisteredResources:
    """`ResourceRegistry` over HTTP; what was found is remembered for ten minutes."""

    service: PlatformService
    cache: TimedCache[str, bool] = field(default_factory=lambda: TimedCache(seconds=_KEEP_SECONDS))

    async def knows(self, name: str) -> bool:
        """Return whether there is such a resource; TransientError when that cannot be asked now."""
        if self.cache.get(name):
            return True
        found = await self.service.find(f"resource/{quote(name, safe='')}") is not None
        if found:
            self.cache.put(name, True)
        return found
