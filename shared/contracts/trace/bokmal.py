"""The texts of a trace in bokmål."""

from shared.contracts.trace.language import Texts
from shared.domain.orders.condition import ConditionOutcome
from shared.domain.orders.order import Channel
from shared.domain.trace.events import EventKind, Register
from shared.domain.trace.standing import Stand, Step

STANDS = {
    Stand.SCHEDULED: "venter på sendetidspunktet, {until}",
    Stand.CONDITION_DUE: "venter på sendebetingelsen din, som blir spurt",
    Stand.CONDITION_AGAIN: (
        "venter på sendebetingelsen din, som ikke ga noe klart svar {at} og blir spurt igjen {until}"
    ),
    Stand.LOOKUP_DUE: "venter på adressene, som blir slått opp",
    Stand.LOOKUP_AGAIN: ("venter på registrene, som ikke kunne spørres {at} og blir spurt igjen {until}"),
    Stand.PREPARING: "blir klargjort for sending",
    Stand.HELD: "holdes tilbake for sendevinduet for SMS til {until}",
    Stand.QUEUED: "i kø for {provider} siden {at}",
    Stand.THROTTLED: "venter fordi {provider} ikke tar imot flere nå; nytt forsøk {until}",
    Stand.PUT_OFF: "venter fordi {provider} ikke kunne ta imot {at}; nytt forsøk {until}",
    Stand.BEING_SENT: "blir overlevert til {provider} siden {at}",
    Stand.IN_DOUBT_AGAIN: "uavklart: svaret fra {provider} gikk tapt {at}; sendes én gang til {until}",
    Stand.IN_DOUBT: "kanskje sendt {at}: svaret fra {provider} gikk tapt; ingen rapport ennå",
    Stand.OVERDUE: "ikke sendt i tide; avsluttes straks",
    Stand.CANCELLED: "ikke sendt: kansellert {at}",
    Stand.CONDITION_NOT_MET: "ikke sendt: sendebetingelsen din svarte nei {at}",
    Stand.CONDITION_STOPPED: "ikke sendt: sendebetingelsen din ga ikke noe klart svar, sist {at}",
    Stand.NOTHING_TO_SEND: "avsluttet {at}: det var ingenting å sende",
}
RESULTS = {
    "New": "ikke sendt ennå",
    "Sending": "overlevert til {provider} {at}; ingen rapport ennå",
    "Accepted": "overlevert til {provider} {at}; ingen rapport ennå",
    "Succeeded": "sendt av {provider} {at}; ingen rapport om levering ennå",
    "Delivered": "levert {at}",
    "Failed": "mislyktes {at}, av en grunn som {provider} ikke oppga",
    "Failed_TTL": "utløpt {at}: det kom ikke noe endelig resultat i tide",
    "Failed_TransientError": "mislyktes {at}: {provider} hadde en feil som skulle gått over",
    "Failed_UnknownSender": "ikke sendt: {provider} kjenner ikke avsenderen som bestillingen oppgir",
    "Failed_RecipientReserved": "ikke sendt: personen har reservert seg mot digital kontakt",
    "Failed_RecipientNotIdentified": "ikke sendt: fant {address} for mottakeren",
    "Failed_InvalidEmailFormat": "ikke sendt: e-postadressen er ikke gyldig",
    "Failed_SupressedRecipient": "ikke sendt: {provider} sender ikke lenger til denne adressen",
    "Failed_FilteredSpam": "ikke levert: avvist som søppelpost {at}",
    "Failed_Quarantined": "ikke levert: satt i karantene {at}",
    "Failed_InvalidSasUrl": "ikke sendt: en fil kunne ikke hentes med lenken",
    "Failed_PayloadTooLarge": "ikke sendt: e-posten og filene er for store",
    "Failed_Bounced": "ikke levert: mottakerens e-posttjener avviste den {at}",
    "Failed_InvalidRecipient": "ikke sendt: mobilnummeret er ikke gyldig",
    "Failed_BarredReceiver": "ikke levert: mobilnummeret er sperret eller ikke i bruk",
    "Failed_Deleted": "ikke levert: slettet på veien {at}",
    "Failed_Expired": "ikke levert: utløpt hos operatøren {at}",
    "Failed_Undelivered": "ikke levert: ingen vei til mobilnummeret, eller det er ikke gyldig",
    "Failed_Rejected": "ikke levert: operatøren avviste den {at}",
}
STEPS = {
    Step.BEGIN: "Den blir klargjort og sendt.",
    Step.ASK_CONDITION: "Sendebetingelsen din blir spurt; svaret avgjør.",
    Step.LOOK_UP: "Registrene blir spurt om adresser.",
    Step.LEAVE: "SMS-en blir sendt.",
    Step.SEND: "Den blir sendt.",
    Step.SEND_AGAIN: "Det blir gjort et nytt forsøk.",
    Step.ASK_PROVIDER: "Uten rapport blir leverandøren spurt hva som skjedde.",
    Step.CLOSE: "Uten et endelig resultat avsluttes den som utløpt.",
}
EVENTS = {
    EventKind.ACCEPTED: "Bestillingen ble mottatt.",
    EventKind.LOOKED_UP: (
        "Registeret over {register} svarte: {count} spurt etter, {reserved} reservert, "
        "{missing} uten adresse; adresser funnet: {addresses}."
    ),
    EventKind.LOOKUP_FAILED: "Registrene kunne ikke spørres; nytt forsøk {until}.",
    EventKind.CONDITION_ASKED: "Spørsmålet til sendebetingelsen din ble lagt i kø.",
    EventKind.CONDITION_ANSWERED: "",  # etter utfall
    EventKind.HELD: "Holdes tilbake for sendevinduet for SMS til {until}.",
    EventKind.FORWARDED: "Lagt i kø for {provider}.",
    EventKind.ATTEMPT: "Kall til {provider}.",
    EventKind.THROTTLED: "{provider} tar ikke imot flere nå; nytt forsøk {until}.",
    EventKind.PUT_OFF: "Kallet til {provider} lyktes ikke; nytt forsøk {until}.",
    EventKind.IN_DOUBT: "Svaret fra {provider} gikk tapt.",
    EventKind.ANSWERED: "Svar fra {provider}: {result}.",
    EventKind.REPORTED: "Rapport fra {provider}: {result}.",
    EventKind.EXPIRED: "Tiden var ute.",
    EventKind.PAGE_DONE: "Sider der alle meldinger har et resultat: {count}.",
    EventKind.CANCELLED: "Bestillingen ble kansellert.",
    EventKind.CLOSED: "Forsendelsen ble avsluttet.",
}
CONDITIONS = {
    ConditionOutcome.PENDING: "Sendebetingelsen din ga ikke noe klart svar; den blir spurt igjen {until}.",
    ConditionOutcome.MET: "Sendebetingelsen din svarte ja.",
    ConditionOutcome.NOT_MET: "Sendebetingelsen din svarte nei.",
    ConditionOutcome.INCONCLUSIVE_SENT: "Sendebetingelsen din ga ikke noe klart svar; den sendes likevel.",
    ConditionOutcome.INCONCLUSIVE_STOPPED: "Sendebetingelsen din ga ikke noe klart svar; ingenting sendes.",
}
SEVERAL = {
    EventKind.ACCEPTED: "mottatt {count} ganger",
    EventKind.LOOKED_UP: "{count} oppslag til",
    EventKind.LOOKUP_FAILED: "{count} oppslag til som mislyktes",
    EventKind.CONDITION_ASKED: "{count} spørsmål til",
    EventKind.CONDITION_ANSWERED: "{count} svar til fra sendebetingelsen din",
    EventKind.HELD: "holdt tilbake {count} ganger til",
    EventKind.FORWARDED: "lagt i kø {count} ganger til",
    EventKind.ATTEMPT: "{count} forsøk til",
    EventKind.THROTTLED: "ventet på en leverandør {count} ganger til",
    EventKind.PUT_OFF: "{count} kall til som ikke lyktes",
    EventKind.IN_DOUBT: "{count} svar til gikk tapt",
    EventKind.ANSWERED: "{count} svar til",
    EventKind.REPORTED: "{count} rapporter til",
    EventKind.EXPIRED: "{count} meldinger til utløp",
    EventKind.PAGE_DONE: "{count} sider til ferdige",
    EventKind.CANCELLED: "kansellert {count} ganger",
    EventKind.CLOSED: "avsluttet {count} ganger",
}
BOKMAL = Texts(
    months=(
        "januar", "februar", "mars", "april", "mai", "juni",
        "juli", "august", "september", "oktober", "november", "desember",
    ),
    today="kl. {clock}",
    other_day="kl. {clock} den {day}. {month} (norsk tid)",
    other_year="kl. {clock} den {day}. {month} {year} (norsk tid)",
    soon="ved neste gjennomgang",
    providers={Channel.EMAIL: "e-postleverandøren", Channel.SMS: "SMS-leverandøren"},
    addresses={Channel.EMAIL: "ingen e-postadresse", Channel.SMS: "ikke noe mobilnummer"},
    registers={
        Register.PERSONS: "personer",
        Register.ORGANIZATIONS: "virksomheter",
        Register.EXTERNAL_IDENTITIES: "andre identiteter",
    },
    stands=STANDS,
    results=RESULTS,
    steps=STEPS,
    events=EVENTS,
    conditions=CONDITIONS,
    taken="tatt imot",
    messages=" ({count} meldinger)",
    of_messages="{count} meldinger: {groups}",
    both=", og ",
    pages="Gitt videre til sidene: {count}.",
    several=SEVERAL,
    clock=lambda at: f"{at:%H.%M}",
)  # fmt: skip
