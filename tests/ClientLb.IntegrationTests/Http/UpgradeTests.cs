using System.Net;
using System.Net.WebSockets;
using System.Text;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Http;

public class UpgradeTests
{
    [Fact]
    public async Task Web_socket_talks_both_ways_and_holds_its_lease_until_it_closes()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.To("sockets", backends);
        using var invoker = app.Invoker;
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri("ws://sockets/socket"), invoker, default);
        Assert.Equal(1, app.InFlight);

        var buffer = new byte[100];
        for (var i = 0; i < 5; i++)
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes($"message {i}"), WebSocketMessageType.Text, true, default);
            var received = await socket.ReceiveAsync(buffer, default);
            Assert.Equal($"message {i}", Encoding.UTF8.GetString(buffer, 0, received.Count));
        }

        Assert.Equal(1, app.InFlight);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        Assert.Equal(WebSocketState.Closed, socket.State);
        await app.NothingInFlightAsync();
    }

    [Fact]
    public async Task Web_socket_whose_server_refuses_passes_over_to_the_next()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("sockets-refused", [new(LoopbackAddress.Next(), 9), BalancedApp.Descriptor(backends[0])]);
        using var invoker = app.Invoker;
        for (var i = 0; i < 5; i++)
        {
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(new Uri("ws://sockets-refused/socket"), invoker, default);
            Assert.Equal(WebSocketState.Open, socket.State);
        }

        // Sockets that are dropped without a close end their leases too.
        await app.NothingInFlightAsync();
    }

    [Fact]
    public async Task Raw_upgrade_keeps_a_stream_to_read_and_write()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.To("upgrade", backends);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/upgrade");
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.ParseAdd("echo");
        using (var response = await app.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal(HttpStatusCode.SwitchingProtocols, response.StatusCode);
            await using var stream = await response.Content.ReadAsStreamAsync();
            Assert.True(stream.CanRead && stream.CanWrite);
            var buffer = new byte[5];
            for (var i = 0; i < 3; i++)
            {
                await stream.WriteAsync("hello"u8.ToArray());
                await stream.FlushAsync();
                await stream.ReadExactlyAsync(buffer);
                Assert.Equal("hello"u8.ToArray(), buffer);
            }

            Assert.Equal(1, app.InFlight);
        }

        await app.NothingInFlightAsync();
    }
}
