using System.Collections.Concurrent;
using ClientLb.Calls;
using ClientLb.Endpoints;

namespace ClientLb.Samples.Failover.Load;

/// <summary>
/// Calls at a steady rate, whether or not earlier calls have been answered (an open loop): a client that waits for slow answers would
/// hide them from its own statistics.
/// </summary>
/// <param name="call">Makes one call; says its status, and whether that is a failure.</param>
/// <param name="rate">Calls a second.</param>
internal sealed class LoadGenerator(Func<Task<(string Status, bool IsFailed)>> call, int rate) : IDisposable
{
    private readonly ConcurrentQueue<CallRecord> _calls = new();
    private readonly ManualResetEvent _stop = new(false);
    private Thread? _thread;
    private int _inFlight;

    /// <summary>The calls that have ended.</summary>
    public IReadOnlyCollection<CallRecord> Calls => _calls;

    public void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "load", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <summary>Ends the load and waits until the last call is answered.</summary>
    public async Task StopAsync()
    {
        _stop.Set();
        _thread?.Join();
        while (Volatile.Read(ref _inFlight) > 0)
        {
            await Task.Delay(10);
        }
    }

    public void Dispose()
    {
        _stop.Set();
        _thread?.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        var start = MonotonicClock.System.Now;
        for (var i = 0L; !_stop.WaitOne(0); i++)
        {
            var due = start + (i * MonotonicClock.TicksPerSecond / rate);
            while (MonotonicClock.System.Now < due)
            {
                if (_stop.WaitOne(1))
                {
                    return;
                }
            }

            Interlocked.Increment(ref _inFlight);
            _ = CallAsync(due);
        }
    }

    private async Task CallAsync(long due)
    {
        var start = MonotonicClock.System.Now;
        string status;
        var isFailed = false;
        try
        {
            (status, isFailed) = await call();
        }
        catch (Exception e)
        {
            status = e is CallFailedException failed ? failed.Reason.ToString() : e.GetType().Name;
            isFailed = true;
        }

        _calls.Enqueue(new(start, MonotonicClock.System.Now - start, start - due, status, isFailed));
        Interlocked.Decrement(ref _inFlight);
    }
}
