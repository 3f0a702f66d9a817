namespace ClientLb.Health.Checks;

/// <summary>How many checks may be in flight at once, over all clusters of a process.</summary>
internal sealed class CheckGate(int limit = CheckGate.Limit)
{
    /// <summary>So many sockets at most.</summary>
    public const int Limit = 256;

    private int _inFlight;

    /// <summary>The one of this process.</summary>
    public static CheckGate Process { get; } = new();

    /// <summary>Checks in flight.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Takes a place.</summary>
    /// <param name="isRecheck">
    /// True for an endpoint that fails already: these may take three quarters of the places, since each of them may hold its own for the whole time limit.
    /// </param>
    public bool TryEnter(bool isRecheck)
    {
        if (Interlocked.Increment(ref _inFlight) <= (isRecheck ? limit - (limit / 4) : limit))
        {
            return true;
        }

        Interlocked.Decrement(ref _inFlight);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _inFlight);
}
