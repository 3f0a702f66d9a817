using System.Collections.Concurrent;
using System.Diagnostics;
using ClientLb.Grpc.Tests.Protos;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>Unary calls at a steady rate, whatever becomes of those before, and what has become of them.</summary>
internal sealed class SteadyCalls
{
    private readonly GrpcApp _app;
    private readonly double _rate;
    private readonly Action<Phrase>? _prepare;
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentQueue<string> _cut = new();
    private readonly List<Task> _calls = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Task _running;
    private int _done;
    private volatile bool _stopped;

    /// <param name="app">Whose client makes them.</param>
    /// <param name="perSecond">How many.</param>
    /// <param name="prepare">What else a call asks for.</param>
    public SteadyCalls(GrpcApp app, double perSecond, Action<Phrase>? prepare = null)
    {
        (_app, _rate, _prepare) = (app, perSecond, prepare);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Calls that failed after their answer had begun: what a caller has been given can't be made again elsewhere.</summary>
    public IReadOnlyCollection<string> Cut => _cut;

    /// <summary>Waits until that many more calls have ended.</summary>
    public async Task MoreAsync(int calls)
    {
        var target = Volatile.Read(ref _done) + calls;
        await Eventually.IsTrueAsync(() => Task.FromResult(Volatile.Read(ref _done) >= target), TimeSpan.FromSeconds(120), $"{calls} more calls end");
    }

    /// <summary>Ends the load and waits for every call.</summary>
    public async Task<(int Calls, IReadOnlyCollection<string> Failures)> StopAsync()
    {
        _stopped = true;
        await _running;
        await Task.WhenAll(_calls).WaitAsync(TimeSpan.FromSeconds(120));
        return (_calls.Count, _failures);
    }

    private async Task RunAsync()
    {
        while (!_stopped)
        {
            for (var due = (int)(_clock.Elapsed.TotalSeconds * _rate); _calls.Count < due;)
            {
                _calls.Add(CallAsync(_calls.Count));
            }

            await Task.Delay(5);
        }
    }

    private async Task CallAsync(int number)
    {
        var started = _clock.Elapsed;
        var failures = _failures;
        try
        {
            var phrase = new Phrase { Text = $"{number}" };
            _prepare?.Invoke(phrase);
            using var call = await GrpcCall.StartAsync(_app.Client, "Say", phrase);
            failures = _cut;
            var reply = await call.EndAsync();
            failures = _failures;
            if (reply.Status != 0 || reply.Sound.Text != $"{number}")
            {
                Fail($"{reply.Status} {reply.Message}");
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or InvalidOperationException)
        {
            Fail(e.ToString());
        }

        Interlocked.Increment(ref _done);

        void Fail(string what) => failures.Enqueue($"call {number}, {started.TotalSeconds:0.000} to {_clock.Elapsed.TotalSeconds:0.000} s: {what}");
    }
}
