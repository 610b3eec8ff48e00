"""A function app to compare hosts with: its routes overlap, and what its functions answer is unusual."""

import json

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def echo(name, route, *methods):
    """Register a function that tells its name and everything it was given."""

    def respond(req: func.HttpRequest) -> func.HttpResponse:
        document = {
            "function": name,
            "method": req.method,
            "url": req.url,
            "headers": dict(req.headers),
            "query": dict(req.params),
            "route": dict(req.route_params),
            "body": req.get_body()[:300].decode("latin-1"),
            "size": len(req.get_body()),
        }
        return func.HttpResponse(json.dumps(document, sort_keys=True), mimetype="application/json")

    respond.__name__ = name
    app.route(route, methods=methods or None)(respond)


echo("any", "any/{*rest}")
echo("catch", "catch/{**rest}", "GET")
echo("read", "thing", "GET")
echo("write", "thing", "POST", "PUT")
# Whichever name comes first wins, whatever the routes are.
echo("free_first", "order/{name}", "GET")
echo("literal_second", "order/feed", "GET")
echo("literal_writes", "order/feed", "POST")
echo("a_literal", "ship/feed", "GET")
echo("b_id", "ship/{id:guid}", "GET")
echo("Zed", "case/{x}", "GET")
echo("alpha_case", "case/one", "GET")
echo("tie_x", "tie/{x}", "GET")
echo("tiez", "tie/{y}", "GET")
echo("Upper", "upper/{x}", "GET")
echo("uppe", "upper/{y}", "GET")
echo("guid", "guid/{id:guid}", "GET")
echo("int", "int/{n:int}", "GET")
echo("long", "long/{n:long}", "GET")
echo("bool", "bool/{b:bool}", "GET")
echo("alpha", "alpha/{a:alpha}", "GET")
echo("length", "length/{a:length(3)}", "GET")
echo("lengths", "lengths/{a:length(2,4)}", "GET")
echo("minimum", "min/{a:minlength(3)}", "GET")
echo("maximum", "max/{a:maxlength(3)}", "GET")
echo("optional", "optional/{name?}", "GET")
echo("optional_guid", "optguid/{id:guid?}", "GET")
echo("middle", "middle/{id}/end", "GET")
echo("spaced", "with space/{x}", "GET")
echo("dotted", "dot.ted/{x}", "GET")


@app.route("answer/{kind}")
async def answer(req: func.HttpRequest) -> func.HttpResponse:
    value = req.params.get("value", "")
    match req.route_params["kind"]:
        case "nothing":
            return None
        case "raises":
            raise RuntimeError("this function always fails")
        case "status":
            return func.HttpResponse("text", status_code=int(req.params["code"]))
        case "bytes":
            return func.HttpResponse(b"\x00\xff\n")
        case "type":
            return func.HttpResponse("text", headers={"Content-Type": value})
        case "header":
            return func.HttpResponse("æøå", headers={"X-Word": value})
        case "headers":
            return func.HttpResponse("text", headers={"X-One": "1", "x-ONE-two": "a, b", "X-Blank": " a  b "})
        case "refusal":
            return func.HttpResponse(status_code=405, headers={"Allow": "GET, POST"})
        case "cookies":
            response = func.HttpResponse("text")
            response.headers.add("Set-Cookie", "a=1; Path=/; HttpOnly")
            response.headers.add("Set-Cookie", "b=2; Secure; Max-Age=5; SameSite=Lax")
            response.headers.add("Set-Cookie", "c=3; Expires=Thu, 01 Jan 2032 00:00:00 GMT; Domain=h.no")
            return response
        case "large":
            return func.HttpResponse("x" * 300_000)
        case _:
            return func.HttpResponse(status_code=404)


@app.route("text")
async def text(req: func.HttpRequest) -> str:
    return "plain text"
