"""Whether the app is alive, for load balancers and people."""

import azure.functions as func

bp = func.Blueprint()


@bp.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """Answer that the process serves requests."""
    return func.HttpResponse("Healthy", mimetype="text/plain")
