"""Calls carry a signature of each secret that counts."""

from datetime import timedelta

from shared.domain.webhooks.webhook import FORMER_SECRET_LASTS

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
