using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ClientLb.Benchmarks.Suites;

/// <summary>The other process of <see cref="GrpcSuite"/>: Kestrel, that sends the one message of each call back as gRPC has it on the wire.</summary>
internal static class GrpcServer
{
    /// <summary>The argument that makes this program the server.</summary>
    public const string Command = "grpc-server";

    /// <summary>Serves until its input ends.</summary>
    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        await using (app.ConfigureAwait(false))
        {
            app.Run(AnswerAsync);
            await app.StartAsync().ConfigureAwait(false);
            Console.WriteLine(new Uri(app.Urls.Single()).Port.ToString(CultureInfo.InvariantCulture));
            while (await Console.In.ReadLineAsync().ConfigureAwait(false) is not null)
            {
                // Nobody writes; the end is what counts.
            }
        }

        return 0;
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "application/grpc";
        var request = context.Request.BodyReader;
        var read = await request.ReadAsync(context.RequestAborted).ConfigureAwait(false);
        while (!read.IsCompleted)
        {
            request.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await request.ReadAsync(context.RequestAborted).ConfigureAwait(false);
        }

        foreach (var segment in read.Buffer)
        {
            await response.BodyWriter.WriteAsync(segment, context.RequestAborted).ConfigureAwait(false);
        }

        request.AdvanceTo(read.Buffer.End);
        response.AppendTrailer("grpc-status", "0");
    }
}
