namespace ClientLb.Simulation.Model;

/// <summary>When the next requests come, and whose they are: a Poisson process over all clients.</summary>
internal sealed class Arrivals
{
    private const double HalfWave = 0.2;

    private readonly Variations _variations;
    private readonly Chance _chance;
    private readonly int _clients;
    private readonly double _rate;

    // Sums of the clients' shares up to each; none where all are alike.
    private readonly double[] _shares;

    /// <param name="cell">The cell.</param>
    /// <param name="capacity">Requests per second that all servers together can do.</param>
    /// <param name="chance">Where chance comes from.</param>
    public Arrivals(Cell cell, double capacity, Chance chance)
    {
        _variations = cell.Variations;
        _chance = chance;
        _clients = cell.Size.Clients;
        _rate = cell.Utilization * capacity / _variations.FanOut;
        _shares = _variations.Skew == 0 ? [] : new double[_clients];
        var sum = 0.0;
        for (var i = 0; i < _shares.Length; i++)
        {
            _shares[i] = sum += Math.Pow(i + 1, -_variations.Skew);
        }
    }

    /// <summary>The time from one arrival to the next.</summary>
    public double NextGap(double now)
    {
        var isHigh = now % (2 * HalfWave) < HalfWave;
        return _chance.Exponential(1 / (_rate * (1 + (isHigh ? _variations.Burst : -_variations.Burst))));
    }

    public int NextClient()
    {
        if (_shares.Length == 0)
        {
            return _chance.Next(_clients);
        }

        var found = Array.BinarySearch(_shares, _chance.NextDouble() * _shares[^1]);
        return Math.Min(found < 0 ? ~found : found, _clients - 1);
    }
}
