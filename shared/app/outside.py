"""The part of the composition root that reaches services of others: registers, Maskinporten, conditions.

Imported when first needed: an app that only sends to given addresses never pays for it.
"""

from collections.abc import Callable, Mapping

from shared.app.settings import Settings
from shared.contracts.reading.phone_numbers import is_phone_number
from shared.lookups.condition import HttpConditionEndpoint
from shared.lookups.http_client import HttpClient
from shared.lookups.maskinporten import MaskinportenSettings, MaskinportenTokens
from shared.lookups.platform.authorization import AuthorizationDecisions
from shared.lookups.platform.platform_service import PlatformService
from shared.lookups.platform.platform_token import PlatformTokenIssuer
from shared.lookups.platform.profile import ProfileContactRegister
from shared.lookups.platform.register import RegisterNames
from shared.lookups.platform.resource_registry import RegisteredResources
from shared.services.placing.resolve_recipients import ResolveRecipients

_REGISTER_THREADS = 16
_CONDITION_THREADS = 32  # as many as wakes run at a time, or one slow sender would use up another's time


def condition_endpoint(settings: Settings) -> HttpConditionEndpoint:
    """Build what asks the senders' own endpoints, with a Maskinporten token where one is configured."""
    insecure = settings.allow_insecure_local_endpoints
    http = HttpClient(public_only=True, insecure_local=insecure, threads=_CONDITION_THREADS)
    seconds = settings.condition_timeout.total_seconds()
    return HttpConditionEndpoint(http, _tokens(settings), total_seconds=seconds)


def recipient_resolver(settings: Settings) -> ResolveRecipients:
    """Build what asks the registers of the platform."""
    insecure = settings.allow_insecure_local_endpoints
    http = HttpClient(public_only=False, insecure_local=insecure, threads=_REGISTER_THREADS)
    profile = PlatformService("Profile", settings.profile_endpoint, http)
    register = PlatformService(
        "Register", settings.register_endpoint, http, headers=_register_headers(settings)
    )
    authorization = PlatformService(
        "Authorization", settings.authorization_endpoint, http, headers=_subscription(settings)
    )
    return ResolveRecipients(
        contacts=ProfileContactRegister(profile),
        access=AuthorizationDecisions(authorization, batch_size=settings.authorization_batch_size),
        names=RegisterNames(register),
        is_phone_number=is_phone_number,
        resources=_resources(settings, http),
    )


def _resources(settings: Settings, http: HttpClient) -> RegisteredResources | None:
    endpoint = settings.resource_registry_endpoint
    if endpoint is None:
        return None
    return RegisteredResources(
        PlatformService("Resource Registry", endpoint, http, headers=_subscription(settings))
    )


def _register_headers(settings: Settings) -> Callable[[], Mapping[str, str]]:
    pfx = settings.platform_access_token_pfx
    return dict if pfx is None else PlatformTokenIssuer(pfx).headers


def _subscription(settings: Settings) -> Callable[[], Mapping[str, str]]:
    key = settings.platform_subscription_key
    return dict if key is None else lambda: {"Ocp-Apim-Subscription-Key": key}


def _tokens(settings: Settings) -> MaskinportenTokens | None:
    endpoint, audience = settings.maskinporten_token_endpoint, settings.maskinporten_audience
    client_id, key = settings.maskinporten_client_id, settings.maskinporten_encoded_jwk
    if endpoint is None or audience is None or client_id is None or key is None:
        return None  # conditions are asked without a token
    maskinporten = MaskinportenSettings(
        token_endpoint=endpoint,
        audience=audience,
        client_id=client_id,
        scope=settings.maskinporten_scope,
        encoded_jwk=key,
    )
    insecure = settings.allow_insecure_local_endpoints
    return MaskinportenTokens(maskinporten, HttpClient(public_only=False, insecure_local=insecure))
