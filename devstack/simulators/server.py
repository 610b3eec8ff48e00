"""Builds the simulators and serves each of them on a port of 127.0.0.1."""

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
from devstack.simulators.app_log import AppLog
from devstack.simulators.callers import own_callers, own_callers_of_control
from devstack.simulators.configuration import Configuration, ConfigurationError
from devstack.simulators.control import Control
from devstack.simulators.faults.book import FaultBook
from devstack.simulators.faults.doors import Door, Doors
from devstack.simulators.faults.gate import Gate
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
        stats, clock = Stats(), ClockFile(config.clock_file)
        here = Surroundings(
            Outbox(), FaultBook(stats), FaultNotes(), stats, clock, config.report_delay, config.latency
        )
        email_reports = EmailReports(publisher or _event_queue(config, stack), here)
        sms_reports = await _sms_reports(config, here, stack)
        gate = Gate(here.faults, here.stats, here.notes)
        tokens, platform = TokenIssuer(gate), AltinnPlatform(gate, clock, config.key_folder)
        doors: dict[str, Door] = {}
        control = Control(
            surroundings=here,
            doors=Doors(doors),
            tokens=tokens,
            email_reports=email_reports,
            sms_reports=sms_reports,
            maskinporten=platform.maskinporten,
            app_log=AppLog(config.log_folder),
            registers=platform.registers,
            receivers=platform.receivers,
            fixtures=fixtures_document(
                metrics_api_key=config.metrics_api_key,
                sms_report_user=config.sms_report.user,
                sms_report_password=config.sms_report.password,
            ),
        )
        apps = {
            "control": control.app(),
            "acs": AcsEmail(key=config.acs_key, reports=email_reports, surroundings=here).app(),
            "sms": LinkMobility(account=config.sms, reports=sms_reports, surroundings=here).app(),
            "issuer": tokens.openid_app(),
            "vault": tokens.vault_app(),
            "platform": platform.app(),
        }
        for name, app in apps.items():
            app.middlewares.insert(0, own_callers_of_control if name == "control" else own_callers)
            doors[name] = await _served(name, app, config.ports.get(name, 0), stack)
        ports = {name: door.port for name, door in doors.items()}
        tokens.issuer = f"http://{_HOST}:{ports['issuer']}/"
        platform.served_at(f"http://{_HOST}:{ports['platform']}/")
        yield ports


async def serve_until_stopped(config: Configuration) -> NoReturn:
    """Serve, print the ready line, and end the process at a signal."""
    async with running_simulators(config) as ports:
        stop = stop_requested()
        print(json.dumps({"ready": ports}), flush=True)
        await stop.wait()
        end_process(0)  # an orderly end takes a second and would save nothing


def _event_queue(config: Configuration, stack: AsyncExitStack) -> EventPublisher:
    queue = ServiceBusEventQueue(config.service_bus, config.delivery_reports_queue)
    queue.start()
    stack.push_async_callback(queue.close)
    return queue


async def _sms_reports(config: Configuration, here: Surroundings, stack: AsyncExitStack) -> SmsReports:
    reports = SmsReports(
        url=config.sms_report_url,
        credentials=config.sms_report,
        surroundings=here,
        reports_per_document=config.sms_reports_per_document,
        retries=config.sms_report_retries,
    )
    await reports.start()
    stack.push_async_callback(reports.close)
    return reports


async def _served(name: str, app: web.Application, port: int, stack: AsyncExitStack) -> Door:
    # A handler that gives no answer is cancelled when its client gives up.
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
