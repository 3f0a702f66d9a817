using System.Globalization;
using System.Net;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ClientLb.Samples.Grpc;

/// <summary>The service samples.Orders in Kestrel, with gRPC written by hand: five bytes before each message, and the status in the trailers.</summary>
internal static class KestrelServer
{
    /// <summary>The argument that makes this program the server.</summary>
    public const string Verb = "serve";

    public static async Task<int> RunAsync(IPEndPoint address)
    {
        var isFailing = false;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, static listen => listen.Protocols = HttpProtocols.Http2));
        await using var app = builder.Build();
        app.MapPost("/samples.Orders/Get", (RequestDelegate)(context => AnswerAsync(context, Volatile.Read(ref isFailing))));
        await app.StartAsync();
        Console.WriteLine(new Uri(app.Urls.Single()).Port.ToString(CultureInfo.InvariantCulture));
        while (await Console.In.ReadLineAsync() is { } order)
        {
            Volatile.Write(ref isFailing, order == "fail");
        }

        return 0;
    }

    private static async Task AnswerAsync(HttpContext context, bool isFailing)
    {
        var order = await OrdersClient.ReadAsync(context.Request.Body, context.RequestAborted);
        context.Response.ContentType = "application/grpc";

        // The headers go first: HTTP has said 200 before the status is known.
        await context.Response.StartAsync(context.RequestAborted);
        if (!isFailing)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), context.RequestAborted);
            await context.Response.Body.WriteAsync(OrdersClient.Frame(new StringValue { Value = $"order {order.Value}, from Kestrel" }), context.RequestAborted);
        }

        context.Response.AppendTrailer("grpc-status", isFailing ? "14" : "0");
    }
}
