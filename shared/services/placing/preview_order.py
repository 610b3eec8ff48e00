"""Tells what placing an order would come to. It keeps nothing and sends nothing.

It looks up recipients as placing does, and asks the functions that decide, expand and render. What it tells
of people and organisations is what placing tells: see `shared.domain.preview.reach`.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.domain.orders.condition import ConditionAnswer
from shared.domain.orders.ids import IdMaker, ItemId
from shared.domain.orders.instant_order import is_hidden
from shared.domain.orders.order import ChainRequest, Channel, OrderRequest
from shared.domain.preview.departures import Departure, departures
from shared.domain.preview.preview import SHOWN_RECIPIENTS, Preview, ShipmentPreview
from shared.domain.preview.prices import Price, PriceList, price_list_of
from shared.domain.preview.reach import Count, Reach, reached
from shared.domain.preview.texts import ShownText, SmsTotal, shown_texts, sms_total
from shared.domain.preview.warnings import Warned, WarningKind, text_warnings
from shared.domain.recipients.lookup_summary import RecipientLookup, summary
from shared.domain.texts.sms_size import is_sent_whole
from shared.runtime.errors import UnavailableError
from shared.services.advancing.put_question import PutQuestion
from shared.services.placing.look_up_chain import Contacts, LookUpChain, computed
from shared.services.placing.place_order import GIVE_UP, pages_of
from shared.services.times import Times
from shared.storage.orders import OrderTable

CONDITIONS_TRIED = 5  # different endpoints of one chain
_BUSY = ConditionAnswer(met=None, reason="not asked: too many questions are under way")
_TOO_SLOW = "the preview took too long"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOrder:
    """Previews the orders of all endpoints."""

    orders: OrderTable
    ids: IdMaker
    times: Times
    look_up: LookUpChain
    put_question: PutQuestion
    price_lists: Mapping[str, PriceList]
    default_email_from_address: str

    async def __call__(
        self, creator: str, request: ChainRequest, *, tries_condition: bool = False
    ) -> Preview:
        """Return what would happen; with `tries_condition` the condition endpoints are asked, too.

        UnavailableError: storage or a register is too slow or down. UnknownResourceError: an order names a
        resource that does not exist.
        """
        request = self.look_up.with_stale_contacts(creator, request)
        try:
            async with asyncio.timeout(GIVE_UP.total_seconds()), self.look_up.place(request):
                known, row = await self._known(creator, request)
                contacts = await self.look_up(request, must_reach_all=False)
                shipments = await computed(
                    request, lambda: list(self._shipments(creator, request, row, contacts, known=known))
                )
                lookup = await computed(request, lambda: _summary(request, contacts))
        except TimeoutError:
            raise UnavailableError(_TOO_SLOW) from None
        if tries_condition:
            shipments = await self._tried(creator, shipments)
        self._tell(creator, request, shipments)
        is_chain = request.idempotency_id is not None
        return Preview(self.times.now(), is_chain, known, tuple(shipments), lookup)

    async def _known(self, creator: str, request: ChainRequest) -> tuple[bool, ItemId | None]:
        """Return whether the idempotency id is known, and the chain that the order would be."""
        if request.idempotency_id is None:
            return False, None
        chain, digest = self.ids.chain(request.main.type, creator, request.idempotency_id)
        stored = await self.orders.load_receipt(chain)
        is_known = (
            stored is not None
            and stored.answers(creator, digest)
            and not is_hidden(stored.main.order, stored.main.state)
        )
        return is_known, chain

    def _shipments(
        self,
        creator: str,
        request: ChainRequest,
        chain: ItemId | None,
        contacts: Sequence[Contacts],
        *,
        known: bool,
    ) -> Iterator[ShipmentPreview]:
        now = self.times.now()
        orders = (request.main, *request.reminders)
        for number, (order, found) in enumerate(zip(orders, contacts, strict=True), 1):
            row = None if chain is None else chain.of_shipment(number)
            everybody = reached(pages_of(order), found, now, tells_reserved=request.idempotency_id is None)
            count, people = Count(Counter(), Counter()), []
            for one in everybody:
                count.add(one)
                people.append(one)
            shown = tuple(people[:SHOWN_RECIPIENTS])
            leaves = departures(order, row, now, self.times.window, self.times.decide)
            texts = tuple(shown_texts(order, shown))
            total = sms_total(order, people)
            warnings = [*self._warnings(order, leaves, texts, total)]
            if known and number == 1:
                warnings.insert(0, Warned(WarningKind.IDEMPOTENCY_ID_KNOWN))
            price = self._price(creator, count, total, texts)
            yield ShipmentPreview(order, count, shown, leaves, texts, price, tuple(warnings))

    def _warnings(
        self,
        order: OrderRequest,
        leaves: Sequence[Departure],
        texts: Sequence[ShownText],
        total: SmsTotal,
    ) -> Iterator[Warned]:
        domain = self.default_email_from_address.rpartition("@")[2]
        shown = [text.body for text in texts if text.channel is Channel.SMS]
        yield from text_warnings(order, shown, email_domain=domain)
        if cut := max(total.cut, sum(not is_sent_whole(text) for text in shown)):
            yield Warned(WarningKind.SMS_CUT, Channel.SMS, count=cut)
        for departure in leaves:
            if departure.earliest is None:
                yield Warned(WarningKind.NEVER_LEAVES, departure.channel)

    def _price(
        self,
        creator: str,
        count: Count,
        total: SmsTotal,
        texts: Sequence[ShownText],
    ) -> Price | None:
        prices = price_list_of(creator, self.price_lists)
        if prices is None:
            return None
        amount = count.messages[Channel.EMAIL] * prices.email + total.parts * prices.sms_part
        email = next((prices.email for text in texts if text.channel is Channel.EMAIL), None)
        sms = next((text.sms.parts * prices.sms_part for text in texts if text.sms is not None), None)
        return Price(prices.currency, amount, email, sms)

    async def _tried(self, creator: str, shipments: Sequence[ShipmentPreview]) -> list[ShipmentPreview]:
        """Ask the condition endpoints, each once, and note what they answered."""
        endpoints = dict.fromkeys(s.order.condition_endpoint for s in shipments if s.order.condition_endpoint)
        asked = list(endpoints)[:CONDITIONS_TRIED]
        answers = await asyncio.gather(*(self.put_question(creator, endpoint) for endpoint in asked))
        known = {endpoint: answer or _BUSY for endpoint, answer in zip(asked, answers, strict=True)}
        return [_with_condition(each, known.get(each.order.condition_endpoint or "")) for each in shipments]

    def _tell(self, creator: str, request: ChainRequest, shipments: Sequence[ShipmentPreview]) -> None:
        """Log who asked about how many; nothing about whom."""
        by_reach = sum((shipment.count.recipients for shipment in shipments), Counter[Reach]())
        facts = {
            "owner": creator,
            "kind": request.main.type.value,
            "orders": len(shipments),
            "recipients": by_reach.total(),
            "looked_up": by_reach.total() - by_reach[Reach.GIVEN] - by_reach[Reach.UNUSABLE],
        }
        _log.info("an order was previewed", extra=facts)


def _with_condition(shipment: ShipmentPreview, answer: ConditionAnswer | None) -> ShipmentPreview:
    if answer is None:
        return shipment
    warnings = shipment.warnings
    if answer.met is None:
        warnings = (*warnings, Warned(WarningKind.CONDITION_NOT_ANSWERED, detail=answer.reason))
    return replace(shipment, condition=answer, warnings=warnings)


def _summary(request: ChainRequest, contacts: Sequence[Contacts]) -> RecipientLookup | None:
    """Return the lists that placing answers in version 1."""
    if request.idempotency_id is not None:
        return None
    main = request.main
    return summary(main.recipients, main.channel_schema, contacts[0])
