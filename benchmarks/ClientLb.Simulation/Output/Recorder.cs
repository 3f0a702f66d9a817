using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Output;

/// <summary>Counts what comes of the requests.</summary>
internal sealed class Recorder(Cell cell)
{
    private readonly double _ways = 2 * cell.Variations.Delay;
    private float[] _latencies = new float[1 << 16];
    private float[] _slowdowns = new float[1 << 16];
    private int _successes;
    private long _errors;
    private double _unevenness;
    private int _windows;

    public void Succeeded(double now, in Request request)
    {
        if (request.SentAt < cell.WarmUntil)
        {
            return;
        }

        if (_successes == _latencies.Length)
        {
            Array.Resize(ref _latencies, 2 * _successes);
            Array.Resize(ref _slowdowns, 2 * _successes);
        }

        var latency = now - request.SentAt;
        _latencies[_successes] = (float)latency;
        _slowdowns[_successes++] = (float)(latency / (request.Work + _ways));
    }

    public void Failed(double sentAt) => _errors += sentAt < cell.WarmUntil ? 0 : 1;

    /// <summary>A second is over.</summary>
    public void Window(double now, ReadOnlySpan<Server> live)
    {
        var (most, sum) = (0.0, 0.0);
        foreach (var server in live)
        {
            var share = server.Came / server.OwnSpeed;
            most = Math.Max(most, share);
            sum += share;
            server.Came = 0;
        }

        if (now > cell.WarmUntil && sum > 0)
        {
            _unevenness += most * live.Length / sum;
            _windows++;
        }
    }

    public Outcome Sum(TimeSpan cost)
    {
        var latencies = _latencies.AsSpan(0, _successes);
        var slowdowns = _slowdowns.AsSpan(0, _successes);
        latencies.Sort();
        slowdowns.Sort();
        var all = _successes + _errors;
        return new Outcome(
            1000 * At(latencies, 0.5), 1000 * At(latencies, 0.99), 1000 * At(latencies, 0.999), At(slowdowns, 0.99),
            all == 0 ? 0 : 100.0 * _errors / all, _windows == 0 ? 0 : _unevenness / _windows, all, cost);
    }

    private static double At(ReadOnlySpan<float> sorted, double fraction) =>
        sorted.IsEmpty ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(fraction * sorted.Length))];
}
