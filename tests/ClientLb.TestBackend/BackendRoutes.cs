using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ClientLb.TestBackend;

/// <summary>What a backend can be asked for.</summary>
internal static class BackendRoutes
{
    public static async Task AnswerAsync(HttpContext context, string[] route, string name)
    {
        var response = context.Response;
        var gone = context.RequestAborted;
        switch (route[0])
        {
            case "delay":
                await Task.Delay(int.Parse(route[1]), gone);
                break;
            case "status":
                response.StatusCode = int.Parse(route[1]);
                break;
            case "echo":
                await context.Request.Body.CopyToAsync(response.Body, gone);
                return;
            case "unread":
                // Answers before it has read the body: to a client that expects "100 Continue" that says "do not send it".
                response.StatusCode = int.Parse(route[1]);
                break;
            case "chunks":
                await SendChunksAsync(response, int.Parse(route[1]), int.Parse(route[2]), gone);
                return;
            case "redirect":
                response.StatusCode = int.Parse(route[1]);
                response.Headers.Location = context.Request.Query["to"];
                return;
            case "cookie":
                response.Headers.SetCookie = $"{route[1]}={route[2]}; path=/";
                break;
            case "abort":
                context.Abort();
                return;
            case "upgrade":
                await UpgradeAsync(context);
                return;
            case "socket":
                await EchoSocketAsync(context);
                return;
        }

        await response.WriteAsync(name, gone);
    }

    private static async Task SendChunksAsync(HttpResponse response, int count, int pause, CancellationToken gone)
    {
        for (var i = 0; i < count; i++)
        {
            await response.WriteAsync($"chunk {i}\n", gone);
            await response.Body.FlushAsync(gone);
            await Task.Delay(pause, gone);
        }
    }

    private static async Task UpgradeAsync(HttpContext context)
    {
        await using var stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        await stream.CopyToAsync(stream, context.RequestAborted);
    }

    private static async Task EchoSocketAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4096];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
        }
    }
}
