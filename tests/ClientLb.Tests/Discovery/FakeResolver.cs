using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using ClientLb.Discovery;

namespace ClientLb.Tests.Discovery;

/// <summary>A name server that says what a test makes it say.</summary>
internal sealed class FakeResolver : INameResolver
{
    private readonly ConcurrentDictionary<string, Func<Task<IPAddress[]>>> _answers = new();
    private readonly Channel<string> _asked = Channel.CreateUnbounded<string>();
    private int _now;

    /// <summary>How many look-ups were under way at once, at most.</summary>
    public int Most { get; private set; }

    public void Set(string name, params string[] addresses) => _answers[name] = () => Task.FromResult(Array.ConvertAll(addresses, IPAddress.Parse));

    public void Fail(string name) => _answers[name] = static () => throw new SocketException((int)SocketError.HostNotFound);

    /// <summary>The answer comes when the test completes it.</summary>
    public TaskCompletionSource<IPAddress[]> Hold(string name)
    {
        var answer = new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        _answers[name] = () => answer.Task;
        return answer;
    }

    /// <summary>The next name that is asked for.</summary>
    public Task<string> NextAsync() => _asked.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public bool WasAsked => _asked.Reader.TryPeek(out _);

    public async Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        lock (_answers)
        {
            Most = Math.Max(Most, ++_now);
        }

        try
        {
            _asked.Writer.TryWrite(name);
            return await _answers[name]();
        }
        finally
        {
            lock (_answers)
            {
                _now--;
            }
        }
    }
}
