namespace ClientLb.Endpoints;

/// <summary>
/// What bounds the attempts that wait at an endpoint: the number that the settings give, and the one that distress has brought. The smaller is the
/// door, and it lies where the lease reads it (<see cref="EndpointNumbers.Limit"/>).
/// </summary>
internal sealed class EndpointLimits(Endpoint endpoint)
{
    private int _fixed = EndpointLoad.NoLimit;
    private DistressLimit? _distress;
    private int _slowAnswers;

    /// <summary>What the settings say; <see cref="EndpointLoad.NoLimit"/> where they say nothing.</summary>
    public int Fixed
    {
        get => Volatile.Read(ref _fixed);
        set
        {
            Volatile.Write(ref _fixed, value);
            SetDoor();
        }
    }

    /// <summary>The limit that distress has brought; <see langword="null"/> while none is in force.</summary>
    public DistressLimit? Distress => Volatile.Read(ref _distress);

    /// <summary>What it took for an answer while all was well, in ticks; 0: nobody knows. Written by the cluster's loop.</summary>
    public long Usual { get; set; }

    /// <summary>Slow answers in a row. Changed without care: one that is lost is one later.</summary>
    public int SlowAnswers
    {
        get => _slowAnswers;
        set
        {
            // Nearly always 0 already: nothing is written then.
            if (_slowAnswers != value)
            {
                _slowAnswers = value;
            }
        }
    }

    /// <summary>Puts a limit in force where none is.</summary>
    public bool TryBegin(DistressLimit limit)
    {
        if (Interlocked.CompareExchange(ref _distress, limit, null) is not null)
        {
            return false;
        }

        SetDoor();
        return true;
    }

    /// <summary>Lifts a limit if it is still the one in force.</summary>
    public bool TryEnd(DistressLimit limit)
    {
        if (Interlocked.CompareExchange(ref _distress, null, limit) != limit)
        {
            return false;
        }

        SetDoor();
        return true;
    }

    /// <summary>
    /// Brings the door to what the numbers say now. Whoever has changed one calls it; of several at once the last to write looks again, so that no door
    /// stays shut by a limit that is gone.
    /// </summary>
    public void SetDoor()
    {
        int wanted;
        do
        {
            wanted = Wanted;

            // An exchange and no write: what follows must not be read before it is done.
            Interlocked.Exchange(ref endpoint.Hot.Limit, wanted);
        }
        while (wanted != Wanted);
    }

    private int Wanted => Math.Min(Fixed, Distress?.Whole ?? EndpointLoad.NoLimit);
}
