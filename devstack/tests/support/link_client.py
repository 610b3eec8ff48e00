"""Sends SMS to the simulated gateway as raw XML."""

from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from devstack.tests.support.simulators import Cloud


def msg(to: str, text: str = "Hei på deg", index: int = 1, extra: str = "<TTL>2880</TTL>") -> str:
    return f"<MSG><ID>{index}</ID><TEXT>{text}</TEXT><SND>Altinn</SND><RCV>{to}</RCV>{extra}</MSG>"


def session(*messages: str, user: str = "sms-user", password: str = "sms-pass") -> str:
    return (
        '<?xml version="1.0" encoding="iso-8859-1"?>'
        f"<SESSION><CLIENT>{user}</CLIENT><PW>{password}</PW><MSGLST>{''.join(messages)}</MSGLST></SESSION>"
    )


async def submit(
    cloud: Cloud, document: str | bytes, content_type: str = "text/xml; charset=utf-8"
) -> Element:
    body = document.encode() if isinstance(document, str) else document
    async with cloud.http.post(cloud.url("sms"), data=body, headers={"Content-Type": content_type}) as answer:
        answer.raise_for_status()
        return fromstring(await answer.read())
