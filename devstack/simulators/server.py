"""Puts the simulators together and serves each of them on a port of 127.0.0.1."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NoReturn

from aiohttp import web

from devstack.clock import ClockFile
from devstack.processes.life import end_process, stop_requested
from devstack.simulators.acs.email import AcsEmail
from devstack.simulators.acs.event_queue import ServiceBusEventQueue
from devstack.simulators.acs.reports import EmailReports, EventPublisher
from devstack.simulators.altinn.fixtures import fixtures_document
from devstack.simulators.altinn.platform import AltinnPlatform
from devstack.simulators.configuration import Configuration, ConfigurationError
from devstack.simulators.control import Control
from devstack.simulators.faults.book import FaultBook
from devstack.simulators.faults.doors import Door, Doors
from devstack.simulators.faults.notes import FaultNotes
from devstack.simulators.link.gateway import LinkMobility
from devstack.simulators.link.reports import SmsReports
from devstack.simulators.outbox import Outbox
from devstack.simulators.stats import Stats
from devstack.simulators.surroundings import Surroundings
from devstack.simulators.tokens.issuer import TokenIssuer

_HOST = "127.0.0.1"
_SHUTDOWN_SECONDS = 0.5


@asynccontextmanager
async def running_simulators(
    config: Configuration, publisher: EventPublisher | None = None
) -> AsyncIterator[dict[str, int]]:
    """Serve all simulators while the context lasts; yields the port of each by name.

    Events go to the Service Bus queue of the configuration unless another publisher is given.
    """
    async with AsyncExitStack() as stack:
        stats, outbox, clock = Stats(), Outbox(), ClockFile(config.clock_file)
        faults, notes = FaultBook(stats), FaultNotes()
        if publisher is None:
            publisher = queue = ServiceBusEventQueue(config.service_bus, config.delivery_reports_queue)
            queue.start()
            stack.push_async_callback(queue.close)
        email_reports = EmailReports(publisher, faults, stats, notes)
        sms_reports = SmsReports(
            url=config.sms_report_url,
            credentials=config.sms_report,
            faults=faults,
            stats=stats,
            notes=notes,
            reports_per_document=config.sms_reports_per_document,
            retries=config.sms_report_retries,
        )
        await sms_reports.start()
        stack.push_async_callback(sms_reports.close)
        surroundings = Surroundings(outbox, faults, notes, stats, clock, config.report_delay, config.latency)
        acs = AcsEmail(key=config.acs_key, reports=email_reports, surroundings=surroundings)
        gateway = LinkMobility(account=config.sms, reports=sms_reports, surroundings=surroundings)
        tokens = TokenIssuer(faults=faults, stats=stats, notes=notes)
        platform = AltinnPlatform(
            faults=faults, stats=stats, notes=notes, clock=clock, key_folder=config.key_folder
        )
        doors: dict[str, Door] = {}
        control = Control(
            outbox=outbox,
            faults=faults,
            notes=notes,
            doors=Doors(doors),
            stats=stats,
            clock=clock,
            tokens=tokens,
            email_reports=email_reports,
            sms_reports=sms_reports,
            maskinporten=platform.maskinporten,
            fixtures=fixtures_document(
                metrics_api_key=config.metrics_api_key,
                sms_report_user=config.sms_report.user,
                sms_report_password=config.sms_report.password,
            ),
        )
        apps = {
            "control": control.app(),
            "acs": acs.app(),
            "sms": gateway.app(),
            "issuer": tokens.openid_app(),
            "vault": tokens.vault_app(),
            "platform": platform.app(),
        }
        for name, app in apps.items():
            doors[name] = await _served(name, app, config.ports.get(name, 0), stack)
        ports = {name: door.port for name, door in doors.items()}
        tokens.issuer = f"http://{_HOST}:{ports['issuer']}/"
        platform.served_at(f"http://{_HOST}:{ports['platform']}/")
        yield ports


async def serve_until_stopped(config: Configuration) -> NoReturn:
    """Serve, print the ready line, and end the process when told to."""
    async with running_simulators(config) as ports:
        stop = stop_requested()
        print(json.dumps({"ready": ports}), flush=True)
        await stop.wait()
        end_process(0)  # whatever the simulators hold is lost anyway; closing it takes a second


async def _served(name: str, app: web.Application, port: int, stack: AsyncExitStack) -> Door:
    # Cancellation of handlers frees those that keep silent once their client has given up.
    runner = web.AppRunner(
        app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    door = Door(runner, _HOST, port)
    try:
        await door.open()
    except OSError as error:
        raise ConfigurationError(f"port {port} for {name} cannot be used: {error.strerror}") from error
    return door
