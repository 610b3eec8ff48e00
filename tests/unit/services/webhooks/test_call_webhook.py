"""Calls carry a signature of each secret that counts."""

from datetime import timedelta

from shared.auth.sealed_secrets import SealedSecrets
from shared.domain.webhooks.webhook import FORMER_SECRET_LASTS, VISIT_EVERY

SECOND = timedelta(seconds=1)


async def test_both_secrets_sign_until_the_former_one_ends(desk):
    former = (await desk.create()).secret
    current = (await desk.manage.rotate(desk.owner, desk.id)).secret
    await desk.append(1)
    await desk.pass_time(2 * SECOND)
    await desk.pass_time(FORMER_SECRET_LASTS)
    await desk.append(1)
    await desk.pass_time(2 * SECOND)
    assert [secrets for _, _, secrets in desk.receiver.calls] == [(current, former), (current,)]


async def test_secrets_are_stored_sealed(desk):
    secret = (await desk.create()).secret
    rows = [str(row.columns) for row in desk.world.tables.rows.values()]
    assert secret.startswith("whsec_")
    assert not [row for row in rows if secret in row or secret.removeprefix("whsec_") in row]


async def test_a_secret_sealed_with_a_former_key_is_sealed_anew_at_the_next_visit(desk):
    secret = (await desk.create()).secret
    before = await desk.state()
    call = desk.process.app.handle_messages.deliver_entries.call_webhook
    object.__setattr__(call, "secret_seal", SealedSecrets([b"n" * 32, b"0" * 32]))
    await desk.pass_time(VISIT_EVERY + SECOND)
    after = await desk.state()
    assert after.secret != before.secret
    object.__setattr__(call, "secret_seal", SealedSecrets([b"n" * 32]))
    await desk.append(1)
    await desk.pass_time(2 * SECOND)
    assert [secrets for _, _, secrets in desk.receiver.calls] == [(secret,)]
    await desk.pass_time(VISIT_EVERY + SECOND)
    assert (await desk.state()).secret == after.secret


async def test_a_former_secret_that_cannot_be_opened_is_dropped(desk):
    await desk.create()
    call = desk.process.app.handle_messages.deliver_entries.call_webhook
    object.__setattr__(desk.manage, "secret_seal", SealedSecrets([b"n" * 32]))
    object.__setattr__(call, "secret_seal", SealedSecrets([b"n" * 32]))
    current = (await desk.manage.rotate(desk.owner, desk.id)).secret
    await desk.append(1)
    await desk.pass_time(2 * SECOND)
    assert [secrets for _, _, secrets in desk.receiver.calls] == [(current,)]
    assert (await desk.state()).former_secret is None
