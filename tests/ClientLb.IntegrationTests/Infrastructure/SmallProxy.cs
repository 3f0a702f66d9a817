using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>A proxy for one host name, which does not exist elsewhere: it answers as an agent with no instances and holds what is to be held.</summary>
internal sealed class SmallProxy : IWebProxy, IAsyncDisposable
{
    private readonly string _host;
    private readonly TcpListener _listener = new(IPAddress.Parse(LoopbackAddress.Next()), 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly Task _accepting;

    public SmallProxy(string host)
    {
        _host = host;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The first lines of the requests.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    public ICredentials? Credentials { get; set; }

    public Uri? GetProxy(Uri destination) => new($"http://{_listener.LocalEndpoint}/");

    public bool IsBypassed(Uri host) => host.Host != _host;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
            while (await reader.ReadLineAsync(_stop.Token) is { } first)
            {
                _requests.Enqueue(first);
                while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 })
                {
                }

                if (first.Contains("index=", StringComparison.Ordinal))
                {
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                }

                var body = first.Contains("/v1/status/leader", StringComparison.Ordinal) ? "\"10.0.0.1:8300\"" : "[]";
                await client.GetStream().WriteAsync(
                    Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nX-Consul-Index: 7\r\nContent-Length: {body.Length}\r\n\r\n{body}"), _stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client or the test has gone.
        }
    }
}
