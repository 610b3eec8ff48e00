"""The nodes that a link can be attached to: a queue, its management node, or the node that takes tokens."""

import logging
from collections.abc import Callable
from typing import Any

from devstack.amqp.message import Content, open_envelope, read_content, split_batch, write_message
from devstack.amqp.performatives import Accepted, Attach, Error, Properties, Rejected
from devstack.amqp.types import AmqpError, Int, Symbol
from devstack.servicebus.addresses import entity_path, parse_address
from devstack.servicebus.protocol.links import Channel, ConsumerLink, Link, ReplyLink, SenderLink, Sink
from devstack.servicebus.protocol.management import ManagementNode, Reply
from devstack.servicebus.queues.broker import Broker
from devstack.servicebus.queues.queue import Queue
from devstack.servicebus.tokens import Authorization, TokenRefusedError

_log = logging.getLogger(__name__)
_BATCH_FORMAT = 0x80013700
_CBS = "$cbs"
_SESSION_FILTER = "com.microsoft:session-filter"


class LinkRefusedError(Exception):
    """A link cannot be attached; carries the AMQP error condition and a description."""

    def __init__(self, condition: str, description: str) -> None:
        super().__init__(description)
        self.error = Error(condition, description, {})


class Nodes:
    """Attaches the links of one session, pairing the request and reply links of a node."""

    def __init__(self, broker: Broker, authorization: Authorization) -> None:
        self._broker = broker
        self._authorization = authorization
        self._reply_links: dict[str, ReplyLink] = {}

    def attach(self, channel: Channel, attach: Attach) -> Link:
        """Return the broker's end of the link; raises LinkRefusedError."""
        terminus = attach.source if attach.role else attach.target
        path = entity_path(getattr(terminus, "address", None) or "")
        if path == _CBS:
            return self._request_response(channel, attach, path, self._token_reply)
        address = parse_address(path)
        queue = self._broker.find(address.queue)
        if queue is None:
            raise LinkRefusedError(
                "amqp:not-found", f"The messaging entity '{address.queue}' could not be found."
            )
        if not self._authorization.covers(address.queue):
            text = f"Unauthorized access. A token for '{address.queue}' is required."
            raise LinkRefusedError("amqp:unauthorized-access", text)
        if address.management:
            node = ManagementNode(queue)
            return self._request_response(
                channel, attach, path, lambda content: _management_reply(node, content)
            )
        if not attach.role:
            return SenderLink(channel, attach.handle, _queue_sink(queue))
        if _SESSION_FILTER in (attach.source.filter or {}):
            raise LinkRefusedError("amqp:not-allowed", f"The entity '{address.queue}' does not use sessions.")
        return ConsumerLink(channel, attach.handle, queue, attach.snd_settle_mode)

    def _request_response(
        self, channel: Channel, attach: Attach, path: str, answer: Callable[[Content], dict[str, Any]]
    ) -> Link:
        if attach.role:
            link = ReplyLink(channel, attach.handle, lambda: self._drop_reply_link(path, link))
            self._reply_links[path] = link
            return link
        return SenderLink(channel, attach.handle, self._request_sink(path, answer))

    def _drop_reply_link(self, path: str, link: ReplyLink) -> None:
        if self._reply_links.get(path) is link:
            del self._reply_links[path]

    def _request_sink(self, path: str, answer: Callable[[Content], dict[str, Any]]) -> Sink:
        def serve(data: bytes, _message_format: int) -> object:
            request = read_content(open_envelope(data).bare)
            reply_link = self._reply_links.get(path)
            if reply_link is None:
                return Rejected(Error("amqp:not-found", "The request has no link to reply on.", {}))
            properties = Properties(correlation_id=request.properties.message_id)
            reply_link.reply(write_message(properties=properties, **answer(request)))
            return Accepted()

        return serve

    def _token_reply(self, request: Content) -> dict[str, Any]:
        status, description = 202, "Accepted"
        try:
            self._authorization.admit(str(request.body))
        except TokenRefusedError as error:
            _log.warning("a token was refused: %s", error)
            status, description = 401, f"InvalidSignature: {error}"
        properties = {"status-code": Int(status), "status-description": description}
        return {"body": None, "application_properties": properties}


def _management_reply(node: ManagementNode, request: Content) -> dict[str, Any]:
    reply: Reply = node.request(str(request.application_properties.get("operation")), request.body)
    properties = {"statusCode": Int(reply.status), "statusDescription": reply.description}
    if reply.condition is not None:
        properties["errorCondition"] = Symbol(reply.condition)
    return {"body": reply.body, "application_properties": properties}


def _queue_sink(queue: Queue) -> Sink:
    def take(data: bytes, message_format: int) -> object:
        try:
            parts = split_batch(data) if message_format == _BATCH_FORMAT else [data]
            # Opened before the first is enqueued: a batch is taken as a whole or not at all.
            envelopes = [open_envelope(part) for part in parts]
            for envelope in envelopes:
                queue.send(envelope)
        except AmqpError as error:
            return Rejected(Error("amqp:decode-error", str(error), {}))
        return Accepted()

    return take
