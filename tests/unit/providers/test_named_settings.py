"""An operator can only correct a setting that exists: what adapters call wrong is what the app reads."""

import re

from shared.app.settings import read_settings
from shared.providers import email_acs, link_submit
from shared.providers.acs_answers import AcsAnswers, Refusal
from tests.support.settings import Recorder, sample

_SETTING = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")


def test_settings_that_adapters_name_are_those_of_the_app():
    environment = Recorder(sample())
    read_settings(environment)
    answers = AcsAnswers("post@example.no", email_acs.KEY_SETTINGS)
    sender = answers.fate(Refusal(400, "InvalidSenderUserName", ""), "post@example.no")
    texts = [
        email_acs.KEY_SETTINGS,
        email_acs.IDENTITY_SETTINGS,
        answers.wrong_settings(404),
        sender.wrong_settings,
        link_submit.CREDENTIAL_SETTINGS,
        link_submit.ENDPOINT_SETTING,
        link_submit.SENDER_SETTING,
    ]
    named = {name for text in texts for name in _SETTING.findall(text)}
    assert len(named) >= 7
    assert named <= environment.asked
