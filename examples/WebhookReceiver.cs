// Takes the calls of a webhook: verifies each and prints it once, however often it is sent.
//
//     dotnet new web -o receiver && cp WebhookReceiver.cs receiver/Program.cs && WEBHOOK_SECRET=whsec_... dotnet run --project receiver
//
// It needs no package. The NuGet package StandardWebhooks does the same as IsSigned. During a rotation give both
// secrets, with a comma between them. A real receiver keeps the numbers it knows in its database.
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

var secrets = Environment.GetEnvironmentVariable("WEBHOOK_SECRET")!.Split(',');
var known = new ConcurrentDictionary<long, bool>();
var app = WebApplication.CreateBuilder(args).Build();

app.MapPost("/", async (HttpRequest request) =>
{
    using var buffer = new MemoryStream();
    await request.Body.CopyToAsync(buffer);
    var body = buffer.ToArray();
    if (!IsSigned(body, request.Headers))
    {
        return Results.Unauthorized();
    }

    using var @event = JsonDocument.Parse(body);
    if (@event.RootElement.GetProperty("type").GetString()!.StartsWith("shipment."))
    {
        var entry = @event.RootElement.GetProperty("data");
        var number = entry.GetProperty("sequenceNumber").GetInt64();
        var again = known.TryAdd(number, true) ? "" : " (again)";
        Console.WriteLine($"{number} {entry.GetProperty("status").GetString()}{again}");
    }

    return Results.NoContent();
});
app.Run();

bool IsSigned(byte[] body, IHeaderDictionary headers)
{
    string id = headers["webhook-id"].ToString(), timestamp = headers["webhook-timestamp"].ToString();
    if (!long.TryParse(timestamp, out var signedAt)
        || Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - signedAt) > 300)
    {
        return false; // an old call that somebody sends again
    }

    byte[] content = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
    var given = headers["webhook-signature"].ToString().Split(' ').Select(Encoding.UTF8.GetBytes).ToList();
    return secrets.Any(secret =>
    {
        var key = Convert.FromBase64String(secret.Replace("whsec_", ""));
        var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, content)));
        return given.Any(signature => CryptographicOperations.FixedTimeEquals(signature, expected));
    });
}
