namespace ClientLb.Endpoints;

/// <summary>
/// All outcomes of an endpoint since its birth, and where the last review ended: the difference of two readings is a closed interval in which nothing is lost or
/// counted twice. They outlive the windows: what a window forgets, they keep.
/// </summary>
/// <remarks>
/// They cost a success nothing: it is counted in the slot of the present, and whoever moves that slot to the past adds it here as a whole. Between
/// the two it may be missing for a moment, and shows in the next reading; an interval is never less than nothing.
/// </remarks>
internal sealed class OutcomeTotals
{
    private long _total;
    private long _failures;
    private long _clientErrors;
    private long _seenTotal;
    private long _seenFailures;
    private long _seenClientErrors;

    /// <summary>What has been added.</summary>
    public (long Total, long Failures) Added => (Volatile.Read(ref _total), Volatile.Read(ref _failures));

    public void Add(long total, long failures)
    {
        if (total != 0)
        {
            Interlocked.Add(ref _total, total);
        }

        if (failures != 0)
        {
            Interlocked.Add(ref _failures, failures);
        }
    }

    public void AddClientError() => Interlocked.Increment(ref _clientErrors);

    /// <summary>Ends the interval that is open, and begins the next.</summary>
    /// <param name="total">All outcomes so far, those of the present slot included.</param>
    /// <param name="failures">The failures among them.</param>
    public OutcomeCounts Close(long total, long failures)
    {
        var counts = new OutcomeCounts(Advance(ref _seenTotal, total), Advance(ref _seenFailures, failures), Advance(ref _seenClientErrors, Volatile.Read(ref _clientErrors)));

        // A body may break off in the interval after the one that counted its head.
        return counts with { Total = Math.Max(counts.Total, Math.Max(counts.Failures, counts.ClientErrors)) };
    }

    private static long Advance(ref long seen, long now)
    {
        var before = Volatile.Read(ref seen);
        var by = Math.Max(0, now - before);
        Volatile.Write(ref seen, before + by);
        return by;
    }
}
