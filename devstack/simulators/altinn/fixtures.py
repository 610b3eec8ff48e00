"""The simulated people and organisations: synthetic, but with valid check digits.

Person numbers have the month plus 80, as test numbers do. Organisation numbers are from the series that is
never given to a real organisation.
Tests and the command line use those with a constant here; the crowd only fills large orders.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from devstack.simulators.altinn.parties import ExternalIdentity, Organisation, Person

SMS_REPORT_PATH = "/notifications/sms/api/v1/reports"


PERSON_WITH_BOTH = Person(
    "14818710098",
    "NORDMANN KARI",
    20001,
    "kari.nordmann@example.no",
    "+4791700001",
    shows="Has an e-mail address and a mobile: every channel reaches her.",
)
PERSON_EMAIL_ONLY = Person(
    "02908510065",
    "HANSEN OLA",
    20002,
    email="ola.hansen@example.no",
    shows="Has no mobile: “SMS preferred” falls back to e-mail, “SMS” finds no address.",
)
PERSON_MOBILE_ONLY = Person(
    "25867610009",
    "BERG INGRID",
    20003,
    mobile="+4791700003",
    shows="Has no e-mail address: “e-mail preferred” falls back to SMS, “e-mail” finds no address.",
)
PERSON_RESERVED = Person(
    "07899410100",
    "LIE SIGRID",
    20004,
    "sigrid.lie@example.no",
    "+4791700004",
    reserved=True,
    shows="Reserved against digital contact: gets nothing, unless the order ignores reservations.",
)
PERSON_STALE = Person(
    "22879710069",
    "VIK TOVE",
    20008,
    "tove.vik@example.no",
    "+4791700008",
    stale=True,
    shows="Confirmed her addresses more than 18 months ago: found only by orders that accept stale ones.",
)
PERSON_NO_CONTACT = Person(
    "30836310043", "MOEN PER", 20005, shows="Is registered without any address: nothing reaches him."
)
PERMITTED_USER = Person(
    "11887110087",
    "DAHL NINA",
    20006,
    "nina.dahl@example.no",
    "+4791700006",
    shows="Registered her own addresses for STILLE VANN ANS, and may see its messages.",
)
DENIED_USER = Person(
    "19858210049",
    "STRAND ODD",
    20007,
    "odd.strand@example.no",
    "+4791700007",
    shows="Registered his own addresses for STILLE VANN ANS, but may not see its messages.",
)
# phone numbers in the forms that a register has
PERSON_BARE_MOBILE = Person(
    "03849110070",
    "RUUD ELI",
    20009,
    mobile="91700009",
    shows="Mobile without country code: taken as +47.",
)
PERSON_ZEROS_MOBILE = Person(
    "05849110049", "AAS JON", 20010, mobile="004791700010", shows="Mobile with 00 for the plus: understood."
)
PERSON_BAD_MOBILE = Person(
    "08849110056",
    "HAUG LIV",
    20011,
    mobile="21234567",
    shows="A fixed-line number in the place of a mobile: no SMS is sent.",
)
PERSON_LANDLINE = Person(
    "09849110095",
    "VOLD KNUT",
    20015,
    "knut.vold@example.no",
    "+4722334455",
    shows="E-mail and a fixed-line number: “SMS preferred” falls back to e-mail.",
)
_SAME_ADDRESS = "Shares one e-mail address with another user of STEIN OG SAND DA: it gets one message."
TWIN_USERS = (
    Person("16849110059", "LUND ANE", 20012, "felles@stein.example.no", shows=_SAME_ADDRESS),
    Person("21849110044", "LUND OLE", 20013, "Felles@Stein.Example.no", shows=_SAME_ADDRESS),
)
USER_MOBILE_ONLY = Person(
    "24849110051",
    "BAKKE TOR",
    20014,
    mobile="+4791700014",
    shows="Registered only a mobile for ROLIG BEKK AS, which itself has only e-mail.",
)
PERSON_UNKNOWN = "27849110069"

ORG_WITH_EMAIL = Organisation(
    "310000019", "FJELL OG FJORD AS", 50001, emails=("post@fjell.example.no",), shows="Has e-mail only."
)
ORG_WITH_BOTH = Organisation(
    "311000020",
    "BLAA SKOG SA",
    50002,
    emails=("post@skog.example.no",),
    mobiles=("+4791700052",),
    shows="Has e-mail and a mobile.",
)
ORG_WITH_USERS = Organisation(
    "312000032",
    "STILLE VANN ANS",
    50003,
    emails=("post@vann.example.no",),
    users=(PERMITTED_USER, DENIED_USER),
    shows="With a resource in the order, its permitted user gets a message, too.",
)
ORG_WITH_TWINS = Organisation(
    "314000056", "STEIN OG SAND DA", 50004, users=TWIN_USERS, shows="Two users with one address."
)
ORG_WITH_MOBILE_USER = Organisation(
    "315000068",
    "ROLIG BEKK AS",
    50005,
    emails=("post@bekk.example.no",),
    users=(USER_MOBILE_ONLY,),
    shows="E-mail of its own; its user has only a mobile.",
)
ORG_SUB_UNIT = Organisation(
    "316000088",
    "BLAA SKOG SA AVD NORD",
    50006,
    main=ORG_WITH_BOTH.number,
    shows="A sub-unit without addresses: those of its main unit are used.",
)
ORG_UNKNOWN = "313000044"

IDENTITY_EMAIL = ExternalIdentity(
    "urn:altinn:person:idporten-email:sam.self@example.no",
    "sam.self@example.no",
    shows="Signed in with ID-porten by e-mail.",
)
IDENTITY_USERNAME = ExternalIdentity(
    "urn:altinn:party:username:selma", "selma.self@example.no", "+4791700061", "Has a user name of her own."
)


def _crowd(size: int) -> Iterator[Person]:
    """Yield people who have only a mobile, enough of them for a large order."""
    candidates = (
        _with_check_digits(f"{day:02d}8101{serial:03d}") for day in (1, 2) for serial in range(1000)
    )
    for number, nin in zip(range(size), filter(None, candidates), strict=False):
        yield Person(nin, f"NORMANN NUMMER {number}", 30000 + number, mobile=f"+4790{number:06d}")


def _with_check_digits(start: str) -> str | None:
    """Return the national identity number that begins with nine digits, None when there is none."""
    digits = [int(digit) for digit in start]
    for weights in ((3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)):
        check = -sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11
        if check == 10:
            return None
        digits.append(check)
    return "".join(map(str, digits))


CROWD = tuple(_crowd(1000))
PEOPLE: Mapping[str, Person] = {
    person.nin: person
    for person in (
        PERSON_WITH_BOTH,
        PERSON_EMAIL_ONLY,
        PERSON_MOBILE_ONLY,
        PERSON_RESERVED,
        PERSON_NO_CONTACT,
        PERSON_STALE,
        PERMITTED_USER,
        DENIED_USER,
        PERSON_BARE_MOBILE,
        PERSON_ZEROS_MOBILE,
        PERSON_BAD_MOBILE,
        PERSON_LANDLINE,
        *TWIN_USERS,
        USER_MOBILE_ONLY,
        *CROWD,
    )
}
ORGANISATIONS: Mapping[str, Organisation] = {
    organisation.number: organisation
    for organisation in (
        ORG_WITH_EMAIL,
        ORG_WITH_BOTH,
        ORG_WITH_USERS,
        ORG_WITH_TWINS,
        ORG_WITH_MOBILE_USER,
        ORG_SUB_UNIT,
    )
}
IDENTITIES: Mapping[str, ExternalIdentity] = {
    identity.urn.casefold(): identity for identity in (IDENTITY_EMAIL, IDENTITY_USERNAME)
}


def fixtures_document(
    *, metrics_api_key: str, sms_report_user: str, sms_report_password: str
) -> dict[str, Any]:
    """Return the fixtures as the command line prints them."""
    return {
        "person_with_email_and_mobile": {
            "nin": PERSON_WITH_BOTH.nin,
            "email": PERSON_WITH_BOTH.email,
            "mobile": PERSON_WITH_BOTH.mobile,
        },
        "person_email_only": {"nin": PERSON_EMAIL_ONLY.nin, "email": PERSON_EMAIL_ONLY.email},
        "person_mobile_only": {"nin": PERSON_MOBILE_ONLY.nin, "mobile": PERSON_MOBILE_ONLY.mobile},
        "person_reserved": {"nin": PERSON_RESERVED.nin},
        "person_no_contact": {"nin": PERSON_NO_CONTACT.nin},
        "person_bare_mobile": {"nin": PERSON_BARE_MOBILE.nin, "mobile": "+4791700009"},
        "person_zeros_mobile": {"nin": PERSON_ZEROS_MOBILE.nin, "mobile": "+4791700010"},
        "person_bad_mobile": {"nin": PERSON_BAD_MOBILE.nin},
        "person_landline": {"nin": PERSON_LANDLINE.nin, "email": PERSON_LANDLINE.email},
        "person_unknown": {"nin": PERSON_UNKNOWN},
        "person_stale": {"nin": PERSON_STALE.nin, "email": PERSON_STALE.email},
        "org_with_email": {"orgNumber": ORG_WITH_EMAIL.number},
        "org_with_both": {"orgNumber": ORG_WITH_BOTH.number},
        "org_with_users": {
            "orgNumber": ORG_WITH_USERS.number,
            "permittedEmail": PERMITTED_USER.email,
            "permittedMobile": PERMITTED_USER.mobile,
            "deniedEmail": DENIED_USER.email,
        },
        "org_with_twins": {"orgNumber": ORG_WITH_TWINS.number, "email": TWIN_USERS[0].email},
        "org_with_mobile_user": {
            "orgNumber": ORG_WITH_MOBILE_USER.number,
            "email": ORG_WITH_MOBILE_USER.emails[0],
            "mobile": USER_MOBILE_ONLY.mobile,
        },
        "org_sub_unit": {"orgNumber": ORG_SUB_UNIT.number, "email": ORG_WITH_BOTH.emails[0]},
        "org_unknown": {"orgNumber": ORG_UNKNOWN},
        "external_identity_email": {"urn": IDENTITY_EMAIL.urn, "email": IDENTITY_EMAIL.email},
        "external_identity_username": {"urn": IDENTITY_USERNAME.urn},
        "metrics_api_key": metrics_api_key,
        "sms_report": {"path": SMS_REPORT_PATH, "user": sms_report_user, "password": sms_report_password},
    }
