"""Writes what `requests.http` and `bruno/` need: addresses of the local cloud, tokens and keys.

    .venv/bin/python -m examples.write_env

Both programs read a file .env in their folder. The tokens last eight hours.
"""

from pathlib import Path

from devstack.cloud.control import Control
from devstack.cloud.run_state import read_run_state
from devstack.project import run_state_path

FOLDERS = (Path(__file__).parent, Path(__file__).parent / "bruno")
HOURS = 8


def values() -> dict[str, str]:
    """Return the variables of the requests for the local cloud that is running."""
    state = read_run_state(run_state_path())
    control = Control(state.control)
    fixtures = control.fixtures()
    simulators = control.maskinporten_client()["MASKINPORTEN_TOKEN_ENDPOINT"].removesuffix(
        "/maskinporten/token"
    )
    person = fixtures["person_with_email_and_mobile"]["nin"]
    seconds = HOURS * 3600
    create = "altinn:serviceowner/notifications.create"
    composed = "altinn:serviceowner/notifications.composedemail.create"
    support = "altinn:notifications.support.admin"
    return {
        "HOST": state.api,
        "FILES": f"{simulators}/blobs",
        "TOKEN": control.token(scope=create, expires_in=seconds),
        "COMPOSED_TOKEN": control.token(scope=composed, expires_in=seconds),
        "SUPPORT_TOKEN": control.token(org="digdir", scope=support, expires_in=seconds),
        "PERSON_TOKEN": control.token(org=None, scope="", claims={"pid": person}, expires_in=seconds),
        "METRICS_KEY": fixtures["metrics_api_key"],
        "REPORT_USER": fixtures["sms_report"]["user"],
        "REPORT_PASSWORD": fixtures["sms_report"]["password"],
    }


def main() -> None:
    """Write the files, readable by their owner only."""
    text = "".join(f"{name}={value}\n" for name, value in values().items())
    for folder in FOLDERS:
        path = folder / ".env"
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
