using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClientLb.Grpc.Tests.GrpcNetClient;

/// <summary>A Kestrel endpoint that speaks gRPC by hand: each message comes back with the server's port behind it.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoServer(WebApplication app, int port)
    {
        _app = app;
        Port = port;
    }

    public int Port { get; }

    /// <summary>A status that is said in place of an answer.</summary>
    public int? Status { get; set; }

    /// <summary>True: headers first, and the status in the trailers.</summary>
    public bool InTrailers { get; set; }

    /// <summary>What came in: the value of <c>grpc-previous-rpc-attempts</c>, empty for a first attempt.</summary>
    public ConcurrentQueue<string> Seen { get; } = new();

    /// <summary>The authorities that were asked for.</summary>
    public ConcurrentQueue<string> Authorities { get; } = new();

    public int Streams;

    public static async Task<EchoServer> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, static listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        EchoServer? server = null;
        app.Run(context => server!.ServeAsync(context));
        await app.StartAsync();
        return server = new EchoServer(app, new Uri(app.Urls.Single()).Port);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        Seen.Enqueue(context.Request.Headers["grpc-previous-rpc-attempts"].ToString());
        Authorities.Enqueue(context.Request.Host.Value ?? "");
        context.Response.ContentType = "application/grpc";
        var trailers = context.Features.Get<IHttpResponseTrailersFeature>()!.Trailers;
        if (Status is { } status)
        {
            if (InTrailers)
            {
                await context.Response.StartAsync();
                trailers["grpc-status"] = status.ToString();
            }
            else
            {
                context.Response.Headers["grpc-status"] = status.ToString();
            }

            return;
        }

        var isStream = context.Request.Path.Value!.EndsWith("Stream", StringComparison.Ordinal);
        if (isStream)
        {
            Interlocked.Increment(ref Streams);
        }

        try
        {
            while (await ReadAsync(context) is { } message)
            {
                await WriteAsync(context, [.. message, .. System.Text.Encoding.ASCII.GetBytes($"@{Port}")]);
            }
        }
        finally
        {
            if (isStream)
            {
                Interlocked.Decrement(ref Streams);
            }
        }

        trailers["grpc-status"] = "0";
    }

    private static async Task<byte[]?> ReadAsync(HttpContext context)
    {
        var header = new byte[5];
        var read = await context.Request.Body.ReadAtLeastAsync(header, 5, throwOnEndOfStream: false);
        if (read < 5)
        {
            return null;
        }

        var message = new byte[System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1))];
        await context.Request.Body.ReadExactlyAsync(message);
        return message;
    }

    private static async Task WriteAsync(HttpContext context, byte[] message)
    {
        var frame = new byte[5 + message.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        await context.Response.Body.WriteAsync(frame);
        await context.Response.Body.FlushAsync();
    }
}
