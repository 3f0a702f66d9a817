using System.Collections.Concurrent;
using System.Diagnostics;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>Calls at a steady rate, whatever becomes of those before, and what has become of them.</summary>
internal sealed class SteadyLoad
{
    private readonly HttpClient _client;
    private readonly string _path;
    private readonly double _rate;
    private readonly HttpMethod _method;
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentDictionary<string, int> _answers = new();
    private readonly ConcurrentDictionary<int, Task> _calls = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private Task _running = Task.CompletedTask;
    private int _sent;
    private int _done;
    private volatile bool _stopped;

    private SteadyLoad(HttpClient client, string path, double rate, HttpMethod method)
    {
        _client = client;
        _path = path;
        _rate = rate;
        _method = method;
    }

    public int Done => Volatile.Read(ref _done);

    public int InFlight => Volatile.Read(ref _sent) - Done;

    /// <summary>How many answers each backend has given.</summary>
    public IReadOnlyDictionary<string, int> Answers => _answers;

    public static SteadyLoad Start(HttpClient client, string path, double perSecond, HttpMethod? method = null)
    {
        var load = new SteadyLoad(client, path, perSecond, method ?? HttpMethod.Get);
        load._running = Task.Run(load.RunAsync);
        return load;
    }

    public int AnswersOf(string backend) => _answers.GetValueOrDefault(backend);

    /// <summary>Waits until that many more calls have ended.</summary>
    public async Task MoreAsync(int calls)
    {
        var target = Done + calls;
        await Eventually.IsTrueAsync(() => Task.FromResult(Done >= target), TimeSpan.FromSeconds(60), $"{calls} more calls end");
    }

    /// <summary>Waits until one backend has given that many more answers.</summary>
    public async Task<TimeSpan> AnswersFromAsync(string backend, int more = 1, double withinSeconds = 20)
    {
        var target = AnswersOf(backend) + more;
        return await Eventually.IsTrueAsync(
            () => Task.FromResult(AnswersOf(backend) >= target), TimeSpan.FromSeconds(withinSeconds), $"{more} more answers from {backend}");
    }

    /// <summary>Ends the load and waits for every call.</summary>
    /// <returns>The number of calls, all of which had an answer with a good status.</returns>
    public async Task<int> StopWithoutFailureAsync(LogBook log)
    {
        _stopped = true;
        await _running;
        await Task.WhenAll(_calls.Values);
        Assert.True(_failures.IsEmpty, $"{_failures.Count} of {Done} calls failed:\n{string.Join('\n', _failures.Take(5))}\nLog:\n{log}");
        return Done;
    }

    private async Task RunAsync()
    {
        while (!_stopped)
        {
            for (var due = (int)(_clock.Elapsed.TotalSeconds * _rate); _sent < due;)
            {
                var number = Interlocked.Increment(ref _sent);
                _calls[number] = CallAsync(number);
            }

            await Task.Delay(5);
        }
    }

    private async Task CallAsync(int number)
    {
        var started = _clock.Elapsed;
        try
        {
            using var request = new HttpRequestMessage(_method, _path);
            using var response = await _client.SendAsync(request);
            var name = await response.Content.ReadAsStringAsync();
            if (response.IsSuccessStatusCode)
            {
                _answers.AddOrUpdate(name, 1, static (_, n) => n + 1);
            }
            else
            {
                Fail(number, started, $"{(int)response.StatusCode}");
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or InvalidOperationException)
        {
            Fail(number, started, e.ToString());
        }

        Interlocked.Increment(ref _done);
        _calls.TryRemove(number, out _);
    }

    private void Fail(int number, TimeSpan started, string what) =>
        _failures.Enqueue($"call {number}, {started.TotalSeconds:0.000} to {_clock.Elapsed.TotalSeconds:0.000} s: {what}");
}
