using System.Threading.Channels;
using ClientLb.Tests.Discovery;

namespace ClientLb.Tests.Consul;

/// <summary>A handler whose requests a test takes one by one and answers by hand.</summary>
internal sealed class FakeConsul : HttpMessageHandler
{
    private static readonly TimeSpan s_realLimit = TimeSpan.FromSeconds(20);

    private readonly Channel<FakeRequest> _requests = Channel.CreateUnbounded<FakeRequest>();

    /// <summary>What was set in the execution context of the last request.</summary>
    public static AsyncLocal<string?> Ambient { get; } = new();

    public bool HasMore => _requests.Reader.TryPeek(out _);

    public async Task<FakeRequest> NextAsync() => await _requests.Reader.ReadAsync().AsTask().WaitAsync(s_realLimit);

    /// <summary>The next request, with time moved on by what the watch leaves between two of them.</summary>
    public async Task<FakeRequest> NextAsync(VirtualTime time)
    {
        using var stop = new CancellationTokenSource();
        var request = _requests.Reader.WaitToReadAsync(stop.Token).AsTask();
        var pause = time.TimerAsync(TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(500), stop.Token);
        if (await Task.WhenAny(request, pause).WaitAsync(s_realLimit) == pause)
        {
            time.Advance(await pause);
        }

        await request.WaitAsync(s_realLimit);
        await stop.CancelAsync();
        return await NextAsync();
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var taken = new FakeRequest(request, Ambient.Value, cancellationToken);
        _requests.Writer.TryWrite(taken);
        return taken.Response;
    }
}
